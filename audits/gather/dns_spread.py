"""Whether everybody is led to the same app: the world's resolvers, and sets of addresses."""

import asyncio
import hashlib
import re
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.guard.exchange import DnsReply, Exchange, GuardError
from audits.gather.dns import SERVES_HTTPS, hosts_of, zone_of
from audits.gather.dns_delegation import authorities, delegation_of
from audits.gather.dns_hosts import ask_owner, moment
from audits.gather.site import Family, Site
from audits.observations.challenges import challenger
from audits.observations.names import is_within
from audits.observations.similarity import simhash
from audits.observations.spread import (
    AddressSpread,
    AppFace,
    Comparison,
    Propagation,
    Relation,
    Told,
    differing,
    grouped,
    is_same_app,
    server_apart,
    told,
)
from audits.observations.target import Host, HostKind

WATCHED_KINDS = frozenset({HostKind.WEB, HostKind.API})
MAX_WATCHED = 6
MAX_COMPARED = 2
PAGE_CONSENT = 1
# What a look may wait for a cache to forget; a longer TTL is told and not waited for.
LONGEST_WAIT = timedelta(seconds=4)
FACE_DEADLINE = timedelta(seconds=8)
MAX_FACE_BYTES = 512 * 1024
TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,200})", re.I)


async def gather_spread(site: Site) -> None:
    """Put propagation and sets of addresses of the hosts into `site.seen`; never raises."""
    domain = zone_of(site)
    parts: list[Coroutine[Any, Any, None]] = []  # Any: asyncio's own
    if site.wants(Propagation):
        watched = [
            host
            for host in hosts_of(site)
            if host.kind in WATCHED_KINDS and is_within(host.name, domain)
        ]
        parts += [_see_propagation(site, domain, host.name) for host in watched[:MAX_WATCHED]]
    if site.wants(AddressSpread):
        served = [host for host in hosts_of(site) if host.kind in SERVES_HTTPS]
        parts += [_see_addresses(site, domain, host) for host in served]
    await asyncio.gather(*parts)


async def _see_propagation(site: Site, domain: str, host: str) -> None:
    delegation = await delegation_of(site, domain)
    answers, replies = await asyncio.gather(
        asyncio.gather(*(ask_owner(site, a, host) for a in authorities(delegation))),
        site.guard.ask_watchers(host, "A"),
    )
    authority = [
        told(reply)
        for answer in answers
        for reply in answer.replies
        if reply.rtype == "A" and reply.is_authoritative
    ]
    seen = Propagation(
        host,
        datetime.now(UTC),
        tuple(authority),
        tuple(told(reply) for reply in replies),
        switch_at=moment(site.target.switch_at_iso),
    )
    site.seen.add(await _looked_into(site, seen) if authority else seen, subject=host)


async def _looked_into(site: Site, seen: Propagation) -> Propagation:
    """`seen` with what only a difference is worth: a second question, and both places' pages."""
    others, apart = differing(seen), server_apart(seen.authority)
    if not others and apart is None:
        return seen
    comparison = await _compare_places(site, seen, apart or others[0])
    if apart is not None:
        return replace(seen, comparison=comparison)
    if comparison is not None and comparison.relation == Relation.SAME:
        return replace(seen, comparison=comparison)
    waited = await _ask_after(site, seen.host, others)
    return replace(seen, waited=waited, comparison=comparison)


async def _ask_after(site: Site, host: str, others: tuple[Told, ...]) -> tuple[Told, ...]:
    """The differing resolvers once more, when what they told has run out; () if that is long."""
    soon = [one for one in others if timedelta(seconds=one.ttl_seconds) <= LONGEST_WAIT]
    if not soon:
        return ()
    await asyncio.sleep(max(one.ttl_seconds for one in soon) + 0.5)
    servers = {one.server for one in soon}
    replies: tuple[DnsReply, ...] = await site.guard.ask_watchers(host, "A")
    return tuple(told(reply) for reply in replies if reply.server in servers)


async def _compare_places(site: Site, seen: Propagation, other: Told) -> Comparison | None:
    ours = next((one.addresses for one in seen.authority if one.addresses), ())
    if not ours and seen.authority[0].chain:
        ours = (await site.ask(seen.host, "A")).values
    if not ours or not other.addresses or site.consent < PAGE_CONSENT:
        return None
    return await compare(site, seen.host, ours[0], other.addresses[0])


async def _see_addresses(site: Site, domain: str, host: Host) -> None:
    reply = await site.ask(host.name, "A")
    # Whatever stands behind one outside alias is one provider's business.
    is_aliased = any(not is_within(link, domain) for link in reply.chain)
    groups = (reply.values,) if is_aliased else grouped(reply.values)
    pairs = [(groups[0][0], group[0]) for group in groups[1 : 1 + MAX_COMPARED]]
    compared = await asyncio.gather(*(compare(site, host.name, *pair) for pair in pairs))
    spread = AddressSpread(host, reply.status, groups, tuple(compared))
    site.seen.add(spread, subject=host.name)


async def compare(site: Site, host: str, one: str, other: str) -> Comparison:
    """What both addresses show for `host`; only where they differ more is asked."""
    first, second = await asyncio.gather(face(site, host, one), face(site, host, other))
    if first.code or second.code or is_same_app(first, second):
        return Comparison(host, first, second)
    again, ours, theirs = await asyncio.gather(
        _face(site, host, one), _certificate(site, host, one), _certificate(site, host, other)
    )
    return Comparison(
        host,
        replace(first, certificate_sha256=ours),
        replace(second, certificate_sha256=theirs),
        again,
    )


async def face(site: Site, host: str, address: str) -> AppFace:
    """The start page of `host` at `address`, asked once per look."""
    return await site.once(("face", host, address), lambda: _face(site, host, address))


async def _face(site: Site, host: str, address: str) -> AppFace:
    try:
        exchange = await site.guard.fetch(
            f"https://{host}/",
            follow=0,
            deadline=FACE_DEADLINE,
            max_body_bytes=MAX_FACE_BYTES,
            verify=False,
            address=address,
        )
    except GuardError as error:
        return AppFace(address, error.code)
    return read_face(exchange, address)


def read_face(exchange: Exchange, address: str) -> AppFace:
    """The facts by which two pages are compared; a bot filter's challenge shows nothing."""
    if challenger(exchange.status, exchange.headers, exchange.body):
        return AppFace(address, "challenged")
    title = TITLE.search(exchange.text[:20_000])
    return AppFace(
        address,
        status=exchange.status,
        location=(exchange.header("location") or "")[:500],
        title=" ".join(title[1].split())[:120] if title else "",
        simhash=simhash(exchange.text),
        body_sha256=hashlib.sha256(exchange.body).hexdigest(),
    )


async def _certificate(site: Site, host: str, address: str) -> str:
    try:
        made = await site.guard.handshake(host, address=address)
    except GuardError:
        return ""
    return hashlib.sha256(made.chain_der[0]).hexdigest() if made.chain_der else ""


FAMILIES = (
    Family(
        name="dns_spread",
        title="The same app for everybody",
        provides=(Propagation, AddressSpread),
        gather=gather_spread,
        limit=timedelta(seconds=25),
    ),
)
