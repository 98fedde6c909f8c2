"""What was seen in the DNS of one domain and of its hosts.

Replies are the guard's own facts, kept whole: a check may quote the server and the time.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts.guard.exchange import DnsReply, DnsStatus
from audits.observations.target import Host, Vendor

SOA_FIELDS = 7


@dataclass(frozen=True, slots=True)
class DomainExistence:
    """The SOA question for `domain`, put to each configured resolver (two at most)."""

    domain: str
    replies: tuple[DnsReply, ...]


@dataclass(frozen=True, slots=True)
class Soa:
    """The numbers of an SOA record; all but `serial` are seconds (RFC 1035 section 3.3.13).

    `ttl_seconds` is the record's own, which bounds negative caching with `minimum_seconds`.
    """

    primary: str
    serial: int
    refresh_seconds: int
    retry_seconds: int
    expire_seconds: int
    minimum_seconds: int
    ttl_seconds: int


@dataclass(frozen=True, slots=True)
class NameServer:
    """One name server at one address, asked directly with recursion off.

    `address` is empty where the name has none; `is_address_known` is False where the
    question for it got no answer. `refusal` is the guard's sentence where it won't send
    there, and then nothing was asked. `soa` is the reply over UDP, or over TCP where UDP
    stayed silent; `soa_tcp` is the reply over TCP, `child_names` the NS set it gives.
    """

    name: str
    address: str = ""
    is_address_known: bool = True
    refusal: str = ""
    is_refused_as_private: bool = False
    soa: DnsReply | None = None
    soa_tcp: DnsReply | None = None
    child_names: tuple[str, ...] | None = None

    @property
    def is_answering(self) -> bool:
        """True where it speaks for the zone with authority.

        An alias in place of the SOA counts: then the zone is broken, not the server.
        """
        if self.soa is None or not self.soa.is_authoritative:
            return False
        has_soa = any(record.rtype == "SOA" for record in self.soa.records)
        return has_soa or bool(self.soa.chain)

    @property
    def label(self) -> str:
        return f"{self.name} ({self.address})" if self.address else self.name


@dataclass(frozen=True, slots=True)
class Delegation:
    """The zone of `domain` from above and from inside.

    `parent_names` is the NS set that the parent zone's server `parent_server` hands out;
    None where no server of the parent answered, empty where it knows no such zone.
    `addresses` are all of the name servers' addresses, IPv6 included; only those in
    `servers` were asked. `is_tcp_possible` is True where any server at all answered us
    over TCP: False says nothing about the far side. `vendors` are DNS providers
    recognised by the names.
    """

    domain: str
    parent_zone: str = ""
    parent_server: str = ""
    parent_names: tuple[str, ...] | None = None
    resolver_names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    servers: tuple[NameServer, ...] = ()
    is_tcp_possible: bool = False
    vendors: tuple[Vendor, ...] = ()

    @property
    def child_names(self) -> tuple[str, ...] | None:
        """The NS set by the zone's own servers; None where none answered with authority."""
        said = [server.child_names for server in self.servers if server.child_names is not None]
        return tuple(sorted({name for names in said for name in names})) if said else None

    @property
    def names(self) -> tuple[str, ...]:
        every = {*(self.parent_names or ()), *(self.child_names or ()), *self.resolver_names}
        return tuple(sorted(every))

    @property
    def is_zone(self) -> bool:
        """False where everybody who answered knows no such zone (a name on a platform)."""
        return bool(self.names)

    @property
    def is_port_reached(self) -> bool:
        """True where at least one direct question got any answer: port 53 is open to us."""
        return bool(self.parent_server) or any(is_heard(server) for server in self.servers)


@dataclass(frozen=True, slots=True)
class ApexAddresses:
    """Where the bare domain and its `www` lead; `is_apex_target` is False for a subdomain."""

    domain: str
    is_apex_target: bool
    apex: tuple[DnsReply, ...] = ()
    www: tuple[DnsReply, ...] = ()
    https_record: DnsReply | None = None


@dataclass(frozen=True, slots=True)
class ApexAlias:
    """The CNAME question at the bare domain, from its own servers or else a resolver."""

    domain: str
    is_apex_target: bool
    replies: tuple[DnsReply, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorityAnswer:
    """What one of the zone's own servers says of one owner name, type by type."""

    server: str
    replies: tuple[DnsReply, ...]


@dataclass(frozen=True, slots=True)
class HostRecords:
    """One host's records as its authority holds them, uncached.

    `is_delegated` is True where the asked servers only refer to others. `observed_at`
    is aware; `switch_at` the planned switch, if one was declared and could be read.
    """

    host: str
    is_apex: bool
    answers: tuple[AuthorityAnswer, ...]
    cached: tuple[DnsReply, ...]
    is_delegated: bool
    observed_at: datetime
    switch_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class JudgedAddress:
    """One address of a host; `code` and `refusal` are the guard's, empty where it is public."""

    address: str
    code: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class HostAddresses:
    """Every address of one host, each judged as the guard would before connecting."""

    host: Host
    replies: tuple[DnsReply, ...]
    addresses: tuple[JudgedAddress, ...]
    chain: tuple[str, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    declared_addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoutingMap:
    """All intended hosts together with where they lead."""

    domain: str
    hosts: tuple[HostAddresses, ...]


@dataclass(frozen=True, slots=True)
class Ipv6Attempt:
    """One connection to port 443; `code` is the guard's, empty where it connected."""

    address: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Ipv6Reach:
    """The AAAA records of a host and what came of connecting to them.

    `is_vantage_able` is whether this machine reaches IPv6 at all, None where not needed.
    """

    host: str
    reply: DnsReply
    attempts: tuple[Ipv6Attempt, ...] = ()
    is_vantage_able: bool | None = None


@dataclass(frozen=True, slots=True)
class WildcardDns:
    """The answers for a random label right under the domain."""

    domain: str
    probe: str
    replies: tuple[DnsReply, ...]
    vendors: tuple[Vendor, ...] = ()


@dataclass(frozen=True, slots=True)
class CaaRecord:
    """One CAA property: flags byte, tag in lower case, value without quotes."""

    flags: int
    tag: str
    value: str

    @property
    def is_critical(self) -> bool:
        return bool(self.flags & 128)


@dataclass(frozen=True, slots=True)
class CaaView:
    """The CAA set that decides about a host, and who issued its live certificate.

    `found_at` is the owner name of the first non-empty set on the way up, "" where there
    is none. `unanswered` names a step that got no answer, which hides what is above it.
    `issuer_names` are organisation and common name of the issuer, empty where no
    certificate could be had; `is_wildcard` where the certificate covers the host by `*.`.
    """

    host: str
    found_at: str
    records: tuple[CaaRecord, ...]
    unanswered: str = ""
    issuer_names: tuple[str, ...] = ()
    is_wildcard: bool = False
    certificate_problem: str = ""


def is_heard(server: NameServer) -> bool:
    """True where the server answered a direct question at all, in whatever words."""
    return any(
        reply is not None and reply.status not in {DnsStatus.TIMEOUT, DnsStatus.MALFORMED}
        for reply in (server.soa, server.soa_tcp)
    )


def parse_soa(reply: DnsReply | None) -> Soa | None:
    """The SOA record of a reply, or None where there is none or it can't be read."""
    record = next((r for r in reply.records if r.rtype == "SOA"), None) if reply else None
    parts = record.value.split() if record else []
    if record is None or len(parts) != SOA_FIELDS:
        return None
    try:
        serial, refresh, retry, expire, minimum = (int(part) for part in parts[2:])
    except ValueError:
        return None
    return Soa(
        primary=parts[0].rstrip(".").lower(),
        serial=serial,
        refresh_seconds=refresh,
        retry_seconds=retry,
        expire_seconds=expire,
        minimum_seconds=minimum,
        ttl_seconds=record.ttl_seconds,
    )


def parse_caa(value: str) -> CaaRecord | None:
    """A CAA record from its presentation form `0 issue "ca.example; x=y"`.

    None where it is malformed. Source: RFC 8659 section 4.1.1.
    """
    parts = value.split(None, 2)
    if len(parts) != 3 or not parts[0].isdigit():  # noqa: PLR2004 - flags, tag, value
        return None
    return CaaRecord(int(parts[0]) & 255, parts[1].lower(), parts[2].strip().strip('"'))
