"""JUnit XML, so that a build server shows each check as a test."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from audits.engine import Judged
from audits.examine import Report
from audits.verdicts import Verdict

# What XML 1.0 section 2.2 does not allow, even escaped.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SKIPPED = {Verdict.NA, Verdict.UNKNOWN, Verdict.BLOCKED}


def as_junit(reports: Sequence[Report]) -> str:
    """One test suite per report; fails are failures, what could not run is skipped."""
    suites = "\n".join(_suite(report) for report in reports)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{suites}\n</testsuites>\n'


def _suite(report: Report) -> str:
    failed = sum(row.result.verdict == Verdict.FAIL for row in report.rows)
    skipped = sum(row.result.verdict in SKIPPED for row in report.rows)
    cases = "\n".join(_case(row) for row in report.rows)
    return (
        f"<testsuite name={_attribute(report.target.domain)} tests='{len(report.rows)}' "
        f"failures='{failed}' skipped='{skipped}' time='{report.elapsed_ms / 1000:.3f}'>\n"
        f"{cases}\n</testsuite>"
    )


def _case(row: Judged) -> str:
    head = f"<testcase classname={_attribute(row.check.id)} name={_attribute(row.subject)}"
    message = _attribute(row.result.message)
    if row.result.verdict == Verdict.FAIL:
        detail = escape(_clean(_detail(row)))
        kind = row.severity.name
        return f"{head}><failure type='{kind}' message={message}>{detail}</failure></testcase>"
    if row.result.verdict in SKIPPED:
        return f"{head}><skipped message={message}/></testcase>"
    return f"{head}><system-out>{escape(_clean(row.result.message))}</system-out></testcase>"


def _detail(row: Judged) -> str:
    seen = "\n".join(f"{item.label}: {item.value}" for item in row.result.evidence)
    return f"{seen}\nRemedy: {row.result.remedy or row.check.remedy}\nSource: {row.check.source}"


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)
