"""The seven stages as the rail and the founder's list show them."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypedDict

from django.utils import timezone

from sprints.models import Stage, StageItem
from sprints.template import ItemPart

# What fits a seventh of a row; the stage's own page has its whole name.
SHORT_NAMES = {3: "Deployment", 4: "Performance", 5: "Reliability"}


class RailStage(TypedDict, total=False):
    """What `components/rail.html`, `steps.html` and `dots.html` draw."""

    number: int
    name: str
    state: str
    note: str
    url: str
    is_current: bool


def rail(stages: Iterable[Stage], *, url_of: Callable[[int], str]) -> list[RailStage]:
    """The stages in order, their items prefetched; the one that matters now is marked."""
    shown: list[RailStage] = [
        {
            "number": stage.ordinal,
            "name": SHORT_NAMES.get(stage.ordinal, stage.name),
            "state": state_of(stage),
            "note": note_of(stage),
            "url": url_of(stage.ordinal),
        }
        for stage in stages
    ]
    now = current(shown)
    if now is not None:
        now["is_current"] = True
    return shown


def current(shown: Sequence[RailStage]) -> RailStage | None:
    """What turned red comes first, then the first stage that is not done."""
    turned = (stage for stage in shown if stage["state"] == "regressed")
    left = (stage for stage in shown if stage["state"] != "done")
    return next(turned, None) or next(left, None)


def checks_of(stage: Stage) -> list[StageItem]:
    return [item for item in stage.items.all() if item.part == ItemPart.CHECK]


def red_checks(stage: Stage) -> list[StageItem]:
    return [item for item in checks_of(stage) if item.counts_as == "fail"]


def state_of(stage: Stage) -> str:
    """done, regressed (done, and a check is red since), work or todo."""
    if stage.state == Stage.State.DONE:
        return "regressed" if _turned_red(stage) else "done"
    is_begun = stage.state != Stage.State.NOT_STARTED or any(
        item.verdict_at for item in checks_of(stage)
    )
    return "work" if is_begun else "todo"


def note_of(stage: Stage) -> str:
    state = state_of(stage)
    if state == "todo":
        return "Not started"
    if state == "regressed":
        count = len(_turned_red(stage))
        return f"{count} check{'' if count == 1 else 's'} turned red"
    if state == "done" and stage.done_at:
        day = timezone.localdate(stage.done_at)
        return f"Done {day:%a} {day.day} {day:%b}"
    if stage.state in (Stage.State.IN_REVIEW, Stage.State.CHANGES):
        return stage.get_state_display().capitalize()
    checks = checks_of(stage)
    settled = sum(item.is_settled for item in checks)
    return f"{settled} of {len(checks)} checks"


def _turned_red(stage: Stage) -> list[StageItem]:
    """Red since the stage was said to be done."""
    return [
        item
        for item in red_checks(stage)
        if item.verdict_at and stage.done_at and item.verdict_at > stage.done_at
    ]
