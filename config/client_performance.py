"""How quickly the product answers, as a founder reads it: one sentence and one chart."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from audits.performance import comparison, headline, newest
from config.client_finding import client_url, find_client_sprint, first_name
from config.client_page import over
from sprints.moments import ago


@require_safe
@allowed(Action.SEE)
def client_performance(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_client_sprint(request, sprint_id)
    run = newest(sprint)
    now = timezone.localtime()
    context = {
        "sprint": sprint,
        "project": sprint.project.name,
        "over": over(sprint),
        "lead": first_name(sprint.lead),
        "headline": headline(run) if run else "",
        "chart": comparison(run) if run else None,
        "when": ago(run.finished_at or run.requested_at, now) if run else "",
        "back_url": client_url("client-sprint", sprint),
    }
    return render(request, "pages/client_performance.html", context)
