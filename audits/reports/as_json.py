"""The versioned JSON of an audit; every other form is made from the same report."""

from typing import Any

from audits.engine import Judged
from audits.examine import Report
from audits.observations.target import Target
from audits.outcome import Decision

SCHEMA_VERSION = "1.0"


def as_json(report: Report) -> dict[str, Any]:  # Any: JSON
    """The report as plain JSON values. Fields are only ever added within a version."""
    return {
        "schema_version": SCHEMA_VERSION,
        "engine_version": report.engine_version,
        "catalogue_version": report.catalogue_version,
        "target": target_json(report.target),
        "started_at": report.started_at.isoformat(),
        "elapsed_ms": report.elapsed_ms,
        "dns_questions": report.dns_question_count,
        "requests": report.request_count,
        "consent_level": int(report.consent),
        "vantage": report.vantage,
        "vendors": [
            {"role": vendor.role, "name": vendor.name, "signal": vendor.signal}
            for vendor in report.vendors
        ],
        "results": [result_json(row) for row in report.rows],
        "verdict": verdict_json(report.decision),
    }


def target_json(target: Target) -> dict[str, Any]:  # Any: JSON
    """What was looked at, by name."""
    return {
        "domain": target.domain,
        "hosts": [host.name for host in target.hosts],
        "mail_domains": [domain.name for domain in target.mail_domains],
    }


def result_json(row: Judged) -> dict[str, Any]:  # Any: JSON
    """One result; `severity` is the result's own (S0 to S4), not the check's."""
    return {
        "check": row.check.id,
        "title": row.check.title,
        "stage": row.check.stage,
        "status": str(row.result.verdict),
        "severity": row.severity.name,
        "confidence": str(row.result.confidence),
        "subject": row.subject,
        "message": row.result.message,
        "cause": row.result.cause,
        "evidence": [{"label": item.label, "value": item.value} for item in row.result.evidence],
        "remedy": row.result.remedy or row.check.remedy,
        "source": row.check.source,
        "fingerprint": row.fingerprint,
    }


def verdict_json(decision: Decision) -> dict[str, Any]:  # Any: JSON
    """Outcome, reasons (worst first) and coverage."""
    seen = decision.coverage
    return {
        "outcome": str(decision.outcome),
        "reasons": [
            {
                "check": reason.check,
                "subject": reason.subject,
                "allows": str(reason.allows),
                "message": reason.message,
                "fingerprint": reason.fingerprint,
            }
            for reason in decision.reasons
        ],
        "smallest_fix": list(decision.smallest_fix),
        "next_outcome": str(decision.next_outcome) if decision.next_outcome else None,
        "coverage": {
            "total": seen.total,
            "ran": seen.ran,
            "unknown": list(seen.unknown),
            "blocked": list(seen.blocked),
            "not_consented": list(seen.not_consented),
            "not_applicable": list(seen.not_applicable),
            "sentence": seen.sentence,
        },
    }
