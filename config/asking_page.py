"""The one press of "Ask for access": what the audits met becomes requests."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from audits.models import AuditRun
from sprints import asking
from sprints.models import Sprint
from sprints.views.finding import find_sprint, words_of


def vendors_met(sprint: Sprint) -> list[tuple[str, str]]:
    """(role, name) as the newest run that met any saw them, then as the project declares."""
    runs = AuditRun.objects.of(sprint.practice_id).filter(sprint=sprint)
    newest = runs.exclude(vendors=[]).order_by("-number").only("vendors").first()
    met = [(str(role), str(name)) for role, name, *_ in newest.vendors] if newest else []
    declared = (("hosting", sprint.project.hosting), ("mail", sprint.project.mail_vendor))
    return [*met, *((role, name) for role, name in declared if name)]


@require_POST
@allowed(Action.EDIT_WORK)
def request_prepare(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    count = asking.prepare(sprint, vendors_met(sprint), by=request.user)
    if not count:
        messages.info(request, "Everything that we know to ask for is asked already.")
    return redirect(reverse("sprints:request-list", kwargs=words_of(sprint, request)))


sprint_patterns = [
    path("sprints/<int:sprint_id>/requests/access/", request_prepare, name="request-prepare"),
]
