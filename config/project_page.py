"""A project's page: its facts beside its sprints and what its owner has allowed."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action, may
from audits.declining import ask_url, is_allowed, not_now_of
from audits.targets import granted_level
from audits.verdicts import Consent as Level
from config.guessed import with_guess
from sprints.domains import unicode_name
from sprints.models import DomainProof, Project, Sprint
from sprints.moments import calendar_day, distance
from sprints.progressing import MOVES, is_at_work
from sprints.views import projects
from sprints.views.projects import find_project, set_project_crumbs

NOT_SAID = "nobody has said"
LEVELS = {
    Level.L0: "We read public records only",
    Level.L1: "We look as any visitor could",
    Level.L2: "We may look deeper",
    Level.L3: "We may test how it holds up",
}


@require_safe
@allowed(Action.SEE)
def project_detail(request: TenantRequest, project_id: int) -> HttpResponse:
    project = find_project(request, project_id)
    set_project_crumbs(request, project)
    sprints = Sprint.objects.of(request.practice).filter(project=project).order_by("-number")
    shown = list(sprints.select_related("lead"))
    at_work = next((sprint for sprint in shown if is_at_work(sprint)), None)
    context = {
        "project": project,
        "unicode_domain": unicode_name(project.domain),
        "launch": launch_words(project),
        "facts": askable(facts(project), at_work, request),
        "hosts": project.hosts.order_by("pk"),
        "senders": project.sending_domains.order_by("pk"),
        "routes": project.routes.order_by("pk"),
        "sprints": [sprint_row(sprint) for sprint in shown],
        "at_work": at_work,
        "may_delete": may(request.membership, Action.PRACTICE_SETTINGS),
        "consent": consent(project),
        "not_now": None if is_allowed(project) else not_now_of(project),
        "ask_url": ask_url(at_work, request.practice.slug) if at_work else "",
    }
    return render(request, "pages/project.html", context)


# `Any`: what the template reads.
def sprint_row(sprint: Sprint) -> dict[str, Any]:
    """A sprint and what may be done with it; in the archive nothing but to bring it back."""
    is_archived = sprint.archived_at is not None
    return {
        "sprint": sprint,
        "moves": {} if is_archived else MOVES[sprint.state],
        "may_archive": not is_archived and not is_at_work(sprint),
    }


def launch_words(project: Project) -> str:
    if project.launch_on is None:
        return ""
    today = timezone.localdate()
    return (
        f"Launch on {calendar_day(project.launch_on, today)}, {distance(project.launch_on, today)}"
    )


# `Any`: what `components/facts.html` reads.
def facts(project: Project) -> list[dict[str, Any]]:
    """What is declared about the app as a whole; what nobody said is said to be so."""
    not_said = NOT_SAID
    spelled = unicode_name(project.domain)
    rows = [
        {"label": "Live domain", "value": project.domain, "is_code": True},
        {"label": "Spelled", "value": spelled} if spelled else None,
        {
            "label": "Visitors end at",
            "value": project.canonical_host or not_said,
            "is_code": bool(project.canonical_host),
        },
        None if project.launch_on else {"label": "Launch", "value": not_said, "field": "launch_on"},
        {"label": "Hosting", "value": project.hosting or not_said, "field": "hosting"},
        {"label": "Mail service", "value": project.mail_vendor or not_said, "field": "mail_vendor"},
        {
            "label": "Renewal",
            "value": "renews by itself" if project.is_auto_renew_confirmed else not_said,
            "field": "is_auto_renew_confirmed",
        },
        {
            "label": "Search engines",
            "value": "should stay out" if project.is_indexing_unwanted else "should find it",
        },
        {"label": "iPhone app", "value": "yes" if project.has_ios_app else "no"},
        {"label": "Android app", "value": "yes" if project.has_android_app else "no"},
    ]
    return [row for row in rows if row]


# `Any`: what `components/facts.html` reads.
def askable(
    rows: list[dict[str, Any]], sprint: Sprint | None, request: TenantRequest
) -> list[dict[str, Any]]:
    """With a way to ask the founder for what nobody has said, while a sprint is at work."""
    if sprint is None:
        return rows
    url = reverse("sprints:request-list", args=[request.practice.slug, sprint.pk])
    return [
        row | {"ask_url": f"{url}?field={row['field']}#ask"}
        if row.get("field") and row["value"] == NOT_SAID
        else row
        for row in rows
    ]


# `Any`: what the template reads.
def consent(project: Project) -> dict[str, Any]:
    """How deep an audit may look at this moment, and until when the proof holds."""
    level = granted_level(project)
    proofs = DomainProof.objects.of(project.practice_id).filter(project=project).in_force()  # type: ignore[attr-defined]
    proof = proofs.order_by("-lapses_at").first()
    return {
        "level": int(level),
        "words": LEVELS[level],
        "is_deep": level >= Level.L2,
        "until": calendar_day(timezone.localdate(proof.lapses_at), timezone.localdate())
        if proof and level >= Level.L2
        else "",
    }


@allowed(Action.EDIT_WORK)
def project_create(request: TenantRequest, client_id: int) -> HttpResponse:
    data = with_guess(request.POST)
    return projects.project_create(request, client_id, guess_url=guess_url(request), data=data)


@allowed(Action.EDIT_FACTS)
def project_edit(request: TenantRequest, project_id: int) -> HttpResponse:
    data = with_guess(request.POST)
    return projects.project_edit(request, project_id, guess_url=guess_url(request), data=data)


def guess_url(request: TenantRequest) -> str:
    """Where the audits tell what a typed domain suggests."""
    return reverse("audits:guess-create", args=[request.practice.slug])


# Pages of `sprints` that show what the audits know: config/urls.py adds them to its names.
sprint_patterns = [
    path("clients/<int:client_id>/projects/new/", project_create, name="project-create"),
    path("projects/<int:project_id>/", project_detail, name="project-detail"),
    path("projects/<int:project_id>/edit/", project_edit, name="project-edit"),
]
