"""What a mail of the app shows: who sent and signed it, and where its links lead.

The look itself happens once, when the mail comes in (`observe`); an audit takes the facts
that were kept of the last mail of each kind.
"""

import asyncio
from datetime import timedelta
from ipaddress import ip_address
from typing import Final

from accounts.guard import Guard, TlsOffer
from accounts.guard.exchange import FetchError, TargetRefusedError
from audits.gather.dmarc import gather_walk
from audits.gather.mail_questions import Questions
from audits.gather.mail_signatures import aligned, is_aligned, verify_signatures
from audits.gather.site import Family, Site
from audits.gather.spf import check_sender
from audits.observations.code_addresses import is_local, is_staging
from audits.observations.mail_arrival import (
    Arrival,
    ForgottenMail,
    LinkFault,
    LinkHost,
    Received,
    TriedMail,
)
from audits.observations.mail_reading import Link, ReadMail, read_mail
from audits.observations.names import a_labels
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.spf_result import SpfResult
from audits.observations.spf_sender import SenderError, sender_of

MAX_QUESTIONS: Final = 120
DOOR_LIMIT: Final = timedelta(seconds=6)
VERIFYING: Final = TlsOffer(is_verifying=True)
GONE: Final = frozenset({"dns_nxdomain", "dns_nodata", "connect_refused"})
BAD_TLS: Final = frozenset({"tls_failed", "tls_untrusted"})
FORGOTTEN: Final = "The last {} came in more than a week ago and is forgotten. Try it once more."
NEVER_TRIED: Final = (
    "No mail of the app has been tried yet. Open “Try your app’s mails” and begin with sign-up."
)


async def observe(
    mail: Received,
    guard: Guard,
    *,
    domain: str,
    took: timedelta | None,
    with_links: bool = True,
) -> tuple[Arrival, ReadMail]:
    """The facts of `mail`, which the app at `domain` sent. Never raises for what it says.

    Asks for SPF, keys and DMARC, and opens a TLS connection to each host of a link; a
    link itself is never called, because it may sign somebody in.
    """
    read = await asyncio.to_thread(read_mail, mail.content)
    questions = Questions(guard, MAX_QUESTIONS, set())
    author = read.authors[0] if len(read.authors) == 1 else ""
    walk = await gather_walk(author, questions) if author else None
    step = walk.applied if walk else None
    record = step.record if step else None
    effective = walk.effective() if walk else None
    spf_domain, spf = await sent_by(mail, questions)
    is_spf_strict = bool(record and record.is_spf_strict)
    is_dkim_strict = bool(record and record.is_dkim_strict)
    signatures = await verify_signatures(mail.content, questions)
    return Arrival(
        author=author,
        connected_from=mail.ip,
        spf_domain=spf_domain,
        spf=spf,
        is_spf_aligned=await is_aligned(spf_domain, author, is_spf_strict, questions),
        signatures=await aligned(signatures, author, is_strict=is_dkim_strict, questions=questions),
        has_policy=None if walk is not None and walk.is_silent else effective is not None,
        policy=effective.policy.name.lower() if effective else "",
        is_tls=mail.is_tls,
        is_tls_offered=mail.is_tls_offered,
        tls_version=mail.tls_version,
        took=took,
        links=await look_at_doors((read.links or ()) if with_links else (), guard, domain),
        are_links_read=read.links is not None,
        is_bulk=read.is_bulk,
        has_unsubscribe=read.has_unsubscribe,
        has_one_click=read.has_one_click,
    ), read


async def sent_by(mail: Received, questions: Questions) -> tuple[str, SpfResult]:
    """The domain that SPF judges and its result for the connecting address.

    A bounce has no sender: its greeting stands for it (RFC 7208 section 2.4).
    """
    domain = a_labels(mail.mail_from.rpartition("@")[2]) or a_labels(mail.helo)
    if not domain:
        return "", SpfResult.NONE
    try:
        sender = sender_of(mail.ip, domain=domain, sender=mail.mail_from, helo=mail.helo)
    except SenderError:
        return domain, SpfResult.NONE
    return domain, (await check_sender(domain, sender, questions)).result


async def look_at_doors(links: tuple[Link, ...], guard: Guard, domain: str) -> tuple[LinkHost, ...]:
    """Each link's host with what was met at its door."""
    return tuple(await asyncio.gather(*(look_at_door(link, guard, domain) for link in links)))


async def look_at_door(link: Link, guard: Guard, domain: str) -> LinkHost:
    fault = fault_of_name(link, domain)
    if fault != LinkFault.NONE:
        return LinkHost(link.host, link.is_https, fault)
    try:
        async with asyncio.timeout(DOOR_LIMIT.total_seconds()):
            shaken = await guard.handshake(link.host, offer=VERIFYING)
    except TimeoutError:
        return LinkHost(link.host, True, LinkFault.UNKNOWN, "no answer within 6 s")
    except TargetRefusedError as error:
        return LinkHost(link.host, True, LinkFault.UNKNOWN, error.message[:200])
    except FetchError as error:
        return LinkHost(link.host, True, fault_of_error(error), error.message[:200])
    if shaken.verify_error:
        return LinkHost(link.host, True, LinkFault.TLS, shaken.verify_error[:200])
    return LinkHost(link.host)


def fault_of_name(link: Link, domain: str) -> LinkFault:
    """What the link's own words show, before anything is asked."""
    if is_local(link.host):
        return LinkFault.LOCAL
    try:
        ip_address(link.host.strip("[]"))
    except ValueError:
        pass
    else:
        return LinkFault.ADDRESS
    if link.host != domain and is_staging(link.host, domain):
        return LinkFault.STAGING
    return LinkFault.NONE if link.is_https else LinkFault.PLAIN


def fault_of_error(error: FetchError) -> LinkFault:
    """A name that is not there or refuses is dead, a wrong certificate is one; silence is not."""
    if error.code in GONE:
        return LinkFault.DEAD
    return LinkFault.TLS if error.code in BAD_TLS else LinkFault.UNKNOWN


async def gather_tried(site: Site) -> None:
    """The last mail of each kind as it came in; nothing is asked again."""
    if not site.wants(TriedMail):
        return
    if not site.target.tried_mails:
        never = GatherFailure(FailureKind.ELSEWHERE, NEVER_TRIED)
        site.seen.miss(TriedMail, never, subject=site.target.domain)
    for tried in site.target.tried_mails:
        if isinstance(tried, ForgottenMail):
            old = GatherFailure(FailureKind.ELSEWHERE, FORGOTTEN.format(tried.subject))
            site.seen.miss(TriedMail, old, subject=tried.subject)
        else:
            site.seen.add(tried, subject=tried.subject)


FAMILIES = (Family("mail_arrival", "The app's own mails", (TriedMail,), gather_tried),)
