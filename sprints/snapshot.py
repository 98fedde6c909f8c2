"""A stage as its founder sees it, kept as one thing to say yes to, and what changed in it.

Source: engagement specification, section 2.4 (Approval).
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Max, Q

from sprints.evidencing import IN_FORCE
from sprints.finishing import Carried, carried
from sprints.models import Evidence, Risk, Stage, StageItem
from sprints.template import ItemPart

SHOWN_RISKS: Final = Q(is_internal=False) & ~Q(plain_summary="")
RESULTS: Final = {
    "pass": "done",
    "warn": "done, with a remark",
    "na": "not needed here",
    "fail": "not right yet",
    "blocked": "we couldn’t look",
    "unknown": "not looked at yet",
}
UNHANDED: Final = "not handed in yet"
ON_LIST: Final = "on the risk list"


# `Any` below: JSON.
@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a founder says yes to: only what they can see."""

    data: dict[str, Any]
    missing: tuple[StageItem, ...] = ()

    @property
    def sha256(self) -> str:
        text = json.dumps(self.data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def snapshot_of(stage: Stage, found: list[Carried] | None = None) -> Snapshot:
    """The stage as the founder sees it now; constant queries."""
    found = carried(stage) if found is None else found
    risks = Risk.objects.filter(SHOWN_RISKS, sprint=stage.sprint_id, stage=stage.ordinal)
    still = risks.exclude(state__in=(Risk.State.VERIFIED, Risk.State.INVALID)).order_by("number")
    shown = Evidence.objects.for_client().filter(stage=stage, risk=None, state__in=IN_FORCE)
    latest = shown.annotate(last=Max("revisions__number")).order_by("pk")
    data = {
        "stage": stage.ordinal,
        "name": stage.name,
        "goal": stage.goal,
        "items": [
            {"key": one.item.key, "title": one.item.title, "result": result_of(one)}
            for one in found
            if one.item.part != ItemPart.SIGNAL or one.item.is_seen
        ],
        "evidence": [
            {"id": pk, "title": title, "revision": last}
            for pk, title, last in latest.values_list("pk", "title", "last")
        ],
        "risks": [
            {"number": risk.number, "title": risk.title, "state": risk.get_state_display()}
            for risk in still
        ],
    }
    return Snapshot(data, tuple(one.item for one in found if one.is_missing))


def result_of(found: Carried) -> str:
    """How an item stands, in a founder's words."""
    item = found.item
    if item.part == ItemPart.SIGNAL:
        return "seen"
    if item.is_settled:
        return RESULTS["pass"] if item.is_done_by_hand else RESULTS[item.counts_as]
    if any(risk.plain_summary and not risk.is_internal for risk in found.risks):
        return ON_LIST
    if item.part == ItemPart.DELIVERABLE:
        return UNHANDED
    return RESULTS[item.counts_as]


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What is different, each as a sentence."""
    return [
        *_changed_items(before.get("items", ()), after.get("items", ())),
        *_changed_evidence(before.get("evidence", ()), after.get("evidence", ())),
        *_changed_risks(before.get("risks", ()), after.get("risks", ())),
    ]


def _changed_items(before: Iterable[Any], after: Iterable[Any]) -> list[str]:
    was = {item["key"]: item for item in before}
    now = {item["key"]: item for item in after}
    said = [
        f"{item['title']}: {was[key]['result']} before, {item['result']} now."
        for key, item in now.items()
        if key in was and was[key]["result"] != item["result"]
    ]
    said += [f"Seen since: {item['title']}." for key, item in now.items() if key not in was]
    return said + [f"Over: {item['title']}." for key, item in was.items() if key not in now]


def _changed_evidence(before: Iterable[Any], after: Iterable[Any]) -> list[str]:
    was = {one["id"]: one for one in before}
    now = {one["id"]: one for one in after}
    said = [f"New: “{one['title']}”." for key, one in now.items() if key not in was]
    said += [
        f"“{one['title']}” was handed in again."
        for key, one in now.items()
        if key in was and was[key]["revision"] != one["revision"]
    ]
    return said + [
        f"“{one['title']}” no longer shows it." for key, one in was.items() if key not in now
    ]


def _changed_risks(before: Iterable[Any], after: Iterable[Any]) -> list[str]:
    was = {one["number"]: one for one in before}
    now = {one["number"]: one for one in after}
    said = [f"New risk: {one['title']}." for key, one in now.items() if key not in was]
    said += [
        f"{one['title']}: {was[key]['state']} before, {one['state']} now."
        for key, one in now.items()
        if key in was and was[key]["state"] != one["state"]
    ]
    return said + [f"Gone: {one['title']}." for key, one in was.items() if key not in now]
