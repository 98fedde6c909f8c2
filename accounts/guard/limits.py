"""How much one Guard may do: connections at once, requests in all, time per exchange."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from accounts.guard.exchange import FetchError

MAX_CONNECTIONS = 200
MAX_CONNECTIONS_PER_HOST = 4
MAX_REQUESTS = 250


class Gates:
    """Places for connections: so many per host, so many in all."""

    def __init__(self, per_host: int, overall: int) -> None:
        self._per_host = per_host
        self._overall = asyncio.Semaphore(overall)
        self._hosts: dict[str, asyncio.Semaphore] = {}

    async def enter(self, host: str) -> None:
        await self._gate(host).acquire()
        try:
            await self._overall.acquire()
        except BaseException:
            self._gate(host).release()
            raise

    def leave(self, host: str) -> None:
        self._overall.release()
        self._gate(host).release()

    @asynccontextmanager
    async def place(self, host: str) -> AsyncIterator[None]:
        await self.enter(host)
        try:
            yield
        finally:
            self.leave(host)

    def _gate(self, host: str) -> asyncio.Semaphore:
        return self._hosts.setdefault(host, asyncio.Semaphore(self._per_host))


class Budget:
    """The time that one exchange may take, redirects included.

    Only time spent with the far side counts: waiting for a place among our own connections
    does not make a server slow.
    """

    def __init__(self, deadline: timedelta, subject: str) -> None:
        self.seconds = deadline.total_seconds()
        self.remaining_seconds = self.seconds
        self.subject = subject

    @asynccontextmanager
    async def spend(self) -> AsyncIterator[None]:
        """Run the block within what is left; FetchError("deadline") beyond it."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(max(self.remaining_seconds, 0)):
                yield
        except TimeoutError as error:
            raise FetchError(
                "deadline",
                f"{self.subject} took more than {self.seconds:g} s as a whole. Visitors would "
                "have left; see what keeps the server busy.",
            ) from error
        finally:
            self.remaining_seconds -= time.monotonic() - started
