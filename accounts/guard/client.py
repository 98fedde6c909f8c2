"""One HTTP/1.1 exchange: httpx and httpcore speak over the guard's network, we count.

Nothing is sent that the caller did not ask for, beyond Host, User-Agent, Accept,
Accept-Encoding and Connection. No cookies, no proxies, no netrc, no environment.
"""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field

import httpcore
import httpx

from accounts.guard.decoding import Body
from accounts.guard.exchange import FetchError, Timing
from accounts.guard.hosts import shown
from accounts.guard.network import Network, Wire
from accounts.guard.tap import Tap
from accounts.guard.transport import GuardTransport
from accounts.guard.urls import Url

READ_SECONDS = 5.0
MAX_HEADER_FIELDS = 200
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
    tap: Tap | None = None

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

    def written(self) -> httpx.Request:
        """As httpx sends it: given a stream, it adds no header field of its own."""
        return httpx.Request(
            self.method,
            f"{self.url.scheme}://{self.url.authority}/",
            headers=self.sent_headers(),
            stream=httpx.ByteStream(self.body),
            extensions={"target": self.url.target},
        )


@dataclass(frozen=True, slots=True)
class Response:
    """One answer, where it came from, and how long each phase took."""

    status: int
    headers: Headers
    body: Body
    http_version: str
    address: str
    timing: Timing


async def converse(network: Network, request: Request, context: ssl.SSLContext | None) -> Response:
    """Send `request` over a connection of `network`, read the answer up to its caps.

    Raises FetchError with `protocol_error` or `read_timeout`, ValueError where the request
    can't be written, and what the network raises. A body that ends early is an answer all
    the same: it is kept, `is_truncated`, and remarked `lying_length`.
    """
    client = httpx.AsyncClient(
        transport=GuardTransport(network, context),
        trust_env=False,
        follow_redirects=False,
        timeout=READ_SECONDS,
    )
    with _faults(request.url.host):
        async with client, aclosing(await client.send(request.written(), stream=True)) as answer:
            if answer.is_informational:
                raise httpcore.RemoteProtocolError("it switches to another protocol")
            return await _response(answer, request, network.wire)


async def _response(answer: httpx.Response, request: Request, wire: Wire) -> Response:
    fields: list[tuple[bytes, bytes]] = answer.extensions["fields"]
    headers = tuple(
        (name.decode("latin-1").lower(), value.decode("utf-8", errors="replace"))
        for name, value in fields[:MAX_HEADER_FIELDS]
    )
    body = Body(_codings(headers), request.max_body_bytes, request.max_decoded_bytes)
    if len(fields) > MAX_HEADER_FIELDS:
        body.remark("header_flood")
    wire.begin_body(is_chunked=any(name.lower() == b"transfer-encoding" for name, _ in fields))
    if request.tap is not None:
        request.tap.begin(answer.status_code, headers, wire.timing.first_byte_ms)
    await _read(answer, body, wire, request.tap)
    return Response(
        status=answer.status_code,
        headers=headers,
        body=body,
        http_version=answer.http_version,
        address=wire.line.address,
        timing=wire.timing,
    )


async def _read(answer: httpx.Response, body: Body, wire: Wire, tap: Tap | None) -> None:
    try:
        async for chunk in answer.aiter_raw():
            is_heard = tap is not None and not tap.take(chunk)
            if not body.feed(chunk) or is_heard:
                return
    except (httpcore.ProtocolError, httpcore.NetworkError):
        body.is_truncated = True
        body.remark("lying_length")
        return
    body.finish()
    if tap is not None:
        tap.finish()
    if wire.has_more_than(body.wire_bytes):
        body.remark("lying_length")


@contextmanager
def _faults(host: str) -> Iterator[None]:
    """httpcore's errors in the guard's words."""
    try:
        yield
    except httpcore.LocalProtocolError as error:
        raise ValueError(f"The request can't be written: {error}") from error
    except httpcore.TimeoutException as error:
        raise FetchError(
            "read_timeout",
            f"{host} sent nothing for {READ_SECONDS:g} s. Visitors would wait in vain; "
            "see what the server does with this request.",
        ) from error
    except (httpcore.ProtocolError, httpcore.NetworkError) as error:
        raise FetchError(
            "protocol_error",
            f"{host} gave no proper HTTP answer: {shown(str(error))}. Browsers show an error "
            "or guess; look at the server in front of the app.",
        ) from error


def _codings(headers: Headers) -> tuple[str, ...]:
    values = ",".join(value for name, value in headers if name == "content-encoding")
    return tuple(coding.strip().lower() for coding in values.split(",") if coding.strip())
