"""What changed between two whole runs. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from audits.outcome import ORDER_OF_VERDICT
from audits.verdicts import Verdict

TROUBLES = frozenset({Verdict.FAIL, Verdict.WARN})
UNSEEN = frozenset({Verdict.UNKNOWN, Verdict.BLOCKED})


@dataclass(frozen=True, slots=True)
class Row:
    """One finding as the comparison needs it."""

    check: str
    subject: str
    verdict: Verdict
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Difference:
    """`kind` is new, back, gone, unseen or changed; `was` and `now` are verdicts, or ""."""

    kind: str
    check: str
    subject: str
    fingerprint: str
    was: str = ""
    now: str = ""


ORDER = ("back", "new", "unseen", "gone", "changed")


def differences(
    before: Iterable[Row], now: Iterable[Row], *, came_back: frozenset[str] = frozenset()
) -> list[Difference]:
    """What differs, new troubles first. `came_back` are fingerprints that were closed once.

    A trouble is the same one when its fingerprint is. Where its check could not look this
    time, it is `unseen`, never `gone`.
    """
    old, new = list(before), list(now)
    old_troubles = {row.fingerprint: row for row in old if row.verdict in TROUBLES}
    new_troubles = {row.fingerprint: row for row in new if row.verdict in TROUBLES}
    blind = {row.check for row in new if row.verdict in UNSEEN}
    found = [
        Difference(
            "back" if print_ in came_back else "new",
            row.check,
            row.subject,
            print_,
            "",
            row.verdict,
        )
        for print_, row in new_troubles.items()
        if print_ not in old_troubles
    ]
    for print_, row in old_troubles.items():
        if print_ not in new_troubles:
            kind = "unseen" if row.check in blind else "gone"
            found.append(Difference(kind, row.check, row.subject, print_, row.verdict))
    told = {(one.check, one.subject) for one in found}
    found += _changed(_worst(old), _worst(new), told)
    return sorted(found, key=lambda one: (ORDER.index(one.kind), one.check, one.subject))


def _changed(
    old: dict[tuple[str, str], Row],
    new: dict[tuple[str, str], Row],
    told: set[tuple[str, str]],
) -> list[Difference]:
    return [
        Difference("changed", *key, row.fingerprint, old[key].verdict, row.verdict)
        for key, row in new.items()
        if key in old and key not in told and old[key].verdict != row.verdict
    ]


def _worst(rows: Iterable[Row]) -> dict[tuple[str, str], Row]:
    """The worst row of each check and subject."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (row.check, row.subject)
        if key not in found or ORDER_OF_VERDICT[row.verdict] < ORDER_OF_VERDICT[found[key].verdict]:
            found[key] = row
    return found
