"""Stepping up: proved on the POST of the act, for that act, for fifteen minutes."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import Membership
from tests.factories import make_membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(world):
    with world.ada.as_staff():
        return make_membership(world.ada)


@pytest.fixture
def browser(world):
    browser = Client()
    browser.force_login(world.ada.owner)
    return browser


def removal(member) -> str:
    return f"/p/{member.practice.slug}/people/{member.pk}/removal/"


def status_of(world, member) -> str:
    with world.ada.as_staff():
        return Membership.objects.get(pk=member.pk).status


def proved(browser, posted) -> None:
    browser.post("/confirm/code/")
    assert (
        browser.post("/confirm/", {"code": posted[-1].code})["Location"] == "/confirm/resumption/"
    )


def test_the_act_waits_for_the_proof_and_then_goes_on(world, browser, member, posted):
    url = removal(member)
    assert browser.post(url, {"why": "moved on"})["Location"] == "/confirm/"
    assert status_of(world, member) == "active"
    page = browser.get("/confirm/")
    assert f"remove {member.user} from Ada" in page.text
    proved(browser, posted)
    page = browser.get("/confirm/resumption/").text
    assert f'action="{url}"' in page
    assert 'name="why" value="moved on"' in page
    browser.post(url)
    assert status_of(world, member) == "removed"


@pytest.mark.parametrize(("minutes", "status"), [(15, "removed"), (16, "active")])
def test_a_proof_holds_for_fifteen_minutes(
    world, browser, member, posted, time_machine, minutes, status
):
    time_machine.move_to("2026-11-24 10:00", tick=False)
    url = removal(member)
    browser.post(url)
    proved(browser, posted)
    time_machine.shift(minutes * 60)
    browser.post(url)
    assert status_of(world, member) == status


def test_a_code_proves_one_act_only(world, browser, member, posted):
    with world.ada.as_staff():
        other = make_membership(world.ada)
    browser.post(removal(member))
    proved(browser, posted)
    assert browser.post(removal(other))["Location"] == "/confirm/"
    assert status_of(world, other) == "active"


def test_a_code_is_used_up_by_its_act(world, browser, member, posted):
    url = f"/p/{world.ada.practice.slug}/people/departure/"
    browser.post(url)
    proved(browser, posted)
    assert browser.post(url).status_code == 422  # the last owner
    assert browser.post(url)["Location"] == "/confirm/"


def test_a_code_for_another_act_does_not_prove_this_one(world, browser, member, posted):
    browser.post("/account/address/", {"email": "new@people.example"})
    browser.post("/confirm/code/")
    browser.post(removal(member))
    assert browser.post("/confirm/", {"code": posted[-1].code}).status_code == 422
    assert browser.post(removal(member))["Location"] == "/confirm/"


def test_the_third_wrong_code_ends_it(browser, member, posted):
    browser.post(removal(member))
    browser.post("/confirm/code/")
    for _ in range(3):
        assert browser.post("/confirm/", {"code": "BBBBBBBB"}).status_code == 422
    assert browser.post("/confirm/", {"code": posted[-1].code}).status_code == 422


def test_signing_in_does_not_count_for_a_grave_act(world, posted, member):
    browser = Client()
    browser.post("/login/", {"email": world.ada.owner.email})
    browser.post("/login/code/", {"code": posted[-1].code})
    assert browser.post(removal(member))["Location"] == "/confirm/"


def test_signing_in_just_now_counts_for_adding_a_passkey(world, posted, time_machine):
    time_machine.move_to("2026-11-24 10:00", tick=False)
    browser = Client()
    browser.post("/login/", {"email": world.ada.owner.email})
    browser.post("/login/code/", {"code": posted[-1].code})
    answer = browser.post("/account/passkeys/new/", {"name": "Phone", "credential": "{}"})
    assert answer.status_code == 422
    time_machine.shift(16 * 60)
    answer = browser.post("/account/passkeys/new/", {"name": "Phone", "credential": "{}"})
    assert answer["Location"] == "/confirm/"


def test_a_forged_passkey_answer_proves_nothing(world, browser, member):
    Authenticator.objects.create(user=world.ada.owner, type="totp", data={})
    browser.post(removal(member))
    for credential in ("{}", '{"id": "x", "response": {}}', "not json", "[]", "null"):
        answer = browser.post("/confirm/", {"credential": credential})
        assert answer["Location"] == "/confirm/"
    assert browser.post(removal(member))["Location"] == "/confirm/"


def test_what_is_too_long_to_keep_is_said_so(browser, posted):
    browser.post("/account/address/", {"email": "x" * 70_000})
    proved(browser, posted)
    assert browser.get("/confirm/resumption/")["Location"] == "/"


def test_a_proof_does_not_outlive_the_person(world, browser, member, posted):
    browser.post(removal(member))
    proved(browser, posted)
    browser.logout()
    browser.force_login(world.ada.owner)
    assert browser.post(removal(member))["Location"] == "/confirm/"


def test_a_strangers_row_is_not_found_before_any_proof(world, member):
    stranger = Client()
    stranger.force_login(world.bob.owner)
    assert stranger.post(removal(member)).status_code == 404
