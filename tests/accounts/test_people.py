"""Who may be what to a practice: four eyes, the last owner, one invitation, one address."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Client, ClientMembership, Invitation, Membership, User, token_hash
from accounts.tenancy.scope import Actor, practice_scope
from tests.factories import World, make_client, make_invitation, make_places, make_user


def refused(act: Callable[[], object], constraint: str) -> bool:
    try:
        with transaction.atomic():
            act()
            connection.check_constraints()
    except IntegrityError as error:
        return constraint in str(error.__cause__.diag.constraint_name)  # type: ignore[union-attr]
    return False


def test_an_address_belongs_to_one_person_whatever_its_case(db):
    make_user(email="Kim@People.example")
    assert refused(lambda: make_user(email="kim@people.EXAMPLE"), "user_email_unique")
    assert User.objects.get_by_natural_key("KIM@people.example").email == "Kim@People.example"


def test_nobody_has_a_password(db):
    assert not make_user().has_usable_password()


def test_a_founder_is_not_on_the_staff_of_the_same_practice(world: World):
    ada = world.ada

    def join_staff() -> None:
        Membership.objects.create(practice=ada.practice, user=ada.founder, role="consultant")

    def become_founder() -> None:
        ClientMembership.objects.create(
            practice=ada.practice, client=ada.client, user=ada.consultant, role="founder"
        )

    with ada.as_staff():
        assert refused(join_staff, "four_eyes")
        assert refused(become_founder, "four_eyes")


def test_a_viewer_may_be_staff_and_a_founder_staff_elsewhere(world: World):
    ada, bob = world.ada, world.bob
    with ada.as_staff():
        Membership.objects.create(practice=ada.practice, user=ada.viewer, role="consultant")
    with bob.as_staff():
        Membership.objects.create(practice=bob.practice, user=ada.founder, role="owner")


def test_a_founder_who_left_may_join_the_staff(world: World):
    ada = world.ada
    with ada.as_staff():
        ClientMembership.objects.filter(user=ada.founder).update(status="removed")
        Membership.objects.create(practice=ada.practice, user=ada.founder, role="consultant")
        back = ClientMembership.objects.filter(user=ada.founder)
        assert refused(lambda: back.update(status="active"), "four_eyes")


def test_the_last_owner_cannot_leave(world: World):
    ada = world.ada
    with ada.as_staff():
        owner = Membership.objects.get(user=ada.owner)
        with pytest.raises(ValidationError, match="last owner"):
            owner.leave()
        for change in ({"status": "removed"}, {"status": "suspended"}, {"role": "consultant"}):
            rows = Membership.objects.filter(pk=owner.pk)
            assert refused(partial(rows.update, **change), "last_owner")
        assert refused(owner.delete, "last_owner")


def test_an_owner_leaves_once_there_is_another(world: World):
    ada = world.ada
    with ada.as_staff():
        Membership.objects.filter(user=ada.consultant).update(role="owner")
        Membership.objects.get(user=ada.owner).leave()
        connection.check_constraints()
        with pytest.raises(ValidationError, match="last owner"):
            Membership.objects.get(user=ada.consultant).leave()


@pytest.mark.django_db(transaction=True)
def test_two_owners_leaving_at_once_do_not_both_succeed():
    ada, _ = make_places("Ada")
    with ada.as_staff():
        Membership.objects.filter(user=ada.consultant).update(role="owner")
    both_ready, outcomes = threading.Barrier(2), []

    def leave(user: User) -> None:
        try:
            with practice_scope(ada.practice.pk, actor=Actor.STAFF):
                Membership.objects.filter(user=user).update(status="removed")
                both_ready.wait(timeout=10)
            outcomes.append("left")
        except DatabaseError:
            outcomes.append("stayed")
        finally:
            connection.close()

    leaving = [threading.Thread(target=leave, args=(user,)) for user in (ada.owner, ada.consultant)]
    for thread in leaving:
        thread.start()
    for thread in leaving:
        thread.join()
    assert sorted(outcomes) == ["left", "stayed"]
    with ada.as_staff():
        assert Membership.objects.filter(role="owner", status="active").count() == 1


def test_an_invitation_stores_no_secret_and_ends_after_seven_days(world: World):
    ada = world.ada
    with ada.as_staff():
        made, token = Invitation.objects.invite(
            practice=ada.practice,
            email="guest@people.example",
            role="founder",
            client=ada.client,
            invited_by=ada.owner,
        )
        assert len(token) >= 43
        assert made.token_hash == token_hash(token)
        assert made.is_open
        assert list(Invitation.objects.open()) == [made]
        made.expires_at = timezone.now() - timedelta(seconds=1)
        made.save()
        assert not made.is_open
        assert not Invitation.objects.open().exists()
    assert timedelta(days=6, hours=23) < made.expires_at - made.created_at + timedelta(days=7)


def test_an_invitation_is_found_by_its_hash_before_any_tenant_is_known(world: World):
    with world.ada.as_staff():
        made = make_invitation(world.ada)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM invitation_by_hash(%s)", [made.token_hash])
        assert cursor.fetchall() == [(world.ada.practice.pk, made.pk)]
        cursor.execute("SELECT * FROM invitation_by_hash(%s)", [token_hash("guess")])
        assert cursor.fetchall() == []


def test_a_login_finds_its_places_and_nobody_elses(world: World):
    ada = world.ada
    with connection.cursor() as cursor:
        cursor.execute("SELECT practice_id FROM staff_places(%s)", [ada.owner.pk])
        assert cursor.fetchall() == [(ada.practice.pk,)]
        cursor.execute("SELECT practice_id, client_id FROM client_places(%s)", [ada.founder.pk])
        assert cursor.fetchall() == [(ada.practice.pk, ada.client.pk)]
        for function in ("staff_places", "client_places"):
            cursor.execute(f"SELECT * FROM {function}(%s)", [ada.revoked.pk])
            assert cursor.fetchall() == []


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"role": "founder", "client": None}, "invitation_client_fits_role"),
        ({"role": "owner"}, "invitation_client_fits_role"),
        ({"sent_count": 6}, "invitation_sent_at_most_5_times"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(world: World, fields, constraint):
    with world.ada.as_staff():
        assert refused(lambda: make_invitation(world.ada, **fields), constraint)


def test_an_address_is_invited_once_until_the_first_is_answered(world: World):
    ada = world.ada
    with ada.as_staff():
        first = make_invitation(ada, email="guest@people.example")

        def again() -> None:
            make_invitation(ada, email="Guest@people.example")

        assert refused(again, "invitation_pending_once")
        first.state = Invitation.State.REVOKED
        first.save()
        again()


def test_two_clients_of_a_practice_have_different_names(world: World):
    name = world.ada.client.name
    with world.ada.as_staff():
        assert refused(lambda: make_client(world.ada, name=name.upper()), "client_name_unique")
        row = Client(practice=world.ada.practice, name=name)
        with pytest.raises(ValidationError, match="already has a client of this name"):
            row.validate_constraints()
    with world.bob.as_staff():
        make_client(world.bob, name=name)
