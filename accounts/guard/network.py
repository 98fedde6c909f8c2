"""The network under httpcore: the one dialler, and a stream that counts.

httpcore speaks HTTP/1.1 and asks for connections and bytes here. What it leaves unbounded
(interim answers) or keeps to itself (what came beyond the message) is seen from below.
"""

import asyncio
import re
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from accounts.guard.connections import Connector, Streams
from accounts.guard.exchange import Timing
from accounts.guard.tls import Line

MAX_INTERIM_RESPONSES = 10
MAX_CHUNKED_PARTS = 1000

_BLANK_LINE = re.compile(rb"\n\r?\n")
_OVERLAP_BYTES = 2


class Wire(httpcore.AsyncNetworkStream):
    """One connection. Reads and writes raise httpcore's errors, TLS a FetchError.

    Where a message's end can only be a blank line (a head, a chunked body), a read ends
    there too, so that httpcore never holds bytes from beyond it: an answer is counted
    before the next one is handed out, and what is left at the end was too much.
    """

    def __init__(self, connector: Connector, line: Line) -> None:
        self.line = line
        self._connector = connector
        self._streams: Streams | None = None
        self._is_handed_over = False
        self._tls_ms = 0.0
        self._sent_at = self._first_byte_at = 0.0
        self._waiting = b""
        self._overlap = b""
        self._is_answered = self._is_chunked = False
        self._parts_left = MAX_INTERIM_RESPONSES + 1
        self._body_bytes = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self._is_answered and not self._parts_left:
            raise httpcore.RemoteProtocolError(
                f"more than {MAX_INTERIM_RESPONSES} interim answers and no final one"
            )
        if not self._waiting:
            self._waiting = await self._receive(max_bytes, timeout)
        part = self._next_part()
        if self._is_answered:
            self._body_bytes += len(part)
        return part

    def _next_part(self) -> bytes:
        match = _BLANK_LINE.search(self._overlap + self._waiting) if self._parts_left else None
        end = match.end() - len(self._overlap) if match else len(self._waiting)
        part, self._waiting = self._waiting[:end], self._waiting[end:]
        self._overlap = b"" if match else (self._overlap + part)[-_OVERLAP_BYTES:]
        self._parts_left -= bool(match)
        return part

    def begin_body(self, *, is_chunked: bool) -> None:
        """The final head is read. A body of many blank lines is not cut at each of them."""
        self._is_answered, self._is_chunked = True, is_chunked
        self._parts_left = MAX_CHUNKED_PARTS if is_chunked else 0

    def has_more_than(self, body_bytes: int) -> bool:
        """Whether more has come than the message, which has ended after `body_bytes`."""
        return bool(self._waiting) or (not self._is_chunked and self._body_bytes > body_bytes)

    async def _receive(self, max_bytes: int, seconds: float | None) -> bytes:
        reader, _ = await self._open()
        try:
            async with asyncio.timeout(seconds):
                data = await reader.read(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        except OSError as error:  # a reset, or TLS broken off
            raise httpcore.ReadError(str(error) or type(error).__name__) from error
        if data and not self._first_byte_at:
            self._first_byte_at = time.monotonic()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        _, writer = await self._open()
        try:
            async with asyncio.timeout(timeout):
                writer.write(buffer)
                await writer.drain()
        except TimeoutError as error:
            raise httpcore.WriteTimeout from error
        except OSError as error:  # an early answer may explain why the server stopped listening
            raise httpcore.WriteError(str(error)) from error
        finally:
            self._sent_at = time.monotonic()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the connector has its own
    ) -> httpcore.AsyncNetworkStream:
        self._is_handed_over = True
        self._streams, self._tls_ms = await self._connector.wrap(
            self.line, ssl_context, server_hostname or ""
        )
        return self

    async def _open(self) -> Streams:
        # Not sooner: what a server says before TLS begins belongs to the handshake.
        if self._streams is None:
            self._is_handed_over = True
            self._streams = await asyncio.open_connection(sock=self.line.sock)
        return self._streams

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's interface
        return self._streams[1].get_extra_info(info) if self._streams else None

    async def aclose(self) -> None:
        self.abort()

    def abort(self) -> None:
        """Close at once. A socket that asyncio has taken and failed with is its to close."""
        if self._streams is not None:
            self._streams[1].transport.abort()
        elif not self._is_handed_over:
            self.line.sock.close()

    @property
    def timing(self) -> Timing:
        """The phases so far; the first byte counts from the request's last one."""
        waited = max(self._first_byte_at - self._sent_at, 0.0)
        return Timing(self.line.dns_ms, self.line.connect_ms, self._tls_ms, waited * 1000)


class Network(httpcore.AsyncNetworkBackend):
    """Opens the one connection of one exchange, to what its host resolves to or `address`.

    Every way out is the connector's: resolved once, each answer judged, the literal dialled.
    """

    def __init__(self, connector: Connector, address: str | None = None) -> None:
        self._connector = connector
        self._address = address
        self.wires: list[Wire] = []

    @property
    def wire(self) -> Wire:
        return self.wires[-1]

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the connector has its own
        local_address: str | None = None,  # noqa: ARG002 - never given
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - never given
    ) -> httpcore.AsyncNetworkStream:
        line = await self._connector.dial(host, port, purpose="http", address=self._address)
        self.wires.append(Wire(self._connector, line))
        return self.wire

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.UnsupportedProtocol(
            f"{path} is a socket of this machine. The guard leads outside only; ask for a host."
        )

    def abort(self) -> None:
        for wire in self.wires:
            wire.abort()
