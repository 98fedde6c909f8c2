"""Where a person belongs: staff of practices, founder or viewer of clients."""

from dataclasses import dataclass

from django.db import connection

from accounts.models import Client, ClientMembership, Practice, User
from accounts.tenancy.scope import Actor, practice_scope


@dataclass(frozen=True)
class ClientPlace:
    """One client for whom a person is here."""

    practice: Practice
    client: Client
    membership: ClientMembership


def _rows(function: str, user: User) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {function}(%s)", [user.pk])  # noqa: S608 - our two names
        return [tuple(row) for row in cursor.fetchall()]


def practices_of(user: User) -> list[Practice]:
    """The practices on whose staff the person is, by name."""
    ids = [row[0] for row in _rows("staff_places", user)]
    return list(Practice.objects.filter(pk__in=ids).order_by("name", "pk")) if ids else []


def client_ids_of(user: User) -> list[tuple[int, int]]:
    """(practice id, client id) of each client the person belongs to."""
    return [(row[0], row[1]) for row in _rows("client_places", user)]


def client_places_of(user: User) -> list[ClientPlace]:
    """The clients of the person, each read inside its own scope."""
    found = []
    for practice_id, client_id in client_ids_of(user):
        with practice_scope(practice_id, actor=Actor.CLIENT, client_id=client_id):
            mine = ClientMembership.objects.of(practice_id).of_client(client_id)
            membership = mine.select_related("client", "practice").get(user=user)
        found.append(ClientPlace(membership.practice, membership.client, membership))
    return sorted(found, key=lambda place: (place.practice.name, place.client.name))


def is_staff(user: User) -> bool:
    """Whether the person works for any practice."""
    return bool(_rows("staff_places", user))
