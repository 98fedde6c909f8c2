"""When a stage may be said to be done (decisions.md 25), and saying so."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from sprints.evidencing import Given, drop_hand_note, hand_in, has_evidence
from sprints.models import ItemRun, Risk, Stage, StageItem
from sprints.models.activity import record
from sprints.models.comment import Audience
from sprints.template import ItemKind, ItemPart


@dataclass(frozen=True, slots=True)
class Carried:
    """An item with the open risks that its checks have found."""

    item: StageItem
    risks: tuple[Risk, ...]

    was_looked: bool

    @property
    def is_missing(self) -> bool:
        """Required, and neither settled nor carried by an open risk."""
        return self.item.is_required and not self.item.is_settled and not self.risks

    @property
    def takes_a_hand(self) -> bool:
        """A person may say that it is done: it is not settled, and no look is still to come.

        What audits look at waits for the first one; what that one could not settle, and what
        no check of the catalogue feeds, is a person's (decisions.md 24).
        """
        if self.item.part == ItemPart.SIGNAL or self.item.is_settled or self.risks:
            return False
        is_first_ours = self.item.part == ItemPart.CHECK and self.item.kind == ItemKind.AUTO
        return self.was_looked or not is_first_ours


def carried(stage: Stage) -> list[Carried]:
    """The stage's items in order, each with its open risks; four queries."""
    items = list(stage.items.select_related("hand_by", "override_by", "risk"))
    was_looked = ItemRun.objects.filter(item__stage__sprint=stage.sprint_id).exists()
    checks = _checks_by_item(items)
    wanted = {check for found in checks.values() for check in found}
    here = Risk.objects.filter(sprint=stage.sprint_id, check_id__in=wanted)
    risks = here.exclude(state__in=(Risk.State.VERIFIED, Risk.State.INVALID)).ranked()
    by_check: dict[str, list[Risk]] = {}
    for risk in risks:
        by_check.setdefault(risk.check_id, []).append(risk)
    return [
        Carried(
            item,
            tuple(risk for check in checks.get(item.pk, ()) for risk in by_check.get(check, ()))
            or ((item.risk,) if item.risk and item.is_seen else ()),
            was_looked,
        )
        for item in items
    ]


def _checks_by_item(items: list[StageItem]) -> dict[int, list[str]]:
    """The ids of the checks behind each item, as its latest run names them."""
    runs = (
        ItemRun.objects.filter(item__in=items)
        .order_by("item_id", "-audit_number")
        .distinct("item_id")
    )
    return {
        run.item_id: list(dict.fromkeys(check for check, *_ in run.result.get("checks", ())))
        for run in runs
    }


def finish(stage: Stage, *, by: User) -> None:
    """Say that the stage is done; raises ValidationError while something required is missing."""
    if stage.sprint.practice.is_stage_approval_on:
        raise ValidationError(
            f"In this practice the founder says when a stage is done. Ask for a yes to stage "
            f"{stage.ordinal} instead."
        )
    missing = [found.item for found in carried(stage) if found.is_missing]
    if missing:
        keys = ", ".join(item.key for item in missing)
        raise ValidationError(
            f"{len(missing)} required items of stage {stage.ordinal} are still open: {keys}. "
            "A stage that is called done is what the launch relies on."
        )
    stage.state, stage.done_at, stage.regressed_at = Stage.State.DONE, timezone.now(), None
    stage.save(update_fields=["state", "done_at", "regressed_at"])
    record(stage.sprint, "stage_done", f"stage {stage.ordinal}, {stage.name}", actor=by)


def reopen(stage: Stage, *, by: User) -> None:
    """Work on a stage again that was said to be done."""
    stage.state, stage.done_at = Stage.State.IN_PROGRESS, None
    stage.save(update_fields=["state", "done_at"])
    record(stage.sprint, "stage_reopened", f"stage {stage.ordinal}, {stage.name}", actor=by)


def settle(item: StageItem, note: str, *, by: User) -> None:
    """Say that the item is delivered or done by hand; `note` says what shows it.

    Without evidence that counts, the note is kept as the evidence (raises its refusal).
    """
    if not has_evidence(item):
        given = Given(text=note, audience=Audience.INTERNAL)
        hand_in(item.stage, item, given, by=by, is_told=False)
        item.stage.refresh_from_db(fields=["state"])
    item.hand_note, item.hand_by, item.hand_at = note, by, timezone.now()
    item.save(update_fields=["hand_note", "hand_by", "hand_at"])
    stage = item.stage
    if stage.state == Stage.State.NOT_STARTED:
        stage.state = Stage.State.IN_PROGRESS
        stage.save(update_fields=["state"])
    verb = "item_delivered" if item.part == ItemPart.DELIVERABLE else "item_done"
    record(stage.sprint, verb, str(item), actor=by, data={"reason": note})


def unsettle(item: StageItem, *, by: User) -> None:
    """Take back what was said by hand."""
    if item.hand_at is None:
        return
    drop_hand_note(item)
    item.hand_note, item.hand_by, item.hand_at = "", None, None
    item.save(update_fields=["hand_note", "hand_by", "hand_at"])
    record(item.stage.sprint, "item_taken_back", str(item), actor=by)
