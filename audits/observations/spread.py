"""One name, several answers: told by different resolvers, or by one set of addresses.

Addresses of a provider rotate and differ by geography, so places are compared and not
addresses: the provider, the alias, the network. Where places differ, what answers there
decides: the same app is the same app.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

from accounts.guard.exchange import DnsReply, DnsStatus
from audits.observations.names import registered_domain
from audits.observations.similarity import is_alike
from audits.observations.target import Host
from audits.observations.vendors import recognise

V4_BITS, V6_BITS = 16, 32
REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class Told:
    """What one server says of a host; `ttl_seconds` is the least that is left of it.

    For "there is none" it is what is left of the negative answer (RFC 2308 section 5).
    """

    server: str
    status: DnsStatus
    chain: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    ttl_seconds: int = 0

    @property
    def is_answered(self) -> bool:
        return self.status in {DnsStatus.NOERROR, DnsStatus.NODATA, DnsStatus.NXDOMAIN}

    @property
    def places(self) -> frozenset[str]:
        return places_of(self.addresses, self.chain)


@dataclass(frozen=True, slots=True)
class AppFace:
    """What one address shows for a host; `code` is why nothing was shown, "" otherwise."""

    address: str
    code: str = ""
    status: int = 0
    location: str = ""
    title: str = ""
    simhash: int = 0
    body_sha256: str = ""
    certificate_sha256: str = ""


class Relation(StrEnum):
    """How what two addresses show for one host relates.

    DIFFERS: other pages, and another certificate or none seen. PAGES_DIFFER: other pages
    behind the very same certificate. CHANGING: the page is another one each time.
    """

    SAME = "same"
    DIFFERS = "differs"
    PAGES_DIFFER = "pages_differ"
    CHANGING = "changing"
    ONE_REFUSES = "one_refuses"
    NOT_SEEN = "not_seen"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two addresses of one host, and the first of them a second time."""

    host: str
    one: AppFace
    other: AppFace
    again: AppFace | None = None

    @property
    def relation(self) -> Relation:
        faces = (self.one, self.other)
        if any(face.code for face in faces):
            is_half = sum(not face.code for face in faces) == 1
            refuses = any(face.code == "connect_refused" for face in faces)
            return Relation.ONE_REFUSES if is_half and refuses else Relation.NOT_SEEN
        if is_same_app(self.one, self.other):
            return Relation.SAME
        if self.again is None or self.again.code:
            return Relation.NOT_SEEN
        if not is_same_app(self.one, self.again):
            return Relation.CHANGING
        certificates = {face.certificate_sha256 for face in faces}
        is_shared = len(certificates) == 1 and "" not in certificates
        return Relation.PAGES_DIFFER if is_shared else Relation.DIFFERS


@dataclass(frozen=True, slots=True)
class Propagation:
    """One host at its authority and at the world's resolvers.

    `authority` is empty where its own servers were not asked or did not answer. `waited`
    are the resolvers asked a second time after the TTL they had told was over, where that
    was short. `comparison` is what the authority's first address and a differing one show.
    """

    host: str
    observed_at: datetime
    authority: tuple[Told, ...]
    resolvers: tuple[Told, ...]
    waited: tuple[Told, ...] = ()
    comparison: Comparison | None = None
    switch_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AddressSpread:
    """The A records of one host in groups of one place each, and what the places show."""

    host: Host
    status: DnsStatus
    groups: tuple[tuple[str, ...], ...]
    comparisons: tuple[Comparison, ...] = ()


def places_of(addresses: Iterable[str], chain: Iterable[str] = ()) -> frozenset[str]:
    """Where these lead: the providers, or else the aliases' domains and the networks."""
    addresses, chain = tuple(addresses), tuple(chain)
    vendors = recognise(cname_chain=chain, addresses=addresses)
    known = {f"provider {v.name}" for v in vendors if v.role in {"hosting", "cdn"}}
    aliases = {f"alias {registered_domain(link) or link}" for link in chain}
    return frozenset(known | aliases | {f"network {network_of(a)}" for a in addresses})


def network_of(address: str) -> str:
    """The /16 (IPv4) or /32 (IPv6) that holds `address`, or itself where it is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    bits = V4_BITS if parsed.version == 4 else V6_BITS  # noqa: PLR2004 - the IP version
    return str(ip_network((parsed, bits), strict=False))


def grouped(addresses: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """`addresses` by the place they lead to, in the order of their first."""
    groups: list[tuple[set[str], list[str]]] = []
    for address in addresses:
        places = set(places_of((address,)))
        found = next((group for group in groups if group[0] & places), None)
        if found is None:
            groups.append((places, [address]))
        else:
            found[0].update(places)
            found[1].append(address)
    return tuple(tuple(members) for _, members in groups)


def told(reply: DnsReply) -> Told:
    """`reply` as what its server says; addresses and aliases only."""
    negative = [record.ttl_seconds for record in reply.authority if record.rtype == "SOA"]
    positive = [r.ttl_seconds for r in reply.answer if r.rtype in {"A", "AAAA", "CNAME"}]
    ttls = positive or negative
    return Told(reply.server, reply.status, reply.chain, reply.values, min(ttls, default=0))


def is_same_app(one: AppFace, other: AppFace) -> bool:
    """True where both show the same page, or lead to the same place."""
    if one.status != other.status:
        return False
    if one.status in REDIRECTS:
        return one.location == other.location
    return one.body_sha256 == other.body_sha256 or is_alike(one.simhash, other.simhash)


def differing(seen: Propagation) -> tuple[Told, ...]:
    """The resolvers whose answer leads elsewhere than the authority's, unanswered ones aside."""
    right = frozenset(place for one in seen.authority for place in one.places)
    return tuple(one for one in seen.resolvers if one.is_answered and is_elsewhere(one, right))


def server_apart(authority: tuple[Told, ...]) -> Told | None:
    """A server of the zone that leads elsewhere than the first one."""
    places = authority[0].places if authority else frozenset()
    return next((one for one in authority[1:] if is_elsewhere(one, places)), None)


def is_elsewhere(one: Told, right: frozenset[str]) -> bool:
    """True where `one` shares no place with `right`; "none" equals only "none"."""
    if not one.places or not right:
        return bool(one.places) != bool(right)
    return not one.places & right


def longest_ttl(answers: Iterable[Told]) -> timedelta:
    return timedelta(seconds=max((one.ttl_seconds for one in answers), default=0))
