"""How mail travels to each mail domain: TLS policies, the servers' addresses and TLS.

At most 30 questions, one request and, for two servers that no known vendor runs, two talks
on port 25 per mail domain. Servers of a known vendor are not called: they limit strangers.
"""

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address

from accounts.guard.exchange import DnsStatus
from audits.gather.mail import identities_of, miss_lent_name
from audits.gather.mail_questions import Questions, answer_of
from audits.gather.site import Family, Site
from audits.gather.smtp_talk import talk_to
from audits.observations.dns_answers import Answer, addresses_in, is_askable, plain_name
from audits.observations.mail_transport import MailServer, MailTransport, ReverseName, StsFile
from audits.observations.mta_sts import select_sts
from audits.observations.names import is_within, parent_name, registrable_domain
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.tlsa import parse_tlsa
from audits.observations.vendors import recognise

MAX_QUESTIONS = 30
MAX_SERVERS = 2
MAX_ADDRESSES = 2
MAX_PTR_NAMES = 2
MAX_TLSA = 20
PAGES = 1  # the level of consent from which hosts are called, not only looked up


async def gather_transport(site: Site) -> None:
    """One `MailTransport` per mail domain; never raises for the far side's faults."""
    if not site.wants(MailTransport):
        return
    domains = identities_of(site.target)
    if not domains:
        miss_lent_name(site, MailTransport)
    await asyncio.gather(*(_keep(site, domain.name) for domain in domains))


async def _keep(site: Site, domain: str) -> None:
    seen = await _look(site, domain)
    if isinstance(seen, GatherFailure):
        site.seen.miss(MailTransport, seen, subject=domain)
    else:
        site.seen.add(seen, subject=domain)


async def _look(site: Site, domain: str) -> MailTransport | GatherFailure:
    questions = Questions(site, MAX_QUESTIONS, set())
    mx, sts, tls_rpt, bimi = await asyncio.gather(
        questions.ask(domain, "MX"),
        questions.ask(f"_mta-sts.{domain}", "TXT"),
        questions.ask(f"_smtp._tls.{domain}", "TXT"),
        questions.ask(f"default._bimi.{domain}", "TXT"),
    )
    if not mx.is_known:
        message = f"Nobody answered for the MX of {domain}: {mx.reason}."
        return GatherFailure(FailureKind.NO_ANSWER, message)
    sts_file = await _sts_file(site, domain, sts)
    names = _names(mx)
    is_strict = isinstance(sts_file, StsFile)
    servers = await asyncio.gather(
        *(_server(site, domain, name, questions, is_strict) for name in names[:MAX_SERVERS])
    )
    return MailTransport(
        domain,
        sts,
        tls_rpt,
        bimi,
        sts_file,
        names,
        tuple(servers),
        is_validating=await _is_validating(site, domain, servers),
    )


def _names(mx: Answer) -> tuple[str, ...]:
    """The targets by preference, without a null MX and addresses in place of names."""
    rows = sorted(mx.values, key=lambda value: _number(value.partition(" ")[0]))
    names = (plain_name(value.rpartition(" ")[2]) for value in rows)
    return tuple(name for name in names if is_askable(name) and not _is_literal(name))


def _number(text: str) -> int:
    return int(text[:9]) if text.isascii() and text.isdigit() else 0


def _is_literal(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


async def _sts_file(site: Site, domain: str, sts: Answer) -> StsFile | GatherFailure | None:
    """The policy, without following a redirect (RFC 8461 section 3.3)."""
    if site.consent < PAGES or len(select_sts(sts.values)) != 1:
        return None
    url = f"https://mta-sts.{domain}/.well-known/mta-sts.txt"
    found = await site.hop(url)
    if isinstance(found, GatherFailure):
        return found
    return StsFile(url, found.status, found.header("content-type") or "", found.text)


async def _server(
    site: Site, domain: str, name: str, questions: Questions, is_strict: bool
) -> MailServer:
    ip4, ip6, tlsa = await asyncio.gather(
        questions.ask(name, "A"),
        questions.ask(name, "AAAA"),
        site.ask(f"_25._tcp.{name}", "TLSA"),
    )
    vendors = [one for one in recognise(mx=[name]) if one.role == "mail"]
    is_own = is_within(name, registrable_domain(domain) or domain) and not (vendors or ip4.chain)
    addresses = addresses_in((*ip4.values, *ip6.values))
    is_called = site.consent >= PAGES and not vendors and bool(addresses)
    asked_back = addresses[:MAX_ADDRESSES] if is_own else ()
    records = tuple(map(parse_tlsa, tlsa.values[:MAX_TLSA]))
    return MailServer(
        name=name,
        vendor=vendors[0].name if vendors else "",
        is_own=is_own,
        reverse=tuple([await _reverse(ip, questions) for ip in asked_back]),
        tlsa_said=answer_of(tlsa).said,
        tlsa=tuple(record for record in records if record is not None),
        is_tlsa_validated=tlsa.is_validated,
        talk=await site.once(
            ("smtp", name, str(is_strict)), lambda: talk_to(site, name, is_verifying=is_strict)
        )
        if is_called
        else None,
    )


async def _reverse(ip: IPv4Address | IPv6Address, questions: Questions) -> ReverseName:
    """The PTR of `ip` and whether one of its names leads back (RFC 1912 section 2.1)."""
    ptr = await questions.ask(ip.reverse_pointer, "PTR")
    names = tuple(map(plain_name, ptr.values[:MAX_PTR_NAMES]))
    rtype = "A" if ip.version == 4 else "AAAA"  # noqa: PLR2004 - the protocol's own number
    answers = [await questions.ask(name, rtype) for name in names]
    if any(ip in addresses_in(answer.values) for answer in answers):
        return ReverseName(str(ip), ptr.said, names, is_confirmed=True)
    is_certain = ptr.is_known and all(answer.is_known for answer in answers)
    return ReverseName(str(ip), ptr.said, names, is_confirmed=False if is_certain else None)


async def _is_validating(site: Site, domain: str, servers: list[MailServer]) -> bool:
    """Whether our resolver checks signatures, asked only where the answer matters."""
    if not any(server.tlsa for server in servers):
        return False
    if any(server.is_tlsa_validated for server in servers):
        return True
    parent = parent_name(registrable_domain(domain) or domain) or "."
    reply = await site.ask(parent, "SOA")
    return reply.status == DnsStatus.NOERROR and reply.is_validated


FAMILIES = (
    Family(
        name="mail_transport",
        title="E-mail in transit",
        provides=(MailTransport,),
        gather=gather_transport,
    ),
)
