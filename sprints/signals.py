"""Signs of trouble: seen, with the risk that stands for it, and over.

Source: engagement specification, section 2.2 (FailureSignal).
"""

from typing import Final

from django.utils import timezone

from accounts.models import User
from sprints.absorb import next_number
from sprints.evidencing import EvidenceRefusedError
from sprints.impact import Strength, Weight
from sprints.leaks import find_leak
from sprints.models import Risk, Sprint, StageItem
from sprints.models.activity import record
from sprints.models.risk import RiskQuerySet
from sprints.template import ItemPart

LEAST_CONSEQUENCE: Final = 4
# What a class of users feels, met at the first real traffic, noticed but not back in an hour.
WEIGHT: Final = Weight(LEAST_CONSEQUENCE, 4, 2)


def linkable(sprint: Sprint) -> RiskQuerySet:
    """The open risks that weigh enough to stand for a sign of trouble."""
    heavy = Risk.objects.unsettled().filter(sprint=sprint, consequence__gte=LEAST_CONSEQUENCE)
    return heavy.ranked()


def see(item: StageItem, words: str, *, by: User, risk: Risk | None = None) -> Risk:
    """Somebody saw the sign: its risk is opened, opened again or linked, all at once."""
    held = _held(item)
    if held.is_seen:
        raise EvidenceRefusedError(f"{held.key} is noted as seen already, see its risk.")
    words = words.strip()
    if risk is None and not words:
        raise EvidenceRefusedError(
            "Nothing is said yet about what you saw. The founder reads it: one sentence is enough."
        )
    if find_leak(words):
        raise EvidenceRefusedError("The sentence holds a key or password. Take it out.")
    if risk is not None and (not risk.is_unsettled or risk.consequence < LEAST_CONSEQUENCE):
        raise EvidenceRefusedError(f"{risk.ref} is closed or weighs too little to stand for it.")
    found = risk or _again(held, by) or _opened(held, words, by)
    held.observed_at, held.cleared_at, held.risk = timezone.now(), None, found
    held.save(update_fields=["observed_at", "cleared_at", "risk"])
    data = {"risk": found.ref}
    record(_sprint(item), "signal_seen", str(held), actor=by, data=data,
           is_internal=found.is_internal or not found.plain_summary)  # fmt: skip
    return found


def clear(item: StageItem, *, by: User) -> None:
    """It is over. Its risk stays on the list until it is fixed and checked."""
    held = _held(item)
    if not held.is_seen:
        raise EvidenceRefusedError(f"{held.key} is not noted as seen, so it can’t be over.")
    held.cleared_at = timezone.now()
    held.save(update_fields=["cleared_at"])
    is_internal = held.risk is not None and held.risk.is_internal
    record(_sprint(item), "signal_over", str(held), actor=by, is_internal=is_internal)


def _held(item: StageItem) -> StageItem:
    held = StageItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if held.part != ItemPart.SIGNAL:
        raise EvidenceRefusedError(f"{held.key} is not a sign of trouble.")
    return held


def _sprint(item: StageItem) -> Sprint:
    sprint: Sprint = item.stage.sprint
    return sprint


def _again(item: StageItem, by: User) -> Risk | None:
    """The signal's own risk, opened again if it was closed."""
    risk: Risk | None = item.risk
    if risk is None or risk.source != Risk.Source.SIGNAL:
        return None
    if Risk.State.OPEN in risk.moves and risk.state in (Risk.State.VERIFIED, Risk.State.INVALID):
        risk.move(Risk.State.OPEN, by=by, seen_version=risk.row_version)
    return risk


def _opened(item: StageItem, words: str, by: User) -> Risk:
    sprint = Sprint.objects.select_for_update().get(pk=item.stage.sprint_id)
    risk = Risk(
        practice_id=sprint.practice_id,
        client_id=sprint.client_id,
        sprint=sprint,
        number=next_number(sprint),
        title=item.title,
        plain_summary=words[:280],
        stage=item.stage.ordinal,
        source=Risk.Source.SIGNAL,
        strength=Strength.REPORTED,
        consequence=WEIGHT.consequence,
        likelihood=WEIGHT.likelihood,
        recovery=WEIGHT.recovery,
        raised_by=by,
        is_title_ours=True,
        is_weight_ours=True,
    )
    risk.save()
    record(sprint, "risk_created", risk.ref, actor=by, is_internal=not risk.plain_summary)
    return risk
