"""Listen to a declared streaming route once: a GET, with the owner's consent for level 3.

A model answers, which costs the owner something: one request a look and route, at most two
routes, and no second try.
"""

import re
from datetime import timedelta

from accounts.guard import FetchError, Tap, TargetRefusedError
from audits.gather.site import Family, Site, failure_of
from audits.observations.challenges import challenger
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.streaming import StreamLook, StreamReader, preset_of

STREAMS = re.compile(
    r"/(?:[\w.-]*stream[\w.-]*|sse|chat|completions?|generate|ask)/?$", re.IGNORECASE
)
MAX_STREAMS = 2
LISTEN = timedelta(seconds=20)


async def gather_streams(site: Site) -> None:
    """Observe a `StreamLook` per declared GET route whose path says that it streams."""
    urls = [
        route.url
        for route in site.target.routes
        if route.method.upper() == "GET" and STREAMS.search(route.url.partition("?")[0])
    ][:MAX_STREAMS]
    if not urls:
        message = (
            "No route that streams and may be asked by GET (such as /demo/stream) is declared."
        )
        failure = GatherFailure(FailureKind.NOT_APPLICABLE, message)
        site.seen.miss(StreamLook, failure, subject=site.target.domain)
    for url in urls:
        looked = await listen(site, url)
        subject = url.partition("?")[0]
        if isinstance(looked, GatherFailure):
            site.seen.miss(StreamLook, looked, subject=subject)
        else:
            site.seen.add(looked, subject=subject)


async def listen(site: Site, url: str) -> StreamLook | GatherFailure:
    """What `url` streams. A pause of five seconds ends the listening; what was heard stays."""
    tap = Tap()
    try:
        await site.guard.fetch(
            url,
            headers={"Accept": "text/event-stream, application/x-ndjson, text/plain, */*"},
            follow=0,
            deadline=LISTEN,
            accept_encoding="identity",
            tap=tap,
        )
    except (FetchError, TargetRefusedError) as error:
        if tap.head_ms is None:
            return failure_of(error)
    return _read(url, tap)


def _read(url: str, tap: Tap) -> StreamLook | GatherFailure:
    headers = dict(reversed(tap.headers))
    start = b"".join(piece for _, piece in tap.pieces)[:2000]
    vendor = challenger(tap.status, tap.headers, start)
    if vendor:
        message = f"{url.partition('?')[0]} showed a challenge of {vendor}'s bot filter."
        return GatherFailure(FailureKind.BLOCKED, message)
    preset = preset_of(headers, start)
    reader = StreamReader(preset)
    for at_ms, piece in tap.pieces:
        reader.feed(at_ms, piece)
    reader.finish(tap.end_ms)
    return StreamLook(
        url=url,
        status=tap.status,
        media_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
        preset=preset,
        head_ms=tap.head_ms or 0.0,
        first_byte_ms=tap.pieces[0][0] if tap.pieces else None,
        pieces=tuple(reader.pieces),
        end_ms=tap.end_ms if tap.is_over else None,
        comment_count=reader.comment_count,
        error=reader.error,
    )


async def _gather(site: Site) -> None:
    if site.wants(StreamLook):
        await gather_streams(site)


FAMILIES = (
    Family(
        name="streaming",
        title="Whether answers stream",
        provides=(StreamLook,),
        gather=_gather,
        consent=3,
        limit=timedelta(seconds=45),
    ),
)
