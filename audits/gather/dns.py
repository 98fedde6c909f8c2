"""The DNS wave: everything that public records say about the domain and its hosts."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from audits.gather.dns_delegation import delegation_of
from audits.gather.dns_hosts import (
    see_apex_addresses,
    see_apex_alias,
    see_existence,
    see_host_addresses,
    see_host_records,
    see_wildcard,
)
from audits.gather.dns_reach import see_caa, see_ipv6
from audits.gather.site import Family, Site
from audits.observations.dns import (
    ApexAddresses,
    ApexAlias,
    CaaView,
    Delegation,
    DomainExistence,
    HostAddresses,
    HostRecords,
    Ipv6Reach,
    RoutingMap,
    WildcardDns,
)
from audits.observations.names import registrable_domain
from audits.observations.target import Host, HostKind

MAX_HOSTS = 20
SERVES_HTTPS = (HostKind.WEB, HostKind.API, HostKind.ADMIN, HostKind.ASSETS, HostKind.STAGING)


async def gather_dns(site: Site) -> None:
    """Put the DNS observations of the target into `site.seen`, each as soon as it is had.

    Domain-level questions are put at the registrable domain. Never raises for the far
    side. About 120 questions for six hosts in three levels of dependency.
    """
    domain = zone_of(site)
    parts: list[Coroutine[Any, Any, None]] = [_see_addresses(site, domain)]  # Any: asyncio's own
    if site.wants(DomainExistence):
        parts.append(_add(site, domain, see_existence(site, domain)))
    if site.wants(ApexAddresses):
        parts.append(_add(site, domain, see_apex_addresses(site, domain)))
    if site.wants(WildcardDns):
        parts.append(_add(site, domain, see_wildcard(site, domain)))
    if site.wants(Delegation, ApexAlias, HostRecords):
        parts.append(_see_zone(site, domain))
    await asyncio.gather(*parts)


async def gather_reach(site: Site) -> None:
    """Put what needs a connection into `site.seen`: IPv6 reachability and the CAA view."""
    hosts = [host for host in hosts_of(site) if host.kind in SERVES_HTTPS]
    parts: list[Coroutine[Any, Any, None]] = []  # Any: asyncio's own
    for host in hosts:
        if site.wants(Ipv6Reach):
            parts.append(_add(site, host.name, see_ipv6(site, host.name)))
        if site.wants(CaaView):
            parts.append(_add(site, host.name, see_caa(site, host.name)))
    await asyncio.gather(*parts)


def zone_of(site: Site) -> str:
    """The registrable domain of the target, or its own name where there is none."""
    return registrable_domain(site.target.domain) or site.target.domain


def hosts_of(site: Site) -> tuple[Host, ...]:
    """The intended hosts, or the target itself where none is declared; at most 20."""
    return (site.target.hosts or (Host(site.target.domain),))[:MAX_HOSTS]


async def _see_zone(site: Site, domain: str) -> None:
    delegation = await delegation_of(site, domain)
    if site.wants(Delegation):
        site.seen.add(delegation, subject=domain)
    parts: list[Coroutine[Any, Any, None]] = []  # Any: asyncio's own
    if site.wants(ApexAlias):
        parts.append(_add(site, domain, see_apex_alias(site, domain, delegation)))
    if site.wants(HostRecords):
        parts += [
            _add(site, host.name, see_host_records(site, host, domain, delegation))
            for host in hosts_of(site)
        ]
    await asyncio.gather(*parts)


async def _see_addresses(site: Site, domain: str) -> None:
    if not site.wants(HostAddresses, RoutingMap):
        return
    looks = await asyncio.gather(*(see_host_addresses(site, host) for host in hosts_of(site)))
    if site.wants(HostAddresses):
        for look in looks:
            site.seen.add(look, subject=look.host.name)
    if site.wants(RoutingMap):
        site.seen.add(RoutingMap(domain, tuple(looks)), subject=domain)


async def _add(site: Site, subject: str, look: Coroutine[Any, Any, object]) -> None:
    site.seen.add(await look, subject=subject)


FAMILIES = (
    Family(
        name="dns",
        title="Domain and name servers",
        provides=(
            DomainExistence,
            Delegation,
            ApexAddresses,
            ApexAlias,
            HostRecords,
            HostAddresses,
            RoutingMap,
            WildcardDns,
        ),
        gather=gather_dns,
        limit=timedelta(seconds=25),
    ),
    Family(
        name="dns_reach",
        title="IPv6 and certificate authorisation",
        provides=(Ipv6Reach, CaaView),
        gather=gather_reach,
    ),
)
