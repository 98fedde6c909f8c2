"""A link handed over by hand, a mail that came back, a founder who becomes a viewer."""

import re

import pytest
from django.test import Client

from accounts.invitations import note_bounce
from accounts.models import ClientMembership, Invitation
from tests.factories import make_invitation

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation(world) -> Invitation:
    with world.ada.as_staff():
        return make_invitation(world.ada)


def fresh(world, invitation: Invitation) -> Invitation:
    with world.ada.as_staff():
        return Invitation.objects.select_related("handed_over_by").get(pk=invitation.pk)


def staff(world) -> Client:
    browser = Client()
    browser.force_login(world.ada.consultant)
    return browser


def people(world) -> str:
    return f"/p/{world.ada.practice.slug}/clients/{world.ada.client.pk}/people/"


def link_of(world, invitation: Invitation) -> str:
    place = people(world).removesuffix("people/")
    return f"{place}invitations/{invitation.pk}/link/"


def test_the_link_is_shown_once_as_a_picture_and_to_copy(world, invitation):
    before = invitation.token_hash
    page = staff(world).post(link_of(world, invitation))
    found = re.search(r"/invitation/([\w-]+)/", page.text)
    assert found
    assert "<svg" in page.text
    assert "no-store" in page["Cache-Control"]
    after = fresh(world, invitation)
    assert after.token_hash != before
    assert found[1] not in str(vars(after))
    assert "invites you" in Client().get(found[0]).text


def test_the_list_says_who_handed_it_over(world, invitation):
    browser = staff(world)
    browser.post(link_of(world, invitation))
    assert "link handed over by Ada Consultant" in browser.get(people(world)).text


def test_a_handed_over_link_still_asks_for_a_code_to_the_mailbox(world, invitation):
    page = staff(world).post(link_of(world, invitation))
    found = re.search(r"/invitation/[\w-]+/", page.text)
    assert found
    stranger = Client()
    stranger.post(found[0])
    assert stranger.get("/places/").status_code == 302
    with world.ada.as_staff():
        assert fresh(world, invitation).state == "pending"


def test_looking_at_the_link_by_get_shows_nothing(world, invitation):
    assert staff(world).get(link_of(world, invitation)).status_code == 405


def test_a_mail_that_came_back_is_said_beside_the_address_and_can_be_sent_anew(world, invitation):
    note_bounce(f"invitation:{invitation.pk}:1", world.ada.practice.pk)
    browser = staff(world)
    assert fresh(world, invitation).state == "bounced"
    assert "the mail came back" in browser.get(people(world)).text
    browser.post(link_of(world, invitation))
    assert fresh(world, invitation).state == "pending"


@pytest.mark.parametrize("key", ["login_code:12", "invitation:x:1", "invitation:", ""])
def test_another_mail_that_came_back_changes_no_invitation(world, invitation, key):
    note_bounce(key, world.ada.practice.pk)
    assert fresh(world, invitation).state == "pending"


def test_a_mail_that_came_back_never_undoes_a_joining(world, invitation):
    with world.ada.as_staff():
        Invitation.objects.filter(pk=invitation.pk).update(state="accepted")
    note_bounce(f"invitation:{invitation.pk}:1", world.ada.practice.pk)
    assert fresh(world, invitation).state == "accepted"


def test_a_founder_becomes_a_viewer_and_a_founder_again(world):
    with world.ada.as_staff():
        person = ClientMembership.objects.get(client=world.ada.client, user=world.ada.founder)
    url = f"{people(world)}{person.pk}/role/"
    roles = []
    for _ in range(2):
        staff(world).post(url)
        with world.ada.as_staff():
            roles.append(ClientMembership.objects.get(pk=person.pk).role)
    assert roles == ["viewer", "founder"]
    founder = Client()
    founder.force_login(world.ada.founder)
    assert founder.post(url).status_code == 404
