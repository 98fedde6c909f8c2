"""The pile of everything that one audit saw, and why some of it could not be seen."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class FailureKind(StrEnum):
    """Why there is no observation. None of these may ever become a failing check."""

    TIMEOUT = "timeout"
    NO_ANSWER = "no_answer"
    BLOCKED = "blocked"
    CONSENT = "consent"
    NOT_APPLICABLE = "not_applicable"
    # Another job measures it, when somebody asks for it.
    ELSEWHERE = "elsewhere"
    OUT_OF_TIME = "out_of_time"
    REFUSED_BY_GUARD = "refused_by_guard"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class GatherFailure:
    """There is no observation; `message` says what was tried and met, as a sentence.

    `code` is the guard's own (`connect_refused`), for gatherers to whom that is a fact.
    """

    kind: FailureKind
    message: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """One look: the type that was wanted, at which subject, and what came of it.

    `value` is an instance of `wanted` or a `GatherFailure` (`Any`: the type is data here).
    """

    wanted: type
    subject: str
    value: Any


@dataclass
class Observations:
    """Everything seen in one run, in the order it was seen."""

    sights: list[Sight] = field(default_factory=list)

    def add(self, value: object, *, subject: str) -> None:
        """Keep an observation under its own type."""
        self.sights.append(Sight(type(value), subject, value))

    def miss(self, wanted: type, failure: GatherFailure, *, subject: str) -> None:
        """Keep that `wanted` could not be observed at `subject`."""
        self.sights.append(Sight(wanted, subject, failure))

    def of(self, wanted: type) -> Iterator[Sight]:
        return (sight for sight in self.sights if sight.wanted is wanted)

    def values[O](self, wanted: type[O]) -> tuple[O, ...]:
        """Only what was really seen of one type."""
        return tuple(s.value for s in self.of(wanted) if isinstance(s.value, wanted))

    def has(self, wanted: type) -> bool:
        return any(True for _ in self.of(wanted))
