"""What caches may keep of a product: pages, declared routes, files and errors.

Only GET is sent, and no sign-in goes along. What other families fetched is used again.
"""

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

from accounts.guard.exchange import Exchange
from audits.gather.baseline import unchallenged
from audits.gather.http import (
    MAX_SCRIPTS,
    MAX_STYLESHEETS,
    SIGN_IN,
    answer_of,
    home,
    is_mirror,
    same_site,
)
from audits.gather.http_redirects import page_hosts
from audits.gather.lenient import is_html, lenient_hop
from audits.gather.site import Family, Site
from audits.observations.answers import Answer, host_of
from audits.observations.cached import CachedAsset, CachedPage, HostCaching, is_hashed
from audits.observations.cookies import Cookie, read_cookie
from audits.observations.pages import PageFacts, read_page
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.target import Host, HostKind, Route

MAX_ROUTES_PER_HOST = 3
OK = 200
COOKIE = "lr_probe=1"


async def gather_caching(site: Site) -> None:
    """Observe a `HostCaching` per host that shows pages or declared routes."""
    pages = page_hosts(site)
    routes: dict[str, list[Route]] = {}
    for route in site.target.routes:
        if route.method.upper() == "GET" and host_of(route.url):
            routes.setdefault(host_of(route.url), []).append(route)
    hosts = [host for host in site.target.hosts if host.name in pages or host.name in routes]
    mirrors = await asyncio.gather(*(is_mirror(site, host.name) for host in hosts))
    looked_at = [
        host
        for host, is_mirror in zip(hosts, mirrors, strict=True)
        if host.name in routes or not is_mirror
    ]
    await asyncio.gather(*(_observe(site, host, routes.get(host.name, [])) for host in looked_at))
    if not site.seen.has(HostCaching):
        message = "No host shows a page of its own and no route is declared."
        failure = GatherFailure(FailureKind.NOT_APPLICABLE, message)
        site.seen.miss(HostCaching, failure, subject=site.target.domain)


async def _observe(site: Site, host: Host, routes: list[Route]) -> None:
    looked, _ = await home(site, host.name)
    if isinstance(looked, GatherFailure):
        if looked.kind is FailureKind.BLOCKED or not routes:
            site.seen.miss(HostCaching, looked, subject=host.name)
            return
        first = None
    else:
        first = looked if host_of(looked.url) == host.name else None
    if first is None and not routes:
        return
    page = read_page(first.url, first.body) if first is not None and is_html(first) else None
    shown, assets, missing = await asyncio.gather(
        _pages(site, host, first, page, routes), _assets(site, host, page), _missing(site, host)
    )
    if host.name in site.blocked_hosts:
        site.seen.miss(HostCaching, site.blocked_hosts[host.name], subject=host.name)
        return
    seen = HostCaching(
        host=host.name,
        kind=host.kind,
        received_at=(first.fetched_at if first else None) or datetime.now(UTC),
        pages=shown,
        assets=assets,
        missing=missing,
    )
    site.seen.add(seen, subject=host.name)


async def _pages(
    site: Site, host: Host, first: Exchange | None, page: PageFacts | None, routes: list[Route]
) -> tuple[CachedPage, ...]:
    """The start page, the sign-in page that it links to, and the declared routes."""
    found: list[CachedPage] = []
    if first is not None and (page is not None or host.kind is not HostKind.API):
        asked = await _asked_if_changed(site, first)
        found.append(
            CachedPage(first.url, answer_of(first), _cookies(first), asked_if_changed=asked)
        )
    sign_in = next((url for url in _own(site, host, page) if SIGN_IN.search(url)), "")
    if sign_in:
        looked = unchallenged(site, await site.page(sign_in))
        if isinstance(looked, Exchange) and host_of(looked.url) == host.name:
            found.append(CachedPage(looked.url, answer_of(looked), _cookies(looked)))
    known = {one.url for one in found}
    wanted = [route for route in routes if route.url not in known][:MAX_ROUTES_PER_HOST]
    answers = await asyncio.gather(*(lenient_hop(site, route.url) for route in wanted))
    found += [
        CachedPage(
            route.url,
            answer_of(answer),
            _cookies(answer),
            is_page=is_html(answer),
            is_private=any(name.lower() in {"authorization", "cookie"} for name in route.headers),
        )
        for route, answer in zip(wanted, answers, strict=True)
        if isinstance(answer, Exchange)
    ]
    return tuple(found)


def _own(site: Site, host: Host, page: PageFacts | None) -> list[str]:
    anchors = page.anchors if page is not None else ()
    return [url for url in same_site(anchors, site.target.domain, 200) if host_of(url) == host.name]


async def _assets(site: Site, host: Host, page: PageFacts | None) -> tuple[CachedAsset, ...]:
    """Every script and style sheet of the page; one of the main host's is asked more often."""
    if page is None:
        return ()
    domain = site.target.domain
    scripts = same_site((script.url for script in page.scripts), domain, MAX_SCRIPTS)
    styles = same_site(page.stylesheets, domain, MAX_STYLESHEETS)
    urls = scripts + styles
    looks = await asyncio.gather(
        *(site.script(url) for url in scripts), *(site.page(url) for url in styles)
    )
    files = [
        (url, looked)
        for url, looked in zip(urls, looks, strict=True)
        if isinstance(unchallenged(site, looked), Exchange)
        and isinstance(looked, Exchange)
        and looked.status == OK
        and not is_html(looked)
    ]
    sample = _sample(url for url, _ in files) if host.name == site.target.main_host else ""
    return tuple(
        await asyncio.gather(
            *(
                _sampled(site, url, looked)
                if url == sample
                else _plain(url, looked)
                for url, looked in files
            )
        )
    )  # fmt: skip


def _sample(urls: Iterable[str]) -> str:
    return next(iter(sorted(urls, key=lambda url: not is_hashed(url))), "")


async def _plain(url: str, looked: Exchange) -> CachedAsset:
    return CachedAsset(url, answer_of(looked))


async def _sampled(site: Site, url: str, looked: Exchange) -> CachedAsset:
    """One after the other: the second answer shows what the first one left in the cache."""
    again = await _ask(site, url, {})
    with_cookie = await _ask(site, url, {"Cookie": COOKIE})
    mark = "&" if urlsplit(url).query else "?"
    with_query = await _ask(site, f"{url}{mark}lr={secrets.token_hex(4)}", {})
    return CachedAsset(
        url,
        answer_of(looked),
        again=again,
        with_cookie=with_cookie,
        with_query=with_query,
        asked_if_changed=await _asked_if_changed(site, looked),
    )


async def _asked_if_changed(site: Site, looked: Exchange) -> Answer | None:
    """The answer to the same request with the validator of `looked` (RFC 9110 section 13.1)."""
    tag, changed = looked.header("etag"), looked.header("last-modified")
    if looked.status != OK or not (tag or changed):
        return None
    headers = {"If-None-Match": tag} if tag else {"If-Modified-Since": changed or ""}
    return await _ask(site, looked.url, headers)


async def _ask(site: Site, url: str, headers: Mapping[str, str]) -> Answer | None:
    looked = unchallenged(site, await site.fetch(url, headers=headers, follow=0))
    return answer_of(looked) if isinstance(looked, Exchange) else None


async def _missing(site: Site, host: Host) -> Answer | None:
    looked = await lenient_hop(site, f"https://{host.name}{site.absent_path}")
    return answer_of(looked) if isinstance(looked, Exchange) else None


def _cookies(looked: Exchange) -> tuple[Cookie, ...]:
    lines = looked.header_all("set-cookie")
    return tuple(cookie for line in lines if (cookie := read_cookie(line)) is not None)


async def _gather(site: Site) -> None:
    if site.wants(HostCaching):
        await gather_caching(site)


FAMILIES = (
    Family(
        name="caching",
        title="What caches may keep",
        provides=(HostCaching,),
        gather=_gather,
        consent=1,
    ),
)
