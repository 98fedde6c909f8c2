"""From observations to judged results. Pure: the same observations, the same results."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from audits.observations.seen import FailureKind, GatherFailure, Observations, Sight
from audits.verdicts import Check, Consent, Result, Severity, Verdict, effective_severity

ENGINE_VERSION = "1"

VERDICT_OF_FAILURE = {
    FailureKind.BLOCKED: Verdict.BLOCKED,
    FailureKind.CONSENT: Verdict.NA,
    FailureKind.NOT_APPLICABLE: Verdict.NA,
    FailureKind.ELSEWHERE: Verdict.NA,
}


NOTHING_TO_JUDGE = Result(Verdict.NA, "There is nothing here to judge.", cause="nothing")


@dataclass(frozen=True, slots=True)
class Judged:
    """A result with its check, the subject it is about and the severity it carries.

    `check` is a `Check[Any]`: a report holds checks of many observation types.
    """

    check: Check[Any]
    result: Result
    subject: str
    severity: Severity

    @property
    def fingerprint(self) -> str:
        """SHA-256 over check, subject and normalised cause: re-test closes this very row."""
        parts = "\x1f".join((self.check.id, self.subject, self.result.cause))
        return hashlib.sha256(parts.encode()).hexdigest()

    @property
    def opens_risk(self) -> bool:
        is_trouble = self.result.verdict in {Verdict.FAIL, Verdict.WARN}
        return is_trouble and self.severity < Severity.S4


def judge(
    rule: Check[Any],
    observations: Observations,
    *,
    granted: Consent,
    domain: str,
) -> list[Judged]:
    """Every judgement of `rule` over what was seen; at least one row, whatever happened."""
    if rule.consent > granted:
        return [_judged(rule, _not_allowed(rule, granted), domain)]
    sights = list(observations.of(rule.needs))
    if not sights:
        return [_judged(rule, _not_gathered(rule), domain)]
    return [row for sight in sights for row in _judge_sight(rule, sight)]


def judge_all(
    catalogue: Iterable[Check[Any]],
    observations: Observations,
    *,
    granted: Consent,
    domain: str,
) -> list[Judged]:
    """Judge every check of the catalogue, in the catalogue's order."""
    return [
        row
        for rule in catalogue
        for row in judge(rule, observations, granted=granted, domain=domain)
    ]


def needs_second_look(judged: Judged) -> bool:
    """A fail of severity S0 or S1 is believed only when it is seen twice."""
    return judged.result.verdict == Verdict.FAIL and judged.severity <= Severity.S1


def settle(first: Iterable[Judged], second: Iterable[Judged]) -> list[Judged]:
    """The rows of the first look, each S0 or S1 fail kept only where the second agrees.

    Where the second look has no such fail, the row becomes `unknown` (cause
    `not_confirmed`) and says so: one lost packet must not stop a launch.
    """
    confirmed = {row.fingerprint for row in second if row.result.verdict == Verdict.FAIL}
    return [
        row if not needs_second_look(row) or row.fingerprint in confirmed else _doubted(row)
        for row in first
    ]


def crashed(rule: Check[Any], subject: str) -> Judged:
    """The row of a rule that could not read what was seen: our fault, so never a fail."""
    message = "This check stopped on an answer that it can't read, so nothing is known."
    return _judged(rule, Result(Verdict.UNKNOWN, message, cause="crashed"), subject)


def _doubted(row: Judged) -> Judged:
    message = f"Seen once, not a second time a moment later: {row.result.message}"
    doubted = replace(
        row.result, verdict=Verdict.UNKNOWN, message=message, severity=None, cause="not_confirmed"
    )
    return _judged(row.check, doubted, row.subject)


def _judge_sight(rule: Check[Any], sight: Sight) -> list[Judged]:
    if isinstance(sight.value, GatherFailure):
        return [_judged(rule, _could_not_look(sight.value), sight.subject)]
    made = rule.judge(sight.value)
    results = [made] if isinstance(made, Result) else list(made) or [NOTHING_TO_JUDGE]
    return [_judged(rule, result, sight.subject) for result in results]


def _judged(rule: Check[Any], result: Result, subject: str) -> Judged:
    severity = effective_severity(result.verdict, result.severity, rule.severity)
    return Judged(rule, result, result.subject or subject, severity)


def _could_not_look(failure: GatherFailure) -> Result:
    verdict = VERDICT_OF_FAILURE.get(failure.kind, Verdict.UNKNOWN)
    return Result(verdict, failure.message, cause=str(failure.kind))


def _not_allowed(rule: Check[Any], granted: Consent) -> Result:
    return Result(
        Verdict.NA,
        f"This check needs consent level {int(rule.consent)}; {int(granted)} is granted.",
        cause=str(FailureKind.CONSENT),
    )


def _not_gathered(rule: Check[Any]) -> Result:
    return Result(
        Verdict.UNKNOWN,
        f"Nothing was gathered for {rule.id}, so it could not be judged.",
        cause="not_gathered",
    )
