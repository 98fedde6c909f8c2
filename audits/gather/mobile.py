"""What phones, app stores and finders of faults ask a product for.

A file of an app that nobody declared isn't asked for.
"""

import asyncio
from datetime import UTC, datetime

from accounts.guard.exchange import Exchange
from audits.gather.baseline import absence_of, unchallenged
from audits.gather.http import SIGN_IN, answer_of, home
from audits.gather.lenient import is_html, lenient_hop
from audits.gather.site import Family, Site
from audits.observations.indexing import Robots
from audits.observations.mobile import AndroidLinks, AppleLinks, Manifest, SecurityText, StorePage
from audits.observations.pages import read_page
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.similarity import is_alike

APPLE_PATH = "/.well-known/apple-app-site-association"
ANDROID_PATH = "/.well-known/assetlinks.json"
SECURITY_PATHS = ("/.well-known/security.txt", "/security.txt")
SECURITY_REDIRECTS = 8
SECURITY_BYTES = 100 * 1024
OK = 200


def link_hosts(site: Site) -> tuple[str, ...]:
    """The main host and its www or bare twin, where that is declared: each needs the file."""
    main = site.target.main_host
    twin = main.removeprefix("www.") if main.startswith("www.") else f"www.{main}"
    return tuple(name for name in (main, twin) if name in {main, *site.target.host_names()})


async def gather_apple(site: Site) -> None:
    if not site.target.has_ios_app:
        _not_declared(site, AppleLinks, "No iPhone app is declared.")
        return
    await asyncio.gather(*(_apple(site, host) for host in link_hosts(site)))


async def _apple(site: Site, host: str) -> None:
    looked = unchallenged(site, await site.hop(f"https://{host}{APPLE_PATH}"))
    if isinstance(looked, GatherFailure):
        site.seen.miss(AppleLinks, looked, subject=host)
        return
    seen = AppleLinks(
        host,
        answer_of(looked),
        looked.text,
        len(looked.body),
        site.target.ios_app_ids,
        is_twin=host != site.target.main_host,
    )
    site.seen.add(seen, subject=host)


async def gather_android(site: Site) -> None:
    if not site.target.has_android_app:
        _not_declared(site, AndroidLinks, "No Android app is declared.")
        return
    await asyncio.gather(*(_android(site, host) for host in link_hosts(site)))


async def _android(site: Site, host: str) -> None:
    url = f"https://{host}{ANDROID_PATH}"
    looked = unchallenged(site, await site.hop(url))
    if isinstance(looked, GatherFailure):
        site.seen.miss(AndroidLinks, looked, subject=host)
        return
    seen = AndroidLinks(
        host,
        answer_of(looked),
        looked.text,
        len(looked.body),
        site.target.android_fingerprints,
        site.target.android_package,
        await _is_robots_blocked(site, host, url),
        is_twin=host != site.target.main_host,
    )
    site.seen.add(seen, subject=host)


async def _is_robots_blocked(site: Site, host: str, url: str) -> bool:
    looked = await site.page(f"https://{host}/robots.txt")
    if not isinstance(looked, Exchange) or looked.status != OK or is_html(looked):
        return False
    return not Robots(looked.url, looked.status, text=looked.text).allows(url)


async def gather_manifest(site: Site) -> None:
    """The manifest that the main page names; a page without one is no app to install."""
    looked, _ = await home(site, site.target.main_host)
    if isinstance(looked, GatherFailure):
        site.seen.miss(Manifest, looked, subject=site.target.main_host)
        return
    url = read_page(looked.url, looked.body).manifest if is_html(looked) else ""
    if not url.startswith("https:"):
        _not_declared(site, Manifest, "The page names no manifest, so it isn't to be installed.")
        return
    found = unchallenged(site, await site.page(url))
    if isinstance(found, GatherFailure):
        site.seen.miss(Manifest, found, subject=site.target.main_host)
        return
    seen = Manifest(looked.url, found.url, answer_of(found), found.text)
    site.seen.add(seen, subject=site.target.main_host)


async def gather_store_pages(site: Site) -> None:
    if not site.target.store_pages:
        message = "No page for the app stores is declared."
        _not_declared(site, StorePage, message)
    await asyncio.gather(*(_store_page(site, name, url) for name, url in site.target.store_pages))


async def _store_page(site: Site, name: str, url: str) -> None:
    looked = unchallenged(site, await site.page(url))
    if isinstance(looked, GatherFailure):
        site.seen.miss(StorePage, looked, subject=name)
        return
    asks = SIGN_IN.search(looked.url.partition("?")[0]) is not None and looked.url != url
    site.seen.add(StorePage(name, url, answer_of(looked), asks), subject=name)


async def gather_security(site: Site) -> None:
    """security.txt at its place, then at the older one; a page for every path is none."""
    host = site.target.main_host
    missing = await lenient_hop(site, f"https://{host}{site.absent_path}")
    if isinstance(missing, GatherFailure):
        site.seen.miss(SecurityText, missing, subject=host)
        return
    for path in SECURITY_PATHS:
        looked = unchallenged(
            site,
            await site.fetch(
                f"https://{host}{path}", follow=SECURITY_REDIRECTS, max_body_bytes=SECURITY_BYTES
            ),
        )
        if isinstance(looked, GatherFailure):
            site.seen.miss(SecurityText, looked, subject=host)
            return
        if looked.status == OK and not _is_same_page(looked, missing):
            asked_at = looked.fetched_at or datetime.now(UTC)
            is_legacy = path == SECURITY_PATHS[1]
            seen = SecurityText(host, asked_at, answer_of(looked), looked.text, is_legacy)
            site.seen.add(seen, subject=host)
            return
    site.seen.add(SecurityText(host, datetime.now(UTC)), subject=host)


def _is_same_page(one: Exchange, other: Exchange) -> bool:
    first, second = absence_of(one), absence_of(other)
    return first.media_type == second.media_type and is_alike(first.simhash, second.simhash)


def _not_declared(site: Site, kind: type, message: str) -> None:
    failure = GatherFailure(FailureKind.NOT_APPLICABLE, message)
    site.seen.miss(kind, failure, subject=site.target.domain)


LOOKS = (
    (AppleLinks, gather_apple),
    (AndroidLinks, gather_android),
    (Manifest, gather_manifest),
    (StorePage, gather_store_pages),
    (SecurityText, gather_security),
)


async def _gather(site: Site) -> None:
    await asyncio.gather(*(look(site) for kind, look in LOOKS if site.wants(kind)))


FAMILIES = (
    Family(
        name="mobile",
        title="What phones and app stores ask for",
        provides=tuple(kind for kind, _ in LOOKS),
        gather=_gather,
        consent=1,
    ),
)
