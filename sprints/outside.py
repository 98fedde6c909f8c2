"""Leaving a risk outside the sprint: offered by staff with a sentence, agreed to by the founder.

Until the founder agrees it weighs as before; afterwards it no longer counts for the launch
and stays in every print of the list. The yes holds for what it was: once the risk weighs more,
it counts again and the founder is asked anew, with a proof of who they are if it stops the
launch (engagement specification, section 1).
"""

from collections.abc import Iterable
from typing import Final

from django.db.models import F
from django.utils import timezone

from accounts.models import User
from sprints.impact import Band
from sprints.models import ActivityEvent, Risk
from sprints.models.activity import record

OFFER_LENGTH: Final = 280
AGREED: Final = "outside_accepted"
# The words that a founder agrees to, the heaviest first, and how they are said.
WEIGHS: Final = {
    "stops the launch": "it stops the launch now",
    "fix before launch": "it has to be fixed before the launch now",
    "can wait": "it can wait",
}
HEAVIEST_FIRST: Final = tuple(WEIGHS)


def why_not_offered(risk: Risk) -> str:
    """Why it can't be offered now; nothing where it can."""
    if not risk.is_unsettled:
        return f"{risk.ref} is {risk.get_state_display()}; only an open risk can lie outside."
    if risk.outside_accepted_at is not None:
        return f"The founder has agreed already that {risk.ref} lies outside this sprint."
    if risk.is_internal or not risk.plain_summary:
        return f"The founder can’t see {risk.ref}, so they can’t agree. Show it to them first."
    return ""


def offer(risk: Risk, words: str, *, by: User, seen_version: int) -> None:
    """Ask the founder to leave it outside. Raises ValueError with a sentence."""
    if why := why_not_offered(risk):
        raise ValueError(why)
    words = words.strip()[:OFFER_LENGTH]
    if not words:
        raise ValueError("The founder reads one sentence: why it lies outside, and the offer.")
    if words == risk.outside_offer:
        raise ValueError(f"{risk.ref} is offered with these words already.")
    risk.change(seen_version, outside_offer=words, outside_offered_at=timezone.now())
    record(risk.sprint, "outside_offered", risk.ref, actor=by, data={"reason": words})


def agree(risk: Risk, *, by: User, seen_version: int) -> None:
    """The founder's yes. Raises ValueError with a sentence."""
    if risk.outside_accepted_at is not None:
        raise ValueError("You have agreed to this already.")
    if risk.outside_offered_at is None or not risk.is_unsettled:
        raise ValueError("This is no longer offered: the sprint takes care of it.")
    risk.change(seen_version, outside_accepted_at=timezone.now(), outside_accepted_by=by)
    words = {"reason": risk.outside_offer, "band": risk.band.value}
    record(risk.sprint, AGREED, risk.ref, actor=by, data=words)


def reconsider_outside(risks: Iterable[Risk]) -> None:
    """Count again what weighs more than when the founder agreed; the offer stands."""
    for risk in risks:
        if risk.outside_accepted_at is None or not risk.is_unsettled:
            continue
        agreed = HEAVIEST_FIRST.index(_band_agreed(risk).words)
        if HEAVIEST_FIRST.index(risk.band.words) >= agreed:
            continue
        rows = Risk.objects.filter(pk=risk.pk, practice=risk.practice_id)
        rows.update(
            outside_accepted_at=None, outside_accepted_by=None, row_version=F("row_version") + 1
        )
        risk.outside_accepted_at = risk.outside_accepted_by = None
        risk.row_version += 1
        is_internal = risk.is_internal or not risk.plain_summary
        reason = {"reason": WEIGHS[risk.band.words]}
        record(risk.sprint, "outside_over", risk.ref, data=reason, is_internal=is_internal)


def _band_agreed(risk: Risk) -> Band:
    """What it was when the founder agreed; where nobody noted it, the heaviest that needs no
    proof of who they are."""
    said = ActivityEvent.objects.of(risk.practice_id).filter(
        sprint=risk.sprint_id, verb=AGREED, subject=risk.ref
    )
    band = said.order_by("-seq").values_list("data__band", flat=True).first()
    return Band(band) if band else Band.HIGH


def take_back(risk: Risk, *, by: User, seen_version: int) -> None:
    """The sprint takes care of it after all. Raises ValueError with a sentence."""
    if risk.outside_offered_at is None:
        raise ValueError(f"{risk.ref} was never offered to lie outside.")
    risk.change(
        seen_version,
        outside_offer="",
        outside_offered_at=None,
        outside_accepted_at=None,
        outside_accepted_by=None,
    )
    is_internal = risk.is_internal or not risk.plain_summary
    record(risk.sprint, "outside_taken_back", risk.ref, actor=by, is_internal=is_internal)
