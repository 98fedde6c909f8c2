"""Quantiles of a small sample with the bound that its size can bear. Pure.

Nearest rank, no interpolation: every number shown was measured. The bounds are order
statistics: the count of samples below the true quantile is binomial, so which ranks lie
below and above it with 95 % each follows from the sample's size alone. 59 samples are the
fewest whose largest is such an upper bound of p95; of 60 the bounds are the 54th and 60th.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

P95 = 0.95
SURENESS = 0.95
FEWEST_INDICATIVE = 20
FEWEST_SURE = 59


class Strength(StrEnum):
    """What a sample of this size may say about its p95."""

    MEDIAN_ONLY = "median only"
    INDICATIVE = "indicative"
    BOUNDED = "bounded"


@dataclass(frozen=True, slots=True)
class Spread:
    """Values of one sample in their own unit. `low` and `high` bound p95 where `strength`
    is bounded; `high` is then never better than what was measured."""

    count: int
    smallest: float
    median: float
    p95: float
    largest: float
    strength: Strength
    low: float | None = None
    high: float | None = None


def nearest_rank(ordered: Sequence[float], share: float) -> float:
    """The value at `share` (above 0, at most 1) of the ascending `ordered`, which has one."""
    if not ordered:
        raise ValueError("a quantile of no value")
    rank = max(1, math.ceil(round(share * len(ordered), 9)))
    return ordered[min(rank, len(ordered)) - 1]


@cache
def bound_ranks(count: int, share: float = P95, sureness: float = SURENESS) -> tuple[int, int]:
    """Ranks (from 1) below and above the true quantile, each with `sureness`; 0 means none.

    Source: David and Nagaraja, Order Statistics, section 7.1.
    """
    below = _cumulative(count, share)
    low = next((r for r in range(count, 0, -1) if 1 - below[r - 1] >= sureness), 0)
    high = next((r for r in range(1, count + 1) if below[r - 1] >= sureness), 0)
    return low, high


def _cumulative(count: int, share: float) -> list[float]:
    """P(at most k of `count` values lie below the quantile), for k from 0."""
    total, sums = 0.0, []
    for k in range(count + 1):
        total += math.comb(count, k) * share**k * (1 - share) ** (count - k)
        sums.append(total)
    return sums


def spread_of(values: Sequence[float]) -> Spread | None:
    """The quantiles of `values`, None where there is none."""
    ordered = sorted(values)
    if not ordered:
        return None
    count = len(ordered)
    low = high = 0
    if count >= FEWEST_SURE:
        low, high = bound_ranks(count)
    return Spread(
        count=count,
        smallest=ordered[0],
        median=nearest_rank(ordered, 0.5),
        p95=nearest_rank(ordered, P95),
        largest=ordered[-1],
        strength=strength_of(count),
        low=ordered[low - 1] if low else None,
        high=ordered[high - 1] if high else None,
    )


def strength_of(count: int) -> Strength:
    """What `count` samples may say about their p95."""
    if count >= FEWEST_SURE:
        return Strength.BOUNDED
    return Strength.INDICATIVE if count >= FEWEST_INDICATIVE else Strength.MEDIAN_ONLY
