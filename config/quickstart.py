"""Quick start: a domain and a client's name are enough for a first audit."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django import forms
from django.utils import timezone

from accounts.models import Client, Practice, User
from accounts.quotas import check_clients
from audits.begin import begin_run
from audits.limits import too_many
from audits.models import AuditRun
from sprints.domains import LiveDomain, live_domain, suggested_name
from sprints.models import Project, ProjectHost, Sprint
from sprints.opening import create_project, open_sprint

# A second press of the button leads to what the first one made.
SAME_PRESS: Final = timedelta(seconds=30)


class QuickStartForm(forms.Form):
    """Two fields; `live` holds the domain once it is clean."""

    domain = forms.CharField(
        label="Domain",
        max_length=2048,
        error_messages={"required": "Enter the domain that visitors type, or paste its address."},
        widget=forms.TextInput(
            attrs={
                "data-mono": "",
                "placeholder": "brightchat.app",
                "inputmode": "url",
                "autocapitalize": "none",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
    )
    client_name = forms.CharField(
        label="Client’s name",
        max_length=120,
        error_messages={"required": "Enter whose product it is. A working name will do."},
        widget=forms.TextInput(attrs={"placeholder": "Brightchat Inc", "autocomplete": "off"}),
    )

    live: LiveDomain

    def clean_domain(self) -> str:
        self.live = live_domain(self.cleaned_data["domain"])
        return self.live.domain

    def clean_client_name(self) -> str:
        return " ".join(str(self.cleaned_data["client_name"]).split())


@dataclass(frozen=True, slots=True)
class Started:
    """What there is now. `wait` says why no audit has begun, "" where one has."""

    sprint: Sprint
    run: AuditRun | None
    is_new_client: bool = True
    is_client_back: bool = False
    wait: str = ""


class DomainKnownError(Exception):
    """The practice works on this domain already."""

    def __init__(self, project: Project) -> None:
        self.project = project
        super().__init__(
            f"{project.domain} is already here: it belongs to {project}, for {project.client}. "
            "Two projects for one domain would tell different stories about it."
        )


def quick_start(practice: Practice, *, by: User, live: LiveDomain, client_name: str) -> Started:
    """Client, project, sprint and first audit, inside the caller's transaction.

    A client of that name is taken, an archived one brought back. Raises `DomainKnownError`,
    and `QuotaError` where the practice may have no further client.
    """
    # Two presses at once stand in line here, so that the second sees what the first made.
    Practice.objects.select_for_update(no_key=True).get(pk=practice.pk)
    known = known_project(practice, live.domain)
    if known is not None:
        return _same_press(known, by, client_name)
    client, is_new, is_back = _client(practice, client_name)
    project = create_project(client, name=suggested_name(live.domain), domain=live.domain)
    _declare(project, live)
    sprint = open_sprint(project, by=by)
    wait = too_many(practice, sprint, is_whole=True)
    run = None if wait else begin_run(sprint, by=by)[0]
    return Started(sprint, run, is_new_client=is_new, is_client_back=is_back, wait=wait)


def known_project(practice: Practice, domain: str) -> Project | None:
    """The practice's project for the domain, if one is at work."""
    at_work = Project.objects.of(practice).filter(archived_at=None, client__archived_at=None)
    return at_work.filter(domain=domain).select_related("client").order_by("pk").first()


def _same_press(known: Project, by: User, client_name: str) -> Started:
    """The answer to the second press of one button; anything else is a duplicate."""
    is_same = known.client.name.lower() == client_name.lower()
    if is_same and timezone.now() - known.created_at < SAME_PRESS:
        sprint = Sprint.objects.filter(project=known, lead=by).order_by("pk").first()
        run = AuditRun.objects.filter(sprint=sprint).order_by("pk").first()
        if sprint is not None and run is not None:
            return Started(sprint, run)
    raise DomainKnownError(known)


def _client(practice: Practice, name: str) -> tuple[Client, bool, bool]:
    """The client of that name, whether it is new, and whether it was archived."""
    known = Client.objects.of(practice).filter(name__iexact=name).first()
    if known is None:
        check_clients(practice)
        return Client.objects.create(practice=practice, name=name), True, False
    was_archived = known.archived_at is not None
    if was_archived:
        known.archived_at = None
        known.save(update_fields=["archived_at"])
    return known, False, was_archived


def _declare(project: Project, live: LiveDomain) -> None:
    """What the typed address says by itself: where visitors should end, and which hosts exist."""
    project.canonical_host = live.canonical_host
    project.save(update_fields=["canonical_host"])
    names = [live.domain, *([live.canonical_host] if live.canonical_host else [])]
    ProjectHost.objects.bulk_create(
        ProjectHost(
            practice_id=project.practice_id, client_id=project.client_id, project=project, name=name
        )
        for name in names
    )
