"""Raw bytes over a connection that the guard has judged and opened."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from accounts.guard.exchange import FetchError, Handshake
from accounts.guard.limits import Budget
from accounts.guard.tls import (
    DEFAULT_OFFER,
    TLS_SECONDS,
    Line,
    TlsOffer,
    read_handshake,
    tls_context,
    tls_failure,
)

READ_SECONDS = 5.0
MAX_RECEIVE_BYTES = 64 * 1024


class GuardStream:
    """A TCP connection to `address`; every act is bounded by the stream's whole time.

    Sending and receiving raise FetchError with `read_timeout`, `deadline` or
    `protocol_error`. Close it (`aclose`, or `async with`): until then it holds a place.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        line: Line,
        budget: Budget,
        ca_file: str,
        on_close: Callable[[], None],
    ) -> None:
        self.host = line.host
        self.address = line.address
        self.port = line.port
        self._line = line
        self._reader = reader
        self._writer = writer
        self._budget = budget
        self._ca_file = ca_file
        self._on_close: Callable[[], None] | None = on_close

    async def send(self, data: bytes) -> None:
        async with self._budget.spend():
            try:
                async with asyncio.timeout(READ_SECONDS):
                    self._writer.write(data)
                    await self._writer.drain()
            except OSError as error:
                raise self._failure(error) from error

    async def receive(self, max_bytes: int = MAX_RECEIVE_BYTES) -> bytes:
        """What has come, at most `max_bytes`; b"" where the far side has closed."""
        async with self._budget.spend():
            try:
                async with asyncio.timeout(READ_SECONDS):
                    return await self._reader.read(max_bytes)
            except OSError as error:
                raise self._failure(error) from error

    async def start_tls(
        self, offer: TlsOffer = DEFAULT_OFFER, *, send_sni: bool = True
    ) -> Handshake:
        """Secure this connection, as after STARTTLS (RFC 3207), and say what was shown."""
        async with self._budget.spend():
            try:
                async with asyncio.timeout(TLS_SECONDS):
                    await self._writer.start_tls(
                        tls_context(offer, self._ca_file),
                        server_hostname=self.host if send_sni else "",
                    )
            except OSError as error:
                raise tls_failure(error, self.host, self.port) from error
        return read_handshake(self._writer, line=self._line, offer=offer)

    async def aclose(self) -> None:
        self._writer.transport.abort()
        if self._on_close is not None:
            self._on_close()
            self._on_close = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _failure(self, error: OSError) -> FetchError:
        where = f"{self.host} port {self.port}"
        if isinstance(error, TimeoutError):
            return FetchError(
                "read_timeout",
                f"{where} sent nothing for {READ_SECONDS:g} s. Clients would give up; see "
                "whether the service is overloaded.",
            )
        return FetchError(
            "protocol_error",
            f"{where} broke off the connection ({error}). Clients would fail alike; see the "
            "service's log.",
        )
