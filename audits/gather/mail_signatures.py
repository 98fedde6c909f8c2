"""Verify the DKIM signatures of a mail that came in; the keys are asked for beforehand."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from audits.gather.dmarc import gather_walk
from audits.gather.mail_questions import Questions
from audits.observations.dns_answers import Answer, Question, is_askable, plain_name
from audits.observations.mail_arrival import Signature, Signed
from audits.observations.mail_reading import header_part, printable

MAX_SIGNATURES: Final = 5
# 4096 bits in base64 and its tags; a larger key only costs time.
MAX_KEY_CHARS: Final = 1_500
MIN_KEY_BITS: Final = 1_024
MAX_REASON_CHARS: Final = 160
# Our own library's words about hostile mails are no news in our log.
SILENT: Final = logging.Logger("audits.dkim", logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Named:
    """A signature in the mail: its place, domain, selector and signed headers."""

    index: int
    domain: str
    selector: str

    @property
    def key_name(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"


def signatures_named(content: bytes) -> tuple[Named, ...]:
    """The signatures that say who signed, the first ones. Never raises."""
    try:
        headers, _ = dkim.rfc822_parse(header_part(content) + b"\r\n\r\n")
    except (dkim.DKIMException, IndexError):
        return ()
    values = [value for name, value in headers if name.lower() == b"dkim-signature"]
    named = []
    for index, value in enumerate(values[:MAX_SIGNATURES]):
        try:
            tags = parse_tag_value(value)
        except (InvalidTagValueList, ValueError):
            continue
        domain = plain_name(tags.get(b"d", b"").decode("ascii", "replace"))
        selector = plain_name(tags.get(b"s", b"").decode("ascii", "replace"))
        one = Named(index, domain, selector)
        if domain and selector and is_askable(one.key_name):
            named.append(one)
    return tuple(named)


async def verify_signatures(content: bytes, questions: Questions) -> tuple[Signature, ...]:
    """What came of each signature; keys by DNS, the arithmetic in a thread.

    Source: RFC 6376 section 6.
    """
    named = signatures_named(content)
    asked = await asyncio.gather(*(questions.ask(one.key_name, "TXT") for one in named))
    keys = {Question(one.key_name, "TXT"): answer for one, answer in zip(named, asked, strict=True)}
    return tuple([await asyncio.to_thread(verify_one, content, one, keys) for one in named])


def verify_one(content: bytes, named: Named, keys: Mapping[Question, Answer]) -> Signature:
    """One signature against its key. Never raises for what a stranger wrote."""
    answer = keys[Question(named.key_name, "TXT")]
    made = Signature(printable(named.domain), printable(named.selector), Signed.FAIL)
    if not answer.is_known:
        return replace(made, outcome=Signed.UNKNOWN, reason=answer.reason[:MAX_REASON_CHARS])
    texts = [text for text in answer.values if len(text) <= MAX_KEY_CHARS]
    if len(texts) != 1:
        return replace(made, reason=f"{named.key_name} holds no single key")
    outcome, reason = verdict(content, named, texts[0])
    return replace(made, outcome=outcome, reason=reason)


def verdict(content: bytes, named: Named, key: str) -> tuple[Signed, str]:
    """The outcome of the arithmetic and, for a failure, its reason."""

    def told(name: bytes, timeout: float = 0) -> bytes:  # noqa: ARG001 - dkimpy's signature
        return key.encode("ascii", "replace")

    checker: Any = dkim.DKIM(content, logger=SILENT, minkey=MIN_KEY_BITS)  # Any: untyped library
    try:
        is_right = checker.verify(idx=named.index, dnsfunc=told)
    except dkim.NaClNotFoundError:
        return Signed.UNKNOWN, "An Ed25519 signature, which is not verified here"
    except (dkim.DKIMException, ValueError, LookupError, TypeError, AttributeError) as error:
        return Signed.FAIL, printable(str(error))[:MAX_REASON_CHARS]
    if is_right:
        return Signed.PASS, ""
    return Signed.FAIL, "The signature does not fit the key in the DNS"


async def aligned(
    signatures: tuple[Signature, ...], author: str, *, is_strict: bool, questions: Questions
) -> tuple[Signature, ...]:
    """The signatures with whether each speaks for `author`."""
    return tuple(
        [
            replace(one, is_aligned=await is_aligned(one.domain, author, is_strict, questions))
            for one in signatures
        ]
    )


async def is_aligned(
    domain: str, author: str, is_strict: bool, questions: Questions
) -> bool | None:
    """Whether `domain` speaks for `author`: the same name, or one organization's.

    None where a silent name hides it. Source: RFC 9989 sections 4.4 and 4.10.2.
    """
    if not domain or not author:
        return False
    if domain == author:
        return True
    if is_strict:
        return False
    theirs = (await gather_walk(domain, questions)).organizational_domain
    own = (await gather_walk(author, questions)).organizational_domain
    return None if theirs is None or own is None else theirs == own
