"""One site under audit: what every gatherer shares, so that nothing is fetched twice."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from accounts.guard import Guard
from accounts.guard.exchange import DnsReply, Exchange, FetchError, TargetRefusedError
from audits.observations.seen import FailureKind, GatherFailure, Observations
from audits.observations.target import Target

PAGE_DEADLINE = timedelta(seconds=12)
SCRIPT_DEADLINE = timedelta(seconds=10)
MAX_SCRIPT_BYTES = 5 * 1024 * 1024

KIND_OF_CODE = {
    "dns_timeout": FailureKind.TIMEOUT,
    "connect_timeout": FailureKind.TIMEOUT,
    "read_timeout": FailureKind.TIMEOUT,
    "deadline": FailureKind.TIMEOUT,
    "request_limit": FailureKind.OUT_OF_TIME,
}


def failure_of(error: FetchError | TargetRefusedError) -> GatherFailure:
    """The guard's error as the reason why there is no observation."""
    if isinstance(error, TargetRefusedError):
        return GatherFailure(FailureKind.REFUSED_BY_GUARD, error.message, error.code)
    kind = KIND_OF_CODE.get(error.code, FailureKind.NO_ANSWER)
    return GatherFailure(kind, error.message, error.code)


@dataclass
class Site:
    """The target with its guard, and a memory that lasts exactly one look.

    `consent` is 0 to 3; `attempt` 0 for the first look and 1 for the second, which asks
    another resolver where there is one. `wanted` names the observation types that this
    look is for (None: all). `blocked_hosts` showed us a bot filter's challenge (baseline.py
    keeps it). A re-test makes a new Site, so nothing comes from memory.
    """

    target: Target
    guard: Guard
    consent: int = 1
    attempt: int = 0
    wanted: frozenset[type] | None = None
    seen: Observations = field(default_factory=Observations)
    blocked_hosts: dict[str, GatherFailure] = field(default_factory=dict)
    # A path that can't exist: one answer to it per host serves every family.
    absent_path: str = field(default_factory=lambda: f"/lr-{secrets.token_hex(10)}")
    # `Any`: the outcome of whatever was asked for.
    _memory: dict[tuple[str, ...], asyncio.Future[Any]] = field(default_factory=dict)

    def wants(self, *types: type) -> bool:
        """True where at least one of `types` is asked for in this look."""
        return self.wanted is None or any(kind in self.wanted for kind in types)

    async def ask(self, name: str, rtype: str) -> DnsReply:
        """The recursive resolver's reply; one question per name and type and look."""
        resolver = self.attempt % max(1, self.guard.resolver_count)
        return await self.once(
            ("ask", name, rtype), lambda: self.guard.ask(name, rtype, resolver=resolver)
        )

    async def page(self, url: str) -> Exchange | GatherFailure:
        """GET `url` with redirects followed; one exchange per URL and look. Never raises
        for the far side's faults."""
        return await self.once(("page", url), lambda: self.fetch(url))

    async def hop(self, url: str) -> Exchange | GatherFailure:
        """GET `url` without following; one exchange per URL and look."""
        return await self.once(("hop", url), lambda: self.fetch(url, follow=0))

    async def script(self, url: str) -> Exchange | GatherFailure:
        """GET a script or a map, which may be larger than a page; one exchange per look."""
        return await self.once(
            ("script", url),
            lambda: self.fetch(url, deadline=SCRIPT_DEADLINE, max_body_bytes=MAX_SCRIPT_BYTES),
        )

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        follow: int = 5,
        deadline: timedelta | None = None,
        max_body_bytes: int = 2 * 1024 * 1024,
        verify: bool = True,
    ) -> Exchange | GatherFailure:
        """One exchange through the guard, not remembered; a failure is an answer too.

        `deadline` is for the whole of it; a page's own where none is given.
        """
        try:
            return await self.guard.fetch(
                url,
                method=method,
                headers=headers,
                follow=follow,
                deadline=PAGE_DEADLINE if deadline is None else deadline,
                max_body_bytes=max_body_bytes,
                verify=verify,
            )
        except (FetchError, TargetRefusedError) as error:
            return failure_of(error)

    async def once[T](self, key: tuple[str, ...], make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The outcome of `make`, run at most once per key and look."""
        if key not in self._memory:
            self._memory[key] = asyncio.ensure_future(make())
        found: T = await asyncio.shield(self._memory[key])
        return found


@dataclass(frozen=True, slots=True)
class Family:
    """One group of gatherers that is shown, timed and lost as one.

    `gather` puts into `site.seen` an observation or a miss for every type it provides
    and the look wants; it never raises for the far side's faults. When `limit` has
    passed it is cancelled, what it saw stands, and the engine answers `unknown` for the
    rest. `consent` is the least level at which it may look at all.
    """

    name: str
    title: str
    provides: tuple[type, ...]
    gather: Callable[[Site], Awaitable[None]]
    consent: int = 0
    limit: timedelta = timedelta(seconds=25)
