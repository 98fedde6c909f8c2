"""The risk list as it stood at a moment, told from the sprint's own history. Pure.

Events are replayed in their order; what no event says (a weight or a title that was never
changed) is as it is now.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from sprints.impact import band

STATE_AFTER = {
    "risk_created": "open",
    "risk_reopened": "open",
    "risk_started": "in_progress",
    "risk_fixed": "fixed",
    "risk_dismissed": "invalid",
    "risk_checked": "verified",
    "acceptance_accepted": "accepted",
    "acceptance_expired": "open",
    "acceptance_revoked": "open",
    "acceptance_voided": "open",
}
STATE_AFTER_AUDIT = {"opened": "open", "came_back": "open", "closed": "verified"}
UNSETTLED = ("open", "in_progress", "fixed")


class Event(Protocol):
    """What is read of an event; `data` is JSON."""

    @property
    def verb(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def data(self) -> dict[str, Any]: ...  # Any: JSON


@dataclass(frozen=True, slots=True)
class Line:
    """A risk as the list showed it: reference, title, score 0 to 100 and state."""

    ref: str
    title: str
    score: int
    state: str

    @property
    def words(self) -> str:
        """The band in the three words that people meet."""
        return band(self.score).words

    @property
    def is_unsettled(self) -> bool:
        return self.state in UNSETTLED


def list_as_of(now: Iterable[Line], events: Iterable[Event], moment: datetime) -> list[Line]:
    """The lines that the list held at `moment`, highest score first.

    `now` is the list of today, `events` the whole history in order of `seq`. A risk that no
    event before `moment` names was not there yet.
    """
    lines = {line.ref: line for line in now}
    states: dict[str, str] = {}
    later: set[tuple[str, str]] = set()
    for event in events:
        if event.at <= moment:
            states |= _states_after(event)
        else:
            _take_back(lines, event, later)
    held = [replace(lines[ref], state=state) for ref, state in states.items() if ref in lines]
    return sorted(held, key=lambda line: (-line.score, line.ref))


def _states_after(event: Event) -> dict[str, str]:
    if event.verb == "audit_finished":
        return {
            ref: state
            for word, state in STATE_AFTER_AUDIT.items()
            for ref in event.data.get(word, ())
        }
    state = STATE_AFTER.get(event.verb)
    return {event.subject: state} if state else {}


def _take_back(lines: dict[str, Line], event: Event, later: set[tuple[str, str]]) -> None:
    """The first change after the moment holds what was before it."""
    line, mark = lines.get(event.subject), (event.verb, event.subject)
    if line is None or mark in later or "before" not in event.data:
        return
    if event.verb == "risk_weighed":
        lines[line.ref] = replace(line, score=int(event.data["before"]))
    elif event.verb == "risk_renamed":
        lines[line.ref] = replace(line, title=str(event.data["before"]))
    later.add(mark)
