"""Factory functions: what a test needs, by one call, with believable defaults.

A factory of a tenant model takes a `Place` and makes one row there, and says by
`@factory(Model)` whose it is; a tenant model without one fails the isolation suite. The
factories of another app stand in `tests/<app>/factories.py`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from itertools import count
from typing import Any

from django.apps import apps
from django.db import models

from accounts.models import (
    Client,
    ClientMembership,
    DigestRun,
    Invitation,
    Membership,
    Notice,
    NoticeChoice,
    Practice,
    User,
)
from accounts.tenancy.scope import Actor, practice_scope

NUMBERS = count(1)

# How to make one row of each tenant model at a place, inside its scope.
FACTORIES: dict[type[models.Model], Callable[..., models.Model]] = {}


def factory[F: Callable[..., models.Model]](model: type[models.Model]) -> Callable[[F], F]:
    """Name the function as the factory of a tenant model."""

    def register(make: F) -> F:
        FACTORIES[model] = make
        return make

    return register


def all_factories() -> dict[type[models.Model], Callable[..., models.Model]]:
    """The factories of every app that has some."""
    for app in apps.get_app_configs():
        if find_spec(f"tests.{app.label}") and find_spec(f"tests.{app.label}.factories"):
            import_module(f"tests.{app.label}.factories")
    return FACTORIES


@dataclass
class Place:
    """One client of one practice, where a factory puts its row."""

    practice: Practice
    client: Client
    owner: User
    consultant: User
    founder: User
    viewer: User
    revoked: User
    # What the suite plants in every text of the place, to find it where it leaks.
    canary: str

    @contextmanager
    def as_staff(self) -> Iterator[None]:
        with practice_scope(self.practice.pk, actor=Actor.STAFF):
            yield

    @contextmanager
    def as_client(self) -> Iterator[None]:
        with practice_scope(self.practice.pk, actor=Actor.CLIENT, client_id=self.client.pk):
            yield


@dataclass
class World:
    """ada and bob are practices; each has two places, `one` and `two`."""

    ada: Place
    ada_two: Place
    bob: Place
    bob_two: Place
    rows: dict[str, Any] = field(default_factory=dict)  # Any: whatever a test keeps

    @property
    def places(self) -> tuple[Place, ...]:
        return (self.ada, self.ada_two, self.bob, self.bob_two)


def make_user(name: str = "Kim", **fields: Any) -> User:  # Any: the fields of a user
    """A person with a verified address."""
    from allauth.account.models import EmailAddress

    number = next(NUMBERS)
    fields.setdefault("email", f"{name.partition(' ')[0].lower()}{number}@people.example")
    user = User.objects.create_user(name=name, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_practice(name: str = "Harbour Works", **fields: Any) -> Practice:  # Any: as above
    slug = f"{name.partition(' ')[0].lower()}-{next(NUMBERS)}"
    return Practice.objects.create(**{"name": name, "slug": slug} | fields)


@factory(Membership)
def make_membership(place: Place, **fields: Any) -> Membership:  # Any: as above
    given = {"user": make_user("Consultant"), "role": "consultant"} | fields
    return Membership.objects.create(practice=place.practice, **given)


@factory(Client)
def make_client(place: Place, **fields: Any) -> Client:  # Any: as above
    given = {"name": f"Client {next(NUMBERS)}", "contact": place.canary} | fields
    return Client.objects.create(practice=place.practice, **given)


@factory(ClientMembership)
def make_client_membership(place: Place, **fields: Any) -> ClientMembership:  # Any: as above
    given = {"user": make_user("Viewer"), "role": "viewer"} | fields
    return ClientMembership.objects.create(practice=place.practice, client=place.client, **given)


@factory(Invitation)
def make_invitation(place: Place, **fields: Any) -> Invitation:  # Any: as above
    given = {
        "email": f"guest{next(NUMBERS)}@people.example",
        "role": "founder",
        "client": place.client,
        "invited_by": place.consultant,
    } | fields
    invitation, _ = Invitation.objects.invite(practice=place.practice, **given)
    return invitation


@factory(Notice)
def make_notice(place: Place, **fields: Any) -> Notice:  # Any: as above
    given = {"person": place.consultant, "sprint_ref": 1, "is_for_client": False,
             "kind": "risk_fixed", "text": f"Kim says it is fixed {place.canary}",
             "url": "/", "dedup": f"n{next(NUMBERS)}"}  # fmt: skip
    return Notice.objects.create(practice=place.practice, client=place.client, **(given | fields))


@factory(NoticeChoice)
def make_notice_choice(place: Place, **fields: Any) -> NoticeChoice:  # Any: as above
    given = {"person": make_user(), "client": place.client}
    return NoticeChoice.objects.create(practice=place.practice, **(given | fields))


@factory(DigestRun)
def make_digest_run(place: Place, **fields: Any) -> DigestRun:  # Any: as above
    given = {"person": place.consultant, "period": f"day-{next(NUMBERS)}"}
    return DigestRun.objects.create(practice=place.practice, **(given | fields))


def make_people(names: list[str]) -> list[User]:
    """As `make_user` for each, in two statements."""
    from allauth.account.models import EmailAddress

    people = []
    for name in names:
        email = f"{name.partition(' ')[0].lower()}{next(NUMBERS)}@people.example"
        people.append(User(name=name, email=email))
        people[-1].set_unusable_password()
    User.objects.bulk_create(people)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in people
    )
    return people


def make_places(name: str) -> tuple[Place, Place]:
    """One practice with its staff and two clients; every kind of row by one statement."""
    practice = make_practice(name)
    canaries = [f"canary-{name.lower()}-{number}-{practice.pk}" for number in ("one", "two")]
    kinds = ("Owner", "Consultant", "Revoked", *(("Founder", "Viewer") * len(canaries)))
    owner, consultant, revoked, *theirs = make_people([f"{name} {kind}" for kind in kinds])
    with practice_scope(practice.pk, actor=Actor.SYSTEM):
        Membership.objects.bulk_create(
            Membership(practice=practice, user=user, role=role, status=status)
            for user, role, status in (
                (owner, "owner", "active"),
                (consultant, "consultant", "active"),
                (revoked, "owner", "removed"),
            )
        )
        clients = Client.objects.bulk_create(
            Client(practice=practice, name=f"{name} {number} {canary}", contact=canary)
            for number, canary in zip(("One", "Two"), canaries, strict=True)
        )
        one, two = (
            Place(practice, client, owner, consultant, founder, viewer, revoked, canary)
            for client, canary, founder, viewer in zip(
                clients, canaries, theirs[::2], theirs[1::2], strict=True
            )
        )
        ClientMembership.objects.bulk_create(
            ClientMembership(
                practice=practice, client=place.client, user=user, role=role, status=status
            )
            for place in (one, two)
            for user, role, status in (
                (place.founder, "founder", "active"),
                (place.viewer, "viewer", "active"),
                (revoked, "viewer", "removed"),
            )
        )
    return one, two


def make_world() -> World:
    """Two practices with two clients each, every role filled, nobody in common."""
    ada, ada_two = make_places("Ada")
    bob, bob_two = make_places("Bob")
    return World(ada=ada, ada_two=ada_two, bob=bob, bob_two=bob_two)


def register() -> None:
    """Bring in the factories of the apps above; they import this module."""
    from tests.audits.factories import AUDIT_FACTORIES
    from tests.sprints.factories import SPRINT_FACTORIES

    FACTORIES.update(SPRINT_FACTORIES | AUDIT_FACTORIES)
