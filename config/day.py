"""What waits for a consultant today, over all sprints, in a fixed number of queries.

Incidents have the first turn; monitors will bring them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import FETCH_RAISE, Exists, OuterRef
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import ClientMembership, Practice, User
from config.among import Among
from config.day_risks import RiskOfDay, risks_of_day
from config.day_talk import talk_needs
from sprints.day import DayNeed, in_order
from sprints.models import Decision, DecisionCondition, Evidence, Request, Sprint, Stage
from sprints.models.risk import ref
from sprints.moments import calendar_day
from sprints.needs import Need, Turn
from sprints.template import STAGES

# How many things a day lists: the first few, and the others below a fold. No kind of thing needs
# to be read further, as each is read in the order of the day.
SHOWN = 5
MOST_MORE = 15
MOST_ROWS = SHOWN + MOST_MORE
LAST_STAGE = STAGES[-1].ordinal
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
    """What waits for the consultant, in the order of the day, at most MOST_ROWS of a kind."""
    found = [
        *_risks(day),
        *_answers(day),
        *_conditions(day),
        *_evidence(day),
        *_talk(day),
        *_ready(day),
    ]
    return in_order(found)


def _risks(day: Day) -> Iterable[DayNeed]:
    rows = risks_of_day(day.practice, day.me, day.today, sprints=day.projects, most=MOST_ROWS)
    return [_risk_need(day, risk) for risk in rows]


def _risk_need(day: Day, risk: RiskOfDay) -> DayNeed:
    url = day.url("risk-detail", risk.sprint_id, number=risk.number)
    overdue, since = 0, risk.last_seen_at
    if risk.turn == Turn.MINE:
        text, act = "Said to be fixed; no check can see it.", "Check by hand"
        since = risk.fixed_at or since
    elif risk.turn == Turn.CAME_BACK:
        text, act = "It was gone, and came back.", "Look at it"
    else:
        due_on = risk.due_on or day.today
        overdue, since = (day.today - due_on).days, start_of(due_on)
        text, act = due_words(due_on, day.today), "Work on it"
    need = Need(f"{ref(risk.number)} {risk.title}", text, act, url, since, risk.turn)
    return _of_day(day, risk.sprint_id, need, weight=risk.score, overdue_days=overdue)


def _answers(day: Day) -> Iterable[DayNeed]:
    answered = Request.objects.of(day.practice).filter(
        Among("sprint_id", day.projects),
        state__in=ANSWERED,
        answered_at__isnull=False,
        noted_at=None,
    )
    light = answered.select_related("answered_by").only(
        *("sprint", "title", "state", "answered_at", "created_at"),
        *("answered_by__name", "answered_by__email"),
    )
    rows = light.fetch_mode(FETCH_RAISE).order_by("answered_at", "pk")[:MOST_ROWS]
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
        for one in rows
    ]


def _conditions(day: Day) -> Iterable[DayNeed]:
    """Conditions of a decision in force that I promised to see met."""
    due = DecisionCondition.objects.of(day.practice).filter(
        Among("decision__sprint", day.projects), decision__state=Decision.State.CONFIRMED,
        met_at=None, due_on__lte=day.today, owner=day.me,
    )  # fmt: skip
    light = due.select_related("decision").only("text", "due_on", "decision__sprint")
    rows = light.fetch_mode(FETCH_RAISE).order_by("due_on", "pk")[:MOST_ROWS]
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
        for one in rows
    ]


def _evidence(day: Day) -> Iterable[DayNeed]:
    """What the client's side handed in and nobody has looked at."""
    handed_in = Evidence.objects.of(day.practice).filter(
        Among("stage__sprint", day.projects),
        state=Evidence.State.SUBMITTED,
        created_by__in=day.clients,
    )
    light = handed_in.select_related("stage", "risk", "created_by").only(
        *("title", "created_at", "stage__sprint", "stage__ordinal", "risk__number"),
        *("created_by__name", "created_by__email"),
    )
    rows = light.fetch_mode(FETCH_RAISE).order_by("created_at", "pk")[:MOST_ROWS]
    return [
        _of_day(
            day,
            one.stage.sprint_id,
            Need(
                f"“{one.title}”",
                f"{_name(one.created_by)} handed it in for {_shown_by(one)}.",
                "Look at it",
                _page_of(day, one),
                one.created_at,
            ),
        )
        for one in rows
    ]


def _shown_by(one: Evidence) -> str:
    return ref(one.risk.number) if one.risk else f"stage {one.stage.ordinal}"


def _page_of(day: Day, one: Evidence) -> str:
    sprint_id = one.stage.sprint_id
    if one.risk is not None:
        return day.url("risk-detail", sprint_id, number=one.risk.number)
    return day.url("stage", sprint_id, ordinal=one.stage.ordinal)


def _talk(day: Day) -> Iterable[DayNeed]:
    needs = talk_needs(day.practice, day.me, day.clients, day.projects, day.url, most=MOST_ROWS)
    return [_of_day(day, sprint_id, need) for sprint_id, need in needs]


def _ready(day: Day) -> Iterable[DayNeed]:
    """Sprints whose seven stages are all done, and nobody has begun to hand over."""
    left = Stage.objects.of(day.practice).filter(sprint=OuterRef("sprint"))
    last = Stage.objects.of(day.practice).filter(
        Among("sprint_id", day.projects), ~Exists(left.exclude(state=Stage.State.DONE)),
        ordinal=LAST_STAGE, state=Stage.State.DONE, sprint__state=Sprint.State.ACTIVE,
    )  # fmt: skip
    done = last.values_list("sprint")
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
    return DayNeed(need, sprint_id, day.projects[sprint_id], weight, overdue_days)


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
    """`7 things wait for you.`; `At least` where more is left than was read."""
    if not needs:
        return "Nothing waits for you."
    if len(needs) >= MOST_ROWS:
        return f"At least {len(needs)} things wait for you."
    return "1 thing waits for you." if len(needs) == 1 else f"{len(needs)} things wait for you."
