"""The scope: told to PostgreSQL at every BEGIN and SAVEPOINT, and taken back."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from accounts.models import Client, ClientMembership, Invitation, Membership, Practice
from accounts.rolecheck import role_faults
from accounts.tenancy.scope import (
    Actor,
    NoPracticeContextError,
    Scope,
    bound,
    current_scope,
    practice_scope,
    required_scope,
)
from tests.factories import World, make_client, make_user


def setting(name: str) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [f"app.{name}"])
        return cursor.fetchone()[0]


def save_and_check(row: ClientMembership) -> None:
    row.save()
    connection.check_constraints()


def test_tests_connect_as_the_application_and_nobody_stronger(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("lr_app", False, False)
    assert role_faults(connection) == []


@pytest.mark.django_db(transaction=True)
def test_a_query_outside_any_scope_raises_even_on_an_empty_table():
    with pytest.raises(NoPracticeContextError, match="practice_scope"):
        list(Client.objects.all())
    with transaction.atomic(), pytest.raises(NoPracticeContextError):
        Client.objects.count()


@pytest.mark.django_db(transaction=True)
def test_a_query_after_a_scope_in_autocommit_raises():
    practice = Practice.objects.create(name="Harbour", slug="harbour")
    with practice_scope(practice.pk, actor=Actor.STAFF):
        Client.objects.create(practice=practice, name="Boats")
        assert Client.objects.count() == 1
    with pytest.raises(NoPracticeContextError):
        Client.objects.count()


def test_each_practice_sees_its_own_rows_only(world: World):
    with world.ada.as_staff():
        assert set(Client.objects.values_list("practice_id", flat=True)) == {world.ada.practice.pk}
        assert not Client.objects.of(world.bob.practice).exists()
    with world.bob.as_staff():
        assert Client.objects.count() == 2


def test_an_inner_scope_gives_the_outer_one_back(world: World):
    ada, bob = world.ada.practice.pk, world.bob.practice.pk
    with practice_scope(ada, actor=Actor.STAFF):
        with practice_scope(bob, actor=Actor.SYSTEM):
            assert setting("practice_id") == str(bob)
            assert setting("actor") == "system"
        assert setting("practice_id") == str(ada)
        assert setting("actor") == "staff"
        assert current_scope() == Scope(ada, Actor.STAFF)
    assert current_scope() is None
    assert setting("practice_id") in ("", None)


def test_an_exception_in_an_inner_scope_gives_the_outer_one_back(world: World):
    ada, bob = world.ada.practice.pk, world.bob.practice.pk
    with practice_scope(ada, actor=Actor.STAFF):
        with pytest.raises(ZeroDivisionError), practice_scope(bob, actor=Actor.STAFF):
            raise ZeroDivisionError
        assert setting("practice_id") == str(ada)
        with pytest.raises(IntegrityError), transaction.atomic():
            Client.objects.create(practice=world.ada.practice, name=world.ada.client.name)
        assert setting("practice_id") == str(ada)


@pytest.mark.django_db(transaction=True)
def test_a_bound_scope_is_told_at_begin_and_forgotten_at_commit():
    practice = Practice.objects.create(name="Harbour", slug="harbour")
    with bound(Scope(practice.pk, Actor.SYSTEM)):
        with pytest.raises(NoPracticeContextError):
            Client.objects.count()
        with transaction.atomic():
            assert Client.objects.count() == 0
    assert setting("practice_id") == ""


def test_a_client_sees_its_own_client_only(world: World):
    with world.ada.as_client():
        assert list(Client.objects.all()) == [world.ada.client]
        assert set(ClientMembership.objects.values_list("client_id", flat=True)) == {
            world.ada.client.pk
        }
        assert Membership.objects.count() == 3
    with practice_scope(world.ada.practice.pk, actor=Actor.LINK, client_id=world.ada_two.client.pk):
        assert list(Client.objects.all()) == [world.ada_two.client]


def test_a_client_writes_nothing_that_is_the_offices(world: World):
    with world.ada.as_client():
        assert Membership.objects.update(role="owner") == 0
        assert Client.objects.update(name="taken") == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            make_client(world.ada)


def test_an_agent_sees_no_client(world: World):
    with practice_scope(world.ada.practice.pk, actor=Actor.AGENT):
        assert Client.objects.count() == 0
        assert Invitation.objects.count() == 0


@pytest.mark.parametrize(
    ("actor", "client_id"),
    [(Actor.CLIENT, None), (Actor.LINK, None), (Actor.STAFF, 3), (Actor.SYSTEM, 3)],
)
def test_a_scope_knows_who_needs_a_client(actor, client_id):
    with pytest.raises(ValueError, match="client_id"):
        Scope(1, actor, client_id)


def test_a_row_cannot_be_made_for_or_moved_to_another_practice(world: World):
    with world.ada.as_staff():
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            make_client(world.bob)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Client.objects.filter(pk=world.ada.client.pk).update(practice=world.bob.practice)


def test_a_key_into_another_practice_is_refused(world: World):
    with world.ada.as_staff():
        membership = ClientMembership(
            practice=world.ada.practice,
            client=world.bob.client,
            user=make_user(),
            role="viewer",
        )
        with (
            pytest.raises(IntegrityError, match="clientmembership_client_fk"),
            transaction.atomic(),
        ):
            save_and_check(membership)


def test_required_scope_says_what_to_do():
    with pytest.raises(NoPracticeContextError, match="Open practice_scope"):
        required_scope()


def test_a_broken_transaction_is_told_as_such(world: World):
    with world.ada.as_staff(), transaction.atomic():
        with pytest.raises(DatabaseError), transaction.atomic(savepoint=False):
            make_client(world.bob)
        with pytest.raises(TransactionManagementError):
            Client.objects.count()
        transaction.set_rollback(True)
