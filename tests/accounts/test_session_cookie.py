"""X5: the session's cookie, when its key changes, and what an old or planted one is worth."""

import pytest
from django.test import Client, override_settings

from accounts.models import ClientMembership, Membership, User
from accounts.tenancy.scope import Actor, practice_scope
from tests.accounts.test_account_page import Key, add_app, add_passkey, by_code, is_signed_in
from tests.config.test_settings import answer as settings_of
from tests.config.test_settings import production

pytestmark = pytest.mark.django_db
NAMES = (
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_SECURE",
    "SECURE_SSL_REDIRECT",
)


def thief_of(browser: Client) -> Client:
    thief = Client(SERVER_NAME="localhost")
    thief.cookies["session"] = browser.cookies["session"].value
    return thief


def test_over_https_the_cookie_is_bound_to_the_host(world, posted):
    values = dict(zip(NAMES, settings_of(production(), *NAMES), strict=True))
    with override_settings(**values):
        browser = Client()
        browser.post("/login/", {"email": world.ada.owner.email}, secure=True)
        browser.post("/login/code/", {"code": posted[-1].code}, secure=True)
        browser.get("/account/", secure=True)
    session, csrf = browser.cookies["__Host-session"], browser.cookies["__Host-csrf"]
    for cookie in (session, csrf):
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
        assert cookie["samesite"] == "Lax"
    assert session["httponly"] is True
    assert "session" not in browser.cookies


@pytest.mark.parametrize(("who", "hours"), [("owner", 12), ("founder", 14 * 24)])
def test_the_cookie_lives_as_long_as_an_idle_session_of_its_kind(world, posted, who, hours):
    browser = by_code(getattr(world.ada, who), posted)
    assert browser.cookies["session"]["max-age"] == pytest.approx(hours * 3600, abs=5)


def test_a_planted_session_is_not_the_one_that_signs_in(world, posted):
    """Fixation: the attacker knows the key that the victim's browser came with."""
    attacker = Client(SERVER_NAME="localhost")
    attacker.post("/login/", {"email": "attacker@people.example"})
    attacker.post("/login/again/")
    victim = thief_of(attacker)
    planted = victim.cookies["session"].value
    victim.post("/login/", {"email": world.ada.owner.email})
    victim.post("/login/code/", {"code": posted[-1].code})
    assert is_signed_in(victim)
    assert victim.cookies["session"].value != planted
    assert not is_signed_in(attacker)


def test_a_made_up_key_is_not_adopted(world, posted):
    browser = Client(SERVER_NAME="localhost")
    browser.cookies["session"] = "a" * 32
    browser.post("/login/", {"email": world.ada.owner.email})
    assert browser.cookies["session"].value != "a" * 32
    browser.post("/login/code/", {"code": posted[-1].code})
    thief = Client(SERVER_NAME="localhost")
    thief.cookies["session"] = "a" * 32
    assert not is_signed_in(thief)


def test_the_key_changes_between_the_first_and_the_second_factor(world, posted):
    add_app(by_code(world.ada.consultant, posted))
    browser = Client(SERVER_NAME="localhost")
    browser.post("/login/", {"email": world.ada.consultant.email})
    answer = browser.post("/login/code/", {"code": posted[-1].code})
    assert answer["Location"] == "/login/second-factor/"
    assert not is_signed_in(thief_of(browser))


@pytest.mark.parametrize("change", ["a passkey", "an app"])
def test_an_old_cookie_is_worth_nothing_after_a_change_of_factors(world, posted, change):
    browser = by_code(world.ada.consultant, posted)
    thief, other = thief_of(browser), by_code(world.ada.consultant, posted)
    assert is_signed_in(thief)
    if change == "a passkey":
        add_passkey(browser, Key())
    else:
        add_app(browser)
    assert is_signed_in(browser)
    assert not is_signed_in(thief)
    answer = other.get(f"/p/{world.ada.practice.slug}/")
    assert answer["Location"] == f"/login/?next=/p/{world.ada.practice.slug}/"


def test_joining_changes_the_key(world, posted):
    """A role that is won: the cookie of before does not carry it."""
    owner = Client()
    owner.force_login(world.ada.owner)
    url = f"/p/{world.ada.practice.slug}/clients/{world.ada.client.pk}/people/"
    owner.post(url, {"email": world.bob.viewer.email, "role": "viewer"})
    way = "/invitation/" + posted[-1].link.partition("/invitation/")[2]
    browser = by_code(world.bob.viewer, posted)
    thief = thief_of(browser)
    assert browser.post(way)["Location"] == "/places/"
    assert is_signed_in(browser)
    assert not is_signed_in(thief)


def test_a_role_that_is_taken_away_is_gone_at_the_next_request(world, posted):
    staff, founder = by_code(world.ada.consultant, posted), by_code(world.ada.founder, posted)
    practice, own = f"/p/{world.ada.practice.slug}/", f"/c/people/{world.ada.client.pk}/"
    assert (staff.get(practice).status_code, founder.get(own).status_code) == (200, 200)
    with practice_scope(world.ada.practice.pk, actor=Actor.SYSTEM):
        Membership.objects.filter(user=world.ada.consultant).update(status="removed")
        ClientMembership.objects.filter(user=world.ada.founder).update(status="removed")
    assert (staff.get(practice).status_code, founder.get(own).status_code) == (404, 404)


def test_whoever_is_shut_out_is_signed_out_at_the_next_request(world, posted):
    browser = by_code(world.ada.founder, posted)
    User.objects.filter(pk=world.ada.founder.pk).update(is_active=False)
    assert browser.get("/account/")["Location"] == "/login/?next=/account/"
