"""How the zone is delegated: the parent's word, the children's words, each server asked."""

import asyncio
from collections.abc import Iterable

from accounts.guard.exchange import DnsRecord, DnsReply, DnsStatus, FetchError, TargetRefusedError
from audits.gather.site import Site
from audits.observations.dns import Delegation, NameServer, is_heard
from audits.observations.names import parent_name
from audits.observations.vendors import recognise

MAX_PARENT_SERVERS = 3
MAX_NAMES = 8
MAX_AUTHORITIES = 2
MAX_ADDRESSES_PER_NAME = 2
NOT_THERE = frozenset({DnsStatus.NODATA, DnsStatus.NXDOMAIN})


async def delegation_of(site: Site, domain: str) -> Delegation:
    """`see_delegation`, once per look."""
    return await site.once(("delegation", domain), lambda: see_delegation(site, domain))


def authorities(delegation: Delegation) -> tuple[str, ...]:
    """The addresses of two name servers that speak for the zone."""
    addresses = dict.fromkeys(s.address for s in delegation.servers if s.is_answering)
    return tuple(addresses)[:MAX_AUTHORITIES]


def server_address(server: str) -> str:
    """`ip:port` of a reply as the address alone."""
    return server.rpartition(":")[0].strip("[]")


async def see_delegation(site: Site, domain: str) -> Delegation:
    """The delegation of `domain` from the parent zone and from its own servers.

    Asks the parent's servers and each name server's IPv4 address directly (recursion off,
    SOA over UDP and TCP, NS over UDP; the guard tries UDP twice). Never raises for the far
    side: silence leaves `None`, a refused address its reason. IPv6 addresses are listed
    but not asked, because not every vantage has IPv6.
    Source: RFC 1034 section 4.2.2, RFC 1912 section 2.8, RFC 7766.
    """
    by_resolver, (zone, parent) = await asyncio.gather(
        site.ask(domain, "NS"), _ask_parent(site, domain)
    )
    parent_names = _delegated_names(parent, domain)
    resolver_names = _targets(by_resolver.records, domain)
    names = sorted({*(parent_names or ()), *resolver_names})[:MAX_NAMES]
    glue = parent.additional if parent else ()
    found = await asyncio.gather(*(_addresses_of(site, name, glue) for name in names))
    servers = await asyncio.gather(
        *(
            _ask_server(site, domain, name, address, is_known=is_known)
            for name, (addresses, is_known) in zip(names, found, strict=True)
            for address in _asked(addresses)
        )
    )
    return Delegation(
        domain=domain,
        parent_zone=zone,
        parent_server=parent.server if parent else "",
        parent_names=parent_names,
        resolver_names=resolver_names,
        addresses=tuple(dict.fromkeys(a for addresses, _ in found for a in addresses)),
        servers=tuple(servers),
        is_tcp_possible=await _is_tcp_possible(site, domain, servers, parent),
        vendors=tuple(v for v in recognise(ns=names) if v.role == "dns"),
    )


async def ask_directly(
    site: Site, address: str, name: str, rtype: str, *, is_tcp: bool = False
) -> DnsReply | None:
    """One direct question; None where the guard refuses the address or can't send."""
    try:
        return await site.guard.ask_server(address, name, rtype, is_tcp=is_tcp)
    except (TargetRefusedError, FetchError):
        return None


async def _ask_parent(site: Site, domain: str) -> tuple[str, DnsReply | None]:
    """The parent zone's name and the first usable reply of one of its servers."""
    zone = parent_name(domain)
    names: tuple[str, ...] = ()
    while zone and not names:
        names = _targets((await site.ask(zone, "NS")).records, zone)
        zone = zone if names else parent_name(zone)
    replies = await asyncio.gather(*(site.ask(name, "A") for name in names[:MAX_PARENT_SERVERS]))
    addresses = dict.fromkeys(address for reply in replies for address in reply.values[:1])
    questions = [
        asyncio.create_task(ask_directly(site, address, domain, "NS")) for address in addresses
    ]
    return zone, await _first_usable(questions, domain)


async def _first_usable(
    questions: list[asyncio.Task[DnsReply | None]], domain: str
) -> DnsReply | None:
    try:
        for question in asyncio.as_completed(questions):
            reply = await question
            if _delegated_names(reply, domain) is not None:
                return reply
    finally:
        for question in questions:
            question.cancel()
    return None


def _delegated_names(reply: DnsReply | None, domain: str) -> tuple[str, ...] | None:
    """The NS set in a reply of the parent; empty where it says that there is none."""
    if reply is None:
        return None
    names = _targets((*reply.answer, *reply.authority), domain)
    if names:
        return names
    return () if reply.status in NOT_THERE and reply.is_authoritative else None


def _targets(records: Iterable[DnsRecord], owner: str) -> tuple[str, ...]:
    found = {
        record.value.rstrip(".").lower()
        for record in records
        if record.rtype == "NS" and record.name == owner
    }
    return tuple(sorted(found))


async def _addresses_of(
    site: Site, name: str, glue: Iterable[DnsRecord]
) -> tuple[tuple[str, ...], bool]:
    """The addresses of a name server, and whether it is known that there are no more."""
    replies = await asyncio.gather(site.ask(name, "A"), site.ask(name, "AAAA"))
    found = [value for reply in replies for value in reply.values]
    found += [r.value for r in glue if r.name == name and r.rtype in {"A", "AAAA"}]
    return tuple(dict.fromkeys(found)), all(reply.is_answered for reply in replies)


def _asked(addresses: tuple[str, ...]) -> tuple[str, ...]:
    v4 = tuple(address for address in addresses if ":" not in address)
    return v4[:MAX_ADDRESSES_PER_NAME] or addresses[:1] or ("",)


async def _ask_server(
    site: Site, domain: str, name: str, address: str, *, is_known: bool
) -> NameServer:
    if not address:
        return NameServer(name, is_address_known=is_known)
    refusal = site.guard.refusal(address)
    if refusal is not None:
        is_private = refusal.code == "address_not_public"
        return NameServer(name, address, True, refusal.message, is_private)
    if ":" in address:
        return NameServer(name, address)
    udp, tcp, ns = await asyncio.gather(
        ask_directly(site, address, domain, "SOA"),
        ask_directly(site, address, domain, "SOA", is_tcp=True),
        ask_directly(site, address, domain, "NS"),
    )
    is_lost = udp is None or udp.status == DnsStatus.TIMEOUT
    child_names = _targets(ns.answer, domain) if ns and ns.is_authoritative else ()
    return NameServer(
        name=name,
        address=address,
        soa=tcp if is_lost else udp,
        soa_tcp=tcp,
        child_names=child_names or None,
    )


async def _is_tcp_possible(
    site: Site, domain: str, servers: Iterable[NameServer], parent: DnsReply | None
) -> bool:
    """Whether anybody at all answers us over TCP; the parent is asked only in doubt."""
    asked = [server for server in servers if server.soa_tcp is not None]
    if any(is_heard(NameServer(s.name, s.address, soa=s.soa_tcp)) for s in asked):
        return True
    if parent is None or not asked:
        return False
    reply = await ask_directly(site, server_address(parent.server), domain, "NS", is_tcp=True)
    return reply is not None and reply.status != DnsStatus.TIMEOUT
