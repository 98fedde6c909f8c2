"""Sorting risks into the three words, with as little change of their numbers as needed. Pure."""

from enum import StrEnum
from typing import Final

from sprints.impact import (
    CONSEQUENCES,
    CRITICAL_FROM,
    LIKELIHOODS,
    MEDIUM_FROM,
    RECOVERIES,
    Weight,
    score,
)


class Word(StrEnum):
    """What people sort into (words.md 7); the key that says it is its place, from 1."""

    STOPS = "stops"
    BEFORE = "before"
    WAITS = "waits"


WORDS: Final = {
    Word.STOPS: "stops the launch",
    Word.BEFORE: "fix before launch",
    Word.WAITS: "can wait",
}


def word_of(points: int) -> Word:
    """The word of a score from 0 to 100."""
    if points >= CRITICAL_FROM:
        return Word.STOPS
    return Word.BEFORE if points >= MEDIUM_FROM else Word.WAITS


def triaged(weight: Weight, word: Word) -> Weight:
    """The nearest weight that `word` names: fewest steps of the three numbers, then the
    smallest change of the score, then likelihood before recovery before consequence."""
    if word_of(score(weight)) == word:
        return weight
    before = score(weight)

    def cost(other: Weight) -> tuple[int, int, int, int, int]:
        moved = (
            abs(other.consequence - weight.consequence),
            abs(other.recovery - weight.recovery),
            abs(other.likelihood - weight.likelihood),
        )
        return (sum(moved), abs(score(other) - before), *moved)

    return min(
        (
            other
            for consequence in CONSEQUENCES
            for likelihood in LIKELIHOODS
            for recovery in RECOVERIES
            if word_of(score(other := Weight(consequence, likelihood, recovery))) == word
        ),
        key=cost,
    )
