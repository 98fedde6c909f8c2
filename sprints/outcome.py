"""What a decision rests on: its lines, the computed outcome, what changed since. Pure.

Source: engagement specification, sections 1.1 and 2.4; decisions 21, 22, 25.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

GO, CONDITIONAL, NO_GO = "go", "conditional_go", "no_go"
OUTCOME_ORDER: Final = (GO, CONDITIONAL, NO_GO)


class Sort(StrEnum):
    """Why a line matters, worst first."""

    STOPS = "stops"
    FIRST = "first"
    NOT_LOOKED = "not_looked"
    UNSEEN = "unseen"
    ACCESS = "access"
    CONSENT_GONE = "consent_gone"
    SCOPE_OPEN = "scope_open"
    NO_WAY_BACK = "no_way_back"
    CONSENT = "consent"
    ACCEPTED = "accepted"
    SKIPPED = "skipped"
    ACCESS_GIVEN = "access_given"
    CONSENT_HELD = "consent_held"
    SCOPE = "scope"
    WAY_BACK = "way_back"


HEADINGS: Final = {
    Sort.STOPS: "Stops the launch",
    Sort.FIRST: "To fix before the launch",
    Sort.NOT_LOOKED: "Not looked at yet",
    Sort.UNSEEN: "We couldn’t look",
    Sort.ACCESS: "Access still to come",
    Sort.CONSENT_GONE: "Consent taken back",
    Sort.SCOPE_OPEN: "What we may touch",
    Sort.NO_WAY_BACK: "Way back",
    Sort.CONSENT: "Not looked for: the deeper look was not agreed",
    Sort.ACCEPTED: "You live with it for now",
    Sort.SKIPPED: "Left out of this sprint",
    Sort.ACCESS_GIVEN: "Access",
    Sort.CONSENT_HELD: "Consent",
    Sort.SCOPE: "What we may touch",
    Sort.WAY_BACK: "Way back",
}
NO: Final = (Sort.STOPS, Sort.NOT_LOOKED, Sort.SCOPE_OPEN)
IF: Final = (Sort.FIRST, Sort.UNSEEN, Sort.ACCESS, Sort.CONSENT_GONE, Sort.NO_WAY_BACK)

# How we get back to before, as the consultant says it at the start of work.
WAYS_BACK: Final = {
    "noted": "We note how things stand before each change and can put them back.",
    "versions": "The host keeps earlier versions; one press brings the last one back.",
    "copied": "We work on a copy; the live app is changed last.",
    "none": "There is no way back yet; making one comes first.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that the decision rests on. `key` is stable; only staff see what is not shown."""

    sort: Sort
    key: str
    text: str
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class Computed:
    """The outcome that follows from the lines."""

    kind: str
    lines: tuple[Line, ...]

    @property
    def outcome(self) -> str:
        sorts = {line.sort for line in self.lines}
        if sorts & set(NO):
            return NO_GO
        return CONDITIONAL if sorts & set(IF) else GO

    # `Any` below: JSON.
    @property
    def inputs(self) -> dict[str, Any]:
        rows = [[line.sort.value, line.key, line.text, line.is_shown] for line in self.lines]
        return {"kind": self.kind, "lines": rows}

    @property
    def digest(self) -> str:
        """Equal lines, equal digest; their order does not matter."""
        canonical = {"kind": self.kind, "lines": sorted(self.inputs["lines"])}
        return hashlib.sha256(json.dumps(canonical, sort_keys=True).encode()).hexdigest()


def lines_of(inputs: dict[str, Any]) -> tuple[Line, ...]:
    """The lines as they were stored."""
    rows = inputs.get("lines", ())
    return tuple(Line(Sort(sort), key, text, shown) for sort, key, text, shown in rows)


def is_better(outcome: str, than: str) -> bool:
    return OUTCOME_ORDER.index(outcome) < OUTCOME_ORDER.index(than)


def headed(lines: Iterable[Line], *, for_founder: bool) -> list[dict[str, Any]]:
    """The lines under their headings, worst first; a founder sees only what is theirs to see."""
    seen = [line for line in lines if line.is_shown or not for_founder]
    parts = []
    for sort in Sort:
        texts = counted(line.text for line in seen if line.sort == sort)
        if texts:
            tone = "bad" if sort in NO else "warn" if sort in IF else ""
            parts.append({"heading": HEADINGS[sort], "texts": texts, "tone": tone})
    return parts


def counted(texts: Iterable[str]) -> list[str]:
    """Each text once; one cause that shows in several places says in how many."""
    counts = Counter(texts)
    return [f"{text} (in {n} places)" if n > 1 else text for text, n in counts.items()]


def differences(before: Sequence[Line], now: Sequence[Line]) -> list[str]:
    """What changed between two looks, in a founder's words; nothing internal."""
    old = {(line.sort, line.key): line for line in before if line.is_shown}
    new = {(line.sort, line.key): line for line in now if line.is_shown}
    said = [f"New: {HEADINGS[key[0]].lower()}: {new[key].text}" for key in new if key not in old]
    said += [f"Gone: {old[key].text}" for key in old if key not in new]
    said += [
        f"Changed: {old[key].text} Now: {new[key].text}"
        for key in new
        if key in old and new[key].text != old[key].text
    ]
    hidden_before = {(line.sort, line.key) for line in before if not line.is_shown}
    hidden_now = {(line.sort, line.key) for line in now if not line.is_shown}
    if not said and hidden_before != hidden_now:
        said.append("Something that your consultant is still looking into.")
    return said
