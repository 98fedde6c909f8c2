"""The history of a sprint as sentences."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypedDict

from django.utils import timezone

from sprints.models import ActivityEvent
from sprints.moments import ago, calendar_day

SENTENCES = {
    "sprint_opened": "opened the sprint.",
    "sprint_paused": "paused the sprint.",
    "sprint_taken_up": "took the sprint up again.",
    "sprint_closed": "closed the sprint.",
    "sprint_archived": "archived the sprint.",
    "sprint_brought_back": "brought the sprint back from the archive.",
    "audit_requested": "started {subject}.",
    "risk_created": "added {subject}.",
    "risk_renamed": "put {subject} into other words.",
    "risk_explained": "said what {subject} does to users.",
    "risk_weighed": "changed the launch impact of {subject} from {before} to {after}.",
    "risk_given": "gave {subject} to somebody else.",
    "risk_started": "began to fix {subject}.",
    "risk_fixed": "says {subject} is fixed.",
    "risk_reopened": "opened {subject} again.",
    "risk_dismissed": "took {subject} off the list: {reason}.",
    "risk_checked": "checked by hand that {subject} is gone{because}.",
    "item_delivered": "handed in {subject}: {reason}",
    "item_done": "did {subject} by hand: {reason}",
    "item_taken_back": "took back {subject}.",
    "stage_done": "finished {subject}.",
    "stage_reopened": "opened {subject} again.",
}


class Told(TypedDict, total=False):
    """One line of `components/feed.html`."""

    who: str
    text: str
    when: str
    at: str
    tone: str


def tell(events: Iterable[ActivityEvent], now: datetime) -> list[Told]:
    """The events as lines, in the given order."""
    return [
        {
            "who": who(event),
            "text": sentence(event),
            "when": ago(event.at, now),
            "at": event.at.isoformat(),
        }
        for event in events
    ]


def who(event: ActivityEvent) -> str:
    """The audit itself, or the first name of who did it."""
    if event.verb == "audit_finished":
        return event.subject
    is_person = event.actor_id is not None and "@" not in event.actor_name
    return event.actor_name.split()[0] if is_person else event.actor_name


def sentence(event: ActivityEvent) -> str:
    """What happened, as the words after the name; a verb unknown here is shown as it is."""
    if event.verb == "audit_finished":
        return audit_sentence(event.data)
    if event.verb == "risk_promised":
        return promise_sentence(event)
    words = SENTENCES.get(event.verb)
    if words is None:
        return f"{event.verb.replace('_', ' ')} {event.subject}".strip() + "."
    data = {name: event.data.get(name, "") for name in ("before", "after", "reason")}
    because = f", after fixing it too: {data['reason']}" if data["reason"] else ""
    return words.format(subject=event.subject, because=because, **data)


def audit_sentence(data: dict[str, Any]) -> str:  # Any: JSON
    """What a run changed in the list: "found 1 new risk and closed 3."."""
    counts = {name: len(data.get(name, ())) for name in ("opened", "came_back", "closed")}
    parts = []
    if counts["opened"]:
        parts.append(f"found {counts['opened']} new risk{_s(counts['opened'])}")
    if counts["came_back"]:
        parts.append(f"saw {counts['came_back']} come back")
    if counts["closed"]:
        parts.append(f"closed {counts['closed']}")
    if not parts:
        return "found nothing new."
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts) + "."


def promise_sentence(event: ActivityEvent) -> str:
    due = event.data.get("due")
    if not due:
        return f"took the date off {event.subject}."
    day = calendar_day(date.fromisoformat(due), timezone.localdate(event.at))
    return f"set {event.subject} due on {day}."


def _s(count: int) -> str:
    return "" if count == 1 else "s"
