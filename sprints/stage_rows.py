"""An item of a stage as its page shows it."""

from collections.abc import Callable
from datetime import datetime

from sprints.finishing import Carried
from sprints.grouping import grouped
from sprints.models import StageItem
from sprints.moments import ago
from sprints.rows import places, where
from sprints.template import ItemKind, ItemPart

KIND_WORDS = {
    ItemKind.AUTO: "looked at from outside",
    ItemKind.HYBRID: "partly from outside, partly by hand",
    ItemKind.MANUAL: "by hand",
}
UNSEEN_WORDS = {
    ItemPart.CHECK: "By hand, later",
    ItemPart.DELIVERABLE: "Not handed in yet",
    ItemPart.SIGNAL: "Nothing noted",
}
WAITING = "Not looked at yet"


def item_row(found: Carried, risk_url: Callable[[int], str], now: datetime) -> dict[str, object]:
    """Verdict with its words, when it was found, and the risks that it opened."""
    item = found.item
    is_known = item.verdict_at is not None
    if item.part == ItemPart.SIGNAL:
        return _row(found, risk_url) | signal(item, now)
    if item.override_verdict:
        return _row(found, risk_url) | overridden(item, now)
    if item.is_done_by_hand:
        return _row(found, risk_url) | by_hand(item, now)
    return _row(found, risk_url) | {
        "verdict": item.verdict if is_known else "na",
        "word": "" if is_known else word(found),
        "when": ago(item.verdict_at, now) if item.verdict_at else "",
    }


def by_hand(item: StageItem, now: datetime) -> dict[str, object]:
    """What a person said of it, who, and when."""
    is_deliverable = item.part == ItemPart.DELIVERABLE
    return {
        "verdict": "pass",
        "word": "Handed in" if is_deliverable else "Done by hand",
        "note": item.hand_note,
        "when": f"{item.hand_by}, {ago(item.hand_at, now)}" if item.hand_at else "",
        "is_by_hand": True,
    }


def overridden(item: StageItem, now: datetime) -> dict[str, object]:
    """A person's verdict, and what the audit found, which stays to be seen."""
    by = f"{item.override_by}, {ago(item.override_at, now)}" if item.override_at else ""
    return {
        "verdict": item.override_verdict,
        "word": "",
        "machine_verdict": item.verdict,
        "machine_when": ago(item.verdict_at, now) if item.verdict_at else "",
        "reason": item.override_reason,
        "when": by,
        "is_overridden": True,
    }


def signal(item: StageItem, now: datetime) -> dict[str, object]:
    """Whether somebody saw the sign, and whether it is over."""
    if item.is_seen and item.observed_at:
        return {"verdict": "fail", "word": "We saw this", "when": ago(item.observed_at, now),
                "is_seen": True}  # fmt: skip
    if item.cleared_at:
        return {"verdict": "pass", "word": "Over", "when": ago(item.cleared_at, now)}
    return {"verdict": "na", "word": UNSEEN_WORDS[ItemPart.SIGNAL], "when": ""}


def _row(found: Carried, risk_url: Callable[[int], str]) -> dict[str, object]:
    item = found.item
    return {
        "key": item.key,
        "title": item.title,
        "why": item.why,
        "how": KIND_WORDS[ItemKind(item.kind)] if item.part == ItemPart.CHECK else "",
        "is_extra": item.part == ItemPart.CHECK and not item.is_required,
        "is_missing": found.is_missing,
        "takes_a_hand": found.takes_a_hand,
        "is_deliverable": item.part == ItemPart.DELIVERABLE,
        "is_signal": item.part == ItemPart.SIGNAL,
        "takes_a_word": item.part == ItemPart.CHECK and item.verdict_at is not None,
        "risks": [
            {
                "ref": group[0].ref,
                "title": group[0].title,
                "where": places(group) if len(group) > 1 else where(group[0].subject),
                "is_group": len(group) > 1,
                "band": str(group[0].band),
                "url": risk_url(group[0].number),
            }
            for group in grouped(found.risks)
        ],
    }


def word(found: Carried) -> str:
    """What stands where no run has said anything yet."""
    if found.item.kind == ItemKind.AUTO and found.item.part == ItemPart.CHECK:
        return WAITING
    return UNSEEN_WORDS[ItemPart(found.item.part)]
