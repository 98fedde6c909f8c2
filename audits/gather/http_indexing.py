"""robots.txt, the sitemap and second homes: what search engines would meet."""

import asyncio
import zlib
from urllib.parse import urljoin

from accounts.guard.exchange import Exchange
from audits.gather.baseline import absence_of, unchallenged
from audits.gather.http import home
from audits.gather.site import Family, Site
from audits.observations.answers import host_of, origin_of
from audits.observations.indexing import (
    Indexing,
    PlatformTwin,
    PlatformTwins,
    Robots,
    Sitemap,
    SitemapUrl,
    forbidding_meta,
    forbidding_tag,
    is_sitemap,
    is_sitemap_index,
    sampled,
    sitemap_urls,
)
from audits.observations.pages import PageFacts, absolute, read_page
from audits.observations.seen import GatherFailure
from audits.observations.similarity import is_alike

MAX_ROBOTS_CHARS = 512 * 1024
MAX_SITEMAP_BYTES = 4 * 1024 * 1024
SAMPLE_URLS, FETCHED_URLS = 20, 10
MAX_TWINS = 4
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW_BITS = 31
ROBOTS_METAS = frozenset({"robots", "googlebot", "bingbot"})
PLATFORM_SUFFIXES = tuple(
    f".{name}"
    for name in (
        "vercel.app",
        "now.sh",
        "netlify.app",
        "pages.dev",
        "workers.dev",
        "onrender.com",
        "up.railway.app",
        "fly.dev",
        "herokuapp.com",
        "github.io",
        "gitlab.io",
        "web.app",
        "firebaseapp.com",
        "run.app",
        "appspot.com",
        "azurewebsites.net",
        "azurestaticapps.net",
        "amplifyapp.com",
        "elasticbeanstalk.com",
        "cloudfront.net",
        "ondigitalocean.app",
        "replit.app",
        "lovable.app",
        "bolt.host",
        "base44.app",
        "webflow.io",
        "framer.app",
        "framer.website",
    )
)


async def _main_page(site: Site) -> Exchange | GatherFailure:
    looked, _ = await home(site, site.target.main_host)
    return looked


async def robots_of(site: Site, origin: str) -> Robots | GatherFailure:
    """The robots.txt of `origin`, redirects followed (RFC 9309 section 2.3.1.2)."""
    url = f"{origin}/robots.txt"
    looked = unchallenged(site, await site.page(url))
    if isinstance(looked, GatherFailure):
        return looked
    media_type = (looked.header("content-type") or "").partition(";")[0].strip().lower()
    return Robots(
        url=url,
        status=looked.status,
        media_type=media_type,
        text=looked.text[:MAX_ROBOTS_CHARS],
        size_bytes=len(looked.body),
        is_truncated=looked.is_truncated,
    )


async def gather_indexing(site: Site) -> None:
    """Observe `Indexing`, `Robots`, `Sitemap` and `PlatformTwins` of the main host."""
    main = site.target.main_host
    looked = await _main_page(site)
    if isinstance(looked, GatherFailure):
        for kind in (Indexing, Robots, Sitemap, PlatformTwins):
            site.seen.miss(kind, looked, subject=main)
        return
    origin = origin_of(looked.url)
    robots = await robots_of(site, origin)
    if isinstance(robots, GatherFailure):
        site.seen.miss(Robots, robots, subject=host_of(origin))
    else:
        site.seen.add(robots, subject=host_of(origin))
    page = read_page(looked.url, looked.body)
    known = robots if isinstance(robots, Robots) else None
    site.seen.add(_indexing(site, looked, page, known), subject=host_of(origin))
    await asyncio.gather(_sitemap(site, origin, known), _twins(site, looked, page))


def _indexing(site: Site, looked: Exchange, page: PageFacts, robots: Robots | None) -> Indexing:
    return Indexing(
        url=looked.url,
        robots=robots,
        robots_tags=looked.header_all("x-robots-tag"),
        robots_metas=_robots_metas(page),
        is_unwanted=site.target.is_indexing_unwanted,
    )


def _robots_metas(page: PageFacts) -> tuple[tuple[str, str], ...]:
    return tuple((name, content) for name, content in page.metas if name in ROBOTS_METAS)


async def _sitemap(site: Site, origin: str, robots: Robots | None) -> None:
    declared = robots.sitemaps if robots else ()
    url = urljoin(f"{origin}/", declared[0]) if declared else f"{origin}/sitemap.xml"
    looked = unchallenged(site, await site.page(url))
    if isinstance(looked, GatherFailure):
        site.seen.miss(Sitemap, looked, subject=host_of(origin))
        return
    xml = _text(looked)
    is_xml = looked.status < 300 and is_sitemap(xml)  # noqa: PLR2004 - RFC 9110
    urls = await _entries(site, xml) if is_xml else ()
    sample = await _sample(site, origin, urls)
    seen = Sitemap(url, origin, looked.status, bool(declared), is_xml, len(urls), sample)
    site.seen.add(seen, subject=host_of(origin))


def _text(exchange: Exchange) -> str:
    """The sitemap's text; a .gz file is unpacked, at most 4 MiB of it."""
    body = exchange.body
    if body.startswith(GZIP_MAGIC):
        try:
            body = zlib.decompressobj(GZIP_WINDOW_BITS).decompress(body, MAX_SITEMAP_BYTES)
        except zlib.error:
            return ""
    return body.decode("utf-8", "replace")


async def _entries(site: Site, xml: str) -> tuple[str, ...]:
    """The URLs of a sitemap; of an index those of its first sitemap."""
    urls = sitemap_urls(xml)
    if not is_sitemap_index(xml) or not urls:
        return urls
    first = unchallenged(site, await site.page(urls[0]))
    return sitemap_urls(_text(first)) if isinstance(first, Exchange) else ()


async def _sample(site: Site, origin: str, urls: tuple[str, ...]) -> tuple[SitemapUrl, ...]:
    """At most 20 entries; of those on the same https origin at most 10 are fetched."""
    chosen = sampled(urls, SAMPLE_URLS)
    own = sampled(tuple(url for url in chosen if origin_of(url) == origin), FETCHED_URLS)
    looks = await asyncio.gather(*(site.hop(url) for url in own))
    answered = (unchallenged(site, looked) for looked in looks)
    statuses = {
        url: looked.status
        for url, looked in zip(own, answered, strict=True)
        if isinstance(looked, Exchange)
    }
    return tuple(SitemapUrl(url, statuses.get(url)) for url in chosen)


async def _twins(site: Site, main: Exchange, page: PageFacts) -> None:
    names = await _platform_names(site, page)
    twins = await asyncio.gather(*(_twin(site, name, main) for name in names))
    known = tuple(twin for twin in twins if twin is not None)
    site.seen.add(PlatformTwins(site.target.domain, known), subject=site.target.domain)


async def _platform_names(site: Site, page: PageFacts) -> list[str]:
    """Platform addresses met in declarations, CNAME chains and the page's own links."""
    declared = [name for host in site.target.hosts for name in host.points_to]
    replies = await asyncio.gather(*(site.ask(host.name, "A") for host in site.target.hosts))
    chained = [name for reply in replies for name in reply.chain]
    linked = [host_of(url) for url in (*page.canonicals, page.og_url, *page.anchors)]
    names = dict.fromkeys(name.lower().rstrip(".") for name in (*declared, *chained, *linked))
    return [name for name in names if name.endswith(PLATFORM_SUFFIXES)][:MAX_TWINS]


async def _twin(site: Site, name: str, main: Exchange) -> PlatformTwin | None:
    looked = await site.hop(f"https://{name}/")
    if isinstance(looked, GatherFailure):
        is_gone = looked.code in {"dns_nxdomain", "dns_nodata", "connect_refused"}
        return None if is_gone else PlatformTwin(name, None)
    location = looked.header("location") if looked.status in REDIRECTS else None
    if location:
        return PlatformTwin(name, looked.status, absolute(looked.url, location))
    page = read_page(looked.url, looked.body)
    is_same = is_alike(absence_of(looked).simhash, absence_of(main).simhash)
    return PlatformTwin(
        name,
        looked.status,
        is_same_page=is_same,
        is_indexable=await _is_indexable(site, looked, page) if is_same else True,
        canonical=next(iter(page.canonicals), ""),
    )


async def _is_indexable(site: Site, looked: Exchange, page: PageFacts) -> bool:
    is_marked = forbidding_tag(looked.header_all("x-robots-tag")) or forbidding_meta(
        _robots_metas(page)
    )
    if is_marked:
        return False
    robots = await robots_of(site, origin_of(looked.url))
    return isinstance(robots, GatherFailure) or robots.allows(looked.url)


async def _gather(site: Site) -> None:
    if site.wants(Indexing, Robots, Sitemap, PlatformTwins):
        await gather_indexing(site)


FAMILIES = (
    Family(
        name="http_indexing",
        title="Search engines",
        provides=(Indexing, Robots, Sitemap, PlatformTwins),
        gather=_gather,
        consent=1,
    ),
)
