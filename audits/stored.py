"""A finished run as the report it was made from, so that every form comes from one place."""

from collections.abc import Iterable
from typing import Any

from audits.catalogue import BY_ID
from audits.engine import Judged
from audits.examine import Report
from audits.models import AuditRun, Finding
from audits.observations.target import Host, MailDomain, Target, Vendor
from audits.outcome import decide
from audits.verdicts import Check, Confidence, Consent, Evidence, Result, Severity, Verdict


def report_of(run: AuditRun, findings: Iterable[Finding]) -> Report:
    """The report of a finished run; its decision is computed again from the rows."""
    rows = tuple(judged_of(finding) for finding in findings)
    return Report(
        target=_target(run),
        rows=rows,
        decision=decide(rows),
        vendors=tuple(Vendor(*vendor) for vendor in run.vendors),
        started_at=run.started_at or run.requested_at,
        elapsed_ms=run.elapsed_ms,
        dns_question_count=run.dns_question_count,
        request_count=run.request_count,
        consent=Consent(run.consent_level),
        engine_version=run.engine_version,
        catalogue_version=run.catalogue_version,
    )


def judged_of(finding: Finding) -> Judged:
    """One stored row as the engine made it; `severity` is the result's own."""
    result = Result(
        verdict=Verdict(finding.verdict),
        message=finding.message,
        cause=finding.cause,
        evidence=tuple(Evidence(label, value) for label, value in finding.evidence),
        remedy=finding.remedy,
        confidence=Confidence(finding.confidence),
    )
    return Judged(rule_of(finding), result, finding.subject, Severity(finding.severity))


def rule_of(finding: Finding) -> Check[Any]:  # Any: checks of many observation types
    """The check of a finding, also where an older run had one that is no more."""
    known = BY_ID.get(finding.check_id)
    if known is not None:
        return known
    return Check(
        id=finding.check_id,
        title=finding.check_id,
        stage=finding.stage,
        severity=Severity(finding.severity),
        consent=Consent.L1,
        needs=object,
        source="",
        remedy=finding.remedy,
        trouble=finding.check_id,
        impact="",
        item="",
        judge=lambda _: (),
    )


def _target(run: AuditRun) -> Target:
    return Target(
        domain=run.target.get("domain", run.domain),
        hosts=tuple(Host(name) for name in run.target.get("hosts", ())),
        mail_domains=tuple(MailDomain(name) for name in run.target.get("mail_domains", ())),
    )
