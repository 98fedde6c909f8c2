"""Strict-Transport-Security of every host, and whose https it would insist on."""

import asyncio

from accounts.guard.exchange import Exchange
from audits.gather.baseline import challenge_of, unchallenged
from audits.gather.site import Site
from audits.observations.answers import host_of
from audits.observations.hsts import (
    HostHttps,
    HstsScope,
    HstsSighting,
    HttpsState,
    TransportSecurity,
)
from audits.observations.pages import absolute
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.target import HostKind

HEADER = "strict-transport-security"
CARRYING_KINDS = (HostKind.WEB, HostKind.ADMIN, HostKind.API)
UNTRUSTED_CODES = frozenset({"tls_untrusted", "tls_failed"})
ABSENT_CODES = frozenset({"dns_nxdomain", "dns_nodata"})


async def gather_hsts(site: Site) -> None:
    """Observe the `TransportSecurity` of every web, admin and API host."""
    hosts = site.target.host_names(*CARRYING_KINDS) or (site.target.main_host,)
    await asyncio.gather(*(_transport(site, host) for host in hosts))


async def _transport(site: Site, host: str) -> None:
    blocked = await challenge_of(site, host)
    first = await site.hop(f"https://{host}/")
    failure = blocked or (first if isinstance(first, GatherFailure) else None)
    if failure is not None:
        site.seen.miss(TransportSecurity, _as_fact(failure, host), subject=host)
        return
    https = await _https_sightings(site, host)
    plain = await site.hop(f"http://{host}/")
    http = () if isinstance(plain, GatherFailure) else (_sighting(plain),)
    site.seen.add(TransportSecurity(host, https, http), subject=host)


def _as_fact(failure: GatherFailure, host: str) -> GatherFailure:
    """No trusted https: browsers would ignore the header, so there is nothing to judge."""
    if failure.code in UNTRUSTED_CODES | ABSENT_CODES | {"connect_refused"}:
        message = f"{host} has no trusted https, and without it browsers ignore the header."
        return GatherFailure(FailureKind.NOT_APPLICABLE, message, failure.code)
    return failure


async def _https_sightings(site: Site, host: str) -> tuple[HstsSighting, ...]:
    """The answers of `host` itself over trusted https: its first, and its page."""
    first = unchallenged(site, await site.hop(f"https://{host}/"))
    page = unchallenged(site, await site.page(f"https://{host}/"))
    looked = [e for e in (first, page) if isinstance(e, Exchange) and host_of(e.url) == host]
    by_url = {exchange.url: exchange for exchange in looked if exchange.url.startswith("https:")}
    return tuple(_sighting(exchange) for exchange in by_url.values())


def _sighting(exchange: Exchange) -> HstsSighting:
    return HstsSighting(exchange.url, exchange.status, exchange.header_all(HEADER))


async def gather_scope(site: Site) -> None:
    """Observe the `HstsScope` of the domain: every header, and every known host's https."""
    domain = site.target.domain
    blocked = await challenge_of(site, domain)
    if blocked is not None:
        site.seen.miss(HstsScope, blocked, subject=domain)
        return
    carriers = dict.fromkeys((domain, *site.target.host_names(*CARRYING_KINDS)))
    sightings = await asyncio.gather(*(_https_sightings(site, host) for host in carriers))
    names = dict.fromkeys((domain, f"www.{domain}", *site.target.host_names()))
    states = await asyncio.gather(*(_https_of(site, host) for host in names))
    hop, is_closed = await _first_http_hop(site, domain)
    scope = HstsScope(
        domain,
        tuple(sighting for group in sightings for sighting in group),
        tuple(states),
        hop,
        is_closed,
    )
    site.seen.add(scope, subject=domain)


async def _https_of(site: Site, host: str) -> HostHttps:
    looked = await site.hop(f"https://{host}/")
    if isinstance(looked, Exchange):
        return HostHttps(host, HttpsState.VALID)
    if looked.code in UNTRUSTED_CODES:
        return HostHttps(host, HttpsState.UNTRUSTED, looked.message)
    if looked.code in ABSENT_CODES:
        return HostHttps(host, HttpsState.NO_NAME)
    if looked.code != "connect_refused":
        return HostHttps(host, HttpsState.UNKNOWN, looked.message)
    plain = await site.hop(f"http://{host}/")
    state = HttpsState.HTTP_ONLY if isinstance(plain, Exchange) else HttpsState.NO_WEB
    return HostHttps(host, state, looked.message)


async def _first_http_hop(site: Site, domain: str) -> tuple[str | None, bool]:
    """Where http://domain/ leads first, and whether port 80 is closed."""
    looked = await site.hop(f"http://{domain}/")
    if isinstance(looked, GatherFailure):
        return None, looked.code == "connect_refused"
    location = looked.header("location")
    return absolute(looked.url, location) if location else "", False
