"""Deleting a client, a project or a sprint for good: its name is typed, who it is is proven."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts import stepup
from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints.deleting import Doomed, doomed_client, doomed_project, doomed_sprint
from sprints.forms_clients import DeletionForm
from sprints.models import Sprint
from sprints.progressing import is_at_work
from sprints.views.clients import detail_url, find_client, list_url, set_crumbs, steps_of
from sprints.views.projects import (
    find_project,
    find_sprint,
    project_url,
    set_project_crumbs,
)

INVALID: Final = 422


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.PRACTICE_SETTINGS)
def client_deletion(request: TenantRequest, client_id: int) -> HttpResponse:
    client = find_client(request, client_id)
    set_crumbs(request, *steps_of(request, client), ("Delete", ""))
    doomed = doomed_client(client)
    return answer(request, doomed, back=detail_url(request, client), onward=list_url(request))


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.PRACTICE_SETTINGS)
def project_deletion(request: TenantRequest, project_id: int) -> HttpResponse:
    project = find_project(request, project_id)
    set_project_crumbs(request, project, "Delete")
    back, onward = project_url(request, project), detail_url(request, project.client)
    return answer(request, doomed_project(project), back=back, onward=onward)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.PRACTICE_SETTINGS)
def sprint_deletion(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    set_project_crumbs(request, sprint.project, f"Delete sprint {sprint.number}")
    back = project_url(request, sprint.project)
    return answer(request, doomed_sprint(sprint), back=back, onward=back)


def answer(request: TenantRequest, doomed: Doomed, *, back: str, onward: str) -> HttpResponse:
    """Ask for the name; once it is right and the person proven, delete and go `onward`."""
    form = DeletionForm(request.POST if request.method == "POST" else None, name=doomed.name)
    if not form.is_valid():
        context = {"doomed": doomed, "form": form, "back_url": back, "may_archive": is_kept(doomed)}
        status = INVALID if form.is_bound else 200
        return render(request, "sprints/deletion.html", context, status=status)
    step = stepup.demand(request, f"delete {doomed.name} for good")
    if step is not None:
        return step
    # Two people may press at once: the second waits here, and then finds nothing.
    locked = type(doomed.row)._default_manager.select_for_update().filter(pk=doomed.row.pk)
    get_object_or_404(locked)
    doomed.delete(by=request.user)
    messages.success(request, f"{doomed.name} is deleted for good.")
    return redirect(onward)


def is_kept(doomed: Doomed) -> bool:
    """Whether archiving is another way: it is not put away yet, and no work would stop."""
    if doomed.row.archived_at is not None:
        return False
    return not (isinstance(doomed.row, Sprint) and is_at_work(doomed.row))
