"""Could a stranger take over a name of ours, because something behind it is gone?

The grades of platforms are dated facts with their source in `takeover_table`.
"""

from accounts.guard.exchange import DnsStatus
from audits.observations.dangling import (
    Aliases,
    AliasLook,
    Holder,
    Ownership,
    RecordTargets,
    Subzone,
    Subzones,
    SubzoneServer,
)
from audits.observations.names import is_within
from audits.observations.takeover_table import (
    ATTRIBUTION,
    DNS_BRANDS_AT_RANDOM,
    Grade,
    Platform,
    is_unguessable,
    met_words,
    platform_of,
)
from audits.verdicts import (
    Confidence,
    Consent,
    Evidence,
    Result,
    Severity,
    Verdict,
    check,
)

NOT_THERE_STATUS = 400
GONE = frozenset({DnsStatus.REFUSED, DnsStatus.NXDOMAIN})
ANSWERED = frozenset({DnsStatus.NOERROR, DnsStatus.NODATA, DnsStatus.NXDOMAIN})


@check(
    id="dns.dangling_cname",
    title="No alias leads to a name that a stranger can claim",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L0,
    needs=Aliases,
    source="RFC 1034 section 3.6.2; Can I take over XYZ? (CC BY 4.0), read 2026-11-24",
    remedy="Delete the CNAME, or set up the service again. Next time delete the record first.",
    trouble="A stranger can take over one of the app's addresses",
    impact="Somebody else can show their page, collect passwords and read cookies under the "
    "app's own name.",
    item="2.4",
)
def dangling_cname(seen: Aliases) -> list[Result]:
    """One row per alias that leads nowhere, one for what was not answered, else one pass."""
    results = [row for look in seen.looks if (row := _judge_alias(look, seen.domain)) is not None]
    silent = [*seen.unanswered, *(look.host for look in seen.looks if _is_silent(look))]
    if silent:
        message = f"No answer about the aliases of {', '.join(silent)[:200]}."
        results.append(Result(Verdict.UNKNOWN, message, subject=seen.domain, cause="no_answer"))
    if results:
        return results
    message = f"{seen.asked_count} names were asked; none is an alias to something that is gone."
    return [Result(Verdict.PASS, message, subject=seen.domain, evidence=_chains(seen))]


def _is_silent(look: AliasLook) -> bool:
    """Only what somebody declared: a usual label that stays silent proves nothing."""
    return look.is_declared and look.end not in ANSWERED


def _judge_alias(look: AliasLook, domain: str) -> Result | None:
    platform = platform_of(look.target)
    if look.end == DnsStatus.NXDOMAIN and not is_within(look.target, domain):
        return _judge_gone(look, platform)
    if look.page is None or platform is None or look.is_service_name:
        return None
    words = met_words(platform, look.page.text)
    if not words or look.page.status < NOT_THERE_STATUS:
        return None
    shown = Evidence(f"{look.page.status} {look.page.url}"[:200], f"“{words}”")
    message = f"{look.host} leads to {look.target} at {platform.name}, which knows no such site."
    if platform.grade == Grade.CLAIMABLE:
        return _row(Verdict.FAIL, look, message, "unclaimed_page", shown, platform=platform)
    message += " Taking it needs more than the name there."
    return _row(Verdict.WARN, look, message, "guarded_page", shown, platform=platform)


def _judge_gone(look: AliasLook, platform: Platform | None) -> Result | None:
    """The end of the chain does not exist: whose could it become?"""
    holder = look.ownership.holder if look.ownership else Holder.SILENT
    message = f"{look.host} leads to {look.target}, which does not exist"
    if look.ownership is not None and holder in {Holder.FREE, Holder.ABSENT}:
        return _free(look, look.ownership, message)
    if look.is_service_name or holder == Holder.IMPOSSIBLE:
        return None
    if platform is None:
        return _row(Verdict.WARN, look, f"{message}.", "target_gone")
    if platform.grade == Grade.SAFE:
        return None
    is_open = platform.is_by_absence and not is_unguessable(platform, look.target)
    if platform.grade == Grade.CLAIMABLE and is_open:
        message += f"; {platform.name} gives that name to whoever asks first."
        return _row(Verdict.FAIL, look, message, "claimable_name", platform=platform)
    return _row(Verdict.WARN, look, f"{message} at {platform.name}.", "target_gone")


def _free(look: AliasLook, ownership: Ownership, message: str) -> Result:
    said = Evidence("registered domain", f"{ownership.domain}: {ownership.holder}")
    if ownership.holder == Holder.FREE:
        message += f"; anybody can register {ownership.domain}."
        return _row(Verdict.FAIL, look, message, "free_domain", said)
    message += f"; {ownership.domain} is not in DNS, and the registry could not be asked."
    return _row(
        Verdict.FAIL,
        look,
        message,
        "absent_domain",
        said,
        severity=Severity.S1,
        confidence=Confidence.PROBABLE,
    )


def _row(
    verdict: Verdict,
    look: AliasLook,
    message: str,
    cause: str,
    *evidence: Evidence,
    platform: Platform | None = None,
    severity: Severity | None = None,
    confidence: Confidence = Confidence.CONFIRMED,
) -> Result:
    graded = Evidence(f"{platform.name}: {platform.grade}", ATTRIBUTION) if platform else None
    return Result(
        verdict,
        message,
        severity=severity,
        subject=look.host,
        cause=cause,
        evidence=(_chain(look), *evidence, *((graded,) if graded else ())),
        confidence=confidence,
    )


def _chains(seen: Aliases) -> tuple[Evidence, ...]:
    return tuple(_chain(look) for look in seen.looks[:10])


def _chain(look: AliasLook) -> Evidence:
    return Evidence(f"CNAME {look.host}", f"{' → '.join(look.chain)} ({look.end})"[:300])


@check(
    id="dns.dangling_ns",
    title="Every delegated part of the domain is served by its name servers",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L0,
    needs=Subzones,
    source="RFC 1034 section 4.2.1; RFC 1912 section 2.8",
    remedy="Remove the NS records of that subdomain, or create the zone there again.",
    trouble="A stranger can take over a whole subdomain",
    impact="Whoever creates that zone at the provider decides where its pages and mail go.",
    item="2.4",
)
def dangling_ns(seen: Subzones) -> list[Result]:
    results = [row for zone in seen.zones if (row := _judge_zone(zone)) is not None]
    if results:
        return results
    subzones = [zone.zone for zone in seen.zones if not zone.is_own_zone]
    if not subzones and not seen.is_looked_at:
        message = f"No name server of {seen.domain} answered, so its subzones are not known."
        return [Result(Verdict.UNKNOWN, message, subject=seen.domain, cause="no_answer")]
    message = (
        f"{', '.join(subzones)[:200]}: served by the named servers."
        if subzones
        else f"No part of {seen.domain} is delegated to other servers."
    )
    return [Result(Verdict.PASS, message, subject=seen.domain)]


def _judge_zone(zone: Subzone) -> Result | None:
    evidence = tuple(_served(server) for server in zone.servers)
    free = next((s for s in zone.servers if s.ownership and _is_open(s.ownership)), None)
    if free is not None and free.ownership is not None:
        return _lost_servers(zone, free, free.ownership, evidence)
    if zone.is_own_zone or not zone.servers or any(s.is_serving for s in zone.servers):
        return None
    if not all(server.status in GONE for server in zone.servers):
        message = f"Not every name server of {zone.zone} answered, so nothing is known."
        return Result(
            Verdict.UNKNOWN, message, subject=zone.zone, cause="no_answer", evidence=evidence
        )
    brand = zone.vendors[0].name if zone.vendors else ""
    message = f"All name servers of {zone.zone} refuse it"
    if brand and brand not in DNS_BRANDS_AT_RANDOM:
        message += f"; at {brand} it belongs to whoever creates it first."
        return Result(Verdict.FAIL, message, subject=zone.zone, cause="refused", evidence=evidence)
    message += f" at {brand}, which hands out servers by chance." if brand else "."
    return Result(
        Verdict.WARN,
        message,
        subject=zone.zone,
        cause="refused_elsewhere",
        evidence=evidence,
        confidence=Confidence.PROBABLE,
        trouble="A delegated subdomain is served by nobody",
    )


def _lost_servers(
    zone: Subzone, server: SubzoneServer, ownership: Ownership, evidence: tuple[Evidence, ...]
) -> Result:
    is_sure = ownership.holder == Holder.FREE
    how = "anybody can register" if is_sure else "nobody seems to hold"
    message = f"{server.name} is a name server of {zone.zone}, and {how} {ownership.domain}."
    return Result(
        Verdict.FAIL,
        message,
        severity=None if is_sure else Severity.S1,
        subject=zone.zone,
        cause="free_domain" if is_sure else "absent_domain",
        evidence=evidence,
        confidence=Confidence.CONFIRMED if is_sure else Confidence.PROBABLE,
    )


def _is_open(ownership: Ownership) -> bool:
    return ownership.holder in {Holder.FREE, Holder.ABSENT}


def _served(server: SubzoneServer) -> Evidence:
    if server.ownership is not None:
        return Evidence(server.name, f"does not exist; domain: {server.ownership.holder}")
    word = "serves it" if server.is_serving else str(server.status or "not asked")
    return Evidence(server.name, f"{server.address or 'no address'}: {word}")


@check(
    id="dns.dangling_mx_srv",
    title="Mail, service and SPF records point at domains that somebody holds",
    stage=1,
    severity=Severity.S1,
    consent=Consent.L0,
    needs=RecordTargets,
    source="RFC 5321 section 5.1; RFC 2782; RFC 7208 section 5.2",
    remedy="Remove the record, or correct the name in it.",
    trouble="A stranger can receive or send the app's mail",
    impact="Whoever registers that domain reads mail meant for you, or sends in your name.",
    item="1.3",
)
def dangling_mx_srv(seen: RecordTargets) -> list[Result]:
    open_ends = [one for one in seen.targets if _is_open(one.ownership)]
    results = []
    for one in open_ends:
        is_sure = one.ownership.holder == Holder.FREE
        how = "anybody can register" if is_sure else "nobody seems to hold"
        results.append(
            Result(
                Verdict.FAIL,
                f"{one.record} names {one.target}, and {how} {one.ownership.domain}.",
                subject=one.record.rpartition(" ")[2],
                cause=f"{one.record.partition(' ')[0].lower()}_{one.ownership.holder}",
                evidence=(Evidence(one.record, one.target),),
                confidence=Confidence.CONFIRMED if is_sure else Confidence.PROBABLE,
            )
        )
    if results:
        return results
    silent = [str(one.ownership.domain) for one in seen.targets if _is_unheard(one.ownership)]
    if seen.unanswered or silent:
        message = f"No answer about {', '.join((*seen.unanswered, *silent))[:200]}."
        return [Result(Verdict.UNKNOWN, message, subject=seen.domain, cause="no_answer")]
    if not seen.targets:
        message = f"No mail, service or SPF record of {seen.domain} names another domain."
        return [Result(Verdict.NA, message, subject=seen.domain, cause="no_target")]
    message = f"All {len(seen.targets)} targets stand in domains that somebody holds."
    evidence = tuple(Evidence(one.record, one.target[:200]) for one in seen.targets[:10])
    return [Result(Verdict.PASS, message, subject=seen.domain, evidence=evidence)]


def _is_unheard(ownership: Ownership) -> bool:
    return ownership.holder == Holder.SILENT


CHECKS = (dangling_cname, dangling_ns, dangling_mx_srv)
