"""The demo practice: a consultant, a client with a founder, a project in the laboratory."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from accounts import demo
from accounts.models import Client, ClientMembership, Membership, Practice, User
from accounts.practices import make_person, user_by_email
from accounts.roles import Role
from accounts.tenancy.scope import Actor, practice_scope
from audits.runs import request_run
from sprints import asking, requesting
from sprints.models import CoreRoute, Project, ProjectHost, SendingDomain
from sprints.opening import create_project, open_sprint

SLUG: Final = "northbeam"
LAUNCH_IN: Final = timedelta(days=10)
HOSTS: Final = (
    *(("", "web"), ("www.", "web"), ("app.", "web"), ("api.", "api"), ("admin.", "admin")),
    *(("help.", "other"), ("status.", "other"), ("legacy.", "other")),
)
ROUTES: Final = (
    ("GET", "https://{domain}/", 200),
    ("GET", "https://app.{domain}/login", 200),
    ("GET", "https://api.{domain}/healthz", 200),
    ("GET", "https://api.{domain}/v1/models", 200),
    ("POST", "https://api.{domain}/v1/chat", 200),
)

# What the founder is asked to give access to.
VENDORS: Final = (("dns", "Cloudflare"), ("registrar", "Namecheap"), ("hosting", "Vercel"))


@dataclass(frozen=True)
class People:
    """Who takes part in the demo."""

    consultant: User
    founder: User
    viewer: User


class Command(BaseCommand):
    help = "Load the demo practice with a first audit to watch. Running it again changes nothing."

    @transaction.atomic
    def handle(self, *_args: Any, **_options: Any) -> None:  # Any: Django's words
        practice, is_new = Practice.objects.get_or_create(
            slug=SLUG,
            defaults={"name": "Northbeam Studio", "proven_at": timezone.now()},
        )
        if not is_new:
            self.stdout.write("The demo practice is there already; nothing was changed.")
            return
        people = People(
            *(user_by_email(email) or make_person(email, name)
              for name, email in (demo.CONSULTANT, demo.FOUNDER, demo.VIEWER))
        )  # fmt: skip
        with practice_scope(practice.pk, actor=Actor.SYSTEM):
            client = make_client(practice, people)
            project = make_project(client, settings.DEMO_DOMAIN)
            sprint = open_sprint(project, by=people.consultant)
            request_run(sprint, by=people.consultant)
            asking.prepare(sprint, VENDORS, by=people.consultant)
            requesting.send(sprint, by=people.consultant)
        self.stdout.write(f"Loaded {practice.name} with {client.name} and {project.domain}.")


def make_client(practice: Practice, people: People) -> Client:
    """The client, and everybody's place."""
    Membership.objects.create(practice=practice, user=people.consultant, role=Role.OWNER)
    client = Client.objects.create(
        practice=practice, name="Brightchat Inc", contact=f"{demo.FOUNDER[0]}, founder"
    )
    for user, role in ((people.founder, Role.FOUNDER), (people.viewer, Role.VIEWER)):
        ClientMembership.objects.create(practice=practice, client=client, user=user, role=role)
    return client


def make_project(client: Client, domain: str) -> Project:
    """The product in the laboratory, with what its founder would declare."""
    launch_on = timezone.localdate() + LAUNCH_IN
    project = create_project(client, name="Brightchat", domain=domain, launch_on=launch_on)
    project.canonical_host = domain
    project.save(update_fields=["canonical_host"])
    ours = {"practice": client.practice, "client": client, "project": project}
    ProjectHost.objects.bulk_create(
        ProjectHost(name=f"{label}{domain}", kind=kind, **ours) for label, kind in HOSTS
    )
    SendingDomain.objects.create(name=domain, is_sending=True, dkim_selectors="default", **ours)
    CoreRoute.objects.bulk_create(
        CoreRoute(method=method, url=url.format(domain=domain), expected_status=status, **ours)
        for method, url, status in ROUTES
    )
    return project
