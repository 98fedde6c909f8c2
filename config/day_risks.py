"""The risks of a consultant's day, each at its first turn, in one query."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, Value

from accounts.models import Practice, User
from config.among import Among
from sprints.models import Risk
from sprints.needs import Turn

TO_FIX = (Risk.State.OPEN, Risk.State.IN_PROGRESS)
CAME_BACK = Q(state=Risk.State.OPEN, came_back_count__gt=0)
BY_HAND = Q(state=Risk.State.FIXED, check_id="")


class RiskOfDay(NamedTuple):
    """A risk with why it waits: `Turn.CAME_BACK`, `Turn.DUE`, or `Turn.MINE` to check by hand."""

    turn: Turn
    sprint_id: int
    number: int
    title: str
    score: int
    due_on: date | None
    fixed_at: datetime | None
    last_seen_at: datetime


def risks_of_day(
    practice: Practice, me: User, today: date, *, sprints: Collection[int], most: int
) -> Iterable[RiskOfDay]:
    """At most `most` of each turn in the `sprints`, those with the greatest impact first.

    One query for each turn, joined: each is read along an index of its own and stops early,
    where one `OR` over the three would read every open risk of the practice.
    """
    due = Q(state__in=TO_FIX, due_on__lte=today) & (Q(owner=me) | Q(owner=None)) & ~CAME_BACK
    risks = Risk.objects.of(practice).filter(Among("sprint_id", sprints), outside_accepted_at=None)
    came_back = _turn(risks.filter(CAME_BACK), Turn.CAME_BACK, "pk")[:most]
    overdue = _turn(risks.filter(due), Turn.DUE, "due_on", "pk")[:most]
    by_hand = _turn(risks.filter(BY_HAND), Turn.MINE, "pk")[:most]
    for turn, *values in came_back.union(overdue, by_hand, all=True):
        yield RiskOfDay(Turn(turn), *values)


def _turn(risks: QuerySet[Risk], turn: Turn, *order: str) -> QuerySet[Risk, tuple[Any, ...]]:
    ranked = risks.annotate(turn=Value(turn.value)).order_by("-score", *order)
    return ranked.values_list("turn", *RiskOfDay._fields[1:])
