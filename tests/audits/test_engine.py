from dataclasses import dataclass

import pytest

from audits.engine import crashed, judge, needs_second_look, settle
from audits.observations.seen import FailureKind, GatherFailure, Observations
from audits.verdicts import (
    Check,
    Consent,
    Evidence,
    Result,
    Severity,
    Verdict,
    check,
    effective_severity,
)


@dataclass(frozen=True)
class Door:
    is_open: bool


def door_check(severity: Severity = Severity.S0, consent: Consent = Consent.L1) -> Check[Door]:
    @check(
        id="test.door",
        title="The door is shut",
        stage=1,
        severity=severity,
        consent=consent,
        needs=Door,
        source="none",
        remedy="Shut it.",
        trouble="The door is open",
        impact="Anybody walks in.",
    )
    def door(seen: Door) -> Result:
        return Result(Verdict.FAIL, "open", cause="open") if seen.is_open else PASSED

    return door


PASSED = Result(Verdict.PASS, "shut")


def seen(*values: object) -> Observations:
    observations = Observations()
    for number, value in enumerate(values):
        if isinstance(value, GatherFailure):
            observations.miss(Door, value, subject=f"door{number}")
        else:
            observations.add(value, subject=f"door{number}")
    return observations


def rows(rule, observations, granted=Consent.L1):
    return judge(rule, observations, granted=granted, domain="house.test")


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (FailureKind.TIMEOUT, Verdict.UNKNOWN),
        (FailureKind.NO_ANSWER, Verdict.UNKNOWN),
        (FailureKind.OUT_OF_TIME, Verdict.UNKNOWN),
        (FailureKind.REFUSED_BY_GUARD, Verdict.UNKNOWN),
        (FailureKind.CRASHED, Verdict.UNKNOWN),
        (FailureKind.BLOCKED, Verdict.BLOCKED),
        (FailureKind.NOT_APPLICABLE, Verdict.NA),
        (FailureKind.CONSENT, Verdict.NA),
    ],
)
def test_what_could_not_be_seen_never_fails(kind, verdict):
    (row,) = rows(door_check(), seen(GatherFailure(kind, "Nobody opened.")))
    assert row.result.verdict == verdict
    assert row.result.message == "Nobody opened."
    assert row.severity == Severity.S4


def test_every_sight_is_judged_under_its_own_subject():
    judged = rows(door_check(), seen(Door(True), Door(False)))
    assert [(r.subject, r.result.verdict) for r in judged] == [
        ("door0", Verdict.FAIL),
        ("door1", Verdict.PASS),
    ]


def test_a_type_that_nobody_gathered_is_unknown():
    (row,) = rows(door_check(), Observations())
    assert (row.result.verdict, row.result.cause) == (Verdict.UNKNOWN, "not_gathered")


def test_a_check_above_the_granted_consent_is_not_applicable():
    rule = door_check(consent=Consent.L2)
    (row,) = rows(rule, seen(Door(True)), granted=Consent.L1)
    assert (row.result.verdict, row.result.cause) == (Verdict.NA, "consent")
    (row,) = rows(rule, seen(Door(True)), granted=Consent.L2)
    assert row.result.verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("verdict", "named", "own", "expected"),
    [
        (Verdict.FAIL, None, Severity.S0, Severity.S0),
        (Verdict.FAIL, Severity.S1, Severity.S0, Severity.S1),
        (Verdict.WARN, None, Severity.S0, Severity.S2),
        (Verdict.WARN, None, Severity.S1, Severity.S2),
        (Verdict.WARN, None, Severity.S2, Severity.S3),
        (Verdict.WARN, None, Severity.S3, Severity.S4),
        (Verdict.WARN, Severity.S0, Severity.S3, Severity.S2),
        (Verdict.PASS, Severity.S0, Severity.S0, Severity.S4),
        (Verdict.UNKNOWN, None, Severity.S0, Severity.S4),
    ],
)
def test_severity_belongs_to_the_result(verdict, named, own, expected):
    assert effective_severity(verdict, named, own) == expected


def test_the_fingerprint_stays_when_the_message_changes():
    rule = door_check()
    (first,) = rows(rule, seen(Door(True)))
    renamed = judge(rule, seen(Door(True)), granted=Consent.L1, domain="other.test")[0]
    assert first.fingerprint == renamed.fingerprint
    assert first.fingerprint != crashed(rule, "door0").fingerprint


def test_only_a_fail_of_s0_or_s1_needs_a_second_look():
    def first_row(severity):
        return rows(door_check(severity), seen(Door(True)))[0]

    assert needs_second_look(first_row(Severity.S1))
    assert not needs_second_look(first_row(Severity.S2))
    assert not needs_second_look(rows(door_check(), seen(Door(False)))[0])


def test_a_fail_stands_when_the_second_look_agrees():
    rule = door_check()
    first = rows(rule, seen(Door(True)))
    assert settle(first, rows(rule, seen(Door(True)))) == first


@pytest.mark.parametrize("second", [Door(False), GatherFailure(FailureKind.TIMEOUT, "silence")])
def test_a_fail_that_is_not_seen_twice_becomes_unknown(second):
    rule = door_check()
    (settled,) = settle(rows(rule, seen(Door(True))), rows(rule, seen(second)))
    assert settled.result.verdict == Verdict.UNKNOWN
    assert settled.result.cause == "not_confirmed"
    assert settled.severity == Severity.S4


def test_a_check_with_nothing_to_say_is_not_applicable():
    @check(
        id="test.none",
        title="",
        stage=1,
        severity=Severity.S2,
        needs=Door,
        source="",
        remedy="",
        trouble="",
        impact="",
    )
    def nothing(_door: Door) -> list[Result]:
        return []

    (row,) = rows(nothing, seen(Door(True)))
    assert row.result.verdict == Verdict.NA


def test_one_observation_may_bring_several_results_with_their_own_subjects():
    @check(
        id="test.two",
        title="",
        stage=1,
        severity=Severity.S2,
        needs=Door,
        source="",
        remedy="",
        trouble="",
        impact="",
    )
    def two(_door: Door) -> list[Result]:
        evidence = (Evidence("seen", "yes"),)
        return [
            Result(Verdict.FAIL, "a", subject="a", evidence=evidence),
            Result(Verdict.PASS, "b"),
        ]

    assert [row.subject for row in rows(two, seen(Door(True)))] == ["a", "door0"]
