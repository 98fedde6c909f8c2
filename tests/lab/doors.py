"""Listening: every server's port on 127.0.0.1, and the table that leads to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable

from tests.lab import addresses, hostile
from tests.lab.certificates import CertificateOrder, Contexts, TlsOffering, with_series
from tests.lab.mail_servers import open_mail
from tests.lab.nameserver import (
    Answering,
    AuthoritativeServer,
    RecursiveResolver,
    UdpService,
    name_servers,
    serve_tcp,
)
from tests.lab.old_home import old_app
from tests.lab.web import Web
from tests.lab.zones import Zones

LOOPBACK = "127.0.0.1"
ANY_HOST_DOMAIN = "anyhost.test"
SPARE_PRODUCTS = 60
WATCHER_COUNT = 4

type StreamHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Doors:
    """The open ports of one lab. `table` maps `address:port` of the lab to `127.0.0.1:port`."""

    def __init__(self, zones: Zones, web: Web) -> None:
        self.table: dict[str, dict[str, str]] = {"tcp": {}, "udp": {}}
        self.name_servers: list[AuthoritativeServer] = []
        self.resolvers = [RecursiveResolver(zones), RecursiveResolver(zones)]
        self.watchers = [RecursiveResolver(zones) for _ in range(WATCHER_COUNT)]
        self.certificates: dict[str, CertificateOrder] = {}
        self._zones, self._web = zones, web
        self._contexts = Contexts()
        self._servers: list[asyncio.AbstractServer] = []
        self._datagrams: list[asyncio.BaseTransport] = []
        self._refusing = socket.socket(socket.AF_INET, socket.SOCK_STREAM)

    async def open_name_servers(self) -> list[str]:
        """Open every name server; returns the places of the resolvers."""
        closed = self._closed_place()
        for server, address, has_tcp in name_servers(self._zones):
            self.name_servers.append(server)
            place = await self._serve_dns(server)
            self.table["udp"][f"{address}:53"] = place
            self.table["tcp"][f"{address}:53"] = place if has_tcp else closed
        return [await self._serve_dns(each) for each in (*self.resolvers, *self.watchers)]

    async def open_web(self, product_count: int) -> None:
        """Open the front doors; addresses for some products to come are led to them too."""
        closed = self._closed_place()
        plain = await self.listen(self._web_handler("http"))
        ordinary = await self._front(addresses.ORDINARY)
        silent = await self.listen(hostile.silence)
        ways: dict[str, tuple[str, str]] = {
            addresses.WITHOUT_HTTPS: (plain, closed),
            addresses.WITHOUT_HTTP: (closed, ordinary),
            addresses.CLOSED: (closed, closed),
            addresses.SILENT: (silent, silent),
            addresses.GARBAGE_TLS: (plain, await self.listen(hostile.garbage)),
            addresses.HANGS_UP: (plain, await self.listen(hostile.hang_up)),
            addresses.OTHER_CERTIFICATE: (plain, await self._front(addresses.ORDINARY, series=2)),
            addresses.ANY_HOST: (
                plain,
                await self._front(addresses.ORDINARY, any_host=ANY_HOST_DOMAIN),
            ),
            addresses.RDAP: (plain, ordinary),
            addresses.HOSTILE: (plain, ordinary),
            addresses.PLATFORM: (plain, ordinary),
            addresses.OTHER_FRONT: (plain, ordinary),
            addresses.EDGE_FRONT: (plain, ordinary),
            addresses.OLD_HOME: (
                await self.listen(old_app),
                await self.listen(old_app, self._context(addresses.ORDINARY, 2)),
            ),
        }
        for address, offering in addresses.OFFERINGS.items():
            ways[address] = (plain, await self._front(offering))
        for number in range(product_count + SPARE_PRODUCTS):
            ways[addresses.web_address(number)] = (plain, ordinary)
            ways[addresses.api_address(number)] = (plain, ordinary)
        for address, (http, https) in ways.items():
            self.table["tcp"][f"{address}:80"] = http
            self.table["tcp"][f"{address}:443"] = https

    async def open_mail(self) -> None:
        await open_mail(self, self._context(addresses.ORDINARY, 1))

    async def listen(self, handler: StreamHandler, context: ssl.SSLContext | None = None) -> str:
        """Listen on a free port; returns its place."""
        server = await asyncio.start_server(handler, LOOPBACK, 0, ssl=context, backlog=256)
        self._servers.append(server)
        return place_of(server)

    def close(self) -> None:
        for server in self._servers:
            server.close()
        for transport in self._datagrams:
            transport.close()
        self._refusing.close()

    async def _serve_dns(self, server: Answering) -> str:
        """One server on UDP and TCP, on the same port."""
        loop = asyncio.get_running_loop()
        while True:
            listener = await asyncio.start_server(
                lambda reader, writer: serve_tcp(server, reader, writer), LOOPBACK, 0
            )
            place = place_of(listener)
            try:
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: UdpService(server),
                    local_addr=(LOOPBACK, int(place.rpartition(":")[2])),
                )
            except OSError:
                listener.close()  # the UDP port is somebody else's: try the next pair
                continue
            self._servers.append(listener)
            self._datagrams.append(transport)
            return place

    async def _front(self, offering: TlsOffering, *, series: int = 1, any_host: str = "") -> str:
        handler = self._web_handler("https", any_host)
        return await self.listen(handler, self._context(offering, series))

    def _web_handler(self, scheme: str, any_host: str = "") -> StreamHandler:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._web.serve(reader, writer, scheme=scheme, any_host=any_host)

        return handle

    def _context(self, offering: TlsOffering, series: int) -> ssl.SSLContext:
        """A listener's context: it takes the certificate of the name that is asked for.

        The listener's own certificate is what a client without SNI gets; it has an RSA key
        where the offering needs one. Contexts are shared per host, this one is not.
        """
        key = "rsa2048" if "RSA" in offering.ciphers or "NULL" in offering.ciphers else "ec"
        context = Contexts().of(CertificateOrder(("edge.nameshost.test",), key=key), offering)

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            order = self.certificates.get((name or "").lower())
            if order is not None:
                order = order if series == 1 else with_series(order, series)
                connection.context = self._contexts.of(order, offering)

        context.sni_callback = choose
        return context

    def _closed_place(self) -> str:
        """A port that is ours and refuses: bound, never listened on."""
        if self._refusing.getsockname()[1] == 0:
            self._refusing.bind((LOOPBACK, 0))
        return f"{LOOPBACK}:{self._refusing.getsockname()[1]}"


def place_of(server: asyncio.AbstractServer) -> str:
    assert isinstance(server, asyncio.Server)
    host, port = server.sockets[0].getsockname()[:2]
    return f"{host}:{port}"
