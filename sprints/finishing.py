"""When a stage may be said to be done (decisions.md 25), and saying so."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from sprints.models import ItemRun, Risk, Stage, StageItem
from sprints.models.activity import record
from sprints.rail import SETTLED


@dataclass(frozen=True, slots=True)
class Carried:
    """An item with the open risks that its checks have found."""

    item: StageItem
    risks: tuple[Risk, ...]

    @property
    def is_missing(self) -> bool:
        """Required, and neither settled nor carried by an open risk."""
        return self.item.is_required and self.item.verdict not in SETTLED and not self.risks


def carried(stage: Stage) -> list[Carried]:
    """The stage's items in order, each with its open risks; three queries."""
    items = list(stage.items.all())
    checks = _checks_by_item(items)
    wanted = {check for found in checks.values() for check in found}
    risks = Risk.objects.unsettled().ranked().filter(sprint=stage.sprint_id, check_id__in=wanted)
    by_check: dict[str, list[Risk]] = {}
    for risk in risks:
        by_check.setdefault(risk.check_id, []).append(risk)
    return [
        Carried(
            item,
            tuple(risk for check in checks.get(item.pk, ()) for risk in by_check.get(check, ())),
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
