"""One audit from beginning to end, with gatherers that are slow, broken or change their mind."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest

from audits import examine as module
from audits.examine import examine
from audits.gather.site import Family, Site
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.target import Host, Target
from audits.verdicts import Consent, Result, Severity, Verdict, check

TARGET = Target(domain="house.example", hosts=(Host("house.example"),))


@dataclass(frozen=True)
class Door:
    is_open: bool


@dataclass(frozen=True)
class Window:
    is_open: bool


def rule(name: str, needs: type, severity: Severity = Severity.S0, judge=None):
    def default(seen):
        return Result(Verdict.FAIL, "open", cause="open") if seen.is_open else PASSED

    return check(
        id=name, title="shut", stage=1, severity=severity, needs=needs, source="none",
        remedy="Shut it.", trouble="open", impact="Anybody walks in.",
    )(judge or default)  # fmt: skip


PASSED = Result(Verdict.PASS, "shut")
DOOR, WINDOW = rule("test.door", Door), rule("test.window", Window)


def family(name: str, provides: type, gather, limit: float = 5) -> Family:
    return Family(name, name.title(), (provides,), gather, limit=timedelta(seconds=limit))


@pytest.fixture
def with_families(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "BETWEEN_LOOKS", timedelta(0))

    def use(*families: Family) -> None:
        monkeypatch.setattr(module, "FAMILIES", families)

    return use


def sees(value: object):
    async def gather(site: Site) -> None:
        site.seen.add(value, subject="house.example")

    return gather


async def hangs(_site: Site) -> None:
    await asyncio.sleep(60)


async def crashes(_site: Site) -> None:
    raise ValueError("a parser met what it can't read")


def run(*checks, **options):
    made = asyncio.run(examine(TARGET, checks=checks, **options))
    return {row.check.id: row for row in made.rows}, made


def test_a_family_that_runs_out_of_time_is_unknown_and_the_rest_stands(with_families):
    with_families(family("doors", Door, hangs, 0.1), family("windows", Window, sees(Window(False))))
    rows, _ = run(DOOR, WINDOW)
    assert rows["test.door"].result.verdict == Verdict.UNKNOWN
    assert rows["test.door"].result.cause == "out_of_time"
    assert rows["test.window"].result.verdict == Verdict.PASS


def test_what_a_late_family_saw_in_time_is_kept(with_families):
    async def half(site: Site) -> None:
        site.seen.add(Door(False), subject="house.example")
        await asyncio.sleep(60)

    with_families(family("doors", Door, half, 0.1))
    rows, _ = run(DOOR)
    assert rows["test.door"].result.verdict == Verdict.PASS


def test_a_family_that_crashes_is_unknown_and_the_rest_stands(with_families):
    with_families(family("doors", Door, crashes), family("windows", Window, sees(Window(False))))
    rows, _ = run(DOOR, WINDOW)
    assert rows["test.door"].result.cause == "crashed"
    assert rows["test.window"].result.verdict == Verdict.PASS


def test_a_check_that_crashes_is_unknown_and_never_a_fail(with_families):
    def broken(_seen):
        raise KeyError("foreign data")

    with_families(family("doors", Door, sees(Door(True))))
    rows, _ = run(rule("test.broken", Door, judge=broken))
    assert rows["test.broken"].result.verdict == Verdict.UNKNOWN


def test_an_s0_fail_is_looked_at_twice_and_stands_when_seen_twice(with_families):
    looks = []

    async def gather(site: Site) -> None:
        looks.append(site.attempt)
        site.seen.add(Door(True), subject="house.example")

    with_families(family("doors", Door, gather))
    rows, _ = run(DOOR)
    assert looks == [0, 1]
    assert rows["test.door"].result.verdict == Verdict.FAIL


def test_an_s0_fail_that_is_gone_a_moment_later_is_unknown(with_families):
    async def gather(site: Site) -> None:
        site.seen.add(Door(site.attempt == 0), subject="house.example")

    with_families(family("doors", Door, gather))
    rows, _ = run(DOOR)
    assert rows["test.door"].result.cause == "not_confirmed"


def test_an_s2_fail_is_looked_at_once(with_families):
    looks = []

    async def gather(site: Site) -> None:
        looks.append(site.attempt)
        site.seen.add(Door(True), subject="house.example")

    with_families(family("doors", Door, gather))
    run(rule("test.small", Door, Severity.S2))
    assert looks == [0]


def test_only_families_that_are_needed_look(with_families):
    with_families(family("doors", Door, sees(Door(False))), family("windows", Window, crashes))
    rows, _ = run(DOOR)
    assert set(rows) == {"test.door"}


def test_the_hard_stop_ends_every_family_and_keeps_what_was_seen(with_families, monkeypatch):
    monkeypatch.setattr(module, "SECOND_LOOK_RESERVE", timedelta(0))
    with_families(family("doors", Door, hangs, 60), family("windows", Window, sees(Window(False))))
    rows, report = run(DOOR, WINDOW, hard_stop=timedelta(seconds=1.2))
    assert report.elapsed_ms < 5_000
    assert rows["test.door"].result.verdict == Verdict.UNKNOWN
    assert rows["test.window"].result.verdict == Verdict.PASS


def test_progress_is_told_per_family_once_it_looks_and_once_it_ends(with_families):
    told = []
    with_families(family("doors", Door, sees(Door(True))), family("windows", Window, crashes))
    run(DOOR, WINDOW, watch=lambda progress: told.append((progress.family, progress.state)))
    assert sorted(told) == [
        ("doors", "done"),
        ("doors", "looking"),
        ("windows", "crashed"),
        ("windows", "looking"),
    ]


def test_one_row_per_fingerprint(with_families):
    def twice(_seen):
        return [
            Result(Verdict.WARN, "first", cause="same"),
            Result(Verdict.WARN, "x", cause="same"),
        ]

    with_families(family("doors", Door, sees(Door(True))))
    _, report = run(rule("test.twice", Door, judge=twice))
    assert [row.result.message for row in report.rows] == ["first"]


def test_a_refused_look_is_a_miss_and_consent_is_named(with_families):
    async def misses(site: Site) -> None:
        site.seen.miss(Door, GatherFailure(FailureKind.BLOCKED, "firewall"), subject="x")

    deep = check(
        id="test.deep", title="t", stage=1, severity=Severity.S0, needs=Window, source="s",
        remedy="r", trouble="t", impact="i", consent=Consent.L2,
    )(lambda _seen: PASSED)  # fmt: skip
    with_families(family("doors", Door, misses), family("windows", Window, crashes))
    rows, report = run(DOOR, deep)
    assert rows["test.door"].result.verdict == Verdict.BLOCKED
    assert report.decision.coverage.not_consented == ("test.deep",)
