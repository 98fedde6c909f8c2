from collections import Counter
from itertools import product

import pytest

from sprints.impact import (
    CONSEQUENCES,
    LIKELIHOODS,
    RECOVERIES,
    WEIGHT_OF_SEVERITY,
    Band,
    Effort,
    Strength,
    Weight,
    band,
    rank_key,
    score,
)


@pytest.mark.parametrize(
    ("weight", "points", "expected"),
    [
        (Weight(4, 5, 3), 80, Band.CRITICAL),
        (Weight(2, 5, 1), 27, Band.MEDIUM),
        (Weight(5, 5, 3), 100, Band.CRITICAL),
        (Weight(1, 1, 1), 3, Band.LOW),
    ],
)
def test_the_examples_of_the_specification_hold(weight, points, expected):
    assert score(weight) == points
    assert band(points) == expected


def test_the_75_combinations_fall_into_10_15_27_and_23():
    combinations = product(CONSEQUENCES, LIKELIHOODS, RECOVERIES)
    counted = Counter(band(score(Weight(*numbers))) for numbers in combinations)
    assert counted == {Band.CRITICAL: 10, Band.HIGH: 15, Band.MEDIUM: 27, Band.LOW: 23}


def test_a_severity_brings_its_score_and_s4_opens_none():
    scores = {severity: score(weight) for severity, weight in WEIGHT_OF_SEVERITY.items()}
    assert scores == {0: 83, 1: 53, 2: 30, 3: 13}


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (60, Band.CRITICAL),
        (59, Band.HIGH),
        (36, Band.HIGH),
        (35, Band.MEDIUM),
        (16, Band.MEDIUM),
        (15, Band.LOW),
    ],
)
def test_both_sides_of_every_band(points, expected):
    assert band(points) == expected


def test_high_and_medium_share_their_words():
    assert Band.HIGH.words == Band.MEDIUM.words == "fix before launch"
    assert Band.CRITICAL.words == "stops the launch"
    assert Band.LOW.words == "can wait"


def test_the_order_is_total_and_goes_by_band_score_strength_stage_effort_number():
    keys = [
        rank_key(83, Strength.CONFIRMED, 1, Effort.S, 9),
        rank_key(83, Strength.CONFIRMED, 1, Effort.M, 8),
        rank_key(83, Strength.CONFIRMED, 2, Effort.S, 7),
        rank_key(83, Strength.SUSPECTED, 1, Effort.S, 6),
        rank_key(80, Strength.CONFIRMED, 1, Effort.S, 5),
        rank_key(53, Strength.CONFIRMED, 1, Effort.S, 4),
        rank_key(53, Strength.CONFIRMED, 1, Effort.S, 14),
    ]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
