"""Following an HTTP request to its end: every hop is parsed, judged and dialled anew."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from accounts.guard.client import Request, Response, converse
from accounts.guard.connections import Connector
from accounts.guard.exchange import Exchange, FetchError, Hop, TargetRefusedError
from accounts.guard.limits import Budget, Gates
from accounts.guard.network import Network
from accounts.guard.tls import TlsOffer, tls_context
from accounts.guard.urls import Url, resolve_location

REDIRECTS = frozenset({301, 302, 303, 307, 308})
BROWSER_OFFER = TlsOffer(alpn=("http/1.1",), is_verifying=True)


@dataclass(frozen=True, slots=True)
class Journey:
    """What stays the same over all hops of one fetch."""

    first: Request
    follow: int
    verify: bool
    address: str | None
    budget: Budget


class Fetcher:
    """Fetches for one Guard. `count` is called for each request and may refuse it."""

    def __init__(self, connector: Connector, gates: Gates, count: Callable[[], None]) -> None:
        self._connector = connector
        self._gates = gates
        self._count = count

    async def fetch(self, journey: Journey) -> Exchange:
        """The last answer on the way, with the redirects before it.

        Only GET and HEAD are followed; the caller's headers stay with the first origin.
        """
        started, fetched_at = time.monotonic(), datetime.now(UTC)
        request = journey.first
        hops: tuple[Hop, ...] = ()
        seen = {(request.url.origin, request.url.target)}
        while True:
            response = await self._leg(request, journey, came_from=hops[-1].url if hops else "")
            location = self._location(response, request, journey)
            if location is None:
                return _exchange(request, response, hops, started, fetched_at)
            url = self._next(request.url, location)
            hops = (
                *hops,
                Hop(str(request.url), response.status, str(url), response.headers),
            )
            if len(hops) > journey.follow:
                raise _too_many(journey)
            if (url.origin, url.target) in seen:
                raise _loop(request.url, url)
            seen.add((url.origin, url.target))
            request = _towards(url, journey.first)

    async def _leg(self, request: Request, journey: Journey, came_from: str) -> Response:
        self._count()
        try:
            async with self._gates.place(request.url.host), journey.budget.spend():
                return await self._converse(request, journey)
        except TargetRefusedError as error:
            raise _not_followed(came_from, error) if came_from else error from None

    async def _converse(self, request: Request, journey: Journey) -> Response:
        url = request.url
        is_first_host = url.host == journey.first.url.host
        network = Network(self._connector, journey.address if is_first_host else None)
        offer = replace(BROWSER_OFFER, is_verifying=journey.verify)
        is_secure = url.scheme == "https"
        context = tls_context(offer, self._connector.ca_file) if is_secure else None
        return await converse(network, request, context)

    @staticmethod
    def _location(response: Response, request: Request, journey: Journey) -> str | None:
        if journey.follow < 1 or request.method not in {"GET", "HEAD"}:
            return None
        if response.status not in REDIRECTS:
            return None
        return next((value for name, value in response.headers if name == "location"), None)

    def _next(self, url: Url, location: str) -> Url:
        try:
            return resolve_location(url, location, is_lab=self._connector.dialler.policy.is_lab)
        except TargetRefusedError as error:
            raise _not_followed(str(url), error) from error


def _towards(url: Url, first: Request) -> Request:
    headers: Mapping[str, str] = first.headers if url.origin == first.url.origin else {}
    return replace(first, url=url, headers=headers)


def _exchange(
    request: Request,
    response: Response,
    hops: tuple[Hop, ...],
    started: float,
    fetched_at: datetime,
) -> Exchange:
    body = response.body
    return Exchange(
        url=str(request.url),
        status=response.status,
        headers=response.headers,
        body=body.kept,
        address=response.address,
        http_version=response.http_version,
        hops=hops,
        is_truncated=body.is_truncated,
        remarks=tuple(body.remarks),
        wire_bytes=body.wire_bytes,
        timing=replace(response.timing, total_ms=(time.monotonic() - started) * 1000),
        fetched_at=fetched_at,
    )


def _not_followed(came_from: str, error: TargetRefusedError) -> TargetRefusedError:
    return TargetRefusedError(
        error.code, f"{came_from} redirects where the guard does not follow. {error.message}"
    )


def _too_many(journey: Journey) -> FetchError:
    return FetchError(
        "too_many_redirects",
        f"{journey.first.url} redirects more than {journey.follow} times. Each costs visitors "
        "a round trip and browsers give up at some point; point to the last address at once.",
    )


def _loop(here: Url, there: Url) -> FetchError:
    return FetchError(
        "redirect_loop",
        f"{here} redirects to {there}, which was visited on the way. Browsers give up there; "
        "correct the redirects so that they end.",
    )
