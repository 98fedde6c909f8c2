"""The app under launch: its facts, and what is declared about them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints.declaring import StaleProjectError
from sprints.forms_projects import SprintForm
from sprints.models import Project, Sprint
from sprints.opening import SPRINT_WORKING_DAYS, open_sprint, working_day
from sprints.progressing import archive_sprint, move_sprint
from sprints.project_entry import Entry
from sprints.views.clients import detail_url, find_client, set_crumbs, steps_of

CONFLICT = 409
INVALID = 422


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.EDIT_WORK)
def project_create(
    request: TenantRequest, client_id: int, guess_url: str = "", data: QueryDict | None = None
) -> HttpResponse:
    """A new project. `guess_url` answers what the typed domain tells by itself; `data` is what
    was sent, with that filled in.
    """
    client = find_client(request, client_id)
    set_crumbs(request, *steps_of(request, client), ("New project", ""))
    project = Project(practice=request.practice, client=client)
    more = {"guess_url": guess_url, "back_url": detail_url(request, client)}
    return _entered(request, project, data or request.POST, more)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.EDIT_FACTS)
def project_edit(
    request: TenantRequest, project_id: int, guess_url: str = "", data: QueryDict | None = None
) -> HttpResponse:
    project = find_project(request, project_id)
    set_project_crumbs(request, project, "Edit facts")
    more = {"guess_url": guess_url, "back_url": project_url(request, project)}
    return _entered(request, project, data or request.POST, more)


# `Any` below: whatever the template reads.
def _entered(
    request: TenantRequest, project: Project, data: QueryDict, more: dict[str, Any]
) -> HttpResponse:
    """Show the form, change its rows, or keep what was typed."""
    if request.method != "POST":
        return show(request, project, Entry.read(project), more)
    change = data.get("rows", "")
    if change:
        return show(request, project, Entry.changed(project, data, change), more)
    entry = Entry.typed(project, data)
    if not entry.is_valid():
        return show(request, project, entry, more, INVALID)
    try:
        kept = entry.keep()
    except StaleProjectError:
        newer = find_project(request, project.pk)
        entry.meet(newer)
        return show(request, newer, entry, more, CONFLICT)
    messages.success(request, f"{kept} is saved.")
    return redirect(project_url(request, kept))


def show(
    request: TenantRequest, project: Project, entry: Entry, more: dict[str, Any], status: int = 200
) -> HttpResponse:
    entry.form.ask_for_guesses(more["guess_url"])
    context = {"project": project, "entry": entry, "form": entry.form, **entry.lists, **more}
    section = request.POST.get("rows", "").partition(":")[0]
    if request.htmx and section in entry.lists:
        return render(request, f"sprints/_project_{section}.html", context)
    return render(request, "sprints/project_form.html", context, status=status)


@require_POST
@allowed(Action.EDIT_WORK)
def project_archival(request: TenantRequest, project_id: int) -> HttpResponse:
    """Put the project away, or take it back (`to` is "back")."""
    project = find_project(request, project_id)
    is_back = request.POST.get("to") == "back"
    project.archived_at = None if is_back else timezone.now()
    try:
        project.validate_constraints()
    except ValidationError as error:
        messages.error(request, f"{project} stays archived. {error.messages[0]}")
        return redirect(project_url(request, project))
    project.save(update_fields=["archived_at"])
    messages.success(request, f"{project} {'is back' if is_back else 'is archived'}.")
    return redirect(project_url(request, project))


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.EDIT_WORK)
def sprint_create(request: TenantRequest, project_id: int) -> HttpResponse:
    project = find_project(request, project_id)
    set_project_crumbs(request, project, "New sprint")
    today = timezone.localdate()
    initial = {
        "lead": request.user,
        "starts_on": today,
        "ends_on": working_day(today, SPRINT_WORKING_DAYS),
    }
    form = SprintForm(request.POST or None, initial=initial, practice=request.practice)
    if request.method == "POST" and form.is_valid():
        try:
            sprint = open_sprint(project, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, f"Sprint {sprint.number} has begun.")
            return redirect(f"/p/{request.practice.slug}/sprints/{sprint.pk}/")
    context = {"project": project, "form": form, "back_url": project_url(request, project)}
    status = INVALID if form.is_bound else 200
    return render(request, "sprints/sprint_form.html", context, status=status)


@require_POST
@allowed(Action.EDIT_WORK)
def sprint_state(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """Pause the sprint, take it up again or close it: `to` is the state wished for."""
    sprint = find_sprint(request, sprint_id)
    try:
        move_sprint(sprint, request.POST.get("to", ""), by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect(project_url(request, sprint.project))


@require_POST
@allowed(Action.EDIT_WORK)
def sprint_archival(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """Put the sprint away, or take it back (`to` is "back")."""
    sprint = find_sprint(request, sprint_id)
    is_back = request.POST.get("to") == "back"
    try:
        archive_sprint(sprint, is_back=is_back, by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"{sprint} {'is back' if is_back else 'is archived'}.")
    return redirect(project_url(request, sprint.project))


def find_project(request: TenantRequest, project_id: int) -> Project:
    projects = Project.objects.of(request.practice).select_related("client", "practice")
    return get_object_or_404(projects, pk=project_id)


def find_sprint(request: TenantRequest, sprint_id: int) -> Sprint:
    sprints = Sprint.objects.of(request.practice).select_related("project__client")
    return get_object_or_404(sprints, pk=sprint_id)


def project_url(request: TenantRequest, project: Project) -> str:
    return reverse("sprints:project-detail", args=[request.practice.slug, project.pk])


def set_project_crumbs(request: TenantRequest, project: Project, *names: str) -> None:
    steps = (*steps_of(request, project.client), (project.name, project_url(request, project)))
    set_crumbs(request, *steps, *((name, "") for name in names))
