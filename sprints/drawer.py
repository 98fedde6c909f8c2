"""What the drawer of one risk shows."""

from collections.abc import Callable
from copy import copy
from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import User
from sprints.forms import RiskForm
from sprints.forms_triage import EDITS
from sprints.impact import in_words
from sprints.models import ActivityEvent, Risk, RiskSighting
from sprints.models.risk import VERB_OF_MOVE
from sprints.moments import ago
from sprints.prompt import fix_prompt
from sprints.rows import seen_rows
from sprints.telling import Told, tell

TONE_OF_WORD = {"opened": "bad", "came_back": "bad", "seen": "warn", "gone": "good"}
SHOWN_SIGHTINGS = 12
ASKED_VERBS = ("request_sent", "request_answered")
TOLD_VERBS = ("risk_created", *VERB_OF_MOVE.values(), "risk_checked")


def prompt_of(risk: Risk) -> str:
    """The text for an AI coding tool, from the risk as it stands."""
    return fix_prompt(
        ref=risk.ref,
        title=risk.title,
        domain=risk.sprint.project.domain,
        subject=risk.subject,
        observed=risk.observed,
        expected=risk.expected,
        remedy=risk.remedy,
        source=risk.check_source,
        check_id=risk.check_id,
        evidence=[(str(label), str(value)) for label, value in risk.evidence],
    )


def drawer(
    risk: Risk,
    *,
    now: datetime,
    edit_url: Callable[[str], str],
    by: User,
    people: dict[int, str],
    bound: RiskForm | None = None,
) -> dict[str, Any]:
    """The drawer's context; `people` may own the risk, `bound` is a form that was refused and
    keeps what was typed.

    `Any`: whatever a template reads.
    """
    forms = {
        name: form(instance=copy(risk), by=by, people=people)
        for name, form in EDITS.items()
        if _is_offered(name, risk)
    }
    if bound is not None:
        forms |= {name: bound for name, form in EDITS.items() if type(bound) is form}
    return {
        "risk": risk,
        "forms": forms,
        "edit_urls": {name: edit_url(name) for name in EDITS},
        "needs_reason": risk.needs_reason(by),
        "may_dismiss": Risk.State.INVALID in risk.moves,
        "why_score": in_words(risk.weight),
        "seen": seen_rows(risk),
        "evidence": [
            {"label": label, "value": value, "is_code": True} for label, value in risk.evidence
        ],
        "prompt": prompt_of(risk),
        "history": history(risk, now),
    }


def _is_offered(name: str, risk: Risk) -> bool:
    """Whether the drawer shows this form for the risk as it stands."""
    if name == "checked":
        return risk.waits_for_a_person
    return name != "dismiss" or Risk.State.INVALID in risk.moves


def history(risk: Risk, now: datetime) -> list[Told]:
    """What each run and each person said about the risk, newest first."""
    said = sorted([*_sightings(risk, now), *_moves(risk, now)], key=lambda one: one[0])
    return [told for _, told in reversed(said)][:SHOWN_SIGHTINGS]


def _sightings(risk: Risk, now: datetime) -> list[tuple[datetime, Told]]:
    sightings = RiskSighting.objects.filter(risk=risk, practice=risk.practice_id)
    return [
        (
            seen.at,
            {
                "who": f"Audit {seen.audit_number}",
                "text": f"{seen.get_word_display()}."
                if seen.word != "unknown"
                else "could not look.",
                "when": ago(seen.at, now),
                "at": seen.at.isoformat(),
                "tone": TONE_OF_WORD.get(seen.word, ""),
            },
        )
        for seen in sightings.order_by("-audit_number")[:SHOWN_SIGHTINGS]
    ]


def _moves(risk: Risk, now: datetime) -> list[tuple[datetime, Told]]:
    of_the_risk = Q(subject=risk.ref, verb__in=TOLD_VERBS)
    of_a_question = Q(data__about_risk=risk.number, verb__in=ASKED_VERBS)
    events = ActivityEvent.objects.filter(
        of_the_risk | of_a_question, sprint=risk.sprint_id, practice=risk.practice_id
    )
    newest = list(events.order_by("-seq")[:SHOWN_SIGHTINGS])
    return [(event.at, told) for event, told in zip(newest, tell(newest, now), strict=True)]
