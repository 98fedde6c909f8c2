"""Invitations: looking never consumes, joining needs the invited address, and works once (X1)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import ClientMembership, Invitation, Membership, User
from accounts.places import client_ids_of
from accounts.tenancy.scope import Actor, practice_scope
from tests.factories import make_user

pytestmark = pytest.mark.django_db
GUEST = "guest@people.example"


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def invited(world, posted):
    """A founder is invited; returns the path of the link."""
    url = f"/p/{world.ada.practice.slug}/clients/{world.ada.client.pk}/people/"
    answer = signed_in(world.ada.consultant).post(url, {"email": GUEST, "role": "founder"})
    assert answer.status_code == 302
    return path_of(posted[-1])


def path_of(mail) -> str:
    return "/" + mail.link.partition("/invitation/")[1].strip("/") + "/" + mail.link.rpartition(
        "/invitation/")[2]  # fmt: skip


def rows(world) -> tuple[int, int]:
    with practice_scope(world.ada.practice.pk, actor=Actor.SYSTEM):
        return Membership.objects.count(), ClientMembership.objects.count()


def the_row(world) -> Invitation:
    with practice_scope(world.ada.practice.pk, actor=Actor.SYSTEM):
        return Invitation.objects.order_by("-pk")[0]


def join(browser: Client, path: str, posted, **fields: str):
    browser.post(path)
    return browser.post(f"{path}code/", {"code": posted[-1].code, "name": "Gil Guest", **fields})


def test_the_mail_says_the_news_and_the_row_keeps_no_secret(world, posted, invited):
    mail, row = posted[-1], the_row(world)
    assert mail.to == GUEST
    assert mail.subject.startswith("Ada Consultant invites you to Ada One")
    assert invited.rstrip("/").rpartition("/")[2] not in str(vars(row))
    assert (mail.practice_id, row.sent_count) == (world.ada.practice.pk, 1)


def test_looking_never_consumes(world, invited):
    browser = Client()
    before = rows(world)
    for _ in range(3):
        page = browser.get(invited)
        assert "Ada Consultant invites you" in page.text
        assert GUEST not in page.text
        assert browser.head(invited).status_code == 200
    assert the_row(world).state == "pending"
    assert rows(world) == before


def test_somebody_new_joins_by_a_code_to_the_invited_address(world, posted, invited):
    browser = Client()
    answer = join(browser, invited, posted)
    assert posted[-1].to == GUEST
    assert answer["Location"] == "/places/"
    user = User.objects.get(email=GUEST)
    assert user.name == "Gil Guest"
    assert client_ids_of(user) == [(world.ada.practice.pk, world.ada.client.pk)]
    with practice_scope(world.ada.practice.pk, actor=Actor.SYSTEM):
        assert ClientMembership.objects.get(user=user).role == "founder"
    assert the_row(world).accepted_by == user


def test_somebody_known_joins_when_signed_in(world, posted, invited):
    user = make_user("Gil", email=GUEST)
    browser = signed_in(user)
    assert browser.post(invited)["Location"] == "/places/"
    assert client_ids_of(user) == [(world.ada.practice.pk, world.ada.client.pk)]


def test_it_works_once(world, posted, invited):
    join(Client(), invited, posted)
    before = rows(world)
    for browser in (Client(), signed_in(User.objects.get(email=GUEST))):
        assert browser.get(invited).status_code == 404
        assert browser.post(invited).status_code == 404
    assert rows(world) == before


def test_expired_revoked_used_and_unknown_answer_alike(world, posted, invited, time_machine):
    unknown = Client().get("/invitation/" + "x" * 43 + "/")
    slug, pk = world.ada.practice.slug, the_row(world).pk
    revoking = f"/p/{slug}/clients/{world.ada.client.pk}/invitations/{pk}/revocation/"
    signed_in(world.ada.owner).post(revoking)
    revoked = Client().get(invited)
    assert unknown.status_code == revoked.status_code == 404
    assert unknown.content == revoked.content


@pytest.mark.parametrize(("days", "status"), [(6, 200), (8, 404)])
def test_it_lives_for_seven_days(invited, time_machine, days, status):
    time_machine.move_to(datetime.now(UTC) + timedelta(days=days))
    assert Client().get(invited).status_code == status


def test_another_account_cannot_take_it(world, posted, invited):
    before = rows(world)
    for user in (world.bob.owner, world.ada.viewer, world.ada.owner):
        browser = signed_in(user)
        assert "signed in as" in browser.get(invited).text
        assert browser.post(invited).status_code == 403
        assert browser.post(f"{invited}code/", {"code": "BBBBBBBB"}).status_code == 302
    assert rows(world) == before
    assert the_row(world).state == "pending"


def test_an_unproved_address_is_not_enough(world, invited):
    squatter = User.objects.create_user(GUEST, name="Squatter")
    assert signed_in(squatter).post(invited).status_code == 403
    assert client_ids_of(squatter) == []


def test_role_and_client_come_from_the_row(world, posted, invited):
    tampered = {"role": "owner", "client": world.ada_two.client.pk, "client_id": "1",
                "practice": world.bob.practice.pk, "email": "evil@people.example"}  # fmt: skip
    join(Client(), invited, posted, **tampered)
    user = User.objects.get(email=GUEST)
    assert client_ids_of(user) == [(world.ada.practice.pk, world.ada.client.pk)]
    with practice_scope(world.ada.practice.pk, actor=Actor.SYSTEM):
        assert not Membership.objects.filter(user=user).exists()
        assert ClientMembership.objects.get(user=user).role == "founder"


def test_a_code_of_one_invitation_does_not_open_another(world, posted, invited):
    url = f"/p/{world.ada.practice.slug}/people/new/"
    signed_in(world.ada.owner).post(url, {"email": "other@people.example", "role": "owner"})
    other = path_of(posted[-1])
    browser = Client()
    browser.post(invited)
    answer = browser.post(f"{other}code/", {"code": posted[-1].code, "name": "Gil"})
    assert answer["Location"] == other
    assert not User.objects.filter(email=GUEST).exists()


def test_a_guessed_code_lets_nobody_in(world, posted, invited):
    browser, before = Client(), rows(world)
    browser.post(invited)
    for _ in range(4):
        browser.post(f"{invited}code/", {"code": "BBBBBBBB", "name": "Gil"})
    browser.post(f"{invited}code/", {"code": posted[-1].code, "name": "Gil"})
    assert rows(world) == before


def test_mailing_again_voids_the_former_link_and_ends_at_five(world, posted, invited):
    browser = signed_in(world.ada.owner)
    pk = the_row(world).pk
    url = f"/p/{world.ada.practice.slug}/clients/{world.ada.client.pk}/invitations/{pk}/mail/"
    browser.post(url)
    assert Client().get(invited).status_code == 404
    assert Client().get(path_of(posted[-1])).status_code == 200
    for _ in range(6):
        browser.post(url)
    assert len(posted) == the_row(world).sent_count == 5


def test_nobody_becomes_founder_and_staff_of_one_practice(world, posted):
    url = f"/p/{world.ada.practice.slug}/clients/{world.ada.client.pk}/people/"
    email = world.ada.consultant.email
    signed_in(world.ada.owner).post(url, {"email": email, "role": "founder"})
    answer = signed_in(world.ada.consultant).post(path_of(posted[-1]))
    assert answer.status_code == 403
    assert "nobody may approve their own work" in answer.text
    assert client_ids_of(world.ada.consultant) == []


def test_whoever_was_removed_can_come_back(world, posted):
    url = f"/p/{world.ada.practice.slug}/people/new/"
    signed_in(world.ada.owner).post(url, {"email": world.ada.revoked.email, "role": "consultant"})
    assert signed_in(world.ada.revoked).post(path_of(posted[-1])).status_code == 302
    with practice_scope(world.ada.practice.pk, actor=Actor.SYSTEM):
        row = Membership.objects.get(user=world.ada.revoked)
    assert (row.role, row.status) == ("consultant", "active")


@pytest.mark.parametrize(("role", "status"), [("founder", 422), ("viewer", 302), ("owner", 422)])
def test_a_founder_invites_viewers_only(world, posted, role, status):
    answer = signed_in(world.ada.founder).post(
        f"/c/people/{world.ada.client.pk}/", {"email": GUEST, "role": role}
    )
    assert answer.status_code == status
    assert len(posted) == (status == 302)


def test_a_viewer_invites_nobody(world, posted):
    answer = signed_in(world.ada.viewer).post(
        f"/c/people/{world.ada.client.pk}/", {"email": GUEST, "role": "viewer"}
    )
    assert answer.status_code == 403


def test_a_member_or_an_open_invitation_is_not_invited_twice(world, posted, invited):
    url = f"/p/{world.ada.practice.slug}/clients/{world.ada.client.pk}/people/"
    browser = signed_in(world.ada.owner)
    for email in (GUEST, world.ada.founder.email):
        assert browser.post(url, {"email": email, "role": "viewer"}).status_code == 422
    assert len(posted) == 1


def test_a_new_practice_cannot_flood_others(world, posted):
    url, browser = f"/p/{world.ada.practice.slug}/people/new/", signed_in(world.ada.owner)
    for number in range(15):
        browser.post(url, {"email": f"n{number}@people.example", "role": "consultant"})
    assert len(posted) == 10
