"""The lab itself: every server in one event loop, on high ports of 127.0.0.1."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Self

from tests.lab import addresses, hostile
from tests.lab.certificates import CertificateOrder, Contexts, TlsOffering, authority
from tests.lab.control import serve_control
from tests.lab.faults import PRODUCTS
from tests.lab.ground import lay_ground, settle, vanish
from tests.lab.nameserver import (
    Answering,
    AuthoritativeServer,
    RecursiveResolver,
    UdpService,
    name_servers,
    serve_tcp,
    total_questions,
)
from tests.lab.products import Product
from tests.lab.rdap import Registry
from tests.lab.web import Site, Web
from tests.lab.zones import Zone, Zones

LOOPBACK = "127.0.0.1"
READY_LIMIT = timedelta(seconds=20)

type StreamHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Lab:
    """A small internet on loopback. Make it with `Lab.start(folder)`, end it with `stop()`.

    `resolver` and `second_resolver` are recursive ("127.0.0.1:PORT"); `table` maps
    `address:port` of the lab to the port that is really listened on.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.zones = Zones()
        self.web = Web()
        self.registry = Registry()
        self.products: dict[str, Product] = {}
        self.table: dict[str, dict[str, str]] = {"tcp": {}, "udp": {}}
        self.resolver = self.second_resolver = self.control_address = ""
        self.table_file = folder / "table.json"
        self.ca_file = folder / "ca.pem"
        self.rdap_file = folder / "rdap.json"
        self.control_file = folder / "control.json"
        self.control_token = secrets.token_urlsafe(24)
        self.name_servers: list[AuthoritativeServer] = []
        self.resolvers = [RecursiveResolver(self.zones), RecursiveResolver(self.zones)]
        self._contexts = Contexts()
        self._certificates: dict[str, CertificateOrder] = {}
        self._closed = ""
        self._held: list[socket.socket] = []
        self._servers: list[asyncio.AbstractServer] = []
        self._datagrams: list[asyncio.BaseTransport] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._change = threading.RLock()

    @classmethod
    def start(cls, folder: Path) -> Self:
        """Run a lab in a thread of its own; returns when everything listens."""
        folder.mkdir(parents=True, exist_ok=True)
        lab = cls(folder)
        loop = asyncio.new_event_loop()
        lab._thread = threading.Thread(target=loop.run_forever, name="lab", daemon=True)
        lab._thread.start()
        asyncio.run_coroutine_threadsafe(lab.open(), loop).result(READY_LIMIT.total_seconds())
        return lab

    def stop(self) -> None:
        """Close every server and end the thread."""
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self.close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._loop = self._thread = None

    async def open(self) -> None:
        """Open everything in the running loop and write the files."""
        self._loop = asyncio.get_running_loop()
        self._hold_closed_port()
        lay_ground(self)
        for number, (domain, faults) in enumerate(PRODUCTS.items()):
            settle(self, Product(domain, number, frozenset(faults)))
        await self._open_name_servers()
        await self._open_web()
        door = await asyncio.start_server(
            lambda reader, writer: serve_control(self, reader, writer), LOOPBACK, 0
        )
        self._servers.append(door)
        self.control_address = address_of(door)
        self._write_files()

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for transport in self._datagrams:
            transport.close()
        for held in self._held:
            held.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    # What a test changes and reads

    def zone(self, origin: str) -> Zone:
        """The zone at `origin`; its `replace`, `add` and `remove` take effect at once."""
        return self.zones[origin]

    def site(self, host: str) -> Site:
        """The site at `host`, with `swap`, `restore`, `plant` and `fix`."""
        return self.web.sites[host]

    def product(self, domain: str) -> Product:
        return self.products[domain]

    def plant(self, domain: str, *faults: str) -> None:
        """Plant `faults` in the product at `domain`."""
        with self._change:
            self.products[domain].faults |= set(faults)
            settle(self, self.products[domain])

    def fix(self, domain: str, *faults: str) -> None:
        """Mend `faults` in the product at `domain`; changes made by hand to its zone go too."""
        with self._change:
            self.products[domain].faults -= set(faults)
            settle(self, self.products[domain])

    def restore(self, domain: str) -> None:
        """Bring the product back to the faults it came with, its sites unswapped."""
        with self._change:
            product = self.products[domain]
            product.faults = set(product.declared)
            settle(self, product)
            for host in product.hosts:
                if host in self.web.sites:
                    self.web.sites[host].restore()

    def add_product(self, domain: str, *faults: str) -> Product:
        """A product of your own, for one test: `lab.add_product("mine.test", "spf_two")`."""
        with self._change:
            taken = {product.number for product in self.products.values()}
            product = Product(domain, max(taken, default=-1) + 1, frozenset(faults))
            settle(self, product)
            self._write_table()
            return product

    def drop_product(self, domain: str) -> None:
        with self._change:
            vanish(self, self.products.pop(domain))

    @property
    def requests(self) -> dict[str, list[str]]:
        """Host → "METHOD target" of every request since the start."""
        return self.web.requests

    @property
    def request_count(self) -> int:
        return sum(len(each) for each in self.web.requests.values())

    @property
    def questions(self) -> int:
        """DNS questions since the start, over all servers."""
        return total_questions([*self.name_servers, *self.resolvers])

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to see this lab beside the real internet."""
        return {
            "LAB": "1",
            "LAB_RESOLVER": self.resolver,
            "LAB_TABLE": str(self.table_file),
            "AUDIT_CA_FILE": str(self.ca_file),
            "RDAP_BOOTSTRAP_FILE": str(self.rdap_file),
        }

    @property
    def closed_environment(self) -> dict[str, str]:
        """The same for a process that shall see nothing but the lab."""
        return {**self.environment, "AUDIT_RESOLVERS": f"{self.resolver},{self.second_resolver}"}

    # Opening

    def certify(self, host: str, order: CertificateOrder) -> None:
        """Let `host` show this certificate from the next handshake on."""
        self._certificates[host] = order

    def map_web(self, address: str) -> None:
        """Make the ordinary front doors answer at `address`."""
        self.table["tcp"].setdefault(f"{address}:80", self._http)
        self.table["tcp"].setdefault(f"{address}:443", self._https)

    _http = _https = ""

    async def _open_name_servers(self) -> None:
        for server, address, has_tcp in name_servers(self.zones):
            self.name_servers.append(server)
            udp, tcp = await self._serve_dns(server)
            self.table["udp"][f"{address}:53"] = udp
            self.table["tcp"][f"{address}:53"] = tcp if has_tcp else self._closed
        first, second = [(await self._serve_dns(each))[0] for each in self.resolvers]
        self.resolver, self.second_resolver = first, second

    async def _serve_dns(self, server: Answering) -> tuple[str, str]:
        """One server on UDP and TCP, on the same port."""
        loop = asyncio.get_running_loop()
        while True:
            listener = await asyncio.start_server(
                lambda reader, writer: serve_tcp(server, reader, writer), LOOPBACK, 0
            )
            port = int(address_of(listener).rpartition(":")[2])
            try:
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: UdpService(server), local_addr=(LOOPBACK, port)
                )
            except OSError:
                listener.close()  # the UDP port is somebody else's: try the next pair
                continue
            self._servers.append(listener)
            self._datagrams.append(transport)
            return f"{LOOPBACK}:{port}", f"{LOOPBACK}:{port}"

    async def _open_web(self) -> None:
        plain = await self._listen(self._web_handler("http"))
        ordinary = await self._listen(self._web_handler("https"), self._context(addresses.ORDINARY))
        self._http, self._https = plain, ordinary
        for address, offering in addresses.OFFERINGS.items():
            door = await self._listen(self._web_handler("https"), self._context(offering))
            self._map(address, plain, door)
        other = self._context(addresses.ORDINARY, series=2)
        self._map(
            addresses.OTHER_CERTIFICATE,
            plain,
            await self._listen(self._web_handler("https"), other),
        )
        any_host = self._web_handler("https", "anyhost.test")
        self._map(
            addresses.ANY_HOST,
            plain,
            await self._listen(any_host, self._context(addresses.ORDINARY)),
        )
        garbage, silent = await self._listen(hostile.garbage), await self._listen(hostile.silence)
        hangs_up = await self._listen(hostile.hang_up)
        self._map(addresses.WITHOUT_HTTPS, plain, self._closed)
        self._map(addresses.WITHOUT_HTTP, self._closed, ordinary)
        self._map(addresses.CLOSED, self._closed, self._closed)
        self._map(addresses.GARBAGE_TLS, plain, garbage)
        self._map(addresses.SILENT, silent, silent)
        self._map(addresses.HANGS_UP, plain, hangs_up)
        for product in self.products.values():
            self.map_web(product.web_address)
            self.map_web(product.api_address)
        for address in (addresses.RDAP, addresses.HOSTILE):
            self.map_web(address)

    def _map(self, address: str, http: str, https: str) -> None:
        self.table["tcp"][f"{address}:80"] = http
        self.table["tcp"][f"{address}:443"] = https

    async def _listen(self, handler: StreamHandler, context: ssl.SSLContext | None = None) -> str:
        server = await asyncio.start_server(handler, LOOPBACK, 0, ssl=context, backlog=256)
        self._servers.append(server)
        return address_of(server)

    def _web_handler(self, scheme: str, any_host: str = "") -> StreamHandler:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(asyncio.CancelledError):
                await self.web.serve(reader, writer, scheme=scheme, any_host=any_host)

        return handle

    def _context(self, offering: TlsOffering, series: int = 1) -> ssl.SSLContext:
        """A listener's context: it takes the certificate of the name that is asked for.

        The listener's own certificate has an RSA key where the offering needs one; it is
        what a client without SNI gets.
        """
        key = "rsa2048" if "RSA" in offering.ciphers or "NULL" in offering.ciphers else "ec"
        default = CertificateOrder(("edge.nameshost.test",), key=key)
        made = Contexts()  # never shared: this one gets the callback
        context = made.of(default, offering)

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            order = self._certificates.get((name or "").lower())
            if order is not None:
                order = order if series == 1 else other_series(order, series)
                connection.context = self._contexts.of(order, offering)

        context.sni_callback = choose
        return context

    def _hold_closed_port(self) -> None:
        """A port that is ours and refuses: bound, never listened on."""
        held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        held.bind((LOOPBACK, 0))
        self._held.append(held)
        self._closed = f"{LOOPBACK}:{held.getsockname()[1]}"

    def _write_files(self) -> None:
        write_whole(self.ca_file, authority().root_pem.decode())
        write_whole(self.rdap_file, json.dumps(self.registry.bootstrap(), indent=1))
        self._write_table()
        write_whole(
            self.control_file,
            json.dumps({"address": self.control_address, "token": self.control_token}),
            mode=0o600,
        )
        write_whole(self.folder / "environment.json", json.dumps(self.environment, indent=1))
        write_whole(self.folder / "ready", "ready\n")

    def _write_table(self) -> None:
        if self._http:
            for product in self.products.values():
                self.map_web(product.web_address)
                self.map_web(product.api_address)
            write_whole(self.table_file, json.dumps(self.table, indent=1))


def other_series(order: CertificateOrder, series: int) -> CertificateOrder:
    """Another certificate for the same names, as a forgotten second server has it."""
    return CertificateOrder(
        order.names, order.age, order.left, order.key, "lab", order.is_complete, series=series
    )


def address_of(server: asyncio.AbstractServer) -> str:
    assert isinstance(server, asyncio.Server)
    host, port = server.sockets[0].getsockname()[:2]
    return f"{host}:{port}"


def write_whole(path: Path, content: str, mode: int = 0o644) -> None:
    """Write so that a reader sees the old file or the new one, never half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode)
    draft.write_text(content)
    draft.replace(path)
