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
    "latency_requested": "began to measure answer times ({subject}).",
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
    "request_sent": "asked for {subject}.",
    "request_withdrawn": "no longer needs {subject}.",
    "request_answered": "answered {subject}: {reason}.",
    "consent_given": "allowed deeper looks at {subject}.",
    "consent_withdrawn": "no longer allows deeper looks at {subject}.",
    "consent_declined": "said “not now” to deeper looks at {subject}.",
    "key_read": "read the key of {subject}, which is gone now.",
    "key_destroyed": "destroyed the key of {subject}: nobody read it in 48 hours.",
    "acceptance_proposed": "proposed to live with {subject} for now.",
    "acceptance_withdrawn": "took back the proposal for {subject}.",
    "acceptance_outdated": "took the proposal for {subject} off: {reason}",
    "acceptance_accepted": "accepted {subject} until {until}.",
    "acceptance_rejected": "wants {subject} fixed.",
    "acceptance_revoked": "no longer accepts {subject}.",
    "acceptance_voided": "ended the acceptance of {subject}: {reason}",
    "acceptance_expired": "opened {subject} again: its day has passed.",
    "decision_recommended": "recommended “{answer}” for {subject}.",
    "decision_confirmed": "said “{answer}” to {subject}.",
    "decision_declined": "wants to talk first about {subject}.",
    "decision_withdrawn": "took back the recommendation for {subject}.",
    "decision_lapsed": "ended the “{answer}” to {subject}: {reason}",
    "condition_met": "saw that {subject} is met.",
    "evidence_added": "handed in {subject}.",
    "evidence_renewed": "handed in {subject} again.",
    "evidence_accepted": "accepted {subject}.",
    "evidence_sent_back": "sent {subject} back: {reason}.",
    "evidence_expired": "no longer counts {subject}: it is too old.",
    "item_unknown_again": "doesn’t know any more about {subject}: what showed it is too old.",
    "item_overridden": "says “{after}” to {subject}: {reason}.",
    "override_taken_back": "lets the check of {subject} count again.",
    "signal_seen": "saw a sign of trouble: {subject}.",
    "signal_over": "says it is over: {subject}.",
    "stage_submitted": "asked the founder about {subject}.",
    "stage_withdrawn": "took the question about {subject} back.",
    "stage_approved": "said yes to {subject}.",
    "stage_changes": "asked for changes in {subject}: {reason}.",
    "stage_came_back": "saw {subject} come back: {reason}.",
    "commented": "said something about {subject}.",
    "comment_changed": "put a comment on {subject} into other words.",
    "risk_shared": "showed {subject} to the client.",
    "risk_hidden": "took {subject} away from the client’s eyes.",
    "outside_offered": "offered to leave {subject} outside this sprint: {reason}",
    "outside_accepted": "agreed to leave {subject} outside this sprint.",
    "outside_taken_back": "took {subject} back into the sprint.",
    "outside_over": "counts {subject} again: {reason}.",
    "risks_imported": "brought in a file: {reason}.",
    "link_made": "made {subject}.",
    "link_revoked": "took back {subject}.",
    "helper_commented": "heard a word about {subject} from {reason}.",
    "helper_fixed": "heard from {reason} that {subject} is fixed.",
    "call_agreed": "agreed on {subject} on the call.",
    "nudged": "reminded {subject} by mail.",
    "call_told": "mailed what was agreed on the call.",
    "change_landed": "made the exact change for {subject}, and it is live.",
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
    data = {name: event.data.get(name, "") for name in ("before", "after", "reason", "answer")}
    data["until"] = until_words(event)
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


def until_words(event: ActivityEvent) -> str:
    until = event.data.get("until")
    day = timezone.localdate(event.at)
    return calendar_day(date.fromisoformat(until), day) if until else ""


def promise_sentence(event: ActivityEvent) -> str:
    due = event.data.get("due")
    if not due:
        return f"took the date off {event.subject}."
    day = calendar_day(date.fromisoformat(due), timezone.localdate(event.at))
    return f"set {event.subject} due on {day}."


def _s(count: int) -> str:
    return "" if count == 1 else "s"
