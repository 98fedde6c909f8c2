"""Does each intended host lead to the place its owner declared?"""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from audits.observations.dns import HostAddresses, RoutingMap
from audits.observations.names import parent_name
from audits.observations.target import HostKind, Vendor
from audits.observations.vendors import is_vendor_word, matches_name, recognise
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

FOR_VISITORS = frozenset({HostKind.WEB, HostKind.API, HostKind.ADMIN})


@check(
    id="dns.points_to_expected",
    title="Each host leads to the declared place",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L0,
    needs=RoutingMap,
    source="RFC 1034 section 3.6; the routing map of this project",
    remedy="Point the record at the production target, or correct the routing map.",
    trouble="The domain leads to another place than planned",
    impact="Visitors see an old, foreign or test version, or nothing.",
    item="1.1",
)
def points_to_expected(routing: RoutingMap) -> list[Result]:
    """One row per declared or missing host, and one for all that nobody declared.

    Single addresses of a provider rotate: a declared address counts as its provider's
    where the table knows the network.
    """
    rows = [_judge_host(seen) for seen in routing.hosts]
    # Where nobody declared anything yet, there is no map for a host to be missing from.
    has_map = any(seen.host.points_to for seen in routing.hosts)
    open_ends = [seen for seen, row in zip(routing.hosts, rows, strict=True) if row is None]
    results = [row for row in rows if row is not None]
    if open_ends:
        names = ", ".join(seen.host.name for seen in open_ends)[:300]
        message = f"Nobody declared where these should lead: {names}."
        evidence = tuple(_where(seen) for seen in open_ends)
        results.append(
            Result(
                Verdict.WARN if has_map else Verdict.INFO,
                message,
                subject=routing.domain,
                cause="undeclared",
                evidence=evidence,
                remedy="Write the target of each host into the routing map, then run this again.",
            )
        )
    return results


def _judge_host(seen: HostAddresses) -> Result | None:
    """The row of one host, or None where it exists and nothing is declared for it."""
    name, evidence = seen.host.name, (_where(seen),)
    if not seen.addresses:
        return _judge_missing(seen)
    if not seen.host.points_to:
        return None
    is_neighbour = _is_neighbour(seen)
    met = [a for a in _plain(seen) if not is_neighbour and _is_declared(seen, a)]
    if _is_named(seen) or len(met) == len(seen.addresses):
        message = f"{name} leads to the declared target."
        return Result(Verdict.PASS, message, subject=name, evidence=evidence)
    hidden = _hiding_edge(seen)
    if hidden is not None:
        message = f"{name} leads to {hidden.name}, which hides what stands behind it."
        return Result(
            Verdict.UNKNOWN, message, subject=name, cause="behind_edge", evidence=evidence
        )
    declared = ", ".join(seen.host.points_to)[:150]
    if met:
        message = f"{name} leads to {declared} only in part."
        return Result(
            Verdict.FAIL,
            message,
            severity=Severity.S1,
            subject=name,
            cause="partly_elsewhere",
            evidence=evidence,
        )
    message = f"{name} should lead to {declared} but leads to {_words(seen)}."
    return Result(Verdict.FAIL, message, subject=name, cause="elsewhere", evidence=evidence)


def _judge_missing(seen: HostAddresses) -> Result:
    name, evidence = seen.host.name, (_where(seen),)
    if not all(reply.is_answered for reply in seen.replies):
        message = f"Not every question about {name} was answered, so nothing is known."
        return Result(Verdict.UNKNOWN, message, subject=name, cause="no_answer", evidence=evidence)
    is_needed = seen.host.kind in FOR_VISITORS
    return Result(
        Verdict.FAIL,
        f"{name} should exist and has no address.",
        severity=None if is_needed else Severity.S2,
        subject=name,
        cause="no_address",
        evidence=evidence,
    )


def _is_named(seen: HostAddresses) -> bool:
    """True where a declared name is in the CNAME chain or a declared vendor was recognised."""
    words = [word.strip().rstrip(".").lower() for word in seen.host.points_to]
    in_chain = any(matches_name(link, word) for link in seen.chain for word in words if word)
    return in_chain or any(is_vendor_word(word, v) for word in words for v in seen.vendors)


def _is_neighbour(seen: HostAddresses) -> bool:
    """True where the chain holds another tenant of the declared platform.

    `stage.onrender.com` in place of `app.onrender.com` has the very same addresses.
    """
    words = [word.strip().rstrip(".").lower() for word in seen.host.points_to]
    tenants = [word for word in words if recognise(cname_chain=(word,))]
    return not set(seen.chain) & set(words) and any(
        parent_name(link) == parent_name(tenant) for link in seen.chain for tenant in tenants
    )


def _is_declared(seen: HostAddresses, address: str) -> bool:
    literals = [*seen.host.points_to, *seen.declared_addresses]
    if any(_covers(literal, address) for literal in literals):
        return True
    theirs = {v.name for v in recognise(cname_chain=seen.chain, addresses=(address,))}
    ours = {v.name for v in recognise(cname_chain=seen.host.points_to, addresses=literals)}
    return bool(theirs & ours)


def _covers(literal: str, address: str) -> bool:
    try:
        return ip_address(address) in ip_network(literal.strip(), strict=False)
    except ValueError:
        return False


def _hiding_edge(seen: HostAddresses) -> Vendor | None:
    """The edge network in front, where nothing else can be recognised behind it."""
    if any(vendor.role == "hosting" for vendor in seen.vendors):
        return None
    return next((vendor for vendor in seen.vendors if vendor.role == "cdn"), None)


def _plain(seen: HostAddresses) -> Iterable[str]:
    return (judged.address for judged in seen.addresses)


def _where(seen: HostAddresses) -> Evidence:
    return Evidence(seen.host.name, _words(seen))


def _words(seen: HostAddresses) -> str:
    vendors = ", ".join(vendor.name for vendor in seen.vendors)
    path = " → ".join((*seen.chain, ", ".join(_plain(seen)) or "no address"))[:240]
    return f"{path} ({vendors})"[:300] if vendors else path


CHECKS = (points_to_expected,)
