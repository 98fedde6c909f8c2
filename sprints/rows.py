"""A risk as a line of the list shows it."""

from datetime import date
from typing import Any, TypedDict

from accounts.models import User
from sprints.models import Risk
from sprints.moments import calendar_day, day_words


class RiskRow(TypedDict, total=False):
    """What `components/risk_row.html` draws; without a score, people meet the words."""

    url: str
    ref: str
    title: str
    why: str
    band: str
    facts: list[str]
    alarm: str
    status: str
    is_selected: bool
    seen: list[dict[str, Any]]  # Any: a label, a value, whether it is code


def risk_row(
    risk: Risk, *, url: str, today: date, is_selected: bool = False, moves_to: int = 0
) -> RiskRow:
    """The line of `risk`; `moves_to` is the place it takes at the next sorting, if another."""
    facts = [f"Stage {risk.stage}", given_name(risk.owner) if risk.owner else "Nobody yet"]
    if risk.state != Risk.State.OPEN:
        facts.append(risk.get_state_display().capitalize())
    if risk.due_on and risk.is_unsettled and risk.due_on >= today:
        facts.append(f"Due {day_words(risk.due_on, today)}")
    if moves_to:
        facts.append(f"Moves to #{moves_to}")
    return {
        "url": url,
        "ref": risk.ref,
        "title": risk.title,
        "why": risk.plain_summary,
        "band": str(risk.band),
        "facts": facts,
        "alarm": alarm(risk, today),
        "status": risk.state,
        "is_selected": is_selected,
    }


def alarm(risk: Risk, today: date) -> str:
    """The one thing about the risk that should catch the eye."""
    if not risk.is_unsettled:
        return ""
    if risk.due_on and risk.due_on < today:
        return f"Was due {calendar_day(risk.due_on, today)}"
    return "Came back" if risk.came_back_count else ""


def seen_rows(risk: Risk) -> list[dict[str, Any]]:  # Any: as in RiskRow
    """What was met, what was expected, what to do."""
    rows = (
        ("Observed", risk.observed, True),
        ("Expected", risk.expected, False),
        ("Remedy", risk.remedy, False),
    )
    return [
        {"label": label, "value": value, "is_code": is_code}
        for label, value, is_code in rows
        if value
    ]


def given_name(user: User) -> str:
    """The first word of a person's name; the address where staff see a person without one."""
    return user.name.split()[0] if user.name.strip() else user.email
