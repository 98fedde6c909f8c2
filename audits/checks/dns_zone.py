"""Do the name servers agree, stand apart, and forgive a mistake?"""

from collections.abc import Iterable
from datetime import timedelta
from ipaddress import IPv4Address, ip_address, ip_network

from audits.observations.dns import Delegation, Soa, parse_soa
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

LEAST_SERVERS = 2
LEAST_EXPIRE = timedelta(days=7)
MOST_NEGATIVE = timedelta(days=1)
SERIAL_RING = 2**32
V4_PREFIX, V6_PREFIX = 24, 48


@check(
    id="dns.ns_count",
    title="At least two name servers on two addresses",
    stage=1,
    severity=Severity.S2,
    consent=Consent.L0,
    needs=Delegation,
    source="RFC 1034 section 4.1; RFC 2182 sections 3.1 and 5",
    remedy="Add a second name server on another address.",
    trouble="One machine carries the whole domain",
    impact="When it stops, the app and its mail stop with it.",
    item="1.3",
)
def ns_count(zone: Delegation) -> Result:
    if not zone.is_zone:
        return no_zone(zone)
    sides = {"the parent": zone.parent_names, "the zone itself": zone.child_names}
    evidence = _sets(zone)
    for side, names in sides.items():
        if names and len(names) < LEAST_SERVERS:
            message = f"By {side} there is one name server: {names[0]}."
            return Result(Verdict.FAIL, message, cause="one_name", evidence=evidence)
    if len(zone.names) < LEAST_SERVERS:
        message = f"There is one name server: {zone.names[0]}."
        return Result(Verdict.FAIL, message, cause="one_name", evidence=evidence)
    if len(zone.addresses) >= LEAST_SERVERS:
        message = f"{len(zone.names)} name servers on {len(zone.addresses)} addresses."
        return Result(Verdict.PASS, message, evidence=evidence)
    if not all(server.is_address_known for server in zone.servers) or not zone.addresses:
        message = "Not every name server's address could be found out, so nothing is known."
        return Result(Verdict.UNKNOWN, message, cause="no_answer", evidence=evidence)
    message = f"{len(zone.names)} name servers share one address, {zone.addresses[0]}."
    return Result(Verdict.FAIL, message, cause="one_address", evidence=evidence)


@check(
    id="dns.ns_parent_child",
    title="The registrar and the zone name the same name servers",
    stage=1,
    severity=Severity.S1,
    consent=Consent.L0,
    needs=Delegation,
    source="RFC 1034 section 4.2.2; RFC 1912 section 2.3",
    remedy="Set at the registrar exactly the name servers that the zone lists.",
    trouble="Two sets of name servers answer for the domain",
    impact="Part of the visitors sees the old site, and changes seem to come and go.",
    item="1.3",
)
def ns_parent_child(zone: Delegation) -> Result:
    if not zone.is_zone:
        return no_zone(zone)
    parent, child, evidence = zone.parent_names, zone.child_names, _sets(zone)
    if not parent or not child:
        silent = "the zone's own name servers" if parent else "the parent's name servers"
        message = f"No answer from {silent}, so the two sets can't be compared."
        return Result(Verdict.UNKNOWN, message, cause="no_answer", evidence=evidence)
    if set(parent) == set(child):
        return Result(Verdict.PASS, "Parent and zone agree.", evidence=evidence)
    if set(parent) & set(child) or _same_machines(zone, parent, child):
        only = sorted(set(parent) ^ set(child))
        message = f"Parent and zone differ in {', '.join(only)[:200]}."
        return Result(Verdict.WARN, message, cause="differ", evidence=evidence)
    message = f"The parent names {', '.join(parent)[:150]}, the zone {', '.join(child)[:150]}."
    return Result(Verdict.FAIL, message, cause="disjoint", evidence=evidence)


@check(
    id="dns.ns_diversity",
    title="The name servers are spread over networks",
    stage=1,
    severity=Severity.S4,
    consent=Consent.L0,
    needs=Delegation,
    source="RFC 2182 section 3.1",
    remedy="Put one name server into another network; with a managed DNS there is nothing to do.",
    trouble="All name servers stand in one network",
    impact="One broken line takes the whole domain away.",
    item="1.3",
)
def ns_diversity(zone: Delegation) -> Result:
    if not zone.is_zone:
        return no_zone(zone)
    if not zone.addresses:
        return Result(Verdict.UNKNOWN, "No address of a name server is known.", cause="no_answer")
    networks = sorted({_network(address) for address in zone.addresses})
    evidence = (Evidence("networks", ", ".join(networks)[:300]),)
    if zone.vendors:
        message = f"{zone.vendors[0].name} spreads its name servers itself (anycast)."
        return Result(Verdict.INFO, message, evidence=evidence)
    is_one = len(networks) == 1 and len(zone.addresses) >= LEAST_SERVERS
    if is_one:
        message = f"All {len(zone.addresses)} addresses are in {networks[0]}."
        return Result(Verdict.WARN, message, cause="one_network", evidence=evidence)
    return Result(Verdict.INFO, f"{len(networks)} networks.", evidence=evidence)


@check(
    id="dns.soa_serial",
    title="All name servers hold the same version of the zone",
    stage=1,
    severity=Severity.S4,
    consent=Consent.L0,
    needs=Delegation,
    source="RFC 1982 section 3; RFC 1035 section 3.3.13",
    remedy="Should it last, check the zone transfer of the server that lags behind.",
    trouble="The name servers hold different versions",
    impact="For a while some visitors may see older records; that is normal after a change.",
    item="1.3",
)
def soa_serial(zone: Delegation) -> Result:
    """Differing serials in one look are normal in a busy zone, so they are only told."""
    if not zone.is_zone:
        return no_zone(zone)
    serials = {s.label: soa.serial for s in zone.servers if (soa := parse_soa(s.soa))}
    if not serials:
        return nobody_answered(zone)
    evidence = tuple(Evidence(label, str(serial)) for label, serial in serials.items())
    if len(set(serials.values())) == 1:
        return Result(Verdict.PASS, "One serial everywhere.", evidence=evidence)
    newest = _newest(serials.values())
    behind = [label for label, serial in serials.items() if serial != newest]
    message = f"{', '.join(behind)[:200]} not yet at serial {newest}."
    return Result(Verdict.INFO, message, cause="differ", evidence=evidence)


@check(
    id="dns.soa_values",
    title="The zone's times forgive a mistake",
    stage=1,
    severity=Severity.S3,
    consent=Consent.L0,
    needs=Delegation,
    source="RFC 1912 section 2.2; RFC 2308 section 5",
    remedy="Set expire to 604800 s or more and the negative TTL to 3600 s or less.",
    trouble="A mistyped name would be remembered for days",
    impact="A slip on launch day stays visible long after it is mended.",
    item="1.3",
)
def soa_values(zone: Delegation) -> Result:
    if not zone.is_zone:
        return no_zone(zone)
    soa = next((s for s in (parse_soa(server.soa) for server in zone.servers) if s), None)
    if soa is None:
        return nobody_answered(zone)
    negative = timedelta(seconds=min(soa.ttl_seconds, soa.minimum_seconds))
    faults = list(_faults(soa, negative))
    evidence = (
        Evidence("expire", f"{soa.expire_seconds} s"),
        Evidence("negative TTL", f"{int(negative.total_seconds())} s"),
    )
    if not faults:
        return Result(Verdict.PASS, "Expire and negative TTL are in order.", evidence=evidence)
    cause, message = faults[0][0], " ".join(text for _, text in faults)
    if zone.vendors:
        message += f" {zone.vendors[0].name} sets them; its customers usually can't."
        return Result(Verdict.INFO, message, cause=cause, evidence=evidence)
    return Result(Verdict.WARN, message, cause=cause, evidence=evidence)


def _faults(soa: Soa, negative: timedelta) -> Iterable[tuple[str, str]]:
    if negative > MOST_NEGATIVE:
        yield (
            "negative_ttl",
            f"A missing name is remembered for {int(negative.total_seconds())} s; "
            f"{int(MOST_NEGATIVE.total_seconds())} s at most.",
        )
    if timedelta(seconds=soa.expire_seconds) < LEAST_EXPIRE:
        yield (
            "expire",
            f"Secondaries give up after {soa.expire_seconds} s; "
            f"{int(LEAST_EXPIRE.total_seconds())} s at least.",
        )


def _newest(serials: Iterable[int]) -> int:
    """The serial that is ahead on the ring of 2^32 (RFC 1982 section 3.2)."""
    newest, *others = serials
    for serial in others:
        if 0 < (serial - newest) % SERIAL_RING < SERIAL_RING // 2:
            newest = serial
    return newest


def _same_machines(zone: Delegation, parent: tuple[str, ...], child: tuple[str, ...]) -> bool:
    """Vanity names: other names for the very same addresses."""
    by_name = {server.name: server.address for server in zone.servers if server.address}
    above = {by_name[name] for name in parent if name in by_name}
    return bool(above & {by_name[name] for name in child if name in by_name})


def _network(address: str) -> str:
    parsed = ip_address(address)
    prefix = V4_PREFIX if isinstance(parsed, IPv4Address) else V6_PREFIX
    return str(ip_network(f"{address}/{prefix}", strict=False))


def _sets(zone: Delegation) -> tuple[Evidence, ...]:
    parent, child = zone.parent_names, zone.child_names
    return (
        Evidence(f"by {zone.parent_server or 'the parent'}", _listed(parent)),
        Evidence("by the zone itself", _listed(child)),
    )


def _listed(names: tuple[str, ...] | None) -> str:
    return "no answer" if names is None else (", ".join(names)[:300] or "none")


def no_zone(zone: Delegation) -> Result:
    """The answer where there are no name servers to judge: unknown, or no zone at all."""
    if zone.parent_names is None:
        message = f"No answer about the name servers of {zone.domain}, so nothing is known."
        return Result(Verdict.UNKNOWN, message, cause="no_answer")
    message = f"{zone.domain} is no zone of its own: it has no name servers."
    return Result(Verdict.NA, message, cause="no_zone")


def nobody_answered(zone: Delegation) -> Result:
    """The answer where direct questions stayed without any answer."""
    where = "though the parent's did" if zone.parent_server else "nor did the parent's"
    message = f"No name server of {zone.domain} answered a direct question, {where}."
    return Result(Verdict.UNKNOWN, message, cause="no_answer")


CHECKS = (
    ns_count,
    ns_parent_child,
    ns_diversity,
    soa_serial,
    soa_values,
)
