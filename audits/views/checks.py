"""Running one check again and showing, in its place, what was seen now."""

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from audits.begin import begin_run
from audits.catalogue import BY_ID
from audits.following import span
from audits.limits import too_many
from audits.models import AuditRun, Finding
from audits.outcome import ORDER_OF_VERDICT
from audits.verdicts import Verdict
from audits.views.finding import find_run
from sprints.models import Risk, RiskSighting, Sprint
from sprints.views.finding import find_sprint

Word = RiskSighting.Word
MAX_NUMBER_CHARS: Final = 6
TROUBLES: Final = (Verdict.FAIL, Verdict.WARN)
UNSEEN: Final = (Verdict.UNKNOWN, Verdict.BLOCKED)

# `Any` throughout: whatever a template reads.


@require_POST
@allowed(Action.RUN_CHECK)
def check_create(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    rule = BY_ID.get(request.POST.get("check", ""))
    if rule is None:
        raise Http404("There is no such check.")
    risk = _risk(request, sprint, request.POST.get("risk", ""))
    refused = too_many(request.practice, sprint, is_whole=False)
    if refused:
        if request.htmx:
            return render(request, "audits/check.html#refused", {"refused": refused})
        messages.warning(request, refused)
        return redirect(_back(request, sprint, risk))
    run, is_new = begin_run(sprint, by=request.user, checks=[rule.id])
    if request.htmx:
        return render(request, "audits/check.html#check", check_context(request, run, risk))
    if not is_new:
        messages.info(request, "This check is already under way; here it is.")
    return redirect(_run_url(request, run))


@require_safe
@allowed(Action.SEE)
def check_progress(request: TenantRequest, run_id: int) -> HttpResponse:
    run = find_run(request, run_id)
    risk = _risk(request, run.sprint, request.GET.get("risk", ""))
    return render(request, "audits/check.html#check", check_context(request, run, risk))


def check_context(request: TenantRequest, run: AuditRun, risk: Risk | None) -> dict[str, Any]:
    """The state of one re-run; `word` is gone, there, passes, unseen, consent or stopped."""
    words = {"practice_slug": request.practice.slug, "run_id": run.pk}
    query = f"?risk={risk.number}" if risk else ""
    context: dict[str, Any] = {
        "run": run,
        "risk": risk,
        "run_url": reverse("audits:run-detail", kwargs=words),
        "poll_url": reverse("audits:check-progress", kwargs=words) + query,
        "elapsed": span(timezone.now() - (run.started_at or run.requested_at)),
    }
    if not run.is_finished:
        return context
    if run.state == AuditRun.State.FAILED:
        return context | {"word": "stopped", "message": run.trouble}
    findings = list(Finding.objects.of(request.practice).filter(run=run))
    word, message = said_by(run, risk, findings)
    project = {"practice_slug": request.practice.slug, "project_id": run.sprint.project_id}
    return context | {
        "word": word,
        "message": message,
        "consent_url": reverse("audits:consent", kwargs=project),
    }


def said_by(run: AuditRun, risk: Risk | None, findings: list[Finding]) -> tuple[str, str]:
    """The word for what a finished run saw, and its sentence for an engineer."""
    ranked = sorted(findings, key=lambda one: ORDER_OF_VERDICT[Verdict(one.verdict)])
    if not ranked:
        return "unseen", "This check said nothing."
    if all(finding.cause == "consent" for finding in ranked):
        return "consent", ""
    if risk is not None:
        return _answer_of_risk(run, risk, ranked)
    worst = ranked[0]
    if worst.verdict in TROUBLES:
        return "there", worst.message
    if worst.verdict in UNSEEN:
        return "unseen", worst.message
    return "passes", worst.message


def _answer_of_risk(run: AuditRun, risk: Risk, ranked: list[Finding]) -> tuple[str, str]:
    """About this very risk, by fingerprint; another trouble of the same check is another line."""
    mine = next((one for one in ranked if one.fingerprint == risk.fingerprint), None)
    if mine is not None and mine.verdict in TROUBLES:
        return "there", mine.message
    said = RiskSighting.objects.of(risk.practice_id).filter(risk=risk, audit_number=run.number)
    sighting = said.first()
    if sighting is not None and sighting.word == Word.UNKNOWN:
        unseen = next((one for one in ranked if one.verdict in UNSEEN), ranked[0])
        return "unseen", unseen.message
    about = next((one for one in ranked if one.subject == risk.subject), ranked[0])
    return "gone", about.message


def _risk(request: TenantRequest, sprint: Sprint, text: str) -> Risk | None:
    """The risk that a number in the form names, if the sprint has it."""
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_NUMBER_CHARS):
        return None
    return Risk.objects.of(request.practice).filter(sprint=sprint, number=int(text)).first()


def _run_url(request: TenantRequest, run: AuditRun) -> str:
    words = {"practice_slug": request.practice.slug, "run_id": run.pk}
    return reverse("audits:run-detail", kwargs=words)


def _back(request: TenantRequest, sprint: Sprint, risk: Risk | None) -> str:
    words = {"practice_slug": request.practice.slug, "sprint_id": sprint.pk}
    if risk is None:
        return reverse("audits:run-list", kwargs=words)
    return reverse("sprints:risk-detail", kwargs=words | {"number": risk.number})
