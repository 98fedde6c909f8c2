"""What the API answers to scripts of the front end, of strangers and of look-alikes.

Only GET and OPTIONS are sent; no credential goes along.
"""

import asyncio
import re
import secrets
from dataclasses import dataclass, replace

from accounts.guard.exchange import Exchange
from audits.gather.baseline import challenge_of, unchallenged
from audits.gather.http import answer_of
from audits.gather.http_redirects import page_hosts
from audits.gather.site import Family, Site
from audits.observations.answers import host_of, origin_of
from audits.observations.cookies import read_cookie
from audits.observations.cors import (
    CorsAnswer,
    CorsProbe,
    OriginKind,
    Preflight,
    PreflightSet,
    is_cross_origin,
    needs_preflight,
)
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.target import HostKind, Route

MAX_ROUTES, MAX_PROBED_HOSTS, MAX_FRONT_ENDS = 6, 3, 3
MONITORED = re.compile(r"/(?:health|healthz|livez|readyz|ready|ping|status|up|version)/?$", re.I)
GUESSED_METHOD, GUESSED_HEADERS = "POST", ("content-type",)


@dataclass(frozen=True, slots=True)
class Called:
    """A route that scripts may call; `is_declared` False: only its host is known."""

    route: Route
    is_declared: bool = True


def called_routes(site: Site) -> list[Called]:
    """The declared routes on other hosts than the pages' own; roots of API hosts without any.

    Addresses that only a monitor calls (/healthz) are left out: no page reads them.
    """
    target = site.target
    pages = page_hosts(site)
    declared = [r for r in target.routes if host_of(r.url) and host_of(r.url) not in pages]
    routes = [Called(r) for r in declared if not MONITORED.search(r.url.partition("?")[0])]
    covered = {host_of(called.route.url) for called in routes}
    bare = [host for host in target.host_names(HostKind.API) if host not in covered]
    return routes + [Called(Route(f"https://{host}/"), is_declared=False) for host in bare]


def front_ends(site: Site) -> tuple[str, ...]:
    declared = tuple(filter(None, (origin_of(url) for url in site.target.front_ends)))
    return (declared or (f"https://{site.target.main_host}",))[:MAX_FRONT_ENDS]


async def gather_preflights(site: Site) -> None:
    """Observe a `PreflightSet` per route that the front ends call."""
    routes = called_routes(site)[:MAX_ROUTES]
    if not routes:
        _nothing(site, PreflightSet)
    await asyncio.gather(*(_preflights(site, called) for called in routes))


async def _preflights(site: Site, called: Called) -> None:
    url = called.route.url
    subject = f"{called.route.method} {url.partition('?')[0]}"
    blocked = await challenge_of(site, host_of(url))
    if blocked is not None:
        site.seen.miss(PreflightSet, blocked, subject=subject)
        return
    origins = [origin for origin in front_ends(site) if is_cross_origin(url, origin)]
    calls = await asyncio.gather(*(_preflight(site, called, origin) for origin in origins))
    if host_of(url) in site.blocked_hosts:
        site.seen.miss(PreflightSet, site.blocked_hosts[host_of(url)], subject=subject)
        return
    site.seen.add(PreflightSet(url, tuple(calls)), subject=subject)


async def _preflight(site: Site, called: Called, origin: str) -> Preflight:
    route = called.route
    if not called.is_declared:
        route = replace(route, method=GUESSED_METHOD, headers=GUESSED_HEADERS)
    names = tuple(name.lower() for name in route.headers)
    is_asked = needs_preflight(route.method, names)
    if is_asked:
        answer = await _ask(
            site, route.url, OriginKind.OWN, origin, method=route.method, names=names
        )
    else:
        answer = await _ask(site, route.url, OriginKind.OWN, origin)
    return Preflight(
        route.url,
        origin,
        route.method.upper(),
        names,
        answer,
        is_declared=called.is_declared,
        needs_preflight=is_asked,
    )


async def _ask(
    site: Site,
    url: str,
    kind: OriginKind,
    origin: str,
    *,
    method: str = "",
    names: tuple[str, ...] = (),
) -> CorsAnswer:
    """One request with `origin`: a GET, or the OPTIONS that asks for `method` and `names`."""
    headers = {"Origin": origin}
    if method:
        headers["Access-Control-Request-Method"] = method.upper()
    if names:
        headers["Access-Control-Request-Headers"] = ",".join(sorted(names))
    verb = "OPTIONS" if method else "GET"
    key = ("cors", verb, url, origin, method, *names)
    looked = unchallenged(
        site,
        await site.once(key, lambda: site.fetch(url, method=verb, headers=headers, follow=0)),
    )
    if isinstance(looked, GatherFailure):
        return CorsAnswer(kind, origin, None, looked.message)
    return CorsAnswer(kind, origin, answer_of(looked))


async def gather_probes(site: Site) -> None:
    """Observe a `CorsProbe` per API host, at the route that is most like its data."""
    routes: dict[str, Called] = {}
    for called in sorted(called_routes(site), key=_rank):
        routes.setdefault(host_of(called.route.url), called)
    if not routes:
        _nothing(site, CorsProbe)
    chosen = list(routes.values())[:MAX_PROBED_HOSTS]
    await asyncio.gather(*(_probe(site, called.route.url) for called in chosen))


def _rank(called: Called) -> tuple[bool, bool]:
    return (called.route.method.upper() != "GET", not called.is_declared)


async def _probe(site: Site, url: str) -> None:
    host, subject = host_of(url), url.partition("?")[0]
    blocked = await challenge_of(site, host)
    if blocked is not None:
        site.seen.miss(CorsProbe, blocked, subject=subject)
        return
    own = next((o for o in front_ends(site) if is_cross_origin(url, o)), front_ends(site)[0])
    stranger = f"https://{secrets.token_hex(6)}.example"
    answers = list(
        await asyncio.gather(
            _ask(site, url, OriginKind.OWN, own), _ask(site, url, OriginKind.FOREIGN, stranger)
        )
    )
    if not answers[1].is_echoed:
        answers += await _look_alikes(site, url, own)
    if host in site.blocked_hosts:
        site.seen.miss(CorsProbe, site.blocked_hosts[host], subject=subject)
        return
    is_bearer = _has_bearer(site, host) and not await _sets_session(site, host)
    site.seen.add(CorsProbe(url, tuple(answers), is_bearer), subject=subject)


async def _look_alikes(site: Site, url: str, own: str) -> list[CorsAnswer]:
    domain, host = site.target.domain, host_of(own)
    tries = (
        (OriginKind.NULL, "null"),
        (OriginKind.PREFIXED, f"https://evil{domain}"),
        (OriginKind.SUFFIXED, f"https://{domain}.evil.example"),
        (OriginKind.PLAIN_HTTP, f"http://{host}"),
    )
    return list(await asyncio.gather(*(_ask(site, url, kind, origin) for kind, origin in tries)))


def _has_bearer(site: Site, host: str) -> bool:
    routes = (route for route in site.target.routes if host_of(route.url) == host)
    return any(name.lower() == "authorization" for route in routes for name in route.headers)


async def _sets_session(site: Site, host: str) -> bool:
    """True where the API or the main page sets a cookie that looks like a sign-in."""
    looks = await asyncio.gather(
        *(site.page(f"https://{name}/") for name in (host, site.target.main_host))
    )
    lines = [v for e in looks if isinstance(e, Exchange) for v in e.header_all("set-cookie")]
    cookies = (read_cookie(line) for line in lines)
    return any(cookie is not None and cookie.is_session_like for cookie in cookies)


def _nothing(site: Site, kind: type) -> None:
    message = "No API host and no API route is declared, so no page calls another origin."
    failure = GatherFailure(FailureKind.NOT_APPLICABLE, message)
    site.seen.miss(kind, failure, subject=site.target.domain)


async def _gather(site: Site) -> None:
    wanted = ((PreflightSet, gather_preflights), (CorsProbe, gather_probes))
    await asyncio.gather(*(look(site) for kind, look in wanted if site.wants(kind)))


FAMILIES = (
    Family(
        name="cors",
        title="Calls between front end and API",
        provides=(PreflightSet, CorsProbe),
        gather=_gather,
        consent=1,
    ),
)
