"""X3: nobody has a password, so none can be guessed, stolen or make the server sweat."""

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.db.models import Q
from django.test import Client, override_settings

from accounts.models import User
from tests.architecture.test_isolation_urls import every_leaf
from tests.factories import make_user

pytestmark = pytest.mark.django_db
GUESS = "correct horse battery staple"


def test_there_is_no_password_page():
    for path in ("/password/reset/", "/password/change/", "/password/set/", "/login/password/"):
        assert Client().get(path).status_code == 404
    assert [leaf for leaf in every_leaf() if "password" in leaf.name + leaf.route] == []
    assert not settings.ACCOUNT_RATE_LIMITS.get("reset_password")


def test_no_form_of_the_sign_in_pages_asks_for_one(posted):
    browser = Client()
    pages = [browser.get("/login/"), browser.get("/start/")]
    browser.post("/login/", {"email": "nobody@people.example"})
    pages.append(browser.get("/login/code/"))
    assert all('type="password"' not in page.text for page in pages)


def test_a_password_sent_along_signs_nobody_in(posted):
    user, browser = make_user(), Client()
    user.set_password(GUESS)
    user.save()
    for form in ({"login": user.email}, {"email": user.email}, {"username": user.email}):
        for path in ("/login/", "/login/code/", "/login/second-factor/", "/login/passkey/"):
            browser.post(path, form | {"password": GUESS, "code": GUESS[:8]})
            assert "_auth_user_id" not in browser.session


def test_every_door_makes_people_without_a_usable_password(world, posted):
    browser = Client()
    browser.post("/start/", {"name": "Kim", "practice": "Quay", "email": "kim@quay.example"})
    browser.post("/start/code/", {"code": posted[-1].code})
    assert User.objects.filter(email="kim@quay.example").exists()
    usable = User.objects.exclude(Q(password__startswith="!"))
    assert list(usable) == []
    assert not any(user.has_usable_password() for user in User.objects.all())
    assert authenticate(email="kim@quay.example", password="") is None


@override_settings(PASSWORD_HASHERS=[])
def test_signing_in_needs_no_hasher_at_all(posted):
    user, browser = make_user(), Client()
    browser.post("/login/", {"email": user.email})
    assert browser.post("/login/code/", {"code": posted[-1].code})["Location"] == "/places/"
    browser.post("/account/sessions/others/end/")
    assert browser.get("/account/").status_code == 200
