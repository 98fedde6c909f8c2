"""Whether an answer streams is judged by when its words came; heard through a real guard."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from accounts.guard import Guard, Tap
from audits.checks.perf_stream import stream_first_token, waves_of
from audits.gather.site import Site
from audits.gather.streaming import STREAMS, gather_streams, listen
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.streaming import Piece, StreamLook
from audits.observations.target import Route, Target
from audits.verdicts import Confidence, Consent
from tests.accounts.guard.conftest import net  # noqa: F401 - its fixture
from tests.accounts.guard.loopback import Net
from tests.audits.judging import only

URL = "https://app.test/api/demo/stream"
WORDS = "Your parcel left us "


# `Any`: the fields of a look.
def stream(*at_ms: float, head_ms: float = 100, **more: Any) -> StreamLook:
    pieces = tuple(Piece(at, WORDS) for at in at_ms)
    given: dict[str, Any] = {
        "status": 200,
        "media_type": "text/event-stream",
        "preset": "openai-chat",
    } | more
    return StreamLook(URL, head_ms=head_ms, first_byte_ms=0, pieces=pieces, end_ms=9000, **given)


@pytest.mark.parametrize(
    ("seen", "verdict", "cause"),
    [
        (stream(900, 1000, 1100), "pass", ""),
        (stream(901, 1000, 1100), "warn", "late"),
        (stream(2400, 2500, 2600), "warn", "late"),
        (stream(2401, 2500, 2600), "fail", "late"),
        (stream(3000, 3001, 3002, 3003), "fail", "burst"),
        (stream(3000, 3100), "fail", "burst"),
        (stream(300, 301, 302), "info", "at_once"),
        (stream(*[500] * 9, 600, 700), "warn", "buffered"),
        (stream(), "unknown", "no_text"),
        (stream(1, status=401), "unknown", "status"),
        (stream(1, error="no credit"), "unknown", "error"),
    ],
)
def test_words_that_come_one_by_one_and_soon_are_right(seen, verdict, cause):
    result = only(stream_first_token, seen)
    assert (result.verdict, result.cause) == (verdict, cause)
    if verdict == "fail":
        assert result.confidence == Confidence.PROBABLE


def test_it_needs_the_consent_for_what_costs_the_owner():
    assert stream_first_token.consent == Consent.L3


def test_a_moment_lasts_twenty_milliseconds():
    pieces = tuple(Piece(at, "x") for at in (0.0, 19.9, 20.0, 100.0))
    assert waves_of(pieces) == ["xx", "x", "x"]


@pytest.mark.parametrize(
    ("path", "streams"),
    [
        ("/api/chat", True),
        ("/demo/stream", True),
        ("/v1/chat/completions", True),
        ("/chat-help", False),
        ("/pricing", False),
    ],
)
def test_a_path_says_that_it_streams(path, streams):
    assert bool(STREAMS.search(path)) is streams


def site(guard: Guard, *routes: Route) -> Site:
    return Site(Target("a.test", routes=routes), guard, consent=3)


async def spoken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Three events, each after a moment."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    for word in ("Your ", "parcel ", "left."):
        await writer.drain()
        await asyncio.sleep(0.03)
        writer.write(f'data: {{"choices":[{{"delta":{{"content":"{word}"}}}}]}}\n\n'.encode())
    writer.write(b"data: [DONE]\n\n")
    await writer.drain()
    writer.close()


async def test_a_stream_is_heard_piece_by_piece(net: Net):  # noqa: F811 - the fixture
    await net.serve(spoken)
    guard = net.guard()
    looked = await listen(site(guard), "http://a.test/demo/stream")
    assert isinstance(looked, StreamLook)
    assert looked.text == "Your parcel left."
    assert len(waves_of(looked.pieces)) == 3
    assert looked.end_ms is not None
    assert only(stream_first_token, looked).verdict == "pass"


async def test_a_tap_ends_the_fetch_where_it_has_heard_enough(net: Net):  # noqa: F811
    await net.serve(spoken)
    tap = Tap(max_bytes=10)
    await net.guard().fetch("http://a.test/", tap=tap)
    assert b"".join(piece for _, piece in tap.pieces) == b'data: {"ch'
    assert not tap.is_over


async def test_without_a_streaming_route_there_is_nothing_to_judge():
    around = site(cast(Guard, SimpleNamespace()), Route("https://a.test/chat", "POST"))
    await gather_streams(around)
    [sight] = around.seen.of(StreamLook)
    assert isinstance(sight.value, GatherFailure)
    assert sight.value.kind is FailureKind.NOT_APPLICABLE
