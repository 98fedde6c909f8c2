"""The order of a consultant's day. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sprints.needs import Need


@dataclass(frozen=True, slots=True)
class DayNeed:
    """A need with what orders it among those of its turn, over all sprints.

    `weight` is the launch impact, 0 where nothing is scored; `overdue_days` how long ago it
    was due.
    """

    need: Need
    sprint_id: int
    project: str
    weight: int = 0
    overdue_days: int = 0

    @property
    def place(self) -> tuple[int, int, int, datetime]:
        return (self.need.turn, -self.weight, -self.overdue_days, self.need.since)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one person of the client's side has not answered yet, in one sprint."""

    sprint_id: int
    project: str
    person_id: int
    person: str
    things: Sequence[str]
    since: datetime
    nudged_at: datetime | None = None

    def days(self, now: datetime) -> int:
        """Whole days since the oldest of the things was asked."""
        return max((now - self.since).days, 0)


def in_order(needs: Iterable[DayNeed]) -> list[DayNeed]:
    """By turn; within one by impact, then the longest overdue, then the oldest."""
    return sorted(needs, key=lambda one: one.place)
