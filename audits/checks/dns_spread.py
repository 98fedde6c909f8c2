"""Is everybody who asks for a host led to the same app?"""

from ipaddress import ip_address, ip_network

from accounts.guard.exchange import DnsStatus
from audits.observations.spread import (
    AddressSpread,
    AppFace,
    Comparison,
    Propagation,
    Relation,
    Told,
    differing,
    is_elsewhere,
    longest_ttl,
    server_apart,
)
from audits.observations.target import Host
from audits.observations.vendors import is_vendor_word, recognise
from audits.verdicts import Confidence, Consent, Evidence, Result, Severity, Verdict, check

SHOWN_APART = frozenset({Relation.DIFFERS, Relation.PAGES_DIFFER, Relation.ONE_REFUSES})
LAWFUL = frozenset({Relation.SAME, Relation.CHANGING})


@check(
    id="dns.propagation",
    title="Resolvers all over the world know the present records",
    stage=1,
    severity=Severity.S2,
    consent=Consent.L0,
    needs=Propagation,
    source="RFC 1034 section 3.6 (TTL); RFC 2308 section 5",
    remedy="Wait for the old record's TTL, then flush the resolver's cache at its operator; see "
    "that all name servers hold the same zone.",
    trouble="Some visitors are still led to the old place",
    impact="Depending on their network, people see the old app, or nothing.",
    item="1.3",
)
def propagation(seen: Propagation) -> Result:
    """A difference counts when it outlives its TTL, or when the zone's own servers differ."""
    evidence = tuple(_answer(one) for one in (*seen.authority, *seen.resolvers))
    heard = [one for one in seen.resolvers if one.is_answered]
    if not seen.authority:
        message = f"No name server of its zone answered about {seen.host}; nothing to compare with."
        return Result(Verdict.UNKNOWN, message, cause="no_authority", evidence=evidence)
    apart = server_apart(seen.authority)
    if apart is not None:
        return _judge_servers(seen, apart, evidence)
    if not heard:
        message = f"No resolver of the world answered about {seen.host}."
        cause = "no_answer" if seen.resolvers else "no_watchers"
        verdict = Verdict.UNKNOWN if seen.resolvers else Verdict.NA
        return Result(verdict, message, cause=cause, evidence=evidence)
    others = differing(seen)
    if not others:
        message = f"{len(heard)} resolvers lead {seen.host} to the same place as its zone."
        return Result(Verdict.PASS, message, evidence=evidence)
    return _judge_difference(seen, others, evidence)


def _judge_servers(seen: Propagation, apart: Told, evidence: tuple[Evidence, ...]) -> Result:
    """Servers that steer by place or weight differ lawfully; a missing record is no steering."""
    message = f"{apart.server} leads {seen.host} elsewhere than the zone's other servers."
    is_missing = not apart.places or not seen.authority[0].places
    relation = seen.comparison.relation if seen.comparison else Relation.NOT_SEEN
    if is_missing or relation in SHOWN_APART:
        return Result(Verdict.WARN, message, cause="servers_differ", evidence=evidence)
    return Result(Verdict.INFO, message, cause="servers_vary", evidence=evidence)


def _judge_difference(
    seen: Propagation, others: tuple[Told, ...], evidence: tuple[Evidence, ...]
) -> Result:
    who = ", ".join(one.server for one in others)[:150]
    if seen.comparison is not None and seen.comparison.relation in LAWFUL:
        message = f"{who}: leads {seen.host} to another front of the same app."
        return Result(Verdict.INFO, message, cause="other_front", evidence=evidence)
    if not _is_beyond_ttl(seen, others):
        rest = int(longest_ttl(others).total_seconds())
        message = f"{who}: still leads {seen.host} elsewhere, for {rest} seconds at most."
        return Result(Verdict.INFO, message, cause="within_ttl", evidence=evidence)
    is_seen = seen.comparison is not None and seen.comparison.relation != Relation.NOT_SEEN
    message = f"{who}: leads {seen.host} elsewhere than its zone, though the TTL is over."
    return Result(
        Verdict.WARN,
        message,
        cause="stale",
        evidence=evidence,
        confidence=Confidence.CONFIRMED if is_seen else Confidence.PROBABLE,
    )


def _is_beyond_ttl(seen: Propagation, others: tuple[Told, ...]) -> bool:
    right = frozenset(place for one in seen.authority for place in one.places)
    if any(one.is_answered and is_elsewhere(one, right) for one in seen.waited):
        return True
    if seen.waited or seen.switch_at is None:
        return False
    longest = longest_ttl((*others, *seen.authority))
    return seen.observed_at - seen.switch_at > longest


@check(
    id="dns.split_providers",
    title="All addresses of a host serve the same app",
    stage=1,
    severity=Severity.S1,
    consent=Consent.L1,
    needs=AddressSpread,
    source="RFC 1034 section 3.6; RFC 1794",
    remedy="Delete the A record of the host that is no longer used.",
    trouble="Visitors land on the old and the new app by chance",
    impact="The same address shows one app to some people and another one to others; sign-ins "
    "get lost between the two.",
    item="1.1",
)
def split_providers(seen: AddressSpread) -> Result:
    name, evidence = seen.host.name, _groups(seen)
    if seen.status not in {DnsStatus.NOERROR, DnsStatus.NODATA, DnsStatus.NXDOMAIN}:
        message = f"No answer about the addresses of {name}, so nothing is known."
        return Result(Verdict.UNKNOWN, message, cause="no_answer")
    if len(seen.groups) < 2:  # noqa: PLR2004 - one place, or none
        message = f"All addresses of {name} stand in one place."
        return Result(Verdict.PASS, message, evidence=evidence)
    relations = {each.relation: each for each in reversed(seen.comparisons)}
    split = relations.get(Relation.DIFFERS) or relations.get(Relation.PAGES_DIFFER)
    if split is not None and _is_declared(seen):
        message = f"{name} shows different pages at two places, both of which are declared."
        return Result(Verdict.INFO, message, cause="declared", evidence=evidence)
    if Relation.DIFFERS in relations:
        message = (
            f"{name} leads to {_pair(relations[Relation.DIFFERS])}, which show different apps."
        )
        return Result(Verdict.FAIL, message, cause="two_apps", evidence=evidence)
    if Relation.PAGES_DIFFER in relations:
        pair = _pair(relations[Relation.PAGES_DIFFER])
        message = f"{name} shows other pages at {pair}, behind one certificate."
        return Result(
            Verdict.WARN,
            message,
            cause="two_pages",
            evidence=evidence,
            confidence=Confidence.PROBABLE,
        )
    if Relation.ONE_REFUSES in relations:
        message = f"{name} leads to {_pair(relations[Relation.ONE_REFUSES])}; one refuses."
        return Result(Verdict.WARN, message, cause="one_refuses", evidence=evidence)
    if relations.keys() <= {Relation.SAME}:
        message = f"{name} stands in {len(seen.groups)} places, and the same app answers."
        return Result(Verdict.PASS, message, evidence=evidence)
    message = f"{name} stands in {len(seen.groups)} places, which could not be compared."
    return Result(Verdict.UNKNOWN, message, cause="not_compared", evidence=evidence)


def _is_declared(seen: AddressSpread) -> bool:
    """True where the routing map names every place: several networks on purpose."""
    return all(_is_ours(seen.host, group) for group in seen.groups)


def _is_ours(host: Host, group: tuple[str, ...]) -> bool:
    if any(_covers(word, address) for word in host.points_to for address in group):
        return True
    vendors = recognise(addresses=group)
    return any(is_vendor_word(word, v) for word in host.points_to for v in vendors)


def _covers(word: str, address: str) -> bool:
    try:
        return ip_address(address) in ip_network(word.strip(), strict=False)
    except ValueError:
        return False


def _pair(comparison: Comparison) -> str:
    return f"{comparison.one.address} and {comparison.other.address}"


def _groups(seen: AddressSpread) -> tuple[Evidence, ...]:
    places = tuple(
        Evidence(f"place {number} of {seen.host.name}", ", ".join(group)[:300])
        for number, group in enumerate(seen.groups[:5], start=1)
    )
    faces = dict.fromkeys(face for each in seen.comparisons for face in (each.one, each.other))
    return (*places, *map(_face, faces))


def _face(face: AppFace) -> Evidence:
    shown = f"{face.status} {face.location or face.title or 'without a title'}"
    certificate = f", certificate {face.certificate_sha256[:16]}" if face.certificate_sha256 else ""
    return Evidence(f"page at {face.address}", face.code or f"{shown}{certificate}"[:300])


def _answer(one: Told) -> Evidence:
    said = ", ".join((*one.chain, *one.addresses)) or str(one.status)
    return Evidence(f"A at {one.server or 'nobody'}", f"{said} (TTL {one.ttl_seconds} s)"[:300])


CHECKS = (propagation, split_providers)
