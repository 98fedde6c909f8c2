"""What goes with a client, a project or a sprint that is deleted for good."""

from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import Q

from accounts.models import Client, ClientMembership, Invitation, MemberStatus, User
from accounts.purging import Root, purge
from sprints.models import EvidenceRevision, Project, Risk, Sprint
from sprints.storing import forget


@dataclass(frozen=True, slots=True)
class Doomed:
    """A row that its practice's owner may delete, and what would be gone with it."""

    root: Root
    row: Client | Project | Sprint
    losses: tuple[str, ...]

    @property
    def name(self) -> str:
        return str(self.row)

    def delete(self, *, by: User) -> None:
        """Delete it with everything below it; inside the practice's scope, by an owner."""
        keys = file_keys(self.row)
        purge(self.root, self.row.pk, practice_id=self.row.practice_id, by=by)
        transaction.on_commit(partial(forget, keys))


def file_keys(row: Client | Project | Sprint) -> list[str]:
    """The stored files of evidence below the row."""
    below = {
        Client: Q(client=row.pk),
        Project: Q(evidence__stage__sprint__project=row.pk),
        Sprint: Q(evidence__stage__sprint=row.pk),
    }
    kept = EvidenceRevision.objects.of(row.practice_id).exclude(storage_key="")
    return list(kept.filter(below[type(row)]).values_list("storage_key", flat=True))


def doomed_client(client: Client) -> Doomed:
    projects = Project.objects.of(client.practice_id).filter(client=client).count()
    people = ClientMembership.objects.of(client.practice_id).of_client(client)
    invitations = Invitation.objects.of(client.practice_id).filter(client=client, state="pending")
    found = (
        counted(projects, "project", more=" with hosts, mail domains and consents"),
        *sprint_losses(client.practice_id, Q(client=client)),
        counted(
            people.filter(status=MemberStatus.ACTIVE).count(),
            *("person’s access", "people’s access"),
            more="; their accounts stay, they may be elsewhere too",
        ),
        counted(invitations.count(), "open invitation"),
    )
    return Doomed(Root.CLIENT, client, tuple(filter(None, found)))


def doomed_project(project: Project) -> Doomed:
    found = (
        "its hosts, mail domains, routes and consents",
        *sprint_losses(project.practice_id, Q(project=project)),
    )
    return Doomed(Root.PROJECT, project, found)


def doomed_sprint(sprint: Sprint) -> Doomed:
    return Doomed(Root.SPRINT, sprint, sprint_losses(sprint.practice_id, Q(pk=sprint.pk)))


def sprint_losses(practice_id: int, chosen: Q) -> tuple[str, ...]:
    """What the chosen sprints hold; nothing where there is none."""
    sprints = Sprint.objects.of(practice_id).filter(chosen)
    count = sprints.count()
    if not count:
        return ()
    risks = counted(Risk.objects.of(practice_id).filter(sprint__in=sprints).count(), "risk")
    held = f"{risks}, " if risks else ""
    return (
        counted(count, "sprint", more=f": {held}seven stages, every audit and what it found"),
        "the whole history, which until now nobody could change",
    )


def counted(count: int, word: str, words: str = "", *, more: str = "") -> str:
    """`1 sprint`, `3 sprints`; nothing where there is none."""
    if not count:
        return ""
    return f"{count} {word if count == 1 else words or f'{word}s'}{more}"
