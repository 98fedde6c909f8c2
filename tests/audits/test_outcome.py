import pytest

from audits.engine import Judged
from audits.outcome import Outcome, decide, ranked
from audits.verdicts import (
    Check,
    Confidence,
    Consent,
    Result,
    Severity,
    Verdict,
    effective_severity,
)


def row(
    verdict: Verdict,
    severity: Severity = Severity.S0,
    *,
    name: str = "test.rule",
    subject: str = "a.test",
    cause: str = "",
    confidence: Confidence = Confidence.CONFIRMED,
) -> Judged:
    rule = Check(
        id=name,
        title=name,
        stage=1,
        severity=severity,
        consent=Consent.L1,
        needs=str,
        source="",
        remedy="",
        trouble="",
        impact="",
        item="",
        judge=lambda _: [],
    )
    result = Result(verdict, "met", cause=cause, confidence=confidence)
    return Judged(rule, result, subject, effective_severity(verdict, None, severity))


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ([], Outcome.GO),
        ([row(Verdict.PASS)], Outcome.GO),
        ([row(Verdict.FAIL, Severity.S0)], Outcome.NO_GO),
        ([row(Verdict.FAIL, Severity.S1)], Outcome.CONDITIONAL),
        ([row(Verdict.FAIL, Severity.S2)], Outcome.GO),
        ([row(Verdict.WARN, Severity.S0)], Outcome.GO),
        ([row(Verdict.UNKNOWN, Severity.S0)], Outcome.CONDITIONAL),
        ([row(Verdict.BLOCKED, Severity.S0)], Outcome.CONDITIONAL),
        ([row(Verdict.UNKNOWN, Severity.S1)], Outcome.GO),
        ([row(Verdict.NA, Severity.S0, cause="consent")], Outcome.GO),
        ([row(Verdict.FAIL, Severity.S1), row(Verdict.FAIL, Severity.S0)], Outcome.NO_GO),
    ],
)
def test_the_outcome_follows_the_worst_row(rows, outcome):
    assert decide(rows).outcome == outcome


def test_an_accepted_s1_no_longer_holds_the_launch():
    held = row(Verdict.FAIL, Severity.S1)
    assert decide([held], accepted=frozenset({held.fingerprint})).outcome == Outcome.GO


def test_the_smallest_fix_names_every_row_of_the_worst_kind_and_what_comes_after():
    worst = [row(Verdict.FAIL, subject="a"), row(Verdict.FAIL, subject="b")]
    decision = decide([*worst, row(Verdict.FAIL, Severity.S1, subject="c")])
    assert decision.outcome == Outcome.NO_GO
    assert set(decision.smallest_fix) == {found.fingerprint for found in worst}
    assert decision.next_outcome == Outcome.CONDITIONAL
    assert len(decision.reasons) == 3


def test_coverage_counts_each_check_once_and_names_what_could_not_run():
    decision = decide(
        [
            row(Verdict.PASS, name="a.ran", subject="1"),
            row(Verdict.UNKNOWN, name="a.ran", subject="2"),
            row(Verdict.UNKNOWN, name="a.unknown"),
            row(Verdict.BLOCKED, name="a.blocked"),
            row(Verdict.NA, name="a.consent", cause="consent"),
            row(Verdict.NA, name="a.na"),
        ]
    )
    seen = decision.coverage
    assert (seen.total, seen.ran) == (5, 2)
    assert (seen.unknown, seen.blocked) == (("a.unknown",), ("a.blocked",))
    assert (seen.not_consented, seen.not_applicable) == (("a.consent",), ("a.na",))
    assert seen.sentence == "2 of 5 checks could not run."


def test_full_coverage_is_said_in_a_sentence():
    assert decide([row(Verdict.PASS)]).coverage.sentence == "All 1 checks could run."


def test_rank_goes_by_severity_then_confidence_then_breadth():
    wide = [row(Verdict.FAIL, Severity.S1, name="wide", subject=s) for s in "ab"]
    narrow = row(Verdict.FAIL, Severity.S1, name="narrow")
    unsure = row(Verdict.FAIL, Severity.S1, name="unsure", confidence=Confidence.HEURISTIC)
    stop = row(Verdict.FAIL, Severity.S0, name="stop")
    passed = row(Verdict.PASS, Severity.S0, name="passed")
    order = ranked([passed, unsure, narrow, *wide, stop])
    assert [found.check.id for found in order] == [
        "stop",
        "wide",
        "wide",
        "narrow",
        "unsure",
        "passed",
    ]
