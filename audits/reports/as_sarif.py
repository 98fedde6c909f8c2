"""SARIF 2.1.0, so that code hosts show the findings beside the code.

Source: OASIS SARIF 2.1.0, sections 3.27 (result) and 3.49 (reportingDescriptor).
"""

from collections.abc import Sequence
from typing import Any

from audits.engine import Judged
from audits.examine import Report
from audits.verdicts import Check, Severity, Verdict

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS = {Severity.S0: "error", Severity.S1: "error", Severity.S2: "warning", Severity.S3: "note"}
KINDS = {
    Verdict.PASS: "pass",
    Verdict.INFO: "informational",
    Verdict.NA: "notApplicable",
    Verdict.UNKNOWN: "open",
    Verdict.BLOCKED: "open",
}


def as_sarif(reports: Sequence[Report]) -> dict[str, Any]:  # Any: JSON
    """One run per report."""
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report) for report in reports]}


def _run(report: Report) -> dict[str, Any]:  # Any: JSON
    rules = {row.check.id: row.check for row in report.rows}
    positions = {name: position for position, name in enumerate(rules)}
    return {
        "tool": {
            "driver": {
                "name": "Launch Ready",
                "semanticVersion": f"{report.engine_version}.0.0",
                "rules": [_rule(rule) for rule in rules.values()],
            }
        },
        "results": [_result(row, positions[row.check.id]) for row in report.rows],
        "properties": {"outcome": str(report.decision.outcome), "domain": report.target.domain},
    }


def _rule(rule: Check[Any]) -> dict[str, Any]:  # Any: JSON
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.impact},
        "help": {"text": f"{rule.remedy}\nSource: {rule.source}"},
        "properties": {"stage": rule.stage, "severity": rule.severity.name},
    }


def _result(row: Judged, position: int) -> dict[str, Any]:  # Any: JSON
    is_trouble = row.result.verdict in {Verdict.FAIL, Verdict.WARN}
    return {
        "ruleId": row.check.id,
        "ruleIndex": position,
        "kind": "fail" if is_trouble else KINDS[row.result.verdict],
        "level": LEVELS.get(row.severity, "note") if is_trouble else "none",
        "message": {"text": row.result.message},
        "locations": [{"logicalLocations": [{"fullyQualifiedName": row.subject}]}],
        "partialFingerprints": {"launchReady/v1": row.fingerprint},
    }
