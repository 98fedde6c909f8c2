"""What the domain's records still point at: aliases, subzones, mail and service targets.

Forgotten names are rarely declared, so beside the intended hosts a short list of usual
labels is asked, one question each, at the zone's own server.
"""

import asyncio
import secrets
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from accounts.guard.exchange import DnsReply, DnsStatus, Exchange
from audits.gather.baseline import unchallenged
from audits.gather.dns import hosts_of, zone_of
from audits.gather.dns_delegation import ask_directly, authorities, delegation_of
from audits.gather.dns_hosts import ask_owner
from audits.gather.holders import ownership_of
from audits.gather.site import Family, Site
from audits.observations.dangling import (
    Aliases,
    AliasLook,
    Ownership,
    PlatformPage,
    RecordTarget,
    RecordTargets,
    Subzone,
    Subzones,
    SubzoneServer,
)
from audits.observations.dns import Delegation
from audits.observations.names import is_within
from audits.observations.takeover_table import Grade, platform_of
from audits.observations.vendors import recognise, spf_include_hosts

USUAL_LABELS = (
    *("www", "app", "api", "admin", "blog", "docs", "help", "support", "status", "shop", "store"),
    *("dev", "staging", "test", "beta", "demo", "old", "promo", "landing", "cdn", "assets", "mail"),
)
SERVICES = (
    *("_autodiscover._tcp", "_imaps._tcp", "_submission._tcp", "_sip._tls"),
    *("_sipfederationtls._tcp", "_xmpp-client._tcp"),
)
MAX_PAGES = 6
MAX_TARGETS = 20
MAX_SUBZONES = 5
MAX_SERVERS = 4
MAX_TEXT_CHARS = 20_000
PAGE_CONSENT = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """One name, and whether it is an alias or a zone of its own; `answer` None is silence."""

    name: str
    is_declared: bool
    replies: tuple[DnsReply, ...]

    @property
    def alias(self) -> str:
        """The name's own CNAME target, or ""."""
        met = (r for reply in self.replies for r in reply.answer if r.rtype == "CNAME")
        return next((r.value.rstrip(".").lower() for r in met if r.name == self.name), "")

    def delegated(self, domain: str) -> tuple[str, tuple[str, ...]]:
        """The subzone of `domain` that the servers refer to for this name, and its servers."""
        for reply in self.replies:
            if reply.is_authoritative or reply.answer:
                continue
            named = [r for r in reply.authority if r.rtype == "NS" and r.name != domain]
            names = {r.value.rstrip(".").lower() for r in named if is_within(r.name, domain)}
            if names:
                return named[0].name, tuple(sorted(names))
        return "", ()


async def gather_dangling(site: Site) -> None:
    """Put what the domain's records point at into `site.seen`; never raises for the far side."""
    domain = zone_of(site)
    parts: list[Coroutine[Any, Any, None]] = []  # Any: asyncio's own
    if site.wants(Aliases, Subzones):
        parts.append(_see_names(site, domain))
    if site.wants(RecordTargets):
        parts.append(_see_targets(site, domain))
    await asyncio.gather(*parts)


async def _see_names(site: Site, domain: str) -> None:
    delegation = await delegation_of(site, domain)
    servers = authorities(delegation)
    asked = await asyncio.gather(*(_ask(site, servers, *name) for name in names_of(site, domain)))
    if site.wants(Aliases):
        site.seen.add(await see_aliases(site, domain, asked), subject=domain)
    if site.wants(Subzones):
        zones = await see_subzones(site, domain, delegation, asked)
        site.seen.add(zones, subject=domain)


def names_of(site: Site, domain: str) -> list[tuple[str, bool]]:
    """The names under `domain` to be asked, and whether each is declared: hosts, usual labels,
    and one random label that shows a wildcard."""
    hosts = [host.name for host in hosts_of(site) if is_within(host.name, domain)]
    declared = dict.fromkeys(name for name in hosts if name != domain)
    usual = [f"{label}.{domain}" for label in USUAL_LABELS]
    probe = f"{secrets.token_hex(8)}.{domain}"
    others = [name for name in usual if name not in declared]
    return [*((name, True) for name in declared), *((name, False) for name in (*others, probe))]


async def _ask(site: Site, servers: tuple[str, ...], name: str, is_declared: bool) -> Asked:
    """The name's CNAME from the zone's own server, or from a resolver where none answers."""
    if servers and is_declared:
        replies = (await ask_owner(site, servers[0], name)).replies
    else:
        reply = await ask_directly(site, servers[0], name, "CNAME") if servers else None
        replies = (reply,) if reply is not None and reply.is_answered else ()
    return Asked(name, is_declared, replies or (await site.ask(name, "CNAME"),))


async def see_aliases(site: Site, domain: str, asked: Iterable[Asked]) -> Aliases:
    """Every alias among `asked`, followed to its end. A wildcard's alias counts once."""
    all_asked = list(asked)
    random = all_asked[-1]
    is_wild = bool(random.alias)
    own = [one for one in all_asked[:-1] if one.alias and one.alias != random.alias]
    shown = [(one.name, one) for one in own]
    if is_wild:
        shown.append((f"*.{domain}", random))
    pages = asyncio.Semaphore(MAX_PAGES)
    looks = await asyncio.gather(*(_look(site, host, one, domain, pages) for host, one in shown))
    silent = [
        one.name
        for one in all_asked
        if one.is_declared and not any(reply.is_answered for reply in one.replies)
    ]
    return Aliases(domain, len(all_asked), tuple(looks), tuple(silent))


async def _look(
    site: Site, host: str, asked: Asked, domain: str, pages: asyncio.Semaphore
) -> AliasLook:
    reply = await site.ask(asked.name, "A")
    chain = reply.chain or (asked.alias,)
    ownership: Ownership | None = None
    if reply.status == DnsStatus.NXDOMAIN and not is_within(chain[-1], domain):
        ownership = await ownership_of(site, chain[-1])
    page: PlatformPage | None = None
    if reply.values and site.consent >= PAGE_CONSENT and _is_page_telling(host, chain[-1]):
        async with pages:
            page = await _page(site, asked.name)
    return AliasLook(host, asked.is_declared, chain, reply.status, ownership, page)


def _is_page_telling(host: str, target: str) -> bool:
    """Whether the page says if the name is taken; a random name under `*` never is."""
    platform = platform_of(target)
    if platform is None or not platform.words:
        return False
    return platform.grade == Grade.CLAIMABLE or not host.startswith("*.")


async def _page(site: Site, host: str) -> PlatformPage | None:
    """The start page, over http where https shows nobody's certificate."""
    for scheme in ("https", "http"):
        seen = unchallenged(site, await site.page(f"{scheme}://{host}/"))
        if isinstance(seen, Exchange):
            return PlatformPage(seen.url, seen.status, seen.text[:MAX_TEXT_CHARS])
    return None


async def see_subzones(
    site: Site, domain: str, delegation: Delegation, asked: Iterable[Asked]
) -> Subzones:
    """The subzones that the zone's servers referred to, each server asked for its SOA."""
    found: dict[str, tuple[str, ...]] = {}
    for one in asked:
        zone, names = one.delegated(domain)
        if zone:
            found.setdefault(zone, names)
    chosen = list(found.items())[:MAX_SUBZONES]
    zones = await asyncio.gather(*(_subzone(site, zone, names) for zone, names in chosen))
    lost = [server.name for server in delegation.servers if not server.address]
    own = await asyncio.gather(*(_nobody_at(site, name) for name in lost[:MAX_SERVERS]))
    return Subzones(
        domain,
        (Subzone(domain, True, tuple(own)), *zones),
        is_looked_at=delegation.is_port_reached,
    )


async def _nobody_at(site: Site, name: str) -> SubzoneServer:
    return SubzoneServer(name, ownership=await ownership_of(site, name))


async def _subzone(site: Site, zone: str, names: tuple[str, ...]) -> Subzone:
    servers = await asyncio.gather(*(_server(site, zone, name) for name in names[:MAX_SERVERS]))
    vendors = tuple(v for v in recognise(ns=names) if v.role == "dns")
    return Subzone(zone, False, tuple(servers), vendors)


async def _server(site: Site, zone: str, name: str) -> SubzoneServer:
    reply = await site.ask(name, "A")
    if reply.status == DnsStatus.NXDOMAIN:
        return await _nobody_at(site, name)
    if not reply.values:
        return SubzoneServer(name)
    address = reply.values[0]
    said = await ask_directly(site, address, zone, "SOA")
    if said is None:
        return SubzoneServer(name, address)
    is_serving = said.is_authoritative and bool(said.records)
    return SubzoneServer(name, address, said.status, is_serving)


async def _see_targets(site: Site, domain: str) -> None:
    names = tuple(dict.fromkeys((domain, *(mail.name for mail in site.target.mail_domains))))
    questions = [(name, rtype) for name in names for rtype in ("MX", "TXT")]
    questions += [(f"{service}.{domain}", "SRV") for service in SERVICES]
    replies = await asyncio.gather(*(site.ask(name, rtype) for name, rtype in questions))
    met = [pair for reply in replies for pair in targets_in(reply)]
    outside = dict.fromkeys(
        (record, target) for record, target in met if not is_within(target, domain)
    )
    targets = await asyncio.gather(
        *(_target(site, record, target) for record, target in list(outside)[:MAX_TARGETS])
    )
    silent = tuple(f"{r.rtype} {r.name}" for r in replies if not r.is_answered)
    site.seen.add(RecordTargets(domain, tuple(targets), silent), subject=domain)


async def _target(site: Site, record: str, target: str) -> RecordTarget:
    return RecordTarget(record, target, await ownership_of(site, target))


def targets_in(reply: DnsReply) -> list[tuple[str, str]]:
    """The targets that the records of `reply` name: (`MX example.com`, `mx.example.net`).

    A null MX (`.`), addresses and SPF macros name none. Source: RFC 7505, RFC 2782,
    RFC 7208 sections 5.2 and 6.1.
    """
    if reply.rtype == "TXT":
        record, found = f"SPF {reply.name}", spf_include_hosts(reply.values)
    else:
        record = f"{reply.rtype} {reply.name}"
        found = tuple(value.split()[-1] for value in reply.values if value.split())
    names = (name.rstrip(".").lower() for name in found)
    return [(record, name) for name in names if "." in name and "%" not in name and _is_name(name)]


def _is_name(text: str) -> bool:
    return not text.rpartition(".")[2].isdecimal()


FAMILIES = (
    Family(
        name="dangling",
        title="What forgotten records point at",
        provides=(Aliases, Subzones, RecordTargets),
        gather=gather_dangling,
        limit=timedelta(seconds=25),
    ),
)
