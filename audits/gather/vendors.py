"""Who stands behind the names: DNS, hosting, edge, mail and senders."""

import asyncio

from accounts.guard.exchange import Exchange
from audits.gather.dns import hosts_of, zone_of
from audits.gather.site import Family, Site
from audits.observations.target import Host, HostKind, Surroundings, Vendor
from audits.observations.vendors import recognise, spf_include_hosts

PAGE_CONSENT = 1
SELECTORS_WITH_CNAME = ("s1", "k1")
SHOWS_A_PAGE = frozenset({HostKind.WEB, HostKind.API, HostKind.ADMIN})


async def gather_surroundings(site: Site) -> None:
    """Put the vendors of the domain and of each host into `site.seen`.

    Public records first; response headers only of the main host, whose page is fetched
    anyway, and only where pages may be looked at. Never raises for the far side.
    """
    if not site.wants(Surroundings):
        return
    domain = zone_of(site)
    hosts = hosts_of(site)
    mail_names = tuple(dict.fromkeys((domain, *(m.name for m in site.target.mail_domains))))
    found = await asyncio.gather(
        _dns_vendors(site, domain),
        *(_mail_vendors(site, name) for name in mail_names),
        *(_host_vendors(site, host) for host in hosts),
    )
    owners = (domain, *(domain for _ in mail_names), *(host.name for host in hosts))
    by_owner: dict[str, dict[Vendor, None]] = {}
    for owner, vendors in zip(owners, found, strict=True):
        by_owner.setdefault(owner, {}).update(dict.fromkeys(vendors))
    for owner, met in by_owner.items():
        site.seen.add(Surroundings(owner, tuple(met)), subject=owner)


async def _dns_vendors(site: Site, domain: str) -> tuple[Vendor, ...]:
    reply = await site.ask(domain, "NS")
    return tuple(v for v in recognise(ns=reply.values) if v.role == "dns")


async def _mail_vendors(site: Site, name: str) -> tuple[Vendor, ...]:
    """Mail and sender vendors by MX, SPF includes, DKIM aliases and the `send.` MX."""
    keys = [f"{selector}._domainkey.{name}" for selector in SELECTORS_WITH_CNAME]
    mx, txt, send_mx, *dkim = await asyncio.gather(
        site.ask(name, "MX"),
        site.ask(name, "TXT"),
        site.ask(f"send.{name}", "MX"),
        *(site.ask(key, "TXT") for key in keys),
    )
    vendors = recognise(
        mx=mx_hosts((*mx.values, *send_mx.values)),
        cname_chain=[link for reply in dkim for link in reply.chain],
        spf_includes=spf_include_hosts(txt.values),
    )
    return tuple(v for v in vendors if v.role in {"mail", "sender"})


async def _host_vendors(site: Site, host: Host) -> tuple[Vendor, ...]:
    a, aaaa = await asyncio.gather(site.ask(host.name, "A"), site.ask(host.name, "AAAA"))
    headers = await _headers(site, host) if host.name == site.target.main_host else ()
    vendors = recognise(
        cname_chain=a.chain or aaaa.chain,
        addresses=(*a.values, *aaaa.values),
        headers=headers,
    )
    return tuple(v for v in vendors if v.role in {"hosting", "cdn"})


async def _headers(site: Site, host: Host) -> tuple[tuple[str, str], ...]:
    if site.consent < PAGE_CONSENT or host.kind not in SHOWS_A_PAGE:
        return ()
    page = await site.page(f"https://{host.name}/")
    return page.headers if isinstance(page, Exchange) else ()


def mx_hosts(values: tuple[str, ...]) -> tuple[str, ...]:
    """The target names of MX values such as `10 mx.example.com.`."""
    return tuple(value.split()[-1].rstrip(".").lower() for value in values if value.split())


FAMILIES = (
    Family(
        name="vendors",
        title="Vendors behind the names",
        provides=(Surroundings,),
        gather=gather_surroundings,
    ),
)
