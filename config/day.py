"""What waits for a consultant today, over all sprints, in a fixed number of queries.

Incidents have the first turn; monitors will bring them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import FETCH_RAISE, Count, Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import ClientMembership, Practice, User
from config.day_talk import talk_needs
from config.portfolio_filter import AT_WORK
from sprints.day import DayNeed, in_order
from sprints.models import (
    Decision,
    DecisionCondition,
    Evidence,
    Request,
    Risk,
    Sprint,
    Stage,
)
from sprints.models.risk import OPEN_STATES
from sprints.moments import calendar_day
from sprints.needs import Need, Turn

# More of one kind than anybody works through in a day.
MOST_ROWS = 100
TO_FIX = (Risk.State.OPEN, Risk.State.IN_PROGRESS)
RISK_FIELDS = (
    *("sprint", "number", "title", "score", "state", "check_id", "due_on"),
    *("came_back_count", "fixed_at", "last_seen_at"),
)
ANSWERED = (Request.State.DONE, Request.State.NOT_FOUND, Request.State.NOT_OURS)
ANSWER_WORDS = {
    Request.State.DONE: "answered",
    Request.State.NOT_FOUND: "can’t find it",
    Request.State.NOT_OURS: "doesn’t have this",
}


@dataclass(frozen=True, slots=True)
class Day:
    """Whose day it is, when, and the names of the sprints at work."""

    practice: Practice
    me: User
    today: date
    projects: dict[int, str]
    clients: frozenset[int]

    # `Any`: the parameters of an address.
    def url(self, name: str, sprint_id: int, **words: Any) -> str:
        """A staff address of the sprint; its first page where the named one is not there."""
        kwargs = {"practice_slug": self.practice.slug, "sprint_id": sprint_id}
        try:
            return reverse(f"sprints:{name}", kwargs=kwargs | words)
        except NoReverseMatch:
            return reverse("sprint", kwargs=kwargs)


def day_of(practice: Practice, me: User, projects: dict[int, str]) -> Day:
    """The day over `projects`: the project's name of every sprint that is at work."""
    people = ClientMembership.objects.of(practice)
    return Day(
        practice=practice,
        me=me,
        today=timezone.localdate(),
        projects=projects,
        clients=frozenset(people.values_list("user_id", flat=True)),
    )


def needs_of_day(day: Day) -> list[DayNeed]:
    """All that waits for the consultant, in the order of the day."""
    found = [
        *_risks(day),
        *_answers(day),
        *_conditions(day),
        *_evidence(day),
        *_talk(day),
        *_ready(day),
    ]
    return in_order(one for one in found if one.sprint_id in day.projects)


def _risks(day: Day) -> Iterable[DayNeed]:
    """Came back, due, or mended by hand and not looked at: each risk once, at its first turn."""
    came_back = Q(state=Risk.State.OPEN, came_back_count__gt=0)
    due = Q(state__in=TO_FIX, due_on__lte=day.today) & (Q(owner=day.me) | Q(owner=None))
    to_check = Q(state=Risk.State.FIXED, check_id="")
    risks = Risk.objects.of(day.practice).filter(
        came_back | due | to_check, state__in=OPEN_STATES, outside_accepted_at=None,
        sprint__state__in=AT_WORK,
    )  # fmt: skip
    light = risks.only(*RISK_FIELDS).fetch_mode(FETCH_RAISE).order_by("-score", "pk")
    return [_risk_need(day, risk) for risk in light[:MOST_ROWS]]


def _risk_need(day: Day, risk: Risk) -> DayNeed:
    url = day.url("risk-detail", risk.sprint_id, number=risk.number)
    overdue = 0
    if risk.state == Risk.State.FIXED:
        text, act, since = "Said to be fixed; no check can see it.", "Check by hand", risk.fixed_at
        turn = Turn.MINE
    elif risk.state == Risk.State.OPEN and risk.came_back_count:
        text, act, since = "It was gone, and came back.", "Look at it", risk.last_seen_at
        turn = Turn.CAME_BACK
    else:
        due_on = risk.due_on or day.today
        overdue = (day.today - due_on).days
        text, act, since = due_words(due_on, day.today), "Work on it", start_of(due_on)
        turn = Turn.DUE
    need = Need(f"{risk.ref} {risk.title}", text, act, url, since or risk.last_seen_at, turn)
    return _of_day(day, risk.sprint_id, need, weight=risk.score, overdue_days=overdue)


def _answers(day: Day) -> Iterable[DayNeed]:
    answered = Request.objects.of(day.practice).filter(
        state__in=ANSWERED, answered_at__isnull=False, noted_at=None
    )
    return [
        _of_day(
            day,
            one.sprint_id,
            Need(
                one.title,
                f"{_name(one.answered_by)}: {ANSWER_WORDS[Request.State(one.state)]}.",
                "Read the answer",
                day.url("request-list", one.sprint_id),
                one.answered_at or one.created_at,
                Turn.ANSWERED,
            ),
        )
        for one in answered.select_related("answered_by").order_by("answered_at")[:MOST_ROWS]
    ]


def _conditions(day: Day) -> Iterable[DayNeed]:
    """Conditions of a decision in force that I promised to see met."""
    due = DecisionCondition.objects.of(day.practice).filter(
        decision__state=Decision.State.CONFIRMED, met_at=None, due_on__lte=day.today, owner=day.me
    )
    return [
        _of_day(
            day,
            one.decision.sprint_id,
            Need(
                one.text,
                f"A condition of the decision. {due_words(one.due_on, day.today)}",
                "Look at it",
                day.url("decision-list", one.decision.sprint_id),
                start_of(one.due_on),
                Turn.DUE,
            ),
            overdue_days=(day.today - one.due_on).days,
        )
        for one in due.select_related("decision").order_by("due_on")[:MOST_ROWS]
    ]


def _evidence(day: Day) -> Iterable[DayNeed]:
    """What the client's side handed in and nobody has looked at."""
    handed_in = Evidence.objects.of(day.practice).filter(
        state=Evidence.State.SUBMITTED, created_by__in=day.clients
    )
    light = handed_in.select_related("stage", "created_by").only(
        *("title", "created_at", "stage__sprint", "stage__ordinal"),
        *("created_by__name", "created_by__email"),
    )
    rows = light.fetch_mode(FETCH_RAISE).order_by("created_at")[:MOST_ROWS]
    return [
        _of_day(
            day,
            one.stage.sprint_id,
            Need(
                f"“{one.title}”",
                f"{_name(one.created_by)} handed it in for stage {one.stage.ordinal}.",
                "Look at it",
                day.url("stage", one.stage.sprint_id, ordinal=one.stage.ordinal),
                one.created_at,
            ),
        )
        for one in rows
    ]


def _talk(day: Day) -> Iterable[DayNeed]:
    needs = talk_needs(day.practice, day.me, day.clients, day.url)
    return [_of_day(day, sprint_id, need) for sprint_id, need in needs]


def _ready(day: Day) -> Iterable[DayNeed]:
    """Sprints whose seven stages are all done, and nobody has begun to hand over."""
    stages = Stage.objects.of(day.practice).filter(sprint__state=Sprint.State.ACTIVE)
    left = Count("pk", filter=~Q(state=Stage.State.DONE))
    done = stages.values("sprint").annotate(left=left).filter(left=0).values_list("sprint")
    return [
        _of_day(
            day,
            sprint_id,
            Need(
                "All seven stages are done",
                "Launch, then hand over.",
                "Open the sprint",
                day.url("", sprint_id),
                start_of(day.today),
                Turn.READY,
            ),
        )
        for (sprint_id,) in done.order_by("sprint")[:MOST_ROWS]
    ]


def _of_day(
    day: Day, sprint_id: int, need: Need, *, weight: int = 0, overdue_days: int = 0
) -> DayNeed:
    return DayNeed(need, sprint_id, day.projects.get(sprint_id, ""), weight, overdue_days)


def due_words(due_on: date, today: date) -> str:
    late = (today - due_on).days
    if late == 0:
        return "Due today."
    return f"Due since {calendar_day(due_on, today)}, {late} day{'' if late == 1 else 's'} ago."


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _name(person: User | None) -> str:
    return str(person) if person else "Somebody"


def headline_of(needs: Sequence[DayNeed]) -> str:
    """`7 things wait for you.`"""
    if not needs:
        return "Nothing waits for you."
    return "1 thing waits for you." if len(needs) == 1 else f"{len(needs)} things wait for you."
