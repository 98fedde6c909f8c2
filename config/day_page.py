"""My day as the practice's first page shows it."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.access import TenantRequest
from config.day import MOST_ROWS, SHOWN, day_of, headline_of, needs_of_day
from config.day_waiting import waiting_for
from sprints.day import DayNeed, Waiting
from sprints.needs import Need, Turn

MOST_WAITS = 20
TURN_WORDS = {
    Turn.INCIDENT: "Incident",
    Turn.CAME_BACK: "Came back",
    Turn.ANSWERED: "Answered",
    Turn.DUE: "Due",
    Turn.MINE: "Waits for you",
    Turn.READY: "Ready to hand over",
}


@dataclass(frozen=True, slots=True)
class DayRow:
    need: Need
    project: str
    turn: int
    turn_words: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class WaitRow:
    waiting: Waiting
    since: str


# `Any`: whatever a template reads.
def day_context(request: TenantRequest, projects: dict[int, str]) -> dict[str, Any]:
    """The first five of what waits, the others, and whom the consultant waits for."""
    day, now = day_of(request.practice, request.user, projects), timezone.now()
    needs = needs_of_day(day)
    rows = [_row(one, is_first=place == 0) for place, one in enumerate(needs[:MOST_ROWS])]
    waits = waiting_for(request.practice, day.projects, most=MOST_WAITS)
    return {
        "day_headline": headline_of(needs),
        "needs": rows[:SHOWN],
        "needs_more": rows[SHOWN:],
        "has_later": len(needs) > MOST_ROWS,
        "waits": [WaitRow(one, since_words(one.days(now))) for one in waits],
        "practice_slug": request.practice.slug,
    }


def _row(one: DayNeed, *, is_first: bool) -> DayRow:
    turn = one.need.turn
    return DayRow(one.need, one.project, turn.value, TURN_WORDS[turn], is_first)


def since_words(days: int) -> str:
    if days == 0:
        return "since today"
    return "for 1 day" if days == 1 else f"for {days} days"
