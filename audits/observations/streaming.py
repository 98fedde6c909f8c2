"""What a chat's stream showed, piece by piece, by the shapes that model servers speak. Pure.

Each preset says which event brings visible text, which one ends the stream and which one is
an error. Role-only and empty deltas, pings and keep-alive comments bring no text: a first
byte is not a first word. Source: automation specification, section 2.5.1.
"""

import codecs
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from audits.observations.event_stream import EventReader, LineReader, ServerEvent

MAX_TEXT_CHARS = 64 * 1024
MAX_PIECES = 5_000
DONE = "[DONE]"

# `Any` throughout: foreign JSON.


@dataclass(frozen=True, slots=True)
class Said:
    """What one event means."""

    text: str = ""
    is_end: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Visible text and when it came, in milliseconds after the answer's head."""

    at_ms: float
    text: str


@dataclass(frozen=True, slots=True)
class StreamLook:
    """One stream of `url`: its head came after `head_ms`, counted from the request's last byte.

    Times of `pieces` and `first_byte_ms` count from the head. `preset` is the shape it was
    read by; `end_ms` is None where it was cut at a cap or the time limit.
    """

    url: str
    status: int
    media_type: str
    preset: str
    head_ms: float
    first_byte_ms: float | None
    pieces: tuple[Piece, ...]
    end_ms: float | None
    comment_count: int = 0
    error: str = ""

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def preset_of(headers: Mapping[str, str], first_bytes: bytes) -> str:
    """The shape of a stream, by its head (names in lower case) and how it begins."""
    if "x-vercel-ai-ui-message-stream" in headers:
        return "vercel-ui-v1"
    if "x-vercel-ai-data-stream" in headers:
        return "vercel-data-v4"
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    start = first_bytes.removeprefix(b"\xef\xbb\xbf").lstrip()[:2000]
    if kind == "text/event-stream" or start.startswith((b"data:", b"event:", b"id:", b":")):
        return _sse_preset(start)
    if "ndjson" in kind or "jsonl" in kind or start.startswith(b"{"):
        return "ndjson"
    return "text-stream"


def _sse_preset(start: bytes) -> str:
    if b"response." in start[:400] and b'"choices"' not in start:
        return "openai-responses"
    if b"message_start" in start or b"content_block" in start or b"event: ping" in start:
        return "anthropic-messages"
    is_ui = any(mark in start for mark in (b'"text-delta"', b'"text-start"', b'"start-step"'))
    return "vercel-ui-v1" if is_ui else "openai-chat"


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _within(value: object, *names: str) -> Any:  # noqa: ANN401 - foreign JSON
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _error(found: dict[str, Any]) -> str:
    error = found.get("error")
    said = _text(_within(error, "message")) or _text(error) or _text(found.get("errorText"))
    return said or ("an error without a message" if error else "")


def _openai_chat(event: ServerEvent) -> Said:
    if event.data.strip() == DONE:
        return Said(is_end=True)
    found = _json(event.data)
    choices = found.get("choices")
    deltas = choices if isinstance(choices, list) else []
    text = "".join(_text(_within(choice, "delta", "content")) for choice in deltas)
    return Said(text, error=_error(found))


def _openai_responses(event: ServerEvent) -> Said:
    found = _json(event.data)
    kind = _text(found.get("type")) or event.type
    if kind == "response.output_text.delta":
        return Said(_text(found.get("delta")))
    if kind in {"response.failed", "error"}:
        nested = _text(_within(found, "response", "error", "message"))
        said = nested or _error(found) or _text(found.get("message"))
        return Said(error=said or "failed")
    return Said(is_end=kind == "response.completed")


def _anthropic(event: ServerEvent) -> Said:
    found = _json(event.data)
    kind = _text(found.get("type")) or event.type
    if kind == "content_block_delta":
        is_text = _within(found, "delta", "type") == "text_delta"
        return Said(_text(_within(found, "delta", "text")) if is_text else "")
    if kind == "error":
        return Said(error=_error(found) or "failed")
    return Said(is_end=kind == "message_stop")


def _vercel_ui(event: ServerEvent) -> Said:
    if event.data.strip() == DONE:
        return Said(is_end=True)
    found = _json(event.data)
    kind = found.get("type")
    if kind == "text-delta":
        return Said(_text(found.get("delta")))
    if kind in {"error", "abort"}:
        return Said(error=_error(found) or str(kind))
    return Said(is_end=kind == "finish")


def _vercel_data(line: str) -> Said:
    code, _, value = line.partition(":")
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return Said()
    if code == "0":
        return Said(_text(found))
    if code == "3":
        return Said(error=_text(found) or "failed")
    return Said(is_end=code == "d")


NDJSON_PLACES = (("message", "content"), ("delta", "content"), ("delta",), ("response",), ("text",))


def _ndjson(line: str) -> Said:
    found = _json(line)
    texts = (_text(_within(found, *names)) for names in NDJSON_PLACES)
    text = next((text for text in texts if text), "")
    return Said(text, is_end=found.get("done") is True, error=_error(found))


EVENTS: Mapping[str, Callable[[ServerEvent], Said]] = {
    "openai-chat": _openai_chat,
    "openai-responses": _openai_responses,
    "anthropic-messages": _anthropic,
    "vercel-ui-v1": _vercel_ui,
}
LINES: Mapping[str, Callable[[str], Said]] = {"vercel-data-v4": _vercel_data, "ndjson": _ndjson}


@dataclass(slots=True)
class StreamReader:
    """Chunks with their times in, pieces of visible text out; at most 64 K characters kept."""

    preset: str
    pieces: list[Piece] = field(default_factory=list)
    is_ended: bool = False
    error: str = ""
    _chars: int = 0
    _events: EventReader = field(default_factory=EventReader)
    _lines: LineReader = field(default_factory=LineReader)
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    @property
    def comment_count(self) -> int:
        return self._events.comment_count

    def feed(self, at_ms: float, chunk: bytes) -> None:
        """Read `chunk`, which came at `at_ms`."""
        for said in self._said(chunk):
            self.is_ended = self.is_ended or said.is_end
            self.error = self.error or said.error[:300]
            if said.text and self._chars < MAX_TEXT_CHARS and len(self.pieces) < MAX_PIECES:
                text = said.text[: MAX_TEXT_CHARS - self._chars]
                self._chars += len(text)
                self.pieces.append(Piece(at_ms, text))

    def finish(self, at_ms: float) -> None:
        """The stream is over: a last line may lack its end."""
        if self.preset in LINES:
            self.feed(at_ms, b"\n")
        elif self.preset not in EVENTS and (rest := self._decoder.decode(b"", final=True)):
            self.pieces.append(Piece(at_ms, rest))

    def _said(self, chunk: bytes) -> list[Said]:
        if self.preset in EVENTS:
            return [EVENTS[self.preset](event) for event in self._events.feed(chunk)]
        if self.preset in LINES:
            lines = (line.decode("utf-8", "replace") for line in self._lines.feed(chunk))
            return [LINES[self.preset](line) for line in lines if line.strip()]
        return [Said(self._decoder.decode(chunk))]
