"""The operator's commands that can't be undone: a practice purged, a person erased."""

from importlib import import_module
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client as Browser

from accounts.models import (
    ClientMembership,
    Invitation,
    Membership,
    OutgoingMail,
    Practice,
    Purge,
    User,
)
from accounts.outbox import post
from accounts.tenancy.owner import OWNER
from tests.factories import World, make_invitation, make_membership

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", OWNER, "ops"])


def run(*words: str) -> str:
    said = StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


def typing(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("builtins.input", lambda _: answer)


def mail_to(email: str, practice_id: int | None = None) -> None:
    post(dedup_key=email, to=email, subject="Hello", text="Body", practice_id=practice_id)


def recipients() -> set[str]:
    return set(OutgoingMail.objects.using("ops").values_list("recipient", flat=True))


def test_a_practice_is_purged_once_its_address_is_typed(world: World, monkeypatch):
    slug = world.ada.practice.slug
    mail_to("ada@people.example", world.ada.practice.pk)
    mail_to("bob@people.example", world.bob.practice.pk)
    typing(monkeypatch, slug)
    said = run("purge_practice", slug)
    assert "is deleted for good" in said
    assert "2 from accounts_client\n" in said
    assert list(Practice.objects.all()) == [world.bob.practice]
    assert recipients() == {"bob@people.example"}
    assert User.objects.filter(pk=world.ada.founder.pk).exists()
    assert Purge.objects.using("ops").get().name == slug


@pytest.mark.parametrize("typed", ["", "yes", "bob"])
def test_another_word_purges_nothing(world: World, monkeypatch, typed: str):
    typing(monkeypatch, typed)
    with pytest.raises(CommandError, match="nothing was deleted"):
        run("purge_practice", world.ada.practice.slug)
    assert Practice.objects.filter(pk=world.ada.practice.pk).exists()


def test_a_script_says_yes_and_a_second_time_finds_nothing(world: World):
    run("purge_practice", world.ada.practice.slug, "--yes")
    with pytest.raises(CommandError, match="No practice has the address"):
        run("purge_practice", world.ada.practice.slug, "--yes")


@pytest.mark.parametrize("command", ["purge_practice", "erase_person"])
def test_without_the_owners_connection_the_commands_say_how(world: World, monkeypatch, command):
    monkeypatch.setitem(connections.settings[OWNER], "NAME", "")
    with pytest.raises(CommandError, match="docker compose run --rm migrate"):
        run(command, world.ada.practice.slug, "--yes")


def test_a_person_is_erased_everywhere(world: World):
    user, email = world.ada.consultant, world.ada.consultant.email
    with world.bob.as_staff():
        make_membership(world.bob, user=user)
        make_invitation(world.bob, email=email.upper())
        accepted = make_invitation(world.bob_two, email=email, accepted_by=user, state="accepted")
    mail_to(email)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.create()
    UserSession.objects.create(
        user=user, session_key=session.session_key, ip="192.0.2.1", user_agent="Firefox"
    )
    browser = Browser()
    browser.force_login(user)
    assert browser.get(f"/p/{world.ada.practice.slug}/").status_code == 200

    said = run("erase_person", email.upper(), "--yes")
    assert f"user {user.pk}" in said
    assert browser.get(f"/p/{world.ada.practice.slug}/").status_code == 302
    user.refresh_from_db()
    assert (user.name, user.email, user.is_active) == ("", f"erased-{user.pk}@invalid", False)
    assert user.erased_at
    for model in (EmailAddress, Authenticator, UserSession):
        assert not model.objects.filter(user=user).exists()
    assert not Session.objects.filter(session_key=session.session_key).exists()
    memberships = Membership.objects.using(OWNER).filter(user=user)
    assert {row.status for row in memberships} == {"removed"}
    emails = set(Invitation.objects.using(OWNER).values_list("email", flat=True))
    assert emails == {user.email}
    assert Invitation.objects.using(OWNER).get(pk=accepted.pk).accepted_by == user
    assert recipients() == set()


def test_a_founder_leaves_only_their_own_client(world: World):
    run("erase_person", world.ada.founder.email, "--yes")
    rows = ClientMembership.objects.using(OWNER).filter(role="founder", status="active")
    assert world.ada.founder.pk not in {row.user_id for row in rows}
    assert {world.ada_two.founder.pk, world.bob.founder.pk} <= {row.user_id for row in rows}


def test_the_last_owner_is_not_erased(world: World):
    owner = world.ada.owner
    with pytest.raises(CommandError, match=f"last owner of {world.ada.practice.slug}"):
        run("erase_person", owner.email, "--yes")
    owner.refresh_from_db()
    assert owner.is_active
    assert EmailAddress.objects.filter(user=owner).exists()
    with world.ada.as_staff():
        make_membership(world.ada, role="owner")
    run("erase_person", owner.email, "--yes")
    owner.refresh_from_db()
    assert owner.erased_at


def test_a_suspended_second_owner_does_not_count(world: World):
    with world.ada.as_staff():
        make_membership(world.ada, role="owner", status="suspended")
    with pytest.raises(CommandError, match="last owner"):
        run("erase_person", world.ada.owner.email, "--yes")


def test_after_the_purge_the_last_owner_can_be_erased(world: World):
    run("purge_practice", world.ada.practice.slug, "--yes")
    run("erase_person", world.ada.owner.email, "--yes")


def test_a_person_is_erased_once_the_address_is_typed_again(world: World, monkeypatch):
    email = world.ada.viewer.email
    typing(monkeypatch, "somebody@else.example")
    with pytest.raises(CommandError, match="nothing was erased"):
        run("erase_person", email)
    typing(monkeypatch, email)
    assert "is erased" in run("erase_person", email)


def test_nobody_by_that_address_is_a_sentence():
    with pytest.raises(CommandError, match="Nobody signs in with"):
        run("erase_person", "nobody@people.example", "--yes")
