"""Do the hosts lead where they should, and can everybody follow?"""

from collections.abc import Iterable
from datetime import timedelta

from accounts.guard.exchange import DnsReply
from audits.observations.dns import (
    AuthorityAnswer,
    HostAddresses,
    HostRecords,
    Ipv6Reach,
    JudgedAddress,
)
from audits.observations.target import HostKind
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

MOST_TTL = timedelta(hours=1)
BEFORE_SWITCH = timedelta(hours=48)
MAY_STAND_BESIDE_CNAME = frozenset({"CNAME", "RRSIG", "NSEC", "KEY"})
FOR_VISITORS = frozenset({HostKind.WEB, HostKind.API, HostKind.ASSETS})
NOT_PUBLIC = frozenset({"address_not_public", "address_scoped", "address_malformed"})
NO_ROUTE_CODES = frozenset({"connect_unreachable", "connect_timeout", "deadline"})


@check(
    id="dns.cname_conflict",
    title="No other record stands beside a CNAME",
    stage=1,
    severity=Severity.S1,
    consent=Consent.L0,
    needs=HostRecords,
    source="RFC 1912 section 2.4; RFC 2181 section 10.1",
    remedy="Keep the CNAME or the other records of that name, not both.",
    trouble="A host has two contradicting entries",
    impact="Some visitors reach the app and others don't, by chance.",
    item="1.3",
)
def cname_conflict(seen: HostRecords) -> Result:
    if seen.is_apex:
        message = "The bare domain is judged by dns.apex_cname."
        return Result(Verdict.NA, message, cause="apex")
    if seen.is_delegated:
        message = f"{seen.host} is delegated to other name servers, which were not asked."
        return Result(Verdict.NA, message, cause="delegated")
    if not seen.answers:
        message = f"No name server of the zone answered about {seen.host}."
        return Result(Verdict.UNKNOWN, message, cause="no_answer")
    for answer in seen.answers:
        types = _types_at(answer, seen.host)
        others = sorted(types - MAY_STAND_BESIDE_CNAME)
        if "CNAME" in types and others:
            message = f"{seen.host} has a CNAME and {', '.join(others)} at {answer.server}."
            evidence = tuple(_seen(reply) for reply in answer.replies)
            return Result(Verdict.FAIL, message, cause="beside_cname", evidence=evidence)
    return Result(Verdict.PASS, f"No record stands beside a CNAME at {seen.host}.")


@check(
    id="dns.address_private",
    title="Every address can be reached from outside",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L0,
    needs=HostAddresses,
    source="RFC 1918 section 3; RFC 4193; RFC 6890",
    remedy="Publish the public address; keep inside addresses out of the public zone.",
    trouble="The app's name leads to an address inside a private network",
    impact="Nobody outside that network reaches the app.",
    item="1.1",
)
def address_private(seen: HostAddresses) -> Result:
    name = seen.host.name
    evidence = tuple(_seen(reply) for reply in seen.replies)
    bad = [address for address in seen.addresses if address.code in NOT_PUBLIC]
    if bad:
        message = f"{name} has {_shown(bad)}, which is not public."
        is_public_host = seen.host.kind in FOR_VISITORS
        verdict = Verdict.FAIL if is_public_host else Verdict.WARN
        return Result(verdict, message, cause="not_public", evidence=evidence)
    other = [address for address in seen.addresses if address.code]
    if other:
        return Result(Verdict.UNKNOWN, other[0].refusal, cause=other[0].code, evidence=evidence)
    if not all(reply.is_answered for reply in seen.replies):
        message = f"Not every question about {name} was answered, so nothing is known."
        return Result(Verdict.UNKNOWN, message, cause="no_answer", evidence=evidence)
    if not seen.addresses:
        return Result(Verdict.NA, f"{name} has no address.", cause="no_address")
    message = f"{_shown(seen.addresses)}: all public."
    return Result(Verdict.PASS, message, evidence=evidence)


@check(
    id="dns.ipv6",
    title="A published IPv6 address works",
    stage=1,
    severity=Severity.S2,
    consent=Consent.L0,
    needs=Ipv6Reach,
    source="RFC 8305",
    remedy="Let the server answer over IPv6, or remove the AAAA record.",
    trouble="The IPv6 address leads nowhere",
    impact="On many phone networks each first visit waits before it falls back.",
    item="1.3",
)
def ipv6(seen: Ipv6Reach) -> Result:
    evidence = (_seen(seen.reply),)
    if not seen.reply.is_answered:
        message = f"No answer about IPv6 addresses of {seen.host}."
        return Result(Verdict.UNKNOWN, message, cause="no_answer", evidence=evidence)
    if not seen.reply.values:
        message = f"{seen.host} has no IPv6 address; IPv4 alone is fine."
        return Result(Verdict.INFO, message, cause="no_aaaa", evidence=evidence)
    tried = [a for a in seen.attempts if not a.code.startswith(("address_", "port_"))]
    if not tried:
        message = f"The IPv6 addresses of {seen.host} are not public, so none was tried."
        return Result(Verdict.NA, message, cause="not_tried", evidence=evidence)
    dead = [attempt for attempt in tried if attempt.code]
    if not dead:
        return Result(Verdict.PASS, f"{seen.host} connects over IPv6.", evidence=evidence)
    is_silent = all(attempt.code in NO_ROUTE_CODES for attempt in dead)
    if is_silent and not seen.is_vantage_able:
        message = "There is no IPv6 from here, so whether the address works is not known."
        return Result(Verdict.NA, message, cause="no_ipv6_here", evidence=evidence)
    message = f"{seen.host} has {dead[0].address}, but port 443 there: {dead[0].code}."
    return Result(Verdict.WARN, message, cause="dead_aaaa", evidence=evidence)


@check(
    id="dns.ttl_cutover",
    title="Records can be changed back quickly at the switch",
    stage=1,
    severity=Severity.S3,
    consent=Consent.L0,
    needs=HostRecords,
    source="RFC 1034 section 3.6 (TTL)",
    remedy="Set the TTL to 300 s a day before the switch, and back afterwards.",
    trouble="A wrong switch would last for hours",
    impact="Visitors keep landing on the old place long after it is mended.",
    item="1.3",
)
def ttl_cutover(seen: HostRecords) -> Result:
    ttls = _ttls((r for a in seen.answers for r in a.replies), seen.host)
    is_cached = not ttls
    ttls = ttls or _ttls(seen.cached, seen.host)
    if not ttls:
        return _no_ttl(seen)
    longest = timedelta(seconds=max(ttls))
    message = f"{seen.host} may be remembered for {max(ttls)} s."
    if seen.switch_at is None:
        return Result(Verdict.INFO, f"{message} No switch is planned.", cause="no_switch")
    ahead = seen.switch_at - seen.observed_at
    if not timedelta(0) <= ahead <= BEFORE_SWITCH:
        return Result(Verdict.INFO, f"{message} The switch is not near.", cause="not_near")
    if longest > MOST_TTL:
        message += f" The switch is in {int(ahead.total_seconds() // 3600)} hours."
        return Result(Verdict.WARN, message, cause="long_ttl")
    if is_cached:
        message = f"Only a cache told the TTL of {seen.host}, and there it runs down."
        return Result(Verdict.UNKNOWN, message, cause="cached_only")
    return Result(Verdict.PASS, message)


def _no_ttl(seen: HostRecords) -> Result:
    replies = (*(r for a in seen.answers for r in a.replies), *seen.cached)
    if any(reply.is_answered for reply in replies):
        return Result(Verdict.NA, f"{seen.host} has no address record.", cause="no_record")
    message = f"No answer about {seen.host}, so its TTL is not known."
    return Result(Verdict.UNKNOWN, message, cause="no_answer")


def _ttls(replies: Iterable[DnsReply], host: str) -> list[int]:
    wanted = {"A", "AAAA", "CNAME"}
    return [
        record.ttl_seconds
        for reply in replies
        for record in reply.answer
        if record.name == host and record.rtype in wanted
    ]


def _types_at(answer: AuthorityAnswer, owner: str) -> set[str]:
    return {
        record.rtype for reply in answer.replies for record in reply.answer if record.name == owner
    }


def _shown(addresses: Iterable[JudgedAddress]) -> str:
    return ", ".join(address.address for address in addresses)[:200]


def _seen(reply: DnsReply) -> Evidence:
    said = ", ".join((*reply.chain, *reply.values)) or reply.status.value
    return Evidence(f"{reply.rtype} {reply.name} at {reply.server or 'nobody'}", said[:300])


CHECKS = (cname_conflict, address_private, ipv6, ttl_cutover)
