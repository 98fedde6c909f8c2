import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from audits.engine import Judged
from audits.examine import Report, unevaluable
from audits.observations.target import Host, Target
from audits.outcome import decide
from audits.reports.as_json import SCHEMA_VERSION, as_json
from audits.reports.as_junit import as_junit
from audits.reports.as_markdown import as_markdown, literal
from audits.reports.as_sarif import as_sarif
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict
from tests.audits.test_outcome import row

HOSTILE = "<script>alert(1)</script> | **bold** ]]> \x00\x1b[31m"


def report(*rows: Judged) -> Report:
    return Report(
        target=Target(domain="house.test", hosts=(Host("house.test"),)),
        rows=rows,
        decision=decide(rows),
        vendors=(),
        started_at=datetime(2026, 11, 24, tzinfo=UTC),
        elapsed_ms=1500,
        dns_question_count=3,
        request_count=2,
        consent=Consent.L1,
    )


def hostile_row() -> Judged:
    made = row(Verdict.FAIL, Severity.S1, name="test.hostile")
    result = Result(Verdict.FAIL, HOSTILE, evidence=(Evidence("seen", HOSTILE),))
    return Judged(made.check, result, "house.test", Severity.S1)


def test_the_json_names_its_version_and_one_object_per_result():
    made = as_json(report(row(Verdict.FAIL), row(Verdict.PASS, name="b")))
    assert made["schema_version"] == SCHEMA_VERSION
    assert made["verdict"]["outcome"] == "no_go"
    assert made["verdict"]["coverage"]["total"] == 2
    first = made["results"][0]
    wanted = {
        "check", "stage", "status", "severity", "subject", "message", "evidence", "remedy",
        "source",
    }  # fmt: skip
    assert wanted <= set(first)
    assert (first["status"], first["severity"]) == ("fail", "S0")
    json.dumps(made)


def test_sarif_points_each_result_at_its_rule():
    made = as_sarif([report(row(Verdict.PASS, name="a"), row(Verdict.FAIL, name="b"))])
    (run,) = made["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == ["a", "b"]
    assert [result["level"] for result in run["results"]] == ["none", "error"]
    assert run["results"][1]["partialFingerprints"]["launchReady/v1"]


def test_junit_counts_failures_and_skipped_and_survives_hostile_text():
    made = as_junit([report(hostile_row(), row(Verdict.UNKNOWN, name="u"), row(Verdict.PASS))])
    suite = ET.fromstring(made).find("testsuite")  # noqa: S314 - our own output
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")


def test_markdown_lets_no_foreign_text_come_to_life():
    made = as_markdown([report(hostile_row())])
    assert "<script>" not in made
    assert "**bold**" not in made
    assert made.count("\n| S1 |") == 1


@pytest.mark.parametrize(("text", "safe"), [("a|b", r"a\|b"), ("<b>", r"\<b\>"), ("a\nb", "a b")])
def test_literal_text_stays_on_its_line_and_literal(text, safe):
    assert literal(text) == safe


def test_a_domain_that_no_resolver_answers_for_cannot_be_evaluated():
    silent = row(Verdict.UNKNOWN, name="dns.domain_exists")
    assert "No resolver answered" in unevaluable(report(silent, row(Verdict.PASS, name="b")))


def test_nothing_can_be_said_when_every_weighty_check_is_unknown_or_blocked():
    unseen = [row(Verdict.UNKNOWN, name="a"), row(Verdict.BLOCKED, name="b")]
    assert unevaluable(report(*unseen, row(Verdict.PASS, Severity.S2, name="c")))
    assert not unevaluable(report(*unseen, row(Verdict.PASS, Severity.S0, name="c")))
    assert unevaluable(report(row(Verdict.UNKNOWN, Severity.S2)))
    assert not unevaluable(report(row(Verdict.PASS, Severity.S2)))
