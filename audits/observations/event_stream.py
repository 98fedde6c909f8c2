"""Server-sent events, read byte by byte as they come. Pure, incremental, bounded.

Source: WHATWG HTML section 9.2.6 (interpreting an event stream). Lines end in CR, LF or
CRLF; data lines of one event are joined by LF; comments are counted, since some providers
keep a connection alive with them. `httpx-sse` refuses streams whose type is wrong, which
many chat servers get wrong; here the type is somebody else's question.
"""

from dataclasses import dataclass, field

MAX_EVENT_BYTES = 256 * 1024
CR, LF = 13, 10
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its type ("" where none was given) and its data, at most 256 KiB of it."""

    type: str
    data: str
    is_cut: bool = False


@dataclass(slots=True)
class LineReader:
    """Bytes in, whole lines out, without their ends. A line longer than the cap is cut."""

    max_bytes: int = MAX_EVENT_BYTES
    _line: bytearray = field(default_factory=bytearray)
    _is_after_cr: bool = False
    _has_begun: bool = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that `chunk` completes. A CR and LF may come in two chunks."""
        if not chunk:
            return []
        lines: list[bytes] = []
        start = 0
        if self._is_after_cr and chunk[0] == LF:
            start = 1
        self._is_after_cr = False
        while start <= len(chunk):
            end = _end_of_line(chunk, start)
            if end < 0:
                self._keep(chunk[start:])
                break
            self._keep(chunk[start:end])
            lines.append(self._taken())
            start = end + 1
            if chunk[end] == CR:
                if start == len(chunk):
                    self._is_after_cr = True
                elif chunk[start] == LF:
                    start += 1
        return lines

    def rest(self) -> bytes:
        """What came after the last end of a line."""
        return self._taken()

    def _keep(self, part: bytes) -> None:
        self._line += part[: max(self.max_bytes - len(self._line), 0)]

    def _taken(self) -> bytes:
        line, self._line = bytes(self._line), bytearray()
        if not self._has_begun:
            line = line.removeprefix(BOM)
        self._has_begun = True
        return line


def _end_of_line(chunk: bytes, start: int) -> int:
    ends = [at for at in (chunk.find(b"\n", start), chunk.find(b"\r", start)) if at >= 0]
    return min(ends, default=-1)


@dataclass(slots=True)
class EventReader:
    """Bytes of an event stream in, events out. `comment_count` counts keep-alives."""

    comment_count: int = 0
    _lines: LineReader = field(default_factory=LineReader)
    _data: list[str] = field(default_factory=list)
    _size_bytes: int = 0
    _type: str = ""
    _is_cut: bool = False

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that `chunk` completes; one without data is none (WHATWG)."""
        events = (self._line(line) for line in self._lines.feed(chunk))
        return [event for event in events if event is not None]

    def _line(self, line: bytes) -> ServerEvent | None:
        if not line:
            return self._dispatched()
        if line.startswith(b":"):
            self.comment_count += 1
            return None
        name, _, value = line.partition(b":")
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        if name == b"data":
            self._add(text, len(value))
        elif name == b"event":
            self._type = text
        return None

    def _add(self, text: str, size_bytes: int) -> None:
        if self._size_bytes + size_bytes > MAX_EVENT_BYTES:
            self._is_cut = True
            return
        self._size_bytes += size_bytes + 1
        self._data.append(text)

    def _dispatched(self) -> ServerEvent | None:
        data, kind, is_cut = self._data, self._type, self._is_cut
        self._data, self._type, self._is_cut, self._size_bytes = [], "", False, 0
        return ServerEvent(kind, "\n".join(data), is_cut) if data else None
