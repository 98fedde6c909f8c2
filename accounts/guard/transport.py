"""httpx over httpcore over the guard's own network, for one exchange.

`httpx.AsyncHTTPTransport` takes no network backend; owning the pool is the public way in.
"""

import ssl
from collections.abc import AsyncIterator

import httpcore
import httpx

from accounts.guard.network import Network


class GuardTransport(httpx.AsyncBaseTransport):
    """One connection, HTTP/1.1, nothing kept alive, no proxy, no environment.

    The request's target comes by httpx's extension `target`, as httpx.URL would quote it
    anew. The answer's header fields leave by the extension `fields` and httpx gets none: it
    acts on some unasked (keeps cookies, raises where it can't read a Location).

    httpcore's errors pass as they are; `client.py` words them.
    """

    def __init__(self, network: Network, context: ssl.SSLContext | None) -> None:
        self._network = network
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=1,
            max_keepalive_connections=0,
            http1=True,
            http2=False,
            retries=0,
            network_backend=network,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.extensions["target"],
        )
        response = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            stream=_RawBody(response),
            extensions={
                "http_version": response.extensions["http_version"],
                "fields": response.headers,
            },
        )

    async def aclose(self) -> None:
        try:
            await self._pool.aclose()
        finally:
            self._network.abort()


class _RawBody(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()
