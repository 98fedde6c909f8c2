"""One HTTP/1.1 exchange over a stream that the guard has opened: h11 speaks, we count.

Nothing is sent that the caller did not ask for, beyond Host, User-Agent, Accept,
Accept-Encoding and Connection. No cookies, no proxies, no netrc, no environment.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

import h11

from accounts.guard.decoding import Body
from accounts.guard.exchange import FetchError
from accounts.guard.hosts import shown
from accounts.guard.urls import Url

READ_SECONDS = 5.0
MAX_HEADER_BYTES = 100 * 1024
MAX_HEADER_FIELDS = 200
MAX_INTERIM_RESPONSES = 10
READ_BYTES = 64 * 1024
RESERVED_HEADERS = frozenset({"host", "connection", "content-length", "transfer-encoding"})

type Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, and how much of the answer is kept. `headers` are for one origin only."""

    url: Url
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    user_agent: str = "LaunchReady/1"
    accept_encoding: str = "gzip"
    max_body_bytes: int = 2 * 1024 * 1024
    max_decoded_bytes: int = 4 * 1024 * 1024

    def sent_headers(self) -> list[tuple[str, str]]:
        """The header fields in the order they are sent; the caller's replace ours by name."""
        ours = {
            "User-Agent": self.user_agent,
            "Accept": "*/*",
            "Accept-Encoding": self.accept_encoding or "identity",
        }
        named = {name.lower() for name in self.headers}
        fields = [("Host", self.url.authority)]
        fields += [(name, value) for name, value in ours.items() if name.lower() not in named]
        fields += [
            (name, value)
            for name, value in self.headers.items()
            if name.lower() not in RESERVED_HEADERS
        ]
        if self.body:
            fields.append(("Content-Length", str(len(self.body))))
        return [*fields, ("Connection", "close")]


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. `first_byte_ms` counts from the request's last byte."""

    status: int
    headers: Headers
    body: Body
    http_version: str
    first_byte_ms: float


class Conversation:
    """One request and its answer over one connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADER_BYTES)
        self._first_byte_at: float | None = None

    async def run(self, request: Request) -> Response:
        """Send `request`, read the answer up to its caps.

        Raises FetchError with `protocol_error` or `read_timeout`. A body that ends early is
        an answer all the same: it is kept, `is_truncated`, and remarked `lying_length`.
        """
        sent_at = await self._send(request)
        head = await self._head()
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("utf-8", errors="replace"))
            for name, value in islice(head.headers, MAX_HEADER_FIELDS)
        )
        body = Body(_codings(headers), request.max_body_bytes, request.max_decoded_bytes)
        if len(head.headers) > MAX_HEADER_FIELDS:
            body.remark("header_flood")
        await self._body(body)
        first_byte_at = self._first_byte_at or sent_at
        return Response(
            status=head.status_code,
            headers=headers,
            body=body,
            http_version=f"HTTP/{head.http_version.decode('ascii')}",
            first_byte_ms=(first_byte_at - sent_at) * 1000,
        )

    async def _send(self, request: Request) -> float:
        try:
            head = self._h11.send(
                h11.Request(
                    method=request.method,
                    target=request.url.target,
                    headers=request.sent_headers(),
                )
            )
        except h11.LocalProtocolError as error:
            raise ValueError(f"The request can't be written: {error}") from error
        rest = self._h11.send(h11.Data(data=request.body)) if request.body else b""
        end = self._h11.send(h11.EndOfMessage())
        self._writer.write((head or b"") + (rest or b"") + (end or b""))
        try:
            async with asyncio.timeout(READ_SECONDS):
                await self._writer.drain()
        except TimeoutError as error:
            raise self._silence() from error
        except OSError:
            pass  # an early answer may explain why the server stopped listening
        return time.monotonic()

    async def _head(self) -> h11.Response:
        for _ in range(MAX_INTERIM_RESPONSES + 1):
            event = await self._event()
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise self._broken("the connection ended before an answer")
        raise self._broken(f"more than {MAX_INTERIM_RESPONSES} interim answers and no final one")

    async def _body(self, body: Body) -> None:
        while True:
            try:
                event = await self._event()
            except FetchError as error:
                if error.code != "protocol_error":
                    raise
                body.is_truncated = True
                body.remark("lying_length")
                return
            if isinstance(event, h11.Data):
                if not body.feed(bytes(event.data)):
                    return
                continue
            body.finish()
            if self._h11.trailing_data[0]:
                body.remark("lying_length")
            return

    async def _event(self) -> h11.Event | type[h11.PAUSED]:
        while True:
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as error:
                raise self._broken(str(error)) from error
            if not isinstance(event, type) or event is h11.PAUSED:
                return event
            data = await self._read()
            if data and self._first_byte_at is None:
                self._first_byte_at = time.monotonic()
            self._h11.receive_data(data)

    async def _read(self) -> bytes:
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await self._reader.read(READ_BYTES)
        except TimeoutError as error:
            raise self._silence() from error
        except OSError as error:  # a reset, or TLS broken off
            raise self._broken(str(error) or type(error).__name__) from error

    def _silence(self) -> FetchError:
        return FetchError(
            "read_timeout",
            f"{self._host} sent nothing for {READ_SECONDS:g} s. Visitors would wait in vain; "
            "see what the server does with this request.",
        )

    def _broken(self, reason: str) -> FetchError:
        return FetchError(
            "protocol_error",
            f"{self._host} gave no proper HTTP answer: {shown(reason)}. Browsers show an error "
            "or guess; look at the server in front of the app.",
        )


def _codings(headers: Headers) -> tuple[str, ...]:
    values = ",".join(value for name, value in headers if name == "content-encoding")
    return tuple(coding.strip().lower() for coding in values.split(",") if coding.strip())
