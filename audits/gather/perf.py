"""How quickly the start page and the API answer, what is packed, and what a first view loads.

A handful of requests, one after the other per host: three more of the start page, two more
of each of two routes. What other families fetched is the first, cold one.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from accounts.guard.exchange import Exchange, FetchError, TargetRefusedError, Timing
from audits.gather.baseline import unchallenged
from audits.gather.cors import MONITORED
from audits.gather.http import answer_of, home
from audits.gather.lenient import is_html
from audits.gather.site import Family, Site, failure_of
from audits.observations.answers import host_of
from audits.observations.names import is_within
from audits.observations.perf import (
    WORTH_COMPRESSING_BYTES,
    Compression,
    FirstLoad,
    Loaded,
    QuickLook,
    Sample,
    SizedFile,
    read_loads,
)
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.target import HostKind, Route

BROWSERS_OFFER = "zstd, br, gzip"
WARM_HOMES, WARM_ROUTES, MAX_ROUTES = 3, 2, 2
MAX_OWN_SCRIPTS, MAX_OWN_STYLES, MAX_THIRD_SCRIPTS, MAX_PICTURES = 8, 3, 3, 2
DEADLINE = timedelta(seconds=8)
OK, MULTIPLE_CHOICES = 200, 300


def sample_of(looked: Exchange) -> Sample:
    """The exchange as a sample; redirects are a matter of their own."""
    timing: Timing = looked.timing
    return Sample(
        looked.status,
        timing.dns_ms,
        timing.connect_ms,
        timing.tls_ms,
        timing.first_byte_ms,
        timing.total_ms,
    )


async def offering(site: Site, url: str) -> Exchange | GatherFailure:
    """GET `url` as browsers ask, for its time and its size; the body stays as it came."""
    try:
        looked = await site.guard.fetch(
            url, follow=0, deadline=DEADLINE, accept_encoding=BROWSERS_OFFER
        )
    except (FetchError, TargetRefusedError) as error:
        return failure_of(error)
    return unchallenged(site, looked)


async def warm(site: Site, url: str, count: int) -> tuple[Exchange, ...]:
    """`url` again and again, each after the other; asked once per look."""

    async def ask() -> tuple[Exchange, ...]:
        found = [await offering(site, url) for _ in range(count)]
        return tuple(one for one in found if isinstance(one, Exchange))

    return await site.once(("warm", url), ask)


async def warm_home(site: Site) -> tuple[Exchange, tuple[Exchange, ...]] | GatherFailure:
    """The start page's first answer and the ones after it, redirects skipped."""
    first, _ = await home(site, site.target.main_host)
    if isinstance(first, GatherFailure):
        return first
    return first, await warm(site, first.url, WARM_HOMES)


def _routes(site: Site) -> list[Route]:
    """At most two declared routes beside the start page: the API's first, health routes last."""
    main = {f"https://{site.target.main_host}/", f"https://{site.target.main_host}"}
    apis = set(site.target.host_names(HostKind.API))
    routes = [
        route
        for route in site.target.routes
        if route.method.upper() == "GET" and route.url not in main
    ]

    def rank(route: Route) -> tuple[bool, bool]:
        is_health = MONITORED.search(_subject(route.url)) is not None
        return is_health, host_of(route.url) not in apis

    return sorted(routes, key=rank)[:MAX_ROUTES]


async def gather_quick(site: Site) -> None:
    """Observe a `QuickLook` of the start page and of each chosen route."""
    looked = await warm_home(site)
    if isinstance(looked, GatherFailure):
        site.seen.miss(QuickLook, looked, subject=site.target.main_host)
    else:
        first, again = looked
        _add_quick(site, first.url, first, again, is_home=True)
    await asyncio.gather(*(_quick_route(site, route) for route in _routes(site)))


async def _quick_route(site: Site, route: Route) -> None:
    first = unchallenged(site, await site.hop(route.url))
    if isinstance(first, GatherFailure):
        site.seen.miss(QuickLook, first, subject=_subject(route.url))
        return
    _add_quick(site, route.url, first, await warm(site, route.url, WARM_ROUTES))


def _add_quick(
    site: Site, url: str, first: Exchange, again: Sequence[Exchange], *, is_home: bool = False
) -> None:
    samples = tuple(sample_of(one) for one in again)
    seen = QuickLook(url, sample_of(first), samples, is_home)
    site.seen.add(seen, subject=_subject(url))


async def gather_compression(site: Site) -> None:
    """Observe `Compression` of the main host: its page, routes, a script and a style sheet."""
    looked = await warm_home(site)
    if isinstance(looked, GatherFailure):
        site.seen.miss(Compression, looked, subject=site.target.main_host)
        return
    first, again = looked
    routes = await asyncio.gather(*(warm(site, route.url, WARM_ROUTES) for route in _routes(site)))
    answers = [again[-1:], *(found[-1:] for found in routes)]
    measured = [one for group in answers for one in group]
    measured += await _packed_files(site, first)
    files = tuple(
        SizedFile(one.url, answer_of(one), one.wire_bytes)
        for one in measured
        if one.status == OK and not one.is_truncated
    )
    site.seen.add(Compression(site.target.main_host, files), subject=site.target.main_host)


async def _packed_files(site: Site, first: Exchange) -> list[Exchange]:
    """The largest script and style sheet once more, where they are worth packing."""
    loads = await _own_files(site, first)
    found: list[Exchange] = []
    for kind in ("script", "style"):
        sizes = [(len(one.body), one.url) for load, one in loads if load.kind == kind]
        size, url = max(sizes, default=(0, ""))
        if size >= WORTH_COMPRESSING_BYTES:
            looked = await offering(site, url)
            found += [looked] if isinstance(looked, Exchange) else []
    return found


async def _own_files(site: Site, first: Exchange) -> list[tuple[Loaded, Exchange]]:
    """The product's own scripts and style sheets, as other families fetch them, too."""
    if not is_html(first):
        return []
    loads = read_loads(first.url, first.body)
    own = [one for one in loads if _is_ours(site, one.url)]
    scripts = [one for one in own if one.kind == "script"][:MAX_OWN_SCRIPTS]
    styles = [one for one in own if one.kind == "style"][:MAX_OWN_STYLES]
    looks = await asyncio.gather(
        *(site.script(one.url) for one in scripts), *(site.page(one.url) for one in styles)
    )
    pairs = zip(scripts + styles, looks, strict=True)
    return [(load, one) for load, one in pairs if isinstance(one, Exchange) and one.status == OK]


def _is_ours(site: Site, url: str) -> bool:
    return url.startswith("https:") and is_within(host_of(url), site.target.domain)


async def gather_first_load(site: Site) -> None:
    """Observe the `FirstLoad` of the start page; at most five files more are fetched."""
    first, _ = await home(site, site.target.main_host)
    if isinstance(first, GatherFailure):
        site.seen.miss(FirstLoad, first, subject=site.target.main_host)
        return
    if not is_html(first) or first.status >= MULTIPLE_CHOICES:
        failure = GatherFailure(FailureKind.NOT_APPLICABLE, "The start page shows no page.")
        site.seen.miss(FirstLoad, failure, subject=site.target.main_host)
        return
    loads = read_loads(first.url, first.body)
    sizes = {load.url: one.wire_bytes for load, one in await _own_files(site, first)}
    sizes |= await _other_sizes(site, [one for one in loads if one.url not in sizes])
    files = tuple(replace(one, wire_bytes=sizes.get(one.url)) for one in loads)
    seen = FirstLoad(first.url, first.wire_bytes, files)
    site.seen.add(seen, subject=site.target.main_host)


async def _other_sizes(site: Site, loads: Sequence[Loaded]) -> dict[str, int]:
    """The bytes of the first scripts of others and of the first pictures."""
    scripts = [one for one in loads if one.kind == "script" and one.is_third_party]
    pictures = [one for one in loads if one.kind == "picture"]
    wanted = scripts[:MAX_THIRD_SCRIPTS] + pictures[:MAX_PICTURES]
    looks = await asyncio.gather(*(site.script(one.url) for one in wanted))
    return {
        load.url: _whole_size(one)
        for load, one in zip(wanted, looks, strict=True)
        if isinstance(one, Exchange) and one.status == OK
    }


def _whole_size(looked: Exchange) -> int:
    """What came, or what the answer says it is where it was cut."""
    said = looked.header("content-length") or ""
    return int(said) if looked.is_truncated and said.isdecimal() else looked.wire_bytes


def _subject(url: str) -> str:
    return url.partition("?")[0]


LOOKS = (
    (QuickLook, gather_quick),
    (Compression, gather_compression),
    (FirstLoad, gather_first_load),
)


async def _gather(site: Site) -> None:
    await asyncio.gather(*(look(site) for kind, look in LOOKS if site.wants(kind)))


FAMILIES = (
    Family(
        name="perf",
        title="How quickly it answers",
        provides=tuple(kind for kind, _ in LOOKS),
        gather=_gather,
        consent=1,
        limit=timedelta(seconds=40),
    ),
)
