"""The lab itself: every server in one event loop, on high ports of 127.0.0.1."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import threading
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Self

from tests.lab.certificates import CertificateOrder, authority
from tests.lab.control import serve_control
from tests.lab.doors import Doors
from tests.lab.ground import lay_ground, settle, vanish
from tests.lab.nameserver import RecursiveResolver, total_questions
from tests.lab.products import Product
from tests.lab.products_list import PRODUCTS
from tests.lab.rdap import Registry
from tests.lab.web import Site, Web
from tests.lab.zones import Zone, Zones

READY_LIMIT = timedelta(seconds=20)


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
        self.resolver = self.second_resolver = self.control_address = ""
        self.watching: list[str] = []
        self.table_file = folder / "table.json"
        self.ca_file = folder / "ca.pem"
        self.rdap_file = folder / "rdap.json"
        self.control_file = folder / "control.json"
        self.control_token = secrets.token_urlsafe(24)
        self._doors = Doors(self.zones, self.web)
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
        lay_ground(self)
        for number, (domain, faults) in enumerate(PRODUCTS.items()):
            settle(self, Product(domain, number, frozenset(faults)))
        opened = await self._doors.open_name_servers()
        self.resolver, self.second_resolver, *self.watching = opened
        await self._doors.open_web(len(PRODUCTS))
        await self._doors.open_mail()
        self.control_address = await self._doors.listen(partial(serve_control, self))
        self._write_files()

    async def close(self) -> None:
        self._doors.close()
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
            return product

    def drop_product(self, domain: str) -> None:
        with self._change:
            vanish(self, self.products.pop(domain))

    @property
    def table(self) -> dict[str, dict[str, str]]:
        """`{"tcp": {"127.0.100.2:443": "127.0.0.1:PORT", …}, "udp": {…}}`"""
        return self._doors.table

    @property
    def resolvers(self) -> list[RecursiveResolver]:
        """The two recursive resolvers; a test may set their `temper`."""
        return self._doors.resolvers

    @property
    def watchers(self) -> list[RecursiveResolver]:
        """The four resolvers that stand for the world's; a test may make one remember."""
        return self._doors.watchers

    @property
    def requests(self) -> dict[str, list[str]]:
        """Host → "METHOD target" of every request since the host was made."""
        return self.web.requests

    @property
    def request_count(self) -> int:
        return sum(len(each) for each in self.web.requests.values())

    @property
    def questions(self) -> int:
        """DNS questions since the start, over all servers."""
        return total_questions([*self._doors.name_servers, *self._doors.resolvers])

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to see this lab beside the real internet."""
        return {
            "LAB": "1",
            "LAB_RESOLVER": self.resolver,
            "LAB_WATCH_RESOLVERS": ",".join(self.watching),
            "LAB_TABLE": str(self.table_file),
            "AUDIT_CA_FILE": str(self.ca_file),
            "RDAP_BOOTSTRAP_FILE": str(self.rdap_file),
        }

    @property
    def closed_environment(self) -> dict[str, str]:
        """The same for a process that shall see nothing but the lab."""
        return {**self.environment, "AUDIT_RESOLVERS": f"{self.resolver},{self.second_resolver}"}

    def certify(self, host: str, order: CertificateOrder) -> None:
        """Let `host` show this certificate from the next handshake on."""
        self._doors.certificates[host] = order

    def _write_files(self) -> None:
        write_whole(self.ca_file, authority().root_pem.decode())
        write_whole(self.rdap_file, json.dumps(self.registry.bootstrap(), indent=1))
        write_whole(self.table_file, json.dumps(self.table, indent=1))
        write_whole(
            self.control_file,
            json.dumps({"address": self.control_address, "token": self.control_token}),
            mode=0o600,
        )
        write_whole(self.folder / "environment.json", json.dumps(self.environment, indent=1))
        write_whole(self.folder / "ready", "ready\n")


def write_whole(path: Path, content: str, mode: int = 0o644) -> None:
    """Write so that a reader sees the old file or the new one, never half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode)
    draft.write_text(content)
    draft.replace(path)
