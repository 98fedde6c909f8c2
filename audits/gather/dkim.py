"""Looking for DKIM keys: the given selectors, the vendors', then a list."""

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import replace

from audits.gather.mail_questions import Questions
from audits.observations.dkim_key import read_dkim_key
from audits.observations.dns_answers import Answer, Said
from audits.observations.mail import DkimKeys, Identity, SelectorSeen
from audits.observations.mail_selectors import COMMON_SELECTORS, selectors_of
from audits.observations.target import Vendor

MAX_QUESTIONS = 14
MAX_GIVEN = 8
MAX_KEYS_PER_SELECTOR = 5


async def gather_dkim(
    domain: str,
    given: Iterable[str],
    vendors: Iterable[Vendor],
    questions: Questions,
) -> DkimKeys:
    """The selectors that were given or that hold something.

    A random selector shows what a wildcard says to everything. The list is tried only
    where no key was found and a name can stand below `_domainkey`.
    """
    random_label = f"lr{secrets.token_hex(6)}"
    random, node = await asyncio.gather(
        questions.ask(_name(random_label, domain), "TXT"),
        questions.ask(f"_domainkey.{domain}", "TXT"),
    )
    origins = {name.lower(): "given" for name in tuple(given)[:MAX_GIVEN]}
    for name in selectors_of(vendors):
        origins.setdefault(name, "vendor")
    seen = await _look(domain, origins, random, questions)
    has_key = any(one.has_key for one in seen)
    seen = tuple(
        [
            one
            if has_key and one.origin != "given"
            else await _looked_into(one, domain, random_label, questions)
            for one in seen
        ]
    )
    if not has_key and node.said != Said.NO_NAME:
        more = {name: "list" for name in COMMON_SELECTORS if name not in origins}
        seen += await _look(domain, more, random, questions)
    tried = tuple(one.selector for one in seen if one.said != Said.UNASKED)
    kept = tuple(one for one in seen if one.origin == "given" or _holds_something(one))
    return DkimKeys(Identity(domain), kept, tried, node.said, random.said)


async def _look(
    domain: str, origins: dict[str, str], random: Answer, questions: Questions
) -> tuple[SelectorSeen, ...]:
    answers = await asyncio.gather(
        *(questions.ask(_name(selector, domain), "TXT") for selector in origins)
    )
    return tuple(
        SelectorSeen(
            selector=selector,
            name=_name(selector, domain),
            origin=origin,
            said=answer.said,
            keys=tuple(map(read_dkim_key, answer.values[:MAX_KEYS_PER_SELECTOR])),
            chain=answer.chain,
            is_wildcard=_is_same(answer, random),
        )
        for (selector, origin), answer in zip(origins.items(), answers, strict=True)
    )


def _is_same(answer: Answer, random: Answer) -> bool:
    is_something = answer.said == Said.FOUND or bool(answer.chain)
    return is_something and (answer.values, answer.chain) == (random.values, random.chain)


async def _looked_into(
    seen: SelectorSeen, domain: str, random_label: str, questions: Questions
) -> SelectorSeen:
    """Why a selector that should hold a key does not: the domain stands twice in its name,
    or a web proxy answers in its place. What a random name gets as well proves nothing."""
    if seen.has_key or seen.chain or seen.said not in {Said.NO_NAME, Said.EMPTY}:
        return seen
    doubled = f"{seen.name}.{domain}"
    answer = await questions.ask(doubled, "TXT")
    if answer.said == Said.FOUND or answer.chain:
        usual = await questions.ask(f"{_name(random_label, domain)}.{domain}", "TXT")
        if not _is_same(answer, usual):
            return replace(seen, doubled_at=doubled)
    if seen.said != Said.EMPTY or (await questions.ask(seen.name, "A")).said != Said.FOUND:
        return seen
    usual = await questions.ask(_name(random_label, domain), "A")
    return replace(seen, is_proxied=usual.is_void)


def _holds_something(seen: SelectorSeen) -> bool:
    if seen.doubled_at or seen.is_proxied:
        return True
    return not seen.is_wildcard and (seen.said == Said.FOUND or bool(seen.chain))


def _name(selector: str, domain: str) -> str:
    return f"{selector}._domainkey.{domain}"
