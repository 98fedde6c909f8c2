"""What a person sees of a finished run: verdict, results by stage, differences, vendors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.urls import reverse

from audits.catalogue import BY_ID, STAGES
from audits.differences import Difference, Row, differences
from audits.examine import Report, unevaluable
from audits.filters import ResultFilter, chips
from audits.models import AuditRun, Finding
from audits.outcome import ORDER_OF_VERDICT, Decision, Outcome, Reason
from audits.stored import report_of
from audits.verdicts import Verdict
from sprints.models import Risk

TROUBLES: Final = frozenset({"fail", "warn"})
UNSEEN: Final = frozenset({"unknown", "blocked"})
SHOWN_REASONS: Final = 6
SHOWN_FIXES: Final = 6
ROLES: Final = {
    "registrar": "Registrar",
    "dns": "DNS",
    "hosting": "Hosting",
    "cdn": "CDN",
    "mail": "Mail",
    "sender": "Sends mail",
}
VERDICT_WORDS: Final = {
    "pass": "passes",
    "warn": "warning",
    "fail": "fails",
    "info": "for the record",
    "na": "doesn’t apply",
    "unknown": "couldn’t tell",
    "blocked": "couldn’t look",
}
BETTER: Final = {Outcome.GO: "ready", Outcome.CONDITIONAL: "ready with conditions"}

# `Any` throughout: whatever a template reads.


@dataclass(frozen=True, slots=True)
class Line:
    """A finding with its title, as the filters look at it."""

    finding: Finding
    verdict: str
    check: str
    title: str
    subject: str
    message: str


class RunSheet:
    """A finished run with its findings, the sprint's risks and the run before."""

    def __init__(
        self, run: AuditRun, findings: list[Finding], risks: Iterable[Risk], before: list[Row]
    ) -> None:
        self.run = run
        self.lines = [line_of(finding) for finding in findings]
        self.risks = {risk.fingerprint: risk for risk in risks if risk.fingerprint}
        self.troubles = {
            line.finding.fingerprint for line in self.lines if line.verdict in TROUBLES
        }
        self.report: Report = report_of(run, findings)
        self.before = before

    @property
    def decision(self) -> Decision:
        return self.report.decision

    def url_of(self, risk: Risk) -> str:
        words = {
            "practice_slug": self.run.practice.slug,
            "sprint_id": self.run.sprint_id,
            "number": risk.number,
        }
        return reverse("sprints:risk-detail", kwargs=words)

    def verdict(self) -> dict[str, Any]:
        """The card on top: outcome, why, what would change it."""
        trouble = unevaluable(self.report)
        if trouble:
            return {"outcome": "none", "strong": trouble, "fixes": [], "reasons": []}
        decision = self.decision
        worst = [one for one in decision.reasons if one.allows == decision.outcome]
        fixes = [self._link(one) for one in worst if self._is_trouble(one)]
        return {
            "outcome": str(decision.outcome),
            "strong": why(decision, {one.fingerprint for one in worst if self._is_trouble(one)}),
            "fixes": fixes[:SHOWN_FIXES] if len(fixes) == len(worst) else [],
            "next": BETTER.get(decision.next_outcome) if decision.next_outcome else "",
            "more_fixes": max(len(fixes) - SHOWN_FIXES, 0),
            **self._reasons(decision.reasons),
        }

    def _reasons(self, reasons: Iterable[Reason]) -> dict[str, Any]:
        """The reasons, one line for each check, the first ones of them."""
        lines: dict[tuple[str, bool], list[Reason]] = {}
        for one in reasons:
            lines.setdefault((one.check, self._is_trouble(one)), []).append(one)
        shown = [
            {
                "title": title_of(check, "fail" if is_trouble else "unknown"),
                "is_trouble": is_trouble,
                "places": self._places([(one.subject, one.fingerprint) for one in found]),
            }
            for (check, is_trouble), found in lines.items()
        ]
        return {"reasons": shown[:SHOWN_REASONS], "more_reasons": len(shown[SHOWN_REASONS:])}

    def groups(self, asked: ResultFilter) -> list[dict[str, Any]]:
        """The results that were asked for, by stage and check, the worst of each stage first."""
        changes = {one.fingerprint: one.kind for one in self.changed}
        by_stage: dict[int, dict[tuple[str, str], list[Line]]] = {}
        for line in sorted(self.lines, key=_rank):
            if asked.admits(line):
                checks = by_stage.setdefault(line.finding.stage, {})
                checks.setdefault((line.check, line.verdict), []).append(line)
        return [
            {
                "number": stage,
                "name": STAGES.get(stage, ""),
                "count": sum(len(lines) for lines in checks.values()),
                "results": [self._result(lines, changes) for lines in checks.values()],
            }
            for stage, checks in sorted(by_stage.items())
        ]

    def filters(self, asked: ResultFilter) -> dict[str, Any]:
        families = sorted({line.check.partition(".")[0] for line in self.lines})
        return {"chips": chips(asked, self.lines), "families": families, "asked": asked}

    @cached_property
    def changed(self) -> list[Difference]:
        """What changed since the previous whole run; nothing for a partial one."""
        if not self.run.is_whole or not self.before:
            return []
        back = set(self.run.changes.get("came_back", ()))
        prints = frozenset(key for key, risk in self.risks.items() if key and risk.ref in back)
        now = [row_of(line.finding) for line in self.lines]
        return differences(self.before, now, came_back=prints)

    def shown_differences(self) -> list[dict[str, Any]]:
        """The differences, one line for each check and kind of change."""
        lines: dict[tuple[str, str, str, str], list[Difference]] = {}
        for one in self.changed:
            lines.setdefault((one.kind, one.check, one.was, one.now), []).append(one)
        return [
            {
                "kind": kind,
                "title": title_of(check, now or was),
                "was": VERDICT_WORDS.get(was, ""),
                "now": VERDICT_WORDS.get(now, ""),
                "is_worse": now in TROUBLES,
                "places": self._places([(one.subject, one.fingerprint) for one in found]),
            }
            for (kind, check, was, now), found in lines.items()
        ]

    def vendors(self) -> list[dict[str, Any]]:
        """Who stands behind the names, one line per role."""
        names: dict[str, dict[str, str]] = {}
        for vendor in self.report.vendors:
            names.setdefault(vendor.role, {}).setdefault(vendor.name, vendor.signal)
        ordered = [role for role in ROLES if role in names]
        ordered += [role for role in names if role not in ROLES]
        return [
            {
                "role": ROLES.get(role, role.capitalize()),
                "names": [{"name": name, "signal": sign} for name, sign in names[role].items()],
            }
            for role in ordered
        ]

    def _is_trouble(self, reason: Reason) -> bool:
        return reason.fingerprint in self.troubles

    def _link(self, reason: Reason) -> dict[str, Any]:
        return {
            "title": title_of(reason.check, "fail"),
            "risk": self._risk_link(reason.fingerprint),
        }

    def _places(self, met: list[tuple[str, str]]) -> list[dict[str, Any]]:
        return [
            {"subject": subject, "risk": self._risk_link(fingerprint)}
            for subject, fingerprint in met
        ]

    def _risk_link(self, fingerprint: str) -> dict[str, str] | None:
        risk = self.risks.get(fingerprint)
        return {"ref": risk.ref, "url": self.url_of(risk)} if risk else None

    def _result(self, lines: list[Line], changes: Mapping[str, str]) -> dict[str, Any]:
        """One check's results of one verdict: told once, with every place it was met in."""
        first, rule = lines[0], BY_ID.get(lines[0].check)
        is_trouble = first.verdict in TROUBLES
        remedies = dict.fromkeys(line.finding.remedy for line in lines) if is_trouble else {}
        return {
            "id": first.finding.pk,
            "verdict": first.verdict,
            "title": first.title,
            "check": first.check,
            "rows": [self._row(line, changes, is_trouble=is_trouble) for line in lines],
            "has_seen": is_trouble or any(line.finding.evidence for line in lines),
            "remedies": list(remedies),
            "expected": rule.title if rule and is_trouble else "",
            "source": rule.source if rule else "",
            "needs_consent": first.finding.cause == "consent",
        }

    def _row(self, line: Line, changes: Mapping[str, str], *, is_trouble: bool) -> dict[str, Any]:
        change = changes.get(line.finding.fingerprint, "")
        return {
            "message": line.message,
            "subject": line.subject,
            "change": change if change in {"new", "back"} else "",
            "seen": line.finding.evidence,
            "risk": self._risk_link(line.finding.fingerprint) if is_trouble else None,
        }


def why(decision: Decision, troubles: set[str]) -> str:
    """Why the outcome is not better, in one sentence."""
    if decision.outcome == Outcome.GO:
        return "Nothing that we can see stops the launch."
    count = len(troubles)
    if decision.outcome == Outcome.NO_GO:
        return f"{_things(count)} {'stops' if count == 1 else 'stop'} the launch."
    if count:
        return f"Nothing stops the launch; {_things(count).lower()} should be fixed or accepted."
    unseen = len(decision.reasons)
    looks = (
        "1 look that could stop the launch"
        if unseen == 1
        else (f"{unseen} looks that could stop the launch")
    )
    return f"Nothing wrong was seen, but {looks} did not get through."


def line_of(finding: Finding) -> Line:
    return Line(
        finding=finding,
        verdict=finding.verdict,
        check=finding.check_id,
        title=title_of(finding.check_id, finding.verdict),
        subject=finding.subject,
        message=finding.message,
    )


def row_of(finding: Finding) -> Row:
    return Row(finding.check_id, finding.subject, Verdict(finding.verdict), finding.fingerprint)


def title_of(check_id: str, verdict: str) -> str:
    """A founder's words for what is wrong, the check's own title for all else."""
    rule = BY_ID.get(check_id)
    if rule is None:
        return check_id
    return rule.trouble if verdict in TROUBLES and rule.trouble else rule.title


def _rank(line: Line) -> tuple[int, int, int]:
    finding = line.finding
    return ORDER_OF_VERDICT[Verdict(line.verdict)], finding.severity, finding.position


def _things(count: int) -> str:
    return "1 thing" if count == 1 else f"{count} things"
