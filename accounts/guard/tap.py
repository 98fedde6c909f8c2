"""A listener beside one fetch: when the answer's head came, and each piece of its body."""

import time
from dataclasses import dataclass, field

MAX_PIECES = 5_000
MAX_KEPT_BYTES = 256 * 1024


@dataclass(slots=True)
class Tap:
    """Kept also where the fetch itself ends in an error. Times are milliseconds after the head.

    `head_ms` counts from the request's last byte; None: no head came. What goes beyond the
    caps ends the fetch. `is_over` says that the far side ended the body itself.
    """

    max_bytes: int = MAX_KEPT_BYTES
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    head_ms: float | None = None
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    end_ms: float = 0.0
    is_over: bool = False
    _kept_bytes: int = 0
    _head_at: float = 0.0

    def begin(self, status: int, headers: tuple[tuple[str, str], ...], head_ms: float) -> None:
        self.status, self.headers, self.head_ms = status, headers, head_ms
        self._head_at = time.monotonic()

    def take(self, piece: bytes) -> bool:
        """Note `piece`; False where enough was heard."""
        self.end_ms = self._passed_ms()
        room_bytes = self.max_bytes - self._kept_bytes
        self.pieces.append((self.end_ms, piece[:room_bytes]))
        self._kept_bytes += len(piece)
        return self._kept_bytes < self.max_bytes and len(self.pieces) < MAX_PIECES

    def finish(self) -> None:
        self.end_ms, self.is_over = self._passed_ms(), True

    def _passed_ms(self) -> float:
        return (time.monotonic() - self._head_at) * 1000
