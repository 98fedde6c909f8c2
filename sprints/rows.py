"""A risk as a line of the list shows it."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, TypedDict
from urllib.parse import urlsplit

from accounts.models import User
from sprints.grouping import Group
from sprints.models import Risk
from sprints.moments import calendar_day, day_words
from sprints.triage import word_of

SHOWN_WHERE_CHARS: Final = 56


class RiskRow(TypedDict, total=False):
    """What `components/risk_row.html` draws; without a score, people meet the words."""

    url: str
    ref: str
    title: str
    where: str
    why: str
    band: str
    facts: list[str]
    alarm: str
    status: str
    is_selected: bool
    number: int
    version: int
    word: str
    triage_url: str
    is_internal: bool
    seen: list[dict[str, Any]]  # Any: a label, a value, whether it is code


class GroupRow(RiskRow, total=False):
    """What `components/risk_group.html` draws: one line, and the risks behind it."""

    rows: list[RiskRow]
    places: str
    is_open: bool


def risk_row(
    risk: Risk, *, url: str, today: date, is_selected: bool = False, moves_to: int = 0
) -> RiskRow:
    """The line of `risk`; `moves_to` is the place it takes at the next sorting, if another."""
    facts = [f"Stage {risk.stage}", given_name(risk.owner) if risk.owner else "Nobody yet"]
    if risk.state != Risk.State.OPEN:
        facts.append(state_words(risk, today))
    if risk.due_on and risk.is_unsettled and risk.due_on >= today:
        facts.append(f"Due {day_words(risk.due_on, today)}")
    facts += outside_facts(risk)
    if risk.is_internal:
        facts.append("Staff only")
    if moves_to:
        facts.append(f"Moves to #{moves_to}")
    return {
        "url": url,
        "ref": risk.ref,
        "title": risk.title,
        "where": where(risk.subject),
        "why": risk.plain_summary,
        "band": str(risk.band),
        "facts": facts,
        "alarm": alarm(risk, today),
        "status": risk.state,
        "is_selected": is_selected,
        "number": risk.number,
        "version": risk.row_version,
        "word": word_of(risk.score),
        "triage_url": below(url, "triage/"),
        "is_internal": risk.is_internal,
    }


def group_row(
    group: Group, *, url_of: Callable[[Risk], str], today: date, selected: int | None
) -> GroupRow:
    """The line of several risks: the best one's, with where they are and who has them."""
    best = group[0]
    rows = [
        risk_row(risk, url=url_of(risk), today=today, is_selected=risk.pk == selected)
        for risk in group
    ]
    facts = [f"Stage {best.stage}", owners(group)]
    if best.state != Risk.State.OPEN:
        facts.append(state_words(best, today))
    return {
        "ref": best.ref,
        "title": best.title,
        "why": best.plain_summary,
        "band": str(best.band),
        "facts": facts,
        "alarm": next((row["alarm"] for row in rows if row["alarm"]), ""),
        "status": best.state,
        "rows": rows,
        "places": places(group),
        "is_open": any(row["is_selected"] for row in rows),
    }


def below(url: str, part: str) -> str:
    """The address of `part` of what `url` shows, with the same query."""
    path, mark, query = url.partition("?")
    return f"{path}{part}{mark}{query}"


def outside_facts(risk: Risk) -> list[str]:
    """What is said about leaving it outside the sprint, if anything."""
    if risk.outside_accepted_at is not None:
        return ["Outside this sprint"]
    return ["Offered as outside, waits for the founder"] if risk.outside_offered_at else []


def state_words(risk: Risk, today: date) -> str:
    """`Being fixed`, `Accepted until Fri 4 Dec`."""
    if risk.state == Risk.State.ACCEPTED and risk.accepted_until:
        return f"Accepted until {calendar_day(risk.accepted_until, today)}"
    return str(risk.get_state_display()).capitalize()


def places(group: Sequence[Risk]) -> str:
    """`on 4 hosts`; `in 6 places` where a host has several, or what has them is no host."""
    hosts = {host_of(risk.subject) for risk in group}
    if len(hosts) == len(group) and not any(" " in risk.subject for risk in group):
        return f"on {len(hosts)} hosts"
    return f"in {len(group)} places"


def owners(group: Sequence[Risk]) -> str:
    """Who has them, each once; who stands for nobody is named last."""
    names = dict.fromkeys(given_name(risk.owner) for risk in group if risk.owner)
    if not names:
        return "Nobody yet"
    rest = ["nobody yet"] if any(risk.owner is None for risk in group) else []
    return ", ".join([*names, *rest])


def host_of(subject: str) -> str:
    """The host in a subject: an address, `host:port`, or a name as it stands."""
    name = subject if "://" in subject else f"//{subject}"
    try:
        return urlsplit(name).hostname or subject
    except ValueError:
        return subject


def where(subject: str) -> str:
    """The subject short enough for a line; its start and its end tell most."""
    text = subject.removeprefix("https://").removesuffix("/")
    if len(text) <= SHOWN_WHERE_CHARS:
        return text
    half = SHOWN_WHERE_CHARS // 2
    return f"{text[:half]}…{text[1 - half :]}"


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
