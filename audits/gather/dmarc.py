"""Gathering DMARC: the tree walk, and whether the report mailboxes can take reports."""

import asyncio

from audits.gather.mail_questions import Questions
from audits.observations.dmarc_record import parse_dmarc
from audits.observations.dmarc_walk import DmarcWalk, walk_dmarc
from audits.observations.dns_answers import Answer, Said
from audits.observations.mail import ReportMailbox

MAX_QUESTIONS = 12
MAX_MAILBOXES = 2
NULL_MX = "."


async def gather_walk(domain: str, questions: Questions) -> DmarcWalk:
    """The walk from `domain`, one question after the other as receivers do."""
    return await questions.settle(lambda answers: walk_dmarc(domain, answers))


async def gather_existence(walk: DmarcWalk, questions: Questions) -> bool | None:
    """Whether `walk.domain` exists; True where the policy does not depend on it.

    Only NXDOMAIN means "no" (RFC 9989 section 4.7, tag np; RFC 8020); None for silence.
    """
    step = walk.applied
    if step is None or step.record is None or step.domain == walk.domain:
        return True
    if step.record.np is None:
        return True
    answer = await questions.ask(walk.domain, "A")
    return answer.said != Said.NO_NAME if answer.is_known else None


async def gather_mailboxes(walk: DmarcWalk, questions: Questions) -> tuple[ReportMailbox, ...]:
    """The first mailto addresses of rua in the record that applies, each looked into."""
    step = walk.applied
    if step is None or step.record is None:
        return ()
    uris = [uri for uri in step.record.rua if uri.is_mailto][:MAX_MAILBOXES]
    return tuple(
        await asyncio.gather(
            *(_mailbox(uri.text, uri.host, step.domain, walk, questions) for uri in uris)
        )
    )


async def _mailbox(
    uri: str, host: str, record_domain: str, walk: DmarcWalk, questions: Questions
) -> ReportMailbox:
    is_external = await _is_external(host, record_domain, walk, questions)
    at = f"{record_domain}._report._dmarc.{host}"
    return ReportMailbox(
        uri=uri,
        host=host,
        is_external=is_external,
        is_authorised=await _is_authorised(at, questions) if is_external is not False else True,
        authorised_at=at if is_external is not False else "",
        is_receiving=await _is_receiving(host, questions),
    )


async def _is_external(
    host: str, record_domain: str, walk: DmarcWalk, questions: Questions
) -> bool | None:
    """Compare organizational domains by tree walk (RFC 9990 section 4)."""
    own = walk.organizational_domain
    if host in {record_domain, own}:
        return False
    theirs = (await gather_walk(host, questions)).organizational_domain
    return None if own is None or theirs is None else theirs != own


async def _is_authorised(at: str, questions: Questions) -> bool | None:
    """One text that begins with the version tag is consent (RFC 9990 section 4)."""
    answer = await questions.ask(at, "TXT")
    if not answer.is_known:
        return None
    return any(parse_dmarc(text) is not None for text in answer.values)


async def _is_receiving(host: str, questions: Questions) -> bool | None:
    """True where mail to `host` has somewhere to go: an MX that is not null, or an address."""
    answer = await questions.ask(host, "MX")
    if answer.said == Said.NO_NAME:
        return False
    if answer.said == Said.FOUND:
        return any(value.rpartition(" ")[2] != NULL_MX for value in answer.values)
    if answer.said != Said.EMPTY:
        return None
    return _has_address(await questions.ask(host, "A"), await questions.ask(host, "AAAA"))


def _has_address(ip4: Answer, ip6: Answer) -> bool | None:
    if Said.FOUND in {ip4.said, ip6.said}:
        return True
    return False if ip4.is_void and ip6.is_void else None
