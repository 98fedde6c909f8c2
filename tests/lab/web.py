"""A small HTTP/1.1 server: requests in, responses out, keep-alive, HEAD, gzip."""

from __future__ import annotations

import asyncio
import gzip
import inspect
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

HEAD_LIMIT_BYTES = 64 * 1024
GZIP_FROM_BYTES = 400
IDLE_LIMIT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; `path` without the query, header names in lower case."""

    scheme: str
    host: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path or "/"

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. `headers` may repeat; length, date and connection are the server's."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    is_plain: bool = False  # never compressed

    def having(self, *headers: tuple[str, str]) -> Response:
        """The same answer with more headers."""
        return Response(
            self.status, self.body, self.content_type, self.headers + headers, self.is_plain
        )


type RawHandler = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]
type Handler = Callable[[Request], Response | Awaitable[Response]]


def redirect(status: int, location: str) -> Response:
    return Response(status, b"", headers=(("Location", location),))


def text(body: str, status: int = 200, content_type: str = "text/plain; charset=utf-8") -> Response:
    return Response(status, body.encode(), content_type)


@dataclass
class Site:
    """One host over http and https. A path that was swapped wins over the handler."""

    host: str
    handler: Handler
    raw: RawHandler | None = None
    requests: list[str] = field(default_factory=list)
    _swapped: dict[str, Handler] = field(default_factory=dict)
    on_fault: Callable[[str, bool], None] | None = None

    def swap(self, path: str, answer: Handler | Response | str | bytes) -> None:
        """Answer `path` with this from now on: a handler, a Response, or an HTML body."""
        if isinstance(answer, str):
            answer = answer.encode()
        if isinstance(answer, bytes):
            answer = Response(200, answer)
        if isinstance(answer, Response):
            fixed = answer
            self._swapped[path] = lambda _request: fixed
        else:
            self._swapped[path] = answer

    set = swap

    def restore(self, path: str = "") -> None:
        """Take back the swap of `path`, or all of them."""
        if path:
            self._swapped.pop(path, None)
        else:
            self._swapped.clear()

    def plant(self, fault: str) -> None:
        """Plant one fault of the product that this host belongs to."""
        self._tell(fault, True)

    def fix(self, fault: str) -> None:
        """Mend one fault of the product that this host belongs to."""
        self._tell(fault, False)

    def _tell(self, fault: str, is_planted: bool) -> None:
        if self.on_fault is None:
            raise KeyError(f"{self.host} belongs to no product with switchable faults")
        self.on_fault(fault, is_planted)

    async def answer(self, request: Request) -> Response:
        handler = self._swapped.get(request.path, self.handler)
        found = handler(request)
        return await found if inspect.isawaitable(found) else found


class Web:
    """All sites by host, and what was asked of each."""

    def __init__(self) -> None:
        self.sites: dict[str, Site] = {}
        self.requests: defaultdict[str, list[str]] = defaultdict(list)
        # How far away everything is: added to each answer.
        self.delay_seconds = 0.0

    def host(self, name: str, handler: Handler, raw: RawHandler | None = None) -> Site:
        """The site at `name`, made or given this handler."""
        site = self.sites.get(name)
        if site is None:
            site = self.sites[name] = Site(name, handler, raw, self.requests[name])
        site.handler, site.raw = handler, raw
        return site

    def drop(self, name: str) -> None:
        self.sites.pop(name, None)
        self.requests.pop(name, None)

    async def serve(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        scheme: str,
        any_host: str = "",
    ) -> None:
        """Serve one connection; `any_host` answers for names that are nobody's."""
        try:
            while await self._serve_one(reader, writer, scheme, any_host):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError, ValueError):
            pass  # the asker went away or spoke no HTTP; the next connection is another story
        finally:
            writer.close()

    async def _serve_one(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, scheme: str, any_host: str
    ) -> bool:
        async with asyncio.timeout(IDLE_LIMIT.total_seconds()):
            request = await read_request(reader, scheme)
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        site = self.sites.get(request.host) or self.sites.get(any_host)
        if site is None:
            self.requests[request.host].append(f"{request.method} {request.target}")
            response = text("This server knows no such host.\n", HTTPStatus.MISDIRECTED_REQUEST)
            writer.write(wire(request, response))
            await writer.drain()
            return True
        site.requests.append(f"{request.method} {request.target}")
        if site.raw is not None and scheme == "https":
            await site.raw(request, writer)
            return False
        writer.write(wire(request, await site.answer(request)))
        await writer.drain()
        return request.header("connection").lower() != "close"


async def read_request(reader: asyncio.StreamReader, scheme: str) -> Request:
    """One request off the wire. Raises ValueError for what is no HTTP/1.1."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise ValueError("request head too long") from error
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, target, _version = first.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    length = min(int(headers.get("content-length", "0")), HEAD_LIMIT_BYTES)
    body = await reader.readexactly(length) if length else b""
    host = headers.get("host", "").lower().rsplit(":", 1)[0].rstrip(".")
    if "://" in target:
        target = urlsplit(target)._replace(scheme="", netloc="").geturl() or "/"
    return Request(scheme, host, method, target, headers, body)


def wire(request: Request, response: Response) -> bytes:
    """`response` as bytes: status line, headers, body (left out for HEAD, 204 and 304)."""
    body, extra = compressed(request, response)
    is_bodiless = response.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
    # An edge has statuses of its own.
    known = response.status in HTTPStatus
    phrase = HTTPStatus(response.status).phrase if known else "Edge"
    lines = [f"HTTP/1.1 {response.status} {phrase}"]
    if response.body:
        lines.append(f"Content-Type: {response.content_type}")
    if not is_bodiless:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in (*response.headers, *extra)]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    return head if is_bodiless or request.method == "HEAD" else head + body


def compressed(request: Request, response: Response) -> tuple[bytes, list[tuple[str, str]]]:
    """The body, gzipped where it is worth it and was offered, with the headers that say so."""
    is_worth_it = len(response.body) >= GZIP_FROM_BYTES and not response.is_plain
    if not is_worth_it or any(name == "Content-Encoding" for name, _ in response.headers):
        return response.body, []
    vary = [("Vary", "Accept-Encoding")]
    if "gzip" not in request.header("accept-encoding"):
        return response.body, vary
    return gzip.compress(response.body, 5, mtime=0), [("Content-Encoding", "gzip"), *vary]
