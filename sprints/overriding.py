"""A person's word beside the machine's verdict, with its reason; both stay to be seen."""

from typing import Final

from django.utils import timezone

from accounts.models import User
from sprints.evidencing import EvidenceRefusedError
from sprints.leaks import find_leak
from sprints.models import StageItem
from sprints.models.activity import record
from sprints.template import ItemPart

REASONS: Final = (
    ("misread", "The check misread the site"),
    ("inside", "It is solved where nobody can look from outside"),
    ("agreed", "It is meant like this, and the founder knows"),
    ("tried", "We tried it by hand and saw otherwise"),
)
WORDS: Final = (
    ("pass", "Passes"),
    ("warn", "Passes with a warning"),
    ("fail", "Fails"),
    ("na", "Doesn’t apply"),
)


class OverrideRefusedError(EvidenceRefusedError):
    """The word can't stand; the sentence says why."""


def override(item: StageItem, verdict: str, reason: str, *, by: User) -> None:
    """Put a person's verdict beside the machine's."""
    held = StageItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if held.part != ItemPart.CHECK or held.verdict_at is None:
        raise OverrideRefusedError(
            f"No audit has looked at {held.key} yet, so there is nothing to say otherwise to. "
            "Run an audit, or say what was done by hand."
        )
    if verdict not in dict(WORDS) or not reason:
        raise OverrideRefusedError(
            "A verdict and a reason are both needed: whoever reads the stage later sees them "
            "beside what the audit found."
        )
    if verdict == held.counts_as:
        raise OverrideRefusedError(f"{held.key} counts as “{dict(WORDS)[verdict]}” already.")
    if find_leak(reason):
        raise OverrideRefusedError("The reason holds a key or password. Take it out.")
    held.override_verdict, held.override_reason = verdict, reason[:280]
    held.override_by, held.override_at = by, timezone.now()
    _save(held)
    data = {"before": held.verdict, "after": dict(WORDS)[verdict], "reason": reason}
    record(item.stage.sprint, "item_overridden", str(held), actor=by, data=data, is_internal=True)


def take_back(item: StageItem, *, by: User) -> None:
    """Let the machine's verdict count again; nothing to take back is no fault."""
    held = StageItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if not held.override_verdict:
        return
    held.override_verdict, held.override_reason = "", ""
    held.override_by, held.override_at = None, None
    _save(held)
    record(item.stage.sprint, "override_taken_back", str(held), actor=by, is_internal=True)


def _save(item: StageItem) -> None:
    item.save(update_fields=["override_verdict", "override_reason", "override_by", "override_at"])
