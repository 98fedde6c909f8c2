"""Keeping a body within its caps: gzip is decoded by the chunk, nothing else at all. Pure."""

import zlib
from dataclasses import dataclass, field

GZIP_OR_ZLIB = 47
RATIO_FROM_BYTES = 64 * 1024
SUSPICIOUS_RATIO = 200


@dataclass(slots=True)
class Body:
    """A body while it comes in. Never holds more than `max_decoded_bytes` of it.

    `codings` is the Content-Encoding header, lower case. One coding `gzip` is decoded; more
    than one, `br`, `zstd` or an unknown one leaves the body as it came, with the remark
    `content_encoding`. `suspicious_compression` is remarked where more than 64 KiB came out
    at over 200 times what went in (a bomb).
    """

    codings: tuple[str, ...]
    max_wire_bytes: int
    max_decoded_bytes: int
    wire_bytes: int = 0
    is_truncated: bool = False
    remarks: list[str] = field(default_factory=list)
    _kept: bytearray = field(default_factory=bytearray)
    _inflated_bytes: int = 0
    _inflater: "zlib._Decompress | None" = None

    def __post_init__(self) -> None:
        if self.codings in {("gzip",), ("x-gzip",)}:
            self._inflater = zlib.decompressobj(GZIP_OR_ZLIB)
        elif self.codings and self.codings != ("identity",):
            self.remark("content_encoding")

    @property
    def kept(self) -> bytes:
        return bytes(self._kept)

    def remark(self, code: str) -> None:
        if code not in self.remarks:
            self.remarks.append(code)

    def feed(self, chunk: bytes) -> bool:
        """Take `chunk`; False where a cap is reached and nothing more should be read."""
        room_bytes = self.max_wire_bytes - self.wire_bytes
        if len(chunk) > room_bytes:
            chunk, self.is_truncated = chunk[:room_bytes], True
        self.wire_bytes += len(chunk)
        if self._inflater is None:
            self._keep(chunk)
        else:
            self._inflate(self._inflater, chunk)
        return not self.is_truncated

    def finish(self) -> None:
        """The far side is done. A gzip stream without its end was cut on the way."""
        if self._inflater is not None and not self._inflater.eof and self.wire_bytes:
            self.is_truncated = True

    def _keep(self, data: bytes) -> None:
        room_bytes = self.max_decoded_bytes - len(self._kept)
        self._kept += data[:room_bytes]
        if len(data) > room_bytes:
            self.is_truncated = True

    def _inflate(self, inflater: "zlib._Decompress", chunk: bytes) -> None:
        if inflater.eof:
            return
        # One byte beyond the cap tells a body that just fits from one that does not.
        room_bytes = self.max_decoded_bytes - len(self._kept) + 1
        try:
            self._keep(inflater.decompress(chunk, room_bytes))
        except zlib.error:
            self._give_up(chunk)
            return
        self._inflated_bytes += len(chunk) - len(inflater.unconsumed_tail)
        kept_bytes = len(self._kept)
        if kept_bytes > max(RATIO_FROM_BYTES, SUSPICIOUS_RATIO * self._inflated_bytes):
            self.remark("suspicious_compression")

    def _give_up(self, chunk: bytes) -> None:
        """Not gzip after all: what was decoded stays, the rest is kept as it came."""
        self.remark("content_encoding")
        self._inflater = None
        self._keep(chunk)
