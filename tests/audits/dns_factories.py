"""Small worlds of DNS facts, for the tests of the DNS checks."""

from datetime import UTC, datetime

from accounts.guard.exchange import DnsRecord, DnsReply, DnsStatus
from audits.observations.dns import Delegation, NameServer

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DOMAIN = "example.com"
NS1, NS2 = "ns1.host.example", "ns2.host.example"


def reply(
    name: str,
    rtype: str,
    *values: str,
    status: DnsStatus | None = None,
    chain: tuple[str, ...] = (),
    ttl: int = 300,
    is_authoritative: bool = True,
    server: str = "192.0.2.53:53",
) -> DnsReply:
    """A reply whose records stand at the end of `chain`; NODATA where there are none."""
    owner = chain[-1] if chain else name
    records = tuple(DnsRecord(owner, rtype, ttl, value) for value in values)
    owners = (name, *chain)
    links = tuple(
        DnsRecord(owners[number], "CNAME", ttl, f"{link}.") for number, link in enumerate(chain)
    )
    return DnsReply(
        name=name,
        rtype=rtype,
        status=status or (DnsStatus.NOERROR if records else DnsStatus.NODATA),
        records=records,
        chain=chain,
        answer=(*links, *records),
        is_authoritative=is_authoritative,
        server=server,
        asked_at=NOW,
    )


def silence(name: str = DOMAIN, rtype: str = "A") -> DnsReply:
    return reply(name, rtype, status=DnsStatus.TIMEOUT, is_authoritative=False)


def soa(
    serial: int = 1,
    *,
    expire: int = 1209600,
    minimum: int = 300,
    ttl: int = 3600,
    is_authoritative: bool = True,
) -> DnsReply:
    value = f"{NS1}. hostmaster.{DOMAIN}. {serial} 7200 3600 {expire} {minimum}"
    return reply(DOMAIN, "SOA", value, ttl=ttl, is_authoritative=is_authoritative)


def server(
    name: str = NS1,
    address: str = "198.51.100.1",
    *,
    says: DnsReply | None = None,
    over_tcp: DnsReply | None = None,
    child_names: tuple[str, ...] | None = (NS1, NS2),
) -> NameServer:
    answer = soa() if says is None else says
    tcp = soa() if over_tcp is None else over_tcp
    return NameServer(name, address, soa=answer, soa_tcp=tcp, child_names=child_names)


def delegation(
    *servers: NameServer,
    parent: tuple[str, ...] | None = (NS1, NS2),
    addresses: tuple[str, ...] | None = None,
    is_tcp_possible: bool = True,
    parent_server: str = "192.0.2.1:53",
    resolver_names: tuple[str, ...] = (),
) -> Delegation:
    """A healthy delegation to two servers in two networks, unless told otherwise."""
    asked = servers or (server(), server(NS2, "203.0.113.1"))
    found = tuple(dict.fromkeys(one.address for one in asked if one.address))
    return Delegation(
        domain=DOMAIN,
        parent_zone="com",
        parent_server=parent_server,
        parent_names=parent,
        resolver_names=resolver_names,
        addresses=found if addresses is None else addresses,
        servers=asked,
        is_tcp_possible=is_tcp_possible,
    )
