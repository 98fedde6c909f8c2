"""The start page of every host: the answer, the page, its scripts, styles and cookies."""

import asyncio
import re
from collections.abc import Iterable

from accounts.guard.exchange import Exchange
from audits.gather.baseline import absence_of, unchallenged
from audits.gather.http_redirects import walked_hosts
from audits.gather.site import Family, Site
from audits.observations.answers import Answer, host_of, origin_of
from audits.observations.cookies import SeenCookie, read_cookie
from audits.observations.http import HomePage, PlainLoad, ScriptLook, plain_calls, plain_css
from audits.observations.names import is_within
from audits.observations.pages import PageFacts, read_page
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.similarity import is_alike
from audits.observations.target import Host, HostKind

PAGE_KINDS = frozenset({HostKind.WEB, HostKind.ADMIN, HostKind.API})
MAX_SCRIPTS, MAX_STYLESHEETS = 8, 3
SIGN_IN = re.compile(r"/(?:[\w/-]*/)?(?:log-?in|sign-?in|signin|auth|account|session)s?/?$", re.I)
FACT_CODES = frozenset({"connect_refused", "tls_failed"})
GONE_CODES = frozenset({"connect_refused", "dns_nxdomain", "dns_nodata"})
NO_NAME_CODES = frozenset({"dns_nxdomain", "dns_nodata"})
ENDLESS_CODES = frozenset({"redirect_loop", "too_many_redirects"})
UNTRUSTED_KINDS = frozenset({HostKind.STAGING, HostKind.OTHER, HostKind.MAIL})
# Services where other people write the page: whoever controls it there reads the cookies.
FOREIGN_SERVICES = (
    "statuspage.io",
    "zendesk.com",
    "helpscoutdocs.com",
    "intercom.help",
    "freshdesk.com",
    "readme.io",
    "gitbook.io",
    "hubspot.net",
    "webflow.com",
    "wixdns.net",
    "shopify.com",
    "squarespace.com",
    "ghost.io",
    "instatus.com",
    "canny.io",
    "notion.site",
    "framer.app",
)


async def home(site: Site, host: str) -> tuple[Exchange | GatherFailure, bool]:
    """The start page of `host` over https, and whether its certificate is trusted.

    An untrusted certificate is the TLS family's finding; the page behind it is still read.
    """
    url = f"https://{host}/"
    looked = await site.page(url)
    if isinstance(looked, Exchange) or looked.code != "tls_untrusted":
        return unchallenged(site, looked), True
    key = ("page_unverified", url)
    behind = await site.once(key, lambda: site.fetch(url, verify=False))
    return unchallenged(site, behind), False


async def is_mirror(site: Site, name: str) -> bool:
    """True where another host than the main one shows the main one's page."""
    main = site.target.main_host
    if name == main:
        return False
    (one, _), (other, _) = await asyncio.gather(home(site, name), home(site, main))
    if isinstance(one, GatherFailure) or isinstance(other, GatherFailure):
        return False
    first, second = absence_of(one), absence_of(other)
    return first.status == second.status and is_alike(first.simhash, second.simhash)


async def gather_homes(site: Site) -> None:
    """Observe a `HomePage` per web, admin and API host; a page two hosts lead to, once."""
    hosts = [host for host in walked_hosts(site) if host.kind in PAGE_KINDS]
    looks = await asyncio.gather(*(home(site, host.name) for host in hosts))
    names = {host.name for host in hosts}
    pages: dict[str, tuple[Host, Exchange, bool]] = {}
    for host, (looked, is_trusted) in zip(hosts, looks, strict=True):
        if isinstance(looked, GatherFailure):
            _miss(site, host, looked)
            continue
        subject = _subject(looked, host, names, site.target.domain)
        if subject:
            pages.setdefault(subject, (host, looked, is_trusted))
    _drop_mirror(pages, site.target.main_host)
    untrusted = await _untrusted_hosts(site)
    await asyncio.gather(
        *(
            _observe(site, Host(subject, host.kind), looked, untrusted, is_trusted=is_trusted)
            for subject, (host, looked, is_trusted) in pages.items()
        )
    )


def _drop_mirror(pages: dict[str, tuple[Host, Exchange, bool]], main: str) -> None:
    """Leave out www (or the apex) where it shows the main page: http.www_consistency says so."""
    mirror = main.removeprefix("www.") if main.startswith("www.") else f"www.{main}"
    if main not in pages or mirror not in pages:
        return
    one, other = (absence_of(pages[name][1]) for name in (main, mirror))
    if one.status == other.status and is_alike(one.simhash, other.simhash):
        del pages[mirror]


def _subject(exchange: Exchange, host: Host, names: set[str], domain: str) -> str:
    """The host that this page is judged as; "" where another look is of the same page."""
    final = host_of(exchange.url)
    if final == host.name or not is_within(final, domain):
        return host.name
    return "" if final in names else final


def _miss(site: Site, host: Host, failure: GatherFailure) -> None:
    if failure.code in FACT_CODES:
        seen = HomePage(host.name, host.kind, site.target.domain, None, fault=failure.message)
        site.seen.add(seen, subject=host.name)
        return
    if failure.code in NO_NAME_CODES | ENDLESS_CODES:
        failure = GatherFailure(FailureKind.NOT_APPLICABLE, failure.message, failure.code)
    site.seen.miss(HomePage, failure, subject=host.name)


async def _observe(
    site: Site, host: Host, exchange: Exchange, untrusted: tuple[str, ...], *, is_trusted: bool
) -> None:
    answer = answer_of(exchange)
    page = read_page(exchange.url, exchange.body) if answer.is_html else None
    texts = await _scripts(site, page)
    styles = await _stylesheets(site, page)
    plain = [plain_css(source, text) for source, text in styles]
    seen = HomePage(
        host=host.name,
        kind=host.kind,
        domain=site.target.domain,
        answer=answer,
        page=page,
        is_trusted=is_trusted,
        scripts=tuple(look for look, _ in texts),
        calls=_calls(page, texts),
        css_loads=tuple(load for loads, _ in plain for load in loads),
        css_imports=tuple(load for _, imports in plain for load in imports),
        cookies=await _cookies(site, exchange, page),
        has_hsts=is_trusted and answer.header("strict-transport-security") is not None,
        simhash=absence_of(exchange).simhash,
        untrusted_hosts=tuple(name for name in untrusted if name != host.name),
        other_hosts=tuple(name for name in site.target.host_names() if name != host.name),
        is_indexing_unwanted=site.target.is_indexing_unwanted,
        canonical_origin=await _canonical_origin(site),
    )
    site.seen.add(seen, subject=host.name)


def answer_of(exchange: Exchange) -> Answer:
    """The exchange as facts without Set-Cookie, whose values are secrets."""
    headers = tuple((name, value) for name, value in exchange.headers if name != "set-cookie")
    return Answer(exchange.url, exchange.status, headers)


async def _canonical_origin(site: Site) -> str:
    looked, _ = await home(site, site.target.main_host)
    return origin_of(looked.url) if isinstance(looked, Exchange) else ""


def same_site(urls: Iterable[str], domain: str, limit: int) -> list[str]:
    """The first `limit` https URLs under `domain`, each once."""
    own = (
        u for u in dict.fromkeys(urls) if u.startswith("https:") and is_within(host_of(u), domain)
    )
    return [url for url, _ in zip(own, range(limit), strict=False)]


async def _scripts(site: Site, page: PageFacts | None) -> list[tuple[ScriptLook, str]]:
    if page is None:
        return []
    urls = same_site((script.url for script in page.scripts), site.target.domain, MAX_SCRIPTS)
    looks = await asyncio.gather(*(site.script(url) for url in urls))
    return [_script(site, url, looked) for url, looked in zip(urls, looks, strict=True)]


def _script(site: Site, url: str, looked: Exchange | GatherFailure) -> tuple[ScriptLook, str]:
    looked = unchallenged(site, looked)
    if isinstance(looked, GatherFailure):
        return ScriptLook(url, 0, is_missing=looked.code in GONE_CODES), ""
    look = ScriptLook(url, looked.status, answer_of(looked).media_type)
    return look, looked.text


def _calls(page: PageFacts | None, texts: list[tuple[ScriptLook, str]]) -> tuple[PlainLoad, ...]:
    if page is None:
        return ()
    written = [(page.url, text) for text in page.inline_scripts]
    written += [(look.url, text) for look, text in texts]
    return tuple(load for source, text in written for load in plain_calls(source, text))


async def _stylesheets(site: Site, page: PageFacts | None) -> list[tuple[str, str]]:
    if page is None:
        return []
    urls = same_site(page.stylesheets, site.target.domain, MAX_STYLESHEETS)
    looks = await asyncio.gather(*(site.page(url) for url in urls))
    read = [e for e in looks if isinstance(e, Exchange) and e.status < 300]  # noqa: PLR2004 - RFC 9110
    written = [(page.url, text) for text in page.inline_styles]
    return written + [(e.url, e.text) for e in read]


async def _cookies(
    site: Site, exchange: Exchange, page: PageFacts | None
) -> tuple[SeenCookie, ...]:
    """The cookies of the start page and of the sign-in page that it links to."""
    found = _set_by(exchange, site.target.domain)
    anchors = page.anchors if page else ()
    sign_in = next(
        (u for u in same_site(anchors, site.target.domain, 200) if SIGN_IN.search(u)), ""
    )
    looked = await site.page(sign_in) if sign_in else None
    if isinstance(looked, Exchange):
        found += _set_by(looked, site.target.domain)
    return tuple(found)


def _set_by(exchange: Exchange, domain: str) -> list[SeenCookie]:
    answers = [(hop.url, hop.headers) for hop in exchange.hops]
    answers.append((exchange.url, exchange.headers))
    lines = (
        (url, value)
        for url, headers in answers
        if is_within(host_of(url), domain)
        for name, value in headers
        if name == "set-cookie"
    )
    return [SeenCookie(url, cookie) for url, line in lines if (cookie := read_cookie(line))]


async def _untrusted_hosts(site: Site) -> tuple[str, ...]:
    """Known hosts that others may fill: previews, other hosts, pages at foreign services."""
    hosts = site.target.hosts
    replies = await asyncio.gather(*(site.ask(host.name, "A") for host in hosts))
    return tuple(
        host.name
        for host, reply in zip(hosts, replies, strict=True)
        if host.kind in UNTRUSTED_KINDS
        or any(name.endswith(FOREIGN_SERVICES) for name in reply.chain)
    )


async def _gather(site: Site) -> None:
    if site.wants(HomePage):
        await gather_homes(site)


FAMILIES = (
    Family(
        name="http_pages",
        title="Pages, headers and cookies",
        provides=(HomePage,),
        gather=_gather,
        consent=1,
    ),
)
