"""Walking the redirects of every host, one hop at a time, and HSTS beside them."""

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urldefrag, urlsplit, urlunsplit

from publicsuffixlist import PublicSuffixList

from accounts.guard.exchange import Exchange, FetchError, TargetRefusedError
from audits.gather.baseline import absence_of, challenge_of, unchallenged
from audits.gather.hsts import gather_hsts, gather_scope
from audits.gather.site import Family, Site
from audits.observations.answers import DEFAULT_PORTS, host_of, scheme_of
from audits.observations.hsts import HstsScope, TransportSecurity
from audits.observations.names import is_within
from audits.observations.pages import absolute
from audits.observations.redirects import (
    DEEP_PATH,
    ApiEntry,
    Chain,
    ChainEnd,
    DefaultHost,
    HostRedirects,
    RedirectMatrix,
    Step,
)
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.similarity import is_alike
from audits.observations.target import Host, HostKind

MAX_HOPS = 10
MAX_API_ENTRIES = 8
REDIRECTS = frozenset({301, 302, 303, 307, 308})
WALKED_KINDS = frozenset({HostKind.WEB, HostKind.ADMIN, HostKind.API})
END_OF_CODE = {
    "connect_refused": ChainEnd.REFUSED,
    "tls_untrusted": ChainEnd.UNTRUSTED,
    "tls_failed": ChainEnd.TLS_FAILED,
    "dns_nxdomain": ChainEnd.NO_NAME,
    "dns_nodata": ChainEnd.NO_NAME,
}
SUFFIXES = PublicSuffixList()


async def walk(site: Site, start: str) -> Chain:
    """Follow `start` hop by hop, at most ten, and only under the target's domain.

    A walk in a circle is tried once more with the cookies that were set on the way, as
    a browser would. Never raises for the far side's faults; silence is `ChainEnd.UNKNOWN`.
    """
    chain, cookies = await _walk(site, start, cookies=None)
    if chain.end is not ChainEnd.LOOP or not cookies:
        return chain
    again, _ = await _walk(site, start, cookies=cookies)
    return replace(again, is_cookie_gated=True) if again.end is ChainEnd.ANSWERED else chain


async def _walk(
    site: Site, start: str, *, cookies: dict[str, str] | None
) -> tuple[Chain, dict[str, str]]:
    url, steps, jar = _normal(start), list[Step](), dict(cookies or {})
    seen: set[str] = set()
    while len(steps) <= MAX_HOPS:
        seen.add(url)
        looked = unchallenged(site, await _hop(site, url, jar if cookies is not None else {}))
        if isinstance(looked, GatherFailure):
            return Chain(start, tuple(steps), _end_of(looked), looked.message), jar
        steps.append(_step(looked, url))
        jar.update(_cookies(looked))
        end = _end_at(steps[-1], seen if not jar or cookies is None else set(), site.target.domain)
        if end is not None:
            alike = absence_of(looked).simhash if looked.status < 300 else 0  # noqa: PLR2004 - RFC 9110
            return Chain(start, tuple(steps), end, simhash=alike), jar
        url = steps[-1].location
    return Chain(start, tuple(steps), ChainEnd.TOO_LONG), jar


async def _hop(site: Site, url: str, jar: dict[str, str]) -> Exchange | GatherFailure:
    if not jar:
        return await site.hop(url)
    cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
    return await site.fetch(url, follow=0, headers={"Cookie": cookie})


def _end_at(step: Step, seen: set[str], domain: str) -> ChainEnd | None:
    if not step.location:
        return ChainEnd.ANSWERED
    is_web = scheme_of(step.location) in DEFAULT_PORTS
    if not is_web or not is_within(host_of(step.location), domain):
        return ChainEnd.LEFT
    return ChainEnd.LOOP if step.location in seen else None


def _end_of(failure: GatherFailure) -> ChainEnd:
    if failure.kind is FailureKind.BLOCKED:
        return ChainEnd.BLOCKED
    return END_OF_CODE.get(failure.code, ChainEnd.UNKNOWN)


def _step(exchange: Exchange, url: str) -> Step:
    target = exchange.header("location") if exchange.status in REDIRECTS else None
    location = _normal(absolute(exchange.url, target)) if target else ""
    server = (exchange.header("server") or "").lower()
    is_cloudflare = server.startswith("cloudflare") or exchange.header("cf-ray") is not None
    return Step(url, exchange.status, location, is_cloudflare)


def _cookies(exchange: Exchange) -> dict[str, str]:
    pairs = (line.partition(";")[0].partition("=") for line in exchange.header_all("set-cookie"))
    return {name.strip(): value.strip() for name, sign, value in pairs if sign}


def _normal(url: str) -> str:
    """`url` without fragment and default port, with a path: one spelling for one address."""
    try:
        parts = urlsplit(urldefrag(url).url)
        port = parts.port
    except ValueError:
        return url
    host = parts.hostname or ""
    shown = "" if port in {None, DEFAULT_PORTS.get(parts.scheme)} else f":{port}"
    return urlunsplit((parts.scheme, host + shown, parts.path or "/", parts.query, ""))


async def gather_redirects(site: Site) -> None:
    """Observe `HostRedirects` of every web, admin and API host of the target."""
    hosts = [host for host in walked_hosts(site) if host.kind in WALKED_KINDS]
    await asyncio.gather(*(_host_redirects(site, host) for host in hosts))


def walked_hosts(site: Site) -> tuple[Host, ...]:
    """The declared hosts; where none is declared, the main one as a web host."""
    return site.target.hosts or (Host(site.target.main_host),)


async def _host_redirects(site: Site, host: Host) -> None:
    blocked = await challenge_of(site, host.name)
    if blocked is not None:
        site.seen.miss(HostRedirects, blocked, subject=host.name)
        return
    paths = ("/", DEEP_PATH) if host.kind is HostKind.WEB else ("/",)
    starts = [f"{scheme}://{host.name}{path}" for path in paths for scheme in ("http", "https")]
    chains: list[Chain | None] = list(
        await asyncio.gather(*(_remembered_walk(site, start) for start in starts))
    )
    http_root, https_root, *deep = chains
    if http_root is None or https_root is None:
        return
    http_deep, https_deep = deep or (None, None)
    seen = HostRedirects(
        host.name, host.kind, site.target.domain, http_root, https_root, http_deep, https_deep
    )
    site.seen.add(seen, subject=host.name)


async def _remembered_walk(site: Site, start: str) -> Chain:
    return await site.once(("walk", start), lambda: walk(site, start))


async def gather_matrix(site: Site) -> None:
    """Observe the `RedirectMatrix` of the domain's apex and www."""
    domain = site.target.domain
    names = (domain, f"www.{domain}")
    for name in names:
        blocked = await challenge_of(site, name)
        if blocked is not None:
            site.seen.miss(RedirectMatrix, blocked, subject=domain)
            return
    bases = [f"{scheme}://{name}" for name in names for scheme in ("http", "https")]
    roots = await _walks(site, (f"{base}/" for base in bases))
    deeps = await _walks(site, (f"{base}{DEEP_PATH}" for base in bases))
    is_expected = SUFFIXES.privatesuffix(domain) == domain
    site.seen.add(RedirectMatrix(domain, roots, deeps, is_expected), subject=domain)


async def _walks(site: Site, starts: Iterable[str]) -> tuple[Chain, ...]:
    return tuple(await asyncio.gather(*(_remembered_walk(site, start) for start in starts)))


async def gather_api_entries(site: Site) -> None:
    """Observe an `ApiEntry` for each declared API route, or each API host's root."""
    entries = api_routes(site)[:MAX_API_ENTRIES]
    if not entries:
        reason = GatherFailure(FailureKind.NOT_APPLICABLE, "No API host or route is declared.")
        site.seen.miss(ApiEntry, reason, subject=site.target.domain)
    await asyncio.gather(*(_api_entry(site, url, method) for url, method in entries))


def api_routes(site: Site) -> list[tuple[str, str]]:
    """(url, method) of the routes on API hosts; the root of an API host without any."""
    target = site.target
    pages = page_hosts(site)
    declared = {r.url: r.method for r in target.routes if host_of(r.url) not in pages}
    routes = list(declared.items())
    covered = {host_of(url) for url, _ in routes}
    bare = [h for h in target.host_names(HostKind.API) if h not in covered]
    return routes + [(f"https://{host}/", "GET") for host in bare]


def page_hosts(site: Site) -> set[str]:
    """The hosts whose addresses people open as pages; what is on another host is called."""
    target = site.target
    opened = {target.main_host, *(host_of(url) for url in target.front_ends)}
    opened |= set(target.host_names(HostKind.WEB, HostKind.ADMIN))
    return opened - set(target.host_names(HostKind.API))


async def _api_entry(site: Site, url: str, method: str) -> None:
    host = host_of(url)
    subject = url.partition("?")[0]
    blocked = await challenge_of(site, host)
    if blocked is not None:
        site.seen.miss(ApiEntry, blocked, subject=subject)
        return
    chain = await _remembered_walk(site, url)
    site.seen.add(ApiEntry(url, method, chain), subject=subject)


async def gather_default_host(site: Site) -> None:
    """Observe what the main host's server answers to a name that was never meant for it."""
    domain, main = site.target.domain, site.target.main_host
    home = unchallenged(site, await site.page(f"https://{main}/"))
    if isinstance(home, GatherFailure):
        site.seen.miss(DefaultHost, home, subject=domain)
        return
    stranger = f"lr-{secrets.token_hex(6)}.{domain}"
    if (await site.ask(stranger, "A")).values:
        message = f"{domain} has a wildcard record, so every name under it is meant."
        failure = GatherFailure(FailureKind.NOT_APPLICABLE, message)
        site.seen.miss(DefaultHost, failure, subject=domain)
        return
    site.seen.add(await _ask_stranger(site, home, stranger), subject=domain)


async def _ask_stranger(site: Site, home: Exchange, stranger: str) -> DefaultHost:
    domain, address = site.target.domain, home.address
    try:
        answer = await site.guard.fetch(
            f"https://{stranger}/", address=address, verify=False, follow=0
        )
    except (FetchError, TargetRefusedError) as error:
        return DefaultHost(domain, address, None, note=error.message)
    is_success = answer.status < 300  # noqa: PLR2004 - RFC 9110
    is_same = is_alike(absence_of(answer).simhash, absence_of(home).simhash)
    return DefaultHost(domain, address, answer.status, is_app=is_success and is_same)


async def _gather(site: Site) -> None:
    wanted = (
        (HostRedirects, gather_redirects),
        (RedirectMatrix, gather_matrix),
        (ApiEntry, gather_api_entries),
        (DefaultHost, gather_default_host),
        (TransportSecurity, gather_hsts),
        (HstsScope, gather_scope),
    )
    await asyncio.gather(*(look(site) for kind, look in wanted if site.wants(kind)))


FAMILIES = (
    Family(
        name="http_redirects",
        title="Redirects and hosts",
        provides=(
            HostRedirects,
            RedirectMatrix,
            ApiEntry,
            DefaultHost,
            TransportSecurity,
            HstsScope,
        ),
        gather=_gather,
        consent=1,
        limit=timedelta(seconds=30),
    ),
)
