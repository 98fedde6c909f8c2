"""Streams are read whatever pieces they come in, and a first byte is not a first word."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.observations.event_stream import MAX_EVENT_BYTES, EventReader, LineReader, ServerEvent
from audits.observations.streaming import (
    EVENTS,
    LINES,
    MAX_TEXT_CHARS,
    StreamReader,
    preset_of,
)


def events(*chunks: bytes) -> list[tuple[str, str]]:
    reader = EventReader()
    return [(event.type, event.data) for chunk in chunks for event in reader.feed(chunk)]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"data: one\n\n", [("", "one")]),
        (b"data: one\r\n\r\ndata: two\r\r", [("", "one"), ("", "two")]),
        (b"data: one\ndata: two\n\n", [("", "one\ntwo")]),
        (b"event: delta\ndata:x\n\n", [("delta", "x")]),
        (b"\xef\xbb\xbfdata: first\n\n", [("", "first")]),
        (b": keep\n\ndata: \n\n", [("", "")]),
        (b"event: nothing\n\n", []),
        ("data: a\u2028b\n\n".encode(), [("", "a\u2028b")]),
        (b"data: never finished\n", []),
    ],
)
def test_events_are_read_as_the_standard_says(raw, expected):
    assert events(raw) == expected
    assert events(*(bytes([byte]) for byte in raw)) == expected


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
def test_how_a_stream_is_cut_makes_no_difference(raw, cuts):
    places = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    parts = [raw[a:b] for a, b in pairwise(places)]
    assert events(*parts) == events(raw)


@given(
    st.lists(st.binary(max_size=60), max_size=12),
    st.sampled_from([*EVENTS, *LINES, "text-stream"]),
)
def test_no_stream_is_too_strange_to_read(chunks, preset):
    reader = StreamReader(preset)
    for at, chunk in enumerate(chunks):
        reader.feed(float(at), chunk)
    reader.finish(99.0)
    preset_of({}, b"".join(chunks))


def test_an_endless_line_and_an_endless_event_are_cut():
    reader = LineReader()
    for _ in range(5):
        reader.feed(b"x" * MAX_EVENT_BYTES)
    assert len(reader.feed(b"\n")[0]) == MAX_EVENT_BYTES
    many = EventReader()
    for _ in range(30):
        many.feed(b"data: " + b"x" * 10_000 + b"\n")
    [event] = many.feed(b"\n")
    assert isinstance(event, ServerEvent)
    assert event.is_cut
    assert len(event.data) <= MAX_EVENT_BYTES


def sse(*data: object, event: str = "") -> bytes:
    head = f"event: {event}\n" if event else ""
    lines = (one if isinstance(one, str) else json.dumps(one) for one in data)
    return "".join(f"{head}data: {line}\n\n" for line in lines).encode()


SPOKEN = {
    "openai-chat": sse(
        {"choices": [{"delta": {"role": "assistant"}}]},
        {"choices": [{"delta": {"content": ""}}]},
        {"choices": [{"delta": {"content": "Hel"}}]},
        {"choices": [{"delta": {"content": "lo"}, "finish_reason": None}]},
        "[DONE]",
    ),
    "openai-responses": sse(
        {"type": "response.created"},
        {"type": "response.output_text.delta", "delta": "Hel"},
        {"type": "response.output_text.delta", "delta": "lo"},
        {"type": "response.completed"},
    ),
    "anthropic-messages": sse(
        {"type": "message_start"},
        {"type": "ping"},
        {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "hm"}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hel"}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "lo"}},
        {"type": "message_stop"},
    ),
    "vercel-ui-v1": sse(
        {"type": "start"},
        {"type": "reasoning-delta", "delta": "hm"},
        {"type": "text-delta", "delta": "Hel"},
        {"type": "text-delta", "delta": "lo"},
        {"type": "finish"},
        "[DONE]",
    ),
    "vercel-data-v4": b'f:{"messageId":"1"}\ng:"hm"\n0:"Hel"\n0:"lo"\nd:{"finishReason":"stop"}\n',
    "ndjson": b'{"message":{"content":"Hel"}}\n{"message":{"content":"lo"}}\n{"done":true}',
}


@pytest.mark.parametrize("preset", SPOKEN)
def test_each_shape_yields_its_visible_text_and_its_end(preset):
    reader = StreamReader(preset)
    for at, byte in enumerate(SPOKEN[preset]):
        reader.feed(float(at), bytes([byte]))
    reader.finish(9999.0)
    assert [piece.text for piece in reader.pieces] == ["Hel", "lo"]
    assert reader.pieces[0].at_ms < reader.pieces[1].at_ms
    assert (reader.is_ended, reader.error) == (True, "")


def test_plain_text_is_read_across_the_middle_of_a_letter():
    reader = StreamReader("text-stream")
    raw = "Grüße".encode()
    for chunk in (raw[:3], raw[3:]):
        reader.feed(0.0, chunk)
    reader.finish(1.0)
    assert "".join(piece.text for piece in reader.pieces) == "Grüße"


def test_keep_alive_comments_are_counted_and_are_no_text():
    reader = StreamReader("openai-chat")
    reader.feed(0.0, b": OPENROUTER PROCESSING\n\n" * 3)
    assert (reader.comment_count, reader.pieces) == (3, [])


@pytest.mark.parametrize(
    ("preset", "raw", "error"),
    [
        ("openai-chat", sse({"error": {"message": "no credit"}}), "no credit"),
        ("openai-responses", sse({"type": "error", "message": "busy"}), "busy"),
        ("anthropic-messages", sse({"error": {"message": "busy"}}, event="error"), "busy"),
        ("vercel-ui-v1", sse({"type": "error", "errorText": "An error occurred."}), "An error"),
        ("vercel-data-v4", b'3:"oops"\n', "oops"),
        ("ndjson", b'{"error":"model not found"}\n', "model not found"),
    ],
)
def test_an_error_within_a_stream_is_told(preset, raw, error):
    reader = StreamReader(preset)
    reader.feed(0.0, raw)
    assert reader.error.startswith(error)


def test_kept_text_is_bounded():
    reader = StreamReader("text-stream")
    for _ in range(20):
        reader.feed(0.0, b"x" * 10_000)
    assert sum(len(piece.text) for piece in reader.pieces) == MAX_TEXT_CHARS


@pytest.mark.parametrize(
    ("headers", "start", "preset"),
    [
        ({"x-vercel-ai-ui-message-stream": "v1"}, b"", "vercel-ui-v1"),
        ({"x-vercel-ai-data-stream": "v1", "content-type": "text/plain"}, b"0:", "vercel-data-v4"),
        ({"content-type": "application/x-ndjson"}, b"{", "ndjson"),
        ({"content-type": "text/plain"}, b"Hello", "text-stream"),
        ({"content-type": "text/html"}, SPOKEN["openai-chat"], "openai-chat"),
        ({}, SPOKEN["openai-responses"], "openai-responses"),
        ({}, SPOKEN["anthropic-messages"], "anthropic-messages"),
        ({"content-type": "text/event-stream"}, SPOKEN["vercel-ui-v1"][30:], "openai-chat"),
    ],
)
def test_a_shape_is_known_by_its_head_and_how_it_begins(headers, start, preset):
    if preset == "openai-chat" and "event-stream" in headers.get("content-type", ""):
        start = b": hello\n\n"
    assert preset_of(headers, start[:300]) == preset
