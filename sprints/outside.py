"""Leaving a risk outside the sprint: offered by staff with a sentence, agreed to by the founder.

Until the founder agrees it weighs as before; afterwards it no longer counts for the launch
and stays in every print of the list.
"""

from typing import Final

from django.utils import timezone

from accounts.models import User
from sprints.models import Risk
from sprints.models.activity import record

OFFER_LENGTH: Final = 280


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
    words = {"reason": risk.outside_offer}
    record(risk.sprint, "outside_accepted", risk.ref, actor=by, data=words)


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
