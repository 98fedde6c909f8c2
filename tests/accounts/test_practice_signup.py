"""Starting a practice by signing up, its settings, its staff, and its last owner."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client, override_settings

from accounts.models import Membership, Practice, User
from accounts.places import practices_of
from accounts.practices import RESERVED, slug_tries, start_practice
from accounts.roles import Role
from accounts.tenancy.scope import Actor, practice_scope
from tests.accounts.conftest import step_up
from tests.factories import make_membership, make_user

pytestmark = pytest.mark.django_db
ANSWERS = {"name": "Ada Byron", "practice": "Harbour Works", "email": "ada@harbour.example"}


def signed_in(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_one_page_one_code_and_in(posted):
    browser = Client()
    assert browser.post("/start/", ANSWERS)["Location"] == "/start/code/"
    assert not User.objects.filter(email=ANSWERS["email"]).exists()
    assert not Practice.objects.exists()
    answer = browser.post("/start/code/", {"code": posted[-1].code})
    assert answer["Location"] == "/p/harbour-works/"
    user = User.objects.get(email=ANSWERS["email"])
    practice = Practice.objects.get(slug="harbour-works")
    assert (user.name, practice.name, practice.proven_at) == ("Ada Byron", "Harbour Works", None)
    with practice_scope(practice.pk, actor=Actor.STAFF):
        assert Membership.objects.get(user=user).role == Role.OWNER
    assert browser.get("/p/harbour-works/people/").status_code == 200


def test_a_known_address_gets_the_same_page_and_signs_in_first(world, posted):
    known, unknown = Client(), Client()
    first = known.post("/start/", {**ANSWERS, "email": world.ada.founder.email})
    second = unknown.post("/start/", ANSWERS)
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert posted[0].subject.partition(" ")[2] == posted[1].subject.partition(" ")[2]
    answer = known.post("/start/code/", {"code": posted[0].code})
    assert answer["Location"] == "/start/"
    assert 'value="Harbour Works"' in known.get("/start/").text
    assert known.post("/start/", {"practice": "Harbour Works"})["Location"] == "/p/harbour-works/"
    assert [one.slug for one in practices_of(world.ada.founder)] == ["harbour-works"]


def test_wrong_codes_start_nothing(posted):
    browser = Client()
    browser.post("/start/", ANSWERS)
    for _ in range(3):
        browser.post("/start/code/", {"code": "BBBBBBBB"})
    assert browser.post("/start/code/", {"code": posted[-1].code})["Location"] == "/start/"
    assert not Practice.objects.exists()


def test_the_code_of_another_browser_starts_nothing(posted):
    Client().post("/start/", ANSWERS)
    assert Client().post("/start/code/", {"code": posted[-1].code})["Location"] == "/start/"


@pytest.mark.parametrize("field", ["name", "practice", "email"])
@pytest.mark.parametrize("text", ["", "---", "\r\n", "\x00"])
def test_what_names_nobody_is_refused(posted, field, text):
    assert Client().post("/start/", {**ANSWERS, field: text}).status_code == 422
    assert posted == []


def test_a_second_practice_of_the_same_name_gets_another_address(posted):
    owner = make_user()
    made = [start_practice(owner, "Harbour Works").slug for _ in range(7)]
    assert made[:3] == ["harbour-works", "harbour-works-2", "harbour-works-3"]
    assert len(set(made)) == 7


@pytest.mark.parametrize("name", ["Admin", "Static", "login", "P", "New"])
def test_reserved_words_become_no_address(name):
    assert set(slug_tries(name)).isdisjoint(RESERVED)


@pytest.mark.parametrize("name", ["東京スタジオ", "!!!", "x" * 300])
def test_any_name_finds_an_address(name):
    slug = slug_tries(name)[0]
    assert 0 < len(slug) <= 48


@pytest.mark.parametrize(
    ("mode", "stranger", "insider"),
    [("open", 302, 302), ("invite", 200, 302), ("closed", 200, 200)],
)
def test_who_may_start_a_practice(world, posted, mode, stranger, insider):
    with override_settings(SIGNUP=mode):
        assert Client().post("/start/", ANSWERS).status_code == stranger
        inside = signed_in(world.ada.consultant)
        assert inside.post("/start/", {"practice": "Another"}).status_code == insider


def test_nobody_collects_unproven_practices(posted):
    browser = signed_in(make_user())
    for number in range(2):
        assert browser.post("/start/", {"practice": f"Number {number}"}).status_code == 302
    answer = browser.post("/start/", {"practice": "Number 3"})
    assert answer.status_code == 422
    assert "Prove a domain" in answer.text


def test_an_owner_changes_name_and_time_zone(world):
    url = f"/p/{world.ada.practice.slug}/settings/"
    form = {
        "name": "Ada & Daughters",
        "time_zone": "Asia/Tokyo",
        "slug": "evil",
        "status": "closing",
    }
    assert signed_in(world.ada.owner).post(url, form).status_code == 302
    practice = Practice.objects.get(pk=world.ada.practice.pk)
    assert (practice.name, practice.time_zone) == ("Ada & Daughters", "Asia/Tokyo")
    assert (practice.slug, practice.status) == (world.ada.practice.slug, "active")
    assert signed_in(world.ada.consultant).get(url).status_code == 403


def test_the_last_owner_cannot_leave_and_reads_why(world, posted):
    url = f"/p/{world.ada.practice.slug}/people/departure/"
    answer = step_up(signed_in(world.ada.owner), posted, url)
    assert answer.status_code == 422
    assert "is the last owner of Ada" in answer.text
    assert step_up(signed_in(world.ada.consultant), posted, url)["Location"] == "/places/"
    assert practices_of(world.ada.consultant) == []


def test_an_owner_can_leave_once_there_is_another(world, posted):
    with world.ada.as_staff():
        make_membership(world.ada, role="owner")
    url = f"/p/{world.ada.practice.slug}/people/departure/"
    answer = step_up(signed_in(world.ada.owner), posted, url)
    assert answer["Location"] == "/places/"
    with world.ada.as_staff():
        connection.check_constraints()


@pytest.mark.parametrize("act", ["role", "suspension"])
def test_an_owner_cannot_undo_the_last_owner(world, act):
    with world.ada.as_staff():
        pk = Membership.objects.get(user=world.ada.owner).pk
    signed_in(world.ada.owner).post(f"/p/{world.ada.practice.slug}/people/{pk}/{act}/")
    with world.ada.as_staff():
        row = Membership.objects.get(pk=pk)
    assert (row.role, row.status) == ("owner", "active")


def test_the_database_refuses_what_a_hurried_view_would_do(world):
    def hurry() -> None:
        with transaction.atomic(), world.ada.as_staff():
            Membership.objects.filter(user=world.ada.owner).update(role="consultant")
            connection.check_constraints()

    with pytest.raises(IntegrityError, match="active owner"):
        hurry()


def test_a_colleague_who_is_shut_out_gets_404_at_once(world):
    with world.ada.as_staff():
        pk = Membership.objects.get(user=world.ada.consultant).pk
    url = f"/p/{world.ada.practice.slug}/people/"
    colleague, owner = signed_in(world.ada.consultant), signed_in(world.ada.owner)
    assert colleague.get(url).status_code == 200
    owner.post(f"{url}{pk}/suspension/")
    assert colleague.get(url).status_code == 404
    owner.post(f"{url}{pk}/suspension/")
    assert colleague.get(url).status_code == 200


def test_the_operator_creates_a_proven_practice(posted):
    said = StringIO()
    call_command("create_practice", "Quay & Co", "kim@quay.example", stdout=said)
    practice = Practice.objects.get(slug="quay-co")
    assert practice.proven_at
    assert [mail.to for mail in posted] == ["kim@quay.example"]
    with pytest.raises(CommandError, match="no e-mail address"):
        call_command("create_practice", "Quay", "kim")


def test_the_operator_suspends_a_practice(world):
    url = f"/p/{world.ada.practice.slug}/people/"
    call_command("suspend_practice", world.ada.practice.slug, stdout=StringIO())
    assert signed_in(world.ada.owner).get(url).status_code == 403
    call_command("suspend_practice", world.ada.practice.slug, "--resume", stdout=StringIO())
    assert signed_in(world.ada.owner).get(url).status_code == 200
    with pytest.raises(CommandError, match="No practice has the address"):
        call_command("suspend_practice", "nowhere")
