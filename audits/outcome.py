"""Go, conditional or no-go, from judged results. Pure.

Source: audit catalogue, section 2.1 (verdict); decisions 21, 22.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from audits.engine import Judged
from audits.verdicts import Confidence, Severity, Verdict


class Outcome(StrEnum):
    GO = "go"
    CONDITIONAL = "conditional"
    NO_GO = "no_go"


ORDER = (Outcome.GO, Outcome.CONDITIONAL, Outcome.NO_GO)
NOT_RUN = frozenset({Verdict.UNKNOWN, Verdict.BLOCKED})
CONFIDENCE_ORDER = (Confidence.CONFIRMED, Confidence.PROBABLE, Confidence.HEURISTIC)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the outcome is not better: one row, and the best outcome it still allows."""

    check: str
    subject: str
    allows: Outcome
    message: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the catalogue could be judged; ids of checks, each once."""

    total: int
    ran: int
    unknown: tuple[str, ...]
    blocked: tuple[str, ...]
    not_consented: tuple[str, ...]
    not_applicable: tuple[str, ...]

    @property
    def sentence(self) -> str:
        missing = len(self.unknown) + len(self.blocked)
        if not missing:
            return f"All {self.total} checks could run."
        return f"{missing} of {self.total} checks could not run."


@dataclass(frozen=True, slots=True)
class Decision:
    """The computed outcome, its reasons, and the fixes that would change it.

    `smallest_fix` holds the fingerprints whose repair lifts the outcome by one step.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    coverage: Coverage
    smallest_fix: tuple[str, ...]
    next_outcome: Outcome | None


def decide(rows: Iterable[Judged], *, accepted: frozenset[str] = frozenset()) -> Decision:
    """Decide over judged rows; `accepted` are fingerprints that a person accepted by name.

    Any S0 fail is a no-go. An S0 check that is unknown or blocked, or an S1 fail that
    nobody accepted, is conditional at best. Everything else is a go.
    """
    judged = list(rows)
    reasons = tuple(reason for row in ranked(judged) if (reason := _reason(row, accepted)))
    outcome = max((reason.allows for reason in reasons), key=ORDER.index, default=Outcome.GO)
    worst = tuple(reason for reason in reasons if reason.allows == outcome)
    return Decision(
        outcome=outcome,
        reasons=reasons,
        coverage=coverage(judged),
        smallest_fix=tuple(reason.fingerprint for reason in worst),
        next_outcome=_without(reasons, outcome) if worst else None,
    )


def coverage(rows: Sequence[Judged]) -> Coverage:
    """Count each check once: it ran when at least one of its rows was judged."""
    by_check: dict[str, list[Judged]] = {}
    for row in rows:
        by_check.setdefault(row.check.id, []).append(row)
    kinds = {name: _kind(group) for name, group in by_check.items()}

    def named(kind: str) -> tuple[str, ...]:
        return tuple(name for name, found in kinds.items() if found == kind)

    return Coverage(
        total=len(kinds),
        ran=sum(kind in {"ran", "na"} for kind in kinds.values()),
        unknown=named("unknown"),
        blocked=named("blocked"),
        not_consented=named("consent"),
        not_applicable=named("na"),
    )


def ranked(rows: Iterable[Judged]) -> list[Judged]:
    """Worst first: severity, confidence, breadth (subjects hit), then the catalogue's order."""
    judged = list(rows)
    breadth = Counter(row.check.id for row in judged if row.opens_risk)

    def key(numbered: tuple[int, Judged]) -> tuple[int, int, int, int, int]:
        position, row = numbered
        return (
            ORDER_OF_VERDICT[row.result.verdict],
            row.severity,
            CONFIDENCE_ORDER.index(row.result.confidence),
            -breadth[row.check.id],
            position,
        )

    return [row for _, row in sorted(enumerate(judged), key=key)]


ORDER_OF_VERDICT = {
    Verdict.FAIL: 0,
    Verdict.WARN: 1,
    Verdict.BLOCKED: 2,
    Verdict.UNKNOWN: 3,
    Verdict.INFO: 4,
    Verdict.PASS: 5,
    Verdict.NA: 6,
}


def _kind(group: Sequence[Judged]) -> str:
    verdicts = {row.result.verdict for row in group}
    if all(row.result.cause == "consent" for row in group):
        return "consent"
    if verdicts - NOT_RUN - {Verdict.NA}:
        return "ran"
    if Verdict.BLOCKED in verdicts:
        return "blocked"
    if Verdict.UNKNOWN in verdicts:
        return "unknown"
    return "na"


def _reason(row: Judged, accepted: frozenset[str]) -> Reason | None:
    allows = _allows(row, accepted)
    if allows == Outcome.GO:
        return None
    return Reason(row.check.id, row.subject, allows, row.result.message, row.fingerprint)


def _allows(row: Judged, accepted: frozenset[str]) -> Outcome:
    if row.result.verdict == Verdict.FAIL and row.fingerprint not in accepted:
        if row.severity == Severity.S0:
            return Outcome.NO_GO
        if row.severity == Severity.S1:
            return Outcome.CONDITIONAL
    if row.result.verdict in NOT_RUN and row.check.severity == Severity.S0:
        return Outcome.CONDITIONAL
    return Outcome.GO


def _without(reasons: Sequence[Reason], outcome: Outcome) -> Outcome:
    left = [reason.allows for reason in reasons if reason.allows != outcome]
    return max(left, key=ORDER.index, default=Outcome.GO)
