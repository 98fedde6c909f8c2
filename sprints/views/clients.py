"""The practice's clients."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.models import Client, ClientMembership, MemberStatus
from accounts.quotas import QuotaError, check_clients
from accounts.roles import Action, may
from accounts.tenancy.forms import validated_save
from sprints.forms_clients import ClientForm
from sprints.models import Project, Sprint

INVALID = 422
OVER = (Sprint.State.CLOSED, Sprint.State.CANCELLED)


@dataclass(frozen=True, slots=True)
class ClientRow:
    client: Client
    project_count: int
    sprint_count: int


@require_safe
@allowed(Action.SEE)
def client_list(request: TenantRequest) -> HttpResponse:
    set_crumbs(request, ("Clients", ""))
    is_archive = request.GET.get("show") == "archived"
    clients = Client.objects.of(request.practice).order_by("name", "pk")
    rows = rows_of(request, list(clients))
    context = {
        "rows": [row for row in rows if (row.client.archived_at is not None) == is_archive],
        "is_archive": is_archive,
        "archived_count": sum(row.client.archived_at is not None for row in rows),
        "count": sum(row.client.archived_at is None for row in rows),
    }
    return render(request, "sprints/client_list.html", context)


def rows_of(request: TenantRequest, clients: list[Client]) -> list[ClientRow]:
    """The clients with their numbers of projects and of sprints at work."""
    projects = Project.objects.of(request.practice).filter(archived_at=None)
    sprints = Sprint.objects.of(request.practice).filter(archived_at=None).exclude(state__in=OVER)
    project_counts = dict(projects.values_list("client").annotate(Count("pk")).order_by())
    sprint_counts = dict(sprints.values_list("client").annotate(Count("pk")).order_by())
    return [
        ClientRow(client, project_counts.get(client.pk, 0), sprint_counts.get(client.pk, 0))
        for client in clients
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.EDIT_WORK)
def client_create(request: TenantRequest) -> HttpResponse:
    set_crumbs(request, ("Clients", list_url(request)), ("New client", ""))
    form = ClientForm(request.POST or None)
    made = _created(request, form) if request.method == "POST" and form.is_valid() else None
    if made is not None:
        messages.success(request, f"{made} is a client now. Next: the app that goes live.")
        return redirect(detail_url(request, made))
    return _form_page(request, form, None)


def _created(request: TenantRequest, form: ClientForm) -> Client | None:
    try:
        check_clients(request.practice)
    except QuotaError as error:
        form.add_error(None, str(error))
        return None
    return validated_save(form, practice=request.practice)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.EDIT_WORK)
def client_edit(request: TenantRequest, client_id: int) -> HttpResponse:
    client = find_client(request, client_id)
    set_crumbs(request, *steps_of(request, client), ("Edit", ""))
    form = ClientForm(request.POST or None, instance=Client.objects.get(pk=client.pk))
    if request.method == "POST" and form.is_valid() and validated_save(form):
        messages.success(request, f"{form.instance} is saved.")
        return redirect(detail_url(request, client))
    return _form_page(request, form, client)


def _form_page(request: TenantRequest, form: ClientForm, client: Client | None) -> HttpResponse:
    back_url = detail_url(request, client) if client else list_url(request)
    context = {"form": form, "client": client, "back_url": back_url}
    status = INVALID if form.is_bound else 200
    return render(request, "sprints/client_form.html", context, status=status)


@require_safe
@allowed(Action.SEE)
def client_detail(request: TenantRequest, client_id: int) -> HttpResponse:
    client = find_client(request, client_id)
    set_crumbs(request, *steps_of(request, client))
    projects = Project.objects.of(request.practice).filter(client=client)
    people = ClientMembership.objects.of(request.practice).of_client(client)
    sprints = Sprint.objects.of(request.practice).filter(client=client, archived_at=None)
    context = {
        "client": client,
        "projects": projects_with_sprints(list(projects.order_by("name", "pk")), list(sprints)),
        "people": people.filter(status=MemberStatus.ACTIVE).select_related("user").order_by("pk"),
        "may_delete": may(request.membership, Action.PRACTICE_SETTINGS),
    }
    return render(request, "sprints/client_detail.html", context)


@dataclass(frozen=True, slots=True)
class ProjectRow:
    project: Project
    sprints: list[Sprint]


def projects_with_sprints(projects: list[Project], sprints: list[Sprint]) -> list[ProjectRow]:
    """The projects at work first, each with its sprints, the newest first."""
    newest = sorted(sprints, key=lambda sprint: -sprint.number)
    rows = [
        ProjectRow(project, [sprint for sprint in newest if sprint.project_id == project.pk])
        for project in projects
    ]
    return sorted(rows, key=lambda row: row.project.archived_at is not None)


@require_POST
@allowed(Action.EDIT_WORK)
def client_archival(request: TenantRequest, client_id: int) -> HttpResponse:
    """Put the client away, or take it back (`to` is "back")."""
    client = find_client(request, client_id)
    is_back = request.POST.get("to") == "back"
    client.archived_at = None if is_back else timezone.now()
    client.save(update_fields=["archived_at"])
    words = "is back" if is_back else "is archived. Its people can still read what they could"
    messages.success(request, f"{client} {words}.")
    return redirect(detail_url(request, client))


def find_client(request: TenantRequest, client_id: int) -> Client:
    return get_object_or_404(Client.objects.of(request.practice), pk=client_id)


def list_url(request: TenantRequest) -> str:
    return reverse("sprints:client-list", args=[request.practice.slug])


def detail_url(request: TenantRequest, client: Client) -> str:
    return reverse("sprints:client-detail", args=[request.practice.slug, client.pk])


def steps_of(request: TenantRequest, client: Client) -> tuple[tuple[str, str], ...]:
    """The path down to the client: (name, address)."""
    return (("Clients", list_url(request)), (client.name, detail_url(request, client)))


def set_crumbs(request: TenantRequest, *steps: tuple[str, str]) -> None:
    """The way to this page: the practice, then `steps`."""
    home = {"name": request.practice.name, "url": f"/p/{request.practice.slug}/"}
    crumbs = [home, *({"name": name, "url": url} for name, url in steps)]
    request.crumbs = crumbs
