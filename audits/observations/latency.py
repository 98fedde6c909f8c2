"""A route asked many times, slowly: its samples, and their compact form for the database. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from audits.observations.perf import Sample

TARGET_MS, ALERT_MS = 300, 500
OK, FIRST_ERROR, FIRST_SERVER_ERROR, TOO_MANY = 200, 400, 500, 429

# What a sample is stored as: status, name, connection, TLS, first byte, all (ms), from a cache.
type Packed = list[int | float]


@dataclass(frozen=True, slots=True)
class RouteTimes:
    """One route, asked again and again with at least half a second between.

    `cold` is the first request, with every redirect; `idle_minutes` how long nobody of ours
    had asked this product before, None where that isn't known. `samples` are the ones after
    it, of the address where the redirects end. `stopped` says why there are fewer than
    planned: `errors` (five in a row without an answer), `rate_limit`, `time`.
    """

    url: str
    is_page: bool
    cold: Sample | None
    samples: tuple[Sample, ...]
    idle_minutes: float | None = None
    redirect_count: int = 0
    stopped: str = ""
    target_ms: int = TARGET_MS
    alert_ms: int = ALERT_MS

    @property
    def good(self) -> tuple[Sample, ...]:
        """Answers below 400 that no cache gave: what a time may be taken of."""
        return tuple(one for one in self.answered if not one.is_cached)

    @property
    def answered(self) -> tuple[Sample, ...]:
        return tuple(one for one in self.samples if OK <= one.status < FIRST_ERROR)

    @property
    def cached_count(self) -> int:
        return sum(one.is_cached for one in self.answered)

    @property
    def refused_count(self) -> int:
        return sum(one.status == TOO_MANY for one in self.samples)

    @property
    def failed(self) -> tuple[Sample, ...]:
        """No answer at all, or one that blames the server."""
        return tuple(
            one for one in self.samples if not one.status or one.status >= FIRST_SERVER_ERROR
        )

    @property
    def error_share(self) -> float:
        """Failed among those that were not refused for asking too often; 0 where none is left."""
        count = len(self.samples) - self.refused_count
        return len(self.failed) / count if count else 0.0

    def statuses(self) -> tuple[tuple[int, int], ...]:
        """How often each status came, the frequent first; 0 is no answer."""
        return tuple(Counter(one.status for one in self.samples).most_common(6))


def server_ms(sample: Sample) -> float:
    """From the request to the last byte, less one round trip: what the server itself took.

    The round trip is what connecting took: the way from us is not the way from its users.
    """
    return max(sample.total_ms - sample.setup_ms - sample.connect_ms, 0.0)


def pack(sample: Sample) -> Packed:
    phases = (sample.dns_ms, sample.connect_ms, sample.tls_ms, sample.first_byte_ms)
    times = [round(value, 1) for value in (*phases, sample.total_ms)]
    return [sample.status, *times, int(sample.is_cached)]


def unpack(packed: Sequence[int | float]) -> Sample:
    status, dns, connect, tls, first, total, cached = packed
    return Sample(int(status), dns, connect, tls, first, total, bool(cached))
