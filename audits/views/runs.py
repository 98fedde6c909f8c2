"""Runs of a sprint: the list, beginning one, following it, reading it, taking it home."""

import json
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from audits.begin import begin_run
from audits.catalogue import BY_ID
from audits.differences import Row
from audits.filters import ResultFilter
from audits.following import CUT_SHORT, following, span
from audits.limits import too_many
from audits.models import AFTER_CONSENT, LATENCY, WHOLE, AuditRun, Finding
from audits.reports.as_json import as_json
from audits.reports.as_junit import as_junit
from audits.reports.as_markdown import as_markdown
from audits.reports.as_sarif import as_sarif
from audits.shown import TROUBLES, RunSheet
from audits.stored import report_of
from audits.verdicts import Verdict
from audits.views.finding import find_run
from sprints.models import Risk, Sprint
from sprints.moments import ago
from sprints.views.finding import find_sprint, set_crumbs, words_of

RUNS_PER_PAGE: Final = 25
FORMATS: Final = ("json", "markdown", "sarif", "junit")
ENDINGS: Final = {"json": "json", "markdown": "md", "sarif": "sarif", "junit": "xml"}
TYPES: Final = {"markdown": "text/markdown; charset=utf-8", "junit": "application/xml"}

# `Any` throughout: whatever a template reads.


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE, post=Action.RUN_CHECK)
def runs(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    if request.method == "POST":
        return run_create(request, sprint)
    set_crumbs(request, sprint, ("Audits", ""))
    found = AuditRun.objects.filter(practice=request.practice, sprint=sprint)
    pages = Paginator(found.select_related("requested_by").order_by("-number"), RUNS_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    at_work = found.at_work().filter(scope=WHOLE).first()
    context = {
        "sprint": sprint,
        "page": page,
        "rows": [run_row(run, request) for run in page],
        "at_work_url": reverse("audits:run-detail", kwargs=run_words(request, at_work))
        if at_work
        else "",
        "create_url": reverse("audits:run-create", kwargs=words_of(sprint, request)),
        "consent_url": consent_url(request, sprint),
    }
    return render(request, "audits/run_list.html", context)


def run_create(request: TenantRequest, sprint: Sprint) -> HttpResponse:
    ours = AuditRun.objects.filter(practice=request.practice, sprint=sprint, scope=WHOLE)
    known = ours.at_work().first()
    refused = "" if known else too_many(request.practice, sprint, is_whole=True)
    if refused:
        messages.warning(request, refused)
        return redirect(reverse("audits:run-list", kwargs=words_of(sprint, request)))
    run, is_new = begin_run(sprint, by=request.user)
    if not is_new:
        messages.info(request, f"{run} is already under way; here it is.")
    return redirect(reverse("audits:run-detail", kwargs=run_words(request, run)))


@require_safe
@allowed(Action.SEE)
def run_detail(request: TenantRequest, run_id: int) -> HttpResponse:
    run = find_run(request, run_id)
    list_url = reverse("audits:run-list", kwargs=words_of(run.sprint, request))
    set_crumbs(request, run.sprint, ("Audits", list_url), (str(run), ""))
    return render(request, "audits/run_detail.html", run_context(request, run))


@require_safe
@allowed(Action.SEE)
def run_progress(request: TenantRequest, run_id: int) -> HttpResponse:
    run = find_run(request, run_id)
    return render(request, "audits/run_detail.html#run", run_context(request, run))


@require_safe
@allowed(Action.SEE)
def run_export(request: TenantRequest, run_id: int, form: str) -> HttpResponse:
    run = find_run(request, run_id)
    if form not in FORMATS or run.state != AuditRun.State.DONE:
        raise Http404
    report = report_of(run, Finding.objects.of(request.practice).filter(run=run))
    if form == "json":
        answer: HttpResponse = JsonResponse(as_json(report), json_dumps_params={"indent": 2})
    elif form == "sarif":
        answer = HttpResponse(json.dumps(as_sarif([report]), indent=2), "application/sarif+json")
    else:
        made = as_markdown([report]) if form == "markdown" else as_junit([report])
        answer = HttpResponse(made, TYPES[form])
    name = f"audit-{run.domain or 'run'}-{run.number}.{ENDINGS[form]}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def run_words(request: TenantRequest, run: AuditRun) -> dict[str, Any]:
    return {"practice_slug": request.practice.slug, "run_id": run.pk}


def consent_url(request: TenantRequest, sprint: Sprint) -> str:
    words = {"practice_slug": request.practice.slug, "project_id": sprint.project_id}
    return reverse("audits:consent", kwargs=words)


def run_context(request: TenantRequest, run: AuditRun) -> dict[str, Any]:
    """The page of a run, whatever its state."""
    words, sprint = words_of(run.sprint, request), run.sprint
    context = {
        "run": run,
        "sprint": sprint,
        "what": scope_words(run),
        "list_url": reverse("audits:run-list", kwargs=words),
        "create_url": reverse("audits:run-create", kwargs=words),
        "check_url": reverse("audits:check-create", kwargs=words),
        "run_url": reverse("audits:run-detail", kwargs=run_words(request, run)),
        "progress_url": reverse("audits:run-progress", kwargs=run_words(request, run)),
        "consent_url": consent_url(request, sprint),
        "when": ago(run.finished_at or run.requested_at, timezone.localtime()),
    }
    if not run.is_finished:
        return context | {"following": following(run, timezone.now())}
    if run.state == AuditRun.State.DONE:
        return context | sheet_context(request, run)
    return context


def sheet_context(request: TenantRequest, run: AuditRun) -> dict[str, Any]:
    """What a finished run found."""
    sheet = read_sheet(request, run)
    is_any_wrong = any(line.verdict in TROUBLES for line in sheet.lines)
    fallback = "wrong" if is_any_wrong and run.is_whole else "all"
    asked = ResultFilter.of(request.GET, fallback=fallback)
    differences = sheet.shown_differences()
    words = run_words(request, run)
    return {
        "verdict": sheet.verdict() if run.is_whole else None,
        "coverage": sheet.decision.coverage,
        "unseen_query": ResultFilter(show="unseen").query,
        "groups": sheet.groups(asked),
        "filters": sheet.filters(asked),
        "result_count": len(sheet.lines),
        "differences": differences,
        "previous": run.previous() if run.is_whole else None,
        "vendors": sheet.vendors(),
        "cut_short": [row for row in run.progress if row["state"] in CUT_SHORT],
        "duration": f"{run.elapsed_ms / 1000:.1f}",
        "exports": [
            {"name": name, "url": reverse("audits:run-export", kwargs=words | {"form": form})}
            for form, name in zip(FORMATS, ("JSON", "Markdown", "SARIF", "JUnit"), strict=True)
        ],
    }


def read_sheet(request: TenantRequest, run: AuditRun) -> RunSheet:
    findings = list(Finding.objects.of(request.practice).filter(run=run))
    risks = Risk.objects.of(request.practice).filter(sprint=run.sprint_id)
    before = run.previous() if run.is_whole else None
    rows: list[Row] = []
    if before is not None:
        earlier = Finding.objects.of(request.practice).filter(run=before)
        fields = ("check_id", "subject", "verdict", "fingerprint")
        rows = [
            Row(check, subject, Verdict(verdict), print_)
            for check, subject, verdict, print_ in earlier.values_list(*fields)
        ]
    return RunSheet(run, findings, risks.only("number", "fingerprint", "state"), rows)


def run_row(run: AuditRun, request: TenantRequest) -> dict[str, Any]:
    """A run as a line of the list."""
    changes = run.changes
    return {
        "name": str(run),
        "url": reverse("audits:run-detail", kwargs=run_words(request, run)),
        "what": scope_words(run),
        "state": run.state,
        "state_words": run.get_state_display(),
        "outcome": run.outcome if run.is_whole else "",
        "when": ago(run.requested_at, timezone.localtime()),
        "at": run.requested_at,
        "by": str(run.requested_by) if run.requested_by else "Launch Ready",
        "new": len(changes.get("opened", ())) + len(changes.get("came_back", ())),
        "gone": len(changes.get("closed", ())),
        "took": span(run.elapsed) if run.elapsed_ms else "",
        "is_whole": run.is_whole,
    }


def scope_words(run: AuditRun) -> str:
    """What the run looked at, for a person."""
    if run.is_whole:
        return "Everything"
    if run.scope == AFTER_CONSENT:
        return "What waited for consent"
    if run.scope == LATENCY:
        return "How long answers take"
    rule = BY_ID.get(run.scope)
    return rule.title if rule else f"{len(run.check_ids)} checks"
