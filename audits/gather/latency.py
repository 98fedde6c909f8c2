"""Ask a few routes again and again, slowly, and note each phase.

At most two requests begin within a second, to all routes together, and at most two are under
way. A route rests for good after a 429, or after five requests in a row without an answer.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from accounts.guard import Guard
from accounts.guard.exchange import Exchange, FetchError, TargetRefusedError
from audits.gather.http import answer_of
from audits.gather.lenient import is_html
from audits.gather.perf import BROWSERS_OFFER, sample_of
from audits.gather.site import Family, Site
from audits.observations.caching import Layer, layer_of
from audits.observations.latency import RouteTimes
from audits.observations.perf import Sample
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.target import Target

PACE = timedelta(milliseconds=500)
DEADLINE = timedelta(seconds=10)
MAX_AT_ONCE = 2
MAX_ROUTES = 4
NOT_TIMED = GatherFailure(
    FailureKind.ELSEWHERE,
    "The latency baseline measures this: 60 requests per route, from the page Performance.",
)


@dataclass(frozen=True, slots=True)
class First:
    """The first request of a route: where its redirects end, and what kind of answer it is."""

    url: str
    sample: Sample
    redirect_count: int = 0
    is_page: bool = False


def routes_of(target: Target) -> tuple[str, ...]:
    """The start page and the declared routes that a GET may ask, each once, at most four."""
    home = f"https://{target.main_host}/"
    declared = (route.url for route in target.routes if route.method.upper() == "GET")
    urls = [home, *(url for url in declared if url.rstrip("/") != home.rstrip("/"))]
    return tuple(dict.fromkeys(urls))[:MAX_ROUTES]


async def first_of(guard: Guard, url: str) -> First:
    """One request with its redirects followed; status 0 where no answer came."""
    started = time.monotonic()
    try:
        looked = await guard.fetch(url, deadline=DEADLINE, accept_encoding=BROWSERS_OFFER)
    except (FetchError, TargetRefusedError):
        return First(url, Sample(0, total_ms=(time.monotonic() - started) * 1000))
    return First(looked.url, sample_of(looked), len(looked.hops), is_html(looked))


async def ask_in_turn(
    guard: Guard, urls: Sequence[str], *, pace: timedelta = PACE
) -> list[tuple[str, Sample]]:
    """One sample per entry of `urls`, begun `pace` apart, in their order."""
    places = asyncio.Semaphore(MAX_AT_ONCE)

    async def one(url: str) -> tuple[str, Sample]:
        try:
            return url, await _sample(guard, url)
        finally:
            places.release()

    tasks: list[asyncio.Task[tuple[str, Sample]]] = []
    for url in urls:
        await places.acquire()
        tasks.append(asyncio.ensure_future(one(url)))
        await asyncio.sleep(pace.total_seconds())
    return list(await asyncio.gather(*tasks))


async def _sample(guard: Guard, url: str) -> Sample:
    started = time.monotonic()
    try:
        looked = await guard.fetch(url, follow=0, deadline=DEADLINE, accept_encoding=BROWSERS_OFFER)
    except (FetchError, TargetRefusedError):
        return Sample(0, total_ms=(time.monotonic() - started) * 1000)
    return replace(sample_of(looked), is_cached=_is_hit(looked))


def _is_hit(looked: Exchange) -> bool:
    return layer_of(answer_of(looked))[0] is Layer.HIT


async def _gather(site: Site) -> None:
    if site.wants(RouteTimes):
        site.seen.miss(RouteTimes, NOT_TIMED, subject=site.target.domain)


FAMILIES = (
    Family(
        name="latency",
        title="How long answers take",
        provides=(RouteTimes,),
        gather=_gather,
        consent=1,
    ),
)
