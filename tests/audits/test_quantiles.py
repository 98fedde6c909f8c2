"""Quantiles say no more than their sample can bear."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.observations.quantiles import (
    Strength,
    bound_ranks,
    nearest_rank,
    spread_of,
)


@pytest.mark.parametrize(
    ("count", "ranks"), [(58, (52, 0)), (59, (53, 59)), (60, (54, 60)), (120, (110, 119))]
)
def test_the_bounds_are_the_ranks_of_order_statistics(count, ranks):
    assert bound_ranks(count) == ranks


@pytest.mark.parametrize(
    ("count", "strength"),
    [
        (1, Strength.MEDIAN_ONLY),
        (19, Strength.MEDIAN_ONLY),
        (20, Strength.INDICATIVE),
        (58, Strength.INDICATIVE),
        (59, Strength.BOUNDED),
    ],
)
def test_what_may_be_said_grows_with_the_sample(count, strength):
    spread = spread_of([float(n) for n in range(1, count + 1)])
    assert spread is not None
    assert spread.strength == strength
    assert (spread.high is not None) == (strength == Strength.BOUNDED)


def test_sixty_samples_are_bounded_by_the_54th_and_the_60th():
    spread = spread_of([float(n) for n in range(60, 0, -1)])
    assert spread is not None
    assert (spread.median, spread.p95, spread.low, spread.high) == (30, 57, 54, 60)


def test_nothing_measured_has_no_quantile():
    assert spread_of([]) is None
    with pytest.raises(ValueError, match="no value"):
        nearest_rank([], 0.5)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.01, 1))
def test_every_quantile_was_measured_and_enough_lie_at_or_below_it(values, share):
    found = nearest_rank(sorted(values), share)
    assert found in values
    assert sum(value <= found for value in values) >= math.floor(share * len(values))
