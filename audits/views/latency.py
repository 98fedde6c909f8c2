"""The page Performance of a sprint: begin a baseline, follow it, read it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action, may
from audits import latency
from audits.forms import LatencyForm
from audits.latency_models import LatencyRun
from audits.performance import (
    fixes,
    has_looked,
    headline,
    newest,
    past_runs,
    progress,
    route_cards,
)
from sprints.models import Sprint
from sprints.moments import ago
from sprints.views.finding import find_sprint, set_crumbs, words_of

# `Any` throughout: whatever a template reads.


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE, post=Action.RUN_CHECK)
def performance(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    set_crumbs(request, sprint, ("Performance", ""))
    if request.method != "POST":
        return render(request, "audits/performance.html", page_context(request, sprint))
    form = LatencyForm(request.POST)
    if not form.is_valid():
        context = page_context(request, sprint) | {"form": form}
        return render(request, "audits/performance.html", context, status=422)
    _begin(request, sprint, form)
    return redirect(reverse("audits:performance", kwargs=words_of(sprint, request)))


def _begin(request: TenantRequest, sprint: Sprint, form: LatencyForm) -> None:
    at_work = LatencyRun.objects.of(request.practice).filter(
        sprint=sprint, state__in=LatencyRun.AT_WORK
    )
    refused = "" if at_work.exists() else latency.refusal(sprint)
    if refused:
        messages.warning(request, refused)
        return
    limits = {name: form.cleaned_data[name] for name in ("target_ms", "alert_ms")}
    run, is_new = latency.begin(sprint, by=request.user, **limits)
    if not is_new:
        messages.info(request, f"{run} is already under way; here it is.")


@require_safe
@allowed(Action.SEE)
def performance_progress(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    return render(request, "audits/performance.html#measured", page_context(request, sprint))


def page_context(request: TenantRequest, sprint: Sprint) -> dict[str, Any]:
    words = words_of(sprint, request)
    runs = LatencyRun.objects.of(request.practice).filter(sprint=sprint).order_by("-number")
    last = runs.first()
    run = newest(sprint)
    before = run.previous() if run else None
    now = timezone.localtime()
    limits = {"target_ms": last.target_ms, "alert_ms": last.alert_ms} if last else None
    return {
        "sprint": sprint,
        "run": run,
        "before": before,
        "before_when": ago(before.finished_at or now, now) if before else "",
        "when": ago(run.finished_at or run.requested_at, now) if run else "",
        "headline": headline(run) if run else "",
        "cards": route_cards(run, before) if run else [],
        "fixes": fixes(sprint, run),
        "has_looked": has_looked(sprint, run),
        "past": past_runs(sprint),
        "at_work": progress(last) if last and not last.is_finished else None,
        "stopped": last.trouble if last and last.state == LatencyRun.State.FAILED else "",
        "form": LatencyForm(initial=limits),
        "may_run": may(request.membership, Action.RUN_CHECK),
        "progress_url": reverse("audits:performance-progress", kwargs=words),
        "here_url": reverse("audits:performance", kwargs=words),
        "audits_url": reverse("audits:run-list", kwargs=words),
    }
