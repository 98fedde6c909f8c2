"""Mails about a sprint to its people: each act is told to a person once."""

from collections.abc import Iterable

from accounts.mails import send, short_name
from accounts.models import ClientMembership, MemberStatus, User
from accounts.reply_address import Thread, reply_address
from accounts.roles import Role
from sprints.models import Sprint

YOUR_CONSULTANT = "Your consultant"


def founders_of(sprint: Sprint) -> list[User]:
    """The active founders of the sprint's client."""
    members = ClientMembership.objects.of(sprint.practice_id).of_client(sprint.client_id)
    found = members.filter(role=Role.FOUNDER, status=MemberStatus.ACTIVE)
    return [member.user for member in found.select_related("user").order_by("pk")]


def to_founders(name: str, sprint: Sprint, *, key: str, **words: str) -> None:
    """The mail `name` to every founder; the same `key` in a sprint reaches each once."""
    to_people(name, sprint, founders_of(sprint), key=key, by=None, **words)


def to_people(
    name: str,
    sprint: Sprint,
    people: Iterable[User | None],
    *,
    key: str,
    by: User | None = None,
    **words: str,
) -> None:
    """The mail `name` to each of the people; the same `key` in a sprint reaches each once."""
    said = words | {
        "project": short_name(sprint.project.name),
        "lead": first_name(sprint.lead),
        "by": first_name(by) if by else "",
    }
    for person in people:
        if person is not None:
            thread = Thread(sprint.practice_id, person.pk, sprint.pk)
            send(name, person.email, said, practice_id=sprint.practice_id,
                 dedup_key=f"{key}:{sprint.pk}:{person.pk}",
                 reply_to=reply_address(thread))  # fmt: skip


def first_name(person: User | None) -> str:
    """Never an address: somebody without a name is the consultant."""
    return person.name.split()[0] if person and person.name.strip() else YOUR_CONSULTANT
