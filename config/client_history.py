"""What each look and each person said about one risk, in a founder's words."""

from datetime import datetime

from sprints.drawer import TONE_OF_WORD
from sprints.models import ActivityEvent, Risk, RiskSighting
from sprints.moments import ago
from sprints.telling import Told, tell

SHOWN_EVENTS = 8
# What a run says, as a founder reads it.
LOOK_WORDS = {
    "opened": "found it.",
    "seen": "still visible.",
    "gone": "gone.",
    "came_back": "it came back.",
    "unknown": "we couldn’t look.",
}
TOLD_VERBS = (
    *("risk_created", "risk_started", "risk_fixed", "risk_reopened", "risk_dismissed"),
    *("risk_checked", "risk_promised", "change_landed"),
)


def history(risk: Risk, now: datetime) -> list[Told]:
    """What each look and each person said about the risk, newest first."""
    said = [*_looks(risk, now), *_moves(risk, now)]
    said.sort(key=lambda one: one[0], reverse=True)
    return [told for _, told in said[:SHOWN_EVENTS]]


def _looks(risk: Risk, now: datetime) -> list[tuple[datetime, Told]]:
    """Of looks that said the same one after another the newest alone."""
    sightings = RiskSighting.objects.of(risk.practice_id).filter(risk=risk)
    found: list[tuple[datetime, Told]] = []
    last = ""
    for seen in sightings.order_by("-audit_number")[: 3 * SHOWN_EVENTS]:
        if seen.word == last:
            continue
        last = seen.word
        told: Told = {
            "who": "We looked:",
            "text": LOOK_WORDS[seen.word],
            "when": ago(seen.at, now),
            "at": seen.at.isoformat(),
            "tone": TONE_OF_WORD.get(seen.word, ""),
        }
        found.append((seen.at, told))
    return found


def _moves(risk: Risk, now: datetime) -> list[tuple[datetime, Told]]:
    events = ActivityEvent.objects.of(risk.practice_id).filter(
        sprint=risk.sprint_id,
        subject=risk.ref,
        verb__in=TOLD_VERBS,
        visibility=ActivityEvent.Visibility.CLIENT,
    )
    newest = list(events.order_by("-seq")[:SHOWN_EVENTS])
    lines = tell(newest, now)
    for line in lines:
        line["text"] = line["text"].replace(risk.ref, "it")
    return [(event.at, line) for event, line in zip(newest, lines, strict=True)]
