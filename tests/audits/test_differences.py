"""What changed between two whole runs."""

import pytest

from audits.differences import Row, differences
from audits.verdicts import Verdict


def row(verdict: Verdict, *, check: str = "a", subject: str = "s", cause: str = "") -> Row:
    return Row(check, subject, verdict, f"{check}{subject}{cause}{verdict in 'failwarn'}")


def kinds(before, now, **how) -> list[str]:
    return [one.kind for one in differences(before, now, **how)]


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        (Verdict.PASS, Verdict.FAIL, ["new"]),
        (Verdict.FAIL, Verdict.PASS, ["gone"]),
        (Verdict.FAIL, Verdict.NA, ["gone"]),
        (Verdict.FAIL, Verdict.UNKNOWN, ["unseen"]),
        (Verdict.WARN, Verdict.BLOCKED, ["unseen"]),
        (Verdict.WARN, Verdict.FAIL, ["changed"]),
        (Verdict.PASS, Verdict.UNKNOWN, ["changed"]),
        (Verdict.PASS, Verdict.PASS, []),
        (Verdict.FAIL, Verdict.FAIL, []),
    ],
)
def test_one_check_at_one_place(before, now, kind):
    assert kinds([row(before)], [row(now)]) == kind


def test_a_trouble_that_was_closed_once_came_back():
    now = row(Verdict.FAIL)
    assert kinds([row(Verdict.PASS)], [now], came_back=frozenset({now.fingerprint})) == ["back"]


def test_a_check_that_could_not_look_anywhere_closes_nothing():
    before = [row(Verdict.FAIL, subject="one"), row(Verdict.PASS, subject="two")]
    now = [row(Verdict.UNKNOWN, subject="two")]
    assert "gone" not in kinds(before, now)


def test_another_cause_at_the_same_place_is_one_new_and_one_gone():
    found = kinds([row(Verdict.FAIL, cause="x")], [row(Verdict.FAIL, cause="y")])
    assert found == ["new", "gone"]


def test_nothing_differs_from_an_empty_run_but_new_troubles():
    assert kinds([], [row(Verdict.FAIL), row(Verdict.PASS, check="b")]) == ["new"]
    assert kinds([], []) == []
