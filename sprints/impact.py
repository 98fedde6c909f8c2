"""How much a risk weighs on a launch: score, band and the one total order. Pure.

Source: engagement specification, section 2.3.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum, StrEnum

CONSEQUENCES = range(1, 6)
LIKELIHOODS = range(1, 6)
RECOVERIES = range(1, 4)

# d = 1, 1.25, 1.5, kept as quarters so that the score is exact.
QUARTERS_OF_RECOVERY = {1: 4, 2: 5, 3: 6}
LARGEST_QUARTERS = 150  # 5 * 5 * 6

CRITICAL_FROM = 60
HIGH_FROM = 36
MEDIUM_FROM = 16


class Band(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def words(self) -> str:
        """The three words in which people meet a band (words.md 7)."""
        return WORDS[self]


WORDS = {
    Band.CRITICAL: "stops the launch",
    Band.HIGH: "fix before launch",
    Band.MEDIUM: "fix before launch",
    Band.LOW: "can wait",
}
BAND_ORDER = tuple(Band)


class Strength(StrEnum):
    """How well a risk is known."""

    CONFIRMED = "confirmed"
    REPORTED = "reported"
    SUSPECTED = "suspected"


STRENGTH_ORDER = tuple(Strength)


class Effort(IntEnum):
    S = 1
    M = 2
    L = 3


@dataclass(frozen=True, slots=True)
class Weight:
    """Consequence 1 to 5, likelihood 1 to 5, recovery 1 (easy) to 3 (silent, irreversible)."""

    consequence: int
    likelihood: int
    recovery: int


# What a finding of the audit brings by its severity; S4 opens no risk.
WEIGHT_OF_SEVERITY = {
    0: Weight(5, 5, 2),
    1: Weight(4, 4, 2),
    2: Weight(3, 3, 2),
    3: Weight(2, 2, 2),
}


# What each number means, as the drawer says it.
CONSEQUENCE_WORDS = {
    5: "launch impossible, or data exposed",
    4: "sign-in, payment or mail broken for some",
    3: "worse or costly for many",
    2: "a few users, or search engines, notice",
    1: "cosmetic",
}
LIKELIHOOD_WORDS = {
    5: "seen now",
    4: "with the first real visitors",
    3: "under a rush of visitors",
    2: "in an unusual case",
    1: "in theory",
}
RECOVERY_WORDS = {
    1: "an alert rings, and the way back takes an hour",
    2: "noticed late",
    3: "silent, or can’t be undone",
}


def in_words(weight: Weight) -> str:
    """How the score comes about: "Cosmetic × seen now × noticed late = 17"."""
    words = (
        CONSEQUENCE_WORDS[weight.consequence],
        LIKELIHOOD_WORDS[weight.likelihood],
        RECOVERY_WORDS[weight.recovery],
    )
    return f"{' × '.join(words).capitalize()} = {score(weight)}"


def score(weight: Weight) -> int:
    """0 to 100: `round(100 * C * L * d / 37.5)`, halves rounded up."""
    quarters = weight.consequence * weight.likelihood * QUARTERS_OF_RECOVERY[weight.recovery]
    exact = Decimal(100 * quarters) / LARGEST_QUARTERS
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def band(points: int) -> Band:
    """The band of a score."""
    if points >= CRITICAL_FROM:
        return Band.CRITICAL
    if points >= HIGH_FROM:
        return Band.HIGH
    return Band.MEDIUM if points >= MEDIUM_FROM else Band.LOW


def rank_key(
    points: int, strength: Strength, stage: int, effort: Effort, number: int
) -> tuple[int, int, int, int, int, int]:
    """Sort key of the total order: band, score, strength, stage, effort, reference.

    Equal input gives an equal list: the reference number is unique in its sprint.
    """
    return (
        BAND_ORDER.index(band(points)),
        -points,
        STRENGTH_ORDER.index(strength),
        stage,
        int(effort),
        number,
    )
