"""What a practice works on, by its names: read flat, as a join asks each row's policy again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from accounts.models import Client, Practice
from sprints.domains import ascii_name, unicode_name
from sprints.models import Project, Sprint

AT_WORK: Final = (Sprint.State.ACTIVE, Sprint.State.HANDOVER, Sprint.State.PAUSED)


@dataclass(frozen=True, slots=True)
class KnownProject:
    name: str
    domain: str
    client: int
    words: str

    def has(self, asked: Sequence[str]) -> bool:
        """Every word in the project's name, its client's or its domain."""
        return all(
            word in self.words or (ascii_name(word) or word) in self.domain for word in asked
        )


@dataclass(frozen=True, slots=True)
class KnownSprint:
    pk: int
    number: int
    project: int
    is_at_work: bool


@dataclass(frozen=True, slots=True)
class Known:
    """Nothing that is archived is here. The sprints at work come first, the newest first."""

    clients: dict[int, str]
    projects: dict[int, KnownProject]
    sprints: list[KnownSprint]

    @property
    def names_of_sprints(self) -> dict[int, str]:
        """The project's name of each sprint."""
        return {one.pk: self.projects[one.project].name for one in self.sprints}

    def about(self, project: int) -> str:
        one = self.projects[project]
        return f"{self.clients[one.client]} · {unicode_name(one.domain) or one.domain}"


def known_to(practice: Practice) -> Known:
    """All of it in three queries."""
    named = Client.objects.of(practice).filter(archived_at=None).order_by("name")
    clients = dict(named.values_list("pk", "name"))
    rows = Project.objects.of(practice).filter(archived_at=None).order_by("-pk")
    projects = {
        pk: KnownProject(name, domain, client, f"{name} {clients[client]} {domain}".casefold())
        for pk, name, domain, client in rows.values_list("pk", "name", "domain", "client")
        if client in clients
    }
    sprints = Sprint.objects.of(practice).filter(archived_at=None).order_by("-pk")
    known = [
        KnownSprint(pk, number, project, state in AT_WORK)
        for pk, number, project, state in sprints.values_list("pk", "number", "project", "state")
        if project in projects
    ]
    return Known(clients, projects, sorted(known, key=lambda one: not one.is_at_work))


def holds(text: str, asked: Sequence[str]) -> bool:
    return all(word in text for word in asked)
