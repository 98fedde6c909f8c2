"""Signing in by a mailed code: what works, and what guessing meets."""

import time

import pytest
from django.test import Client, override_settings

from accounts.views.signin import EVEN_SECONDS
from tests.factories import make_user

pytestmark = pytest.mark.django_db
LOGIN, CODE = "/login/", "/login/code/"


def asked(browser: Client, email: str, **data: str):
    return browser.post(LOGIN, {"email": email, **data})


def test_a_code_from_the_mail_signs_in(world, posted):
    browser = Client()
    answer = asked(browser, world.ada.owner.email)
    assert answer["Location"] == CODE
    assert posted[0].to == world.ada.owner.email
    assert posted[0].code in posted[0].subject
    answer = browser.post(CODE, {"code": posted[0].code})
    assert answer.status_code == 302
    assert answer["Location"] == "/places/"
    assert browser.get("/places/")["Location"] == f"/p/{world.ada.practice.slug}/"


def test_a_founder_lands_at_their_launches(world, posted):
    browser = Client()
    asked(browser, world.ada.founder.email)
    browser.post(CODE, {"code": posted[0].code})
    assert browser.get("/places/")["Location"] == "/c/"
    assert browser.get("/c/").status_code == 200


def test_the_code_may_be_typed_small_and_with_spaces(posted):
    user, browser = make_user(), Client()
    asked(browser, user.email)
    code = posted[0].code.lower()
    answer = browser.post(CODE, {"code": f" {code[:4]} {code[4:]} "})
    assert answer["Location"] == "/places/"


def test_the_address_is_known_in_any_case(posted):
    user, browser = make_user(), Client()
    asked(browser, user.email.upper())
    assert browser.post(CODE, {"code": posted[0].code})["Location"] == "/places/"


def test_a_code_works_only_in_the_browser_that_asked(posted):
    user, asking, other = make_user(), Client(), Client()
    asked(asking, user.email)
    answer = other.post(CODE, {"code": posted[0].code})
    assert answer["Location"] == LOGIN
    assert "_auth_user_id" not in other.session


def test_the_third_wrong_code_ends_it(posted):
    user, browser = make_user(), Client()
    asked(browser, user.email)
    for _ in range(2):
        assert browser.post(CODE, {"code": "BBBBBBBB"}).status_code == 200
    assert browser.post(CODE, {"code": "BBBBBBBB"})["Location"] == LOGIN
    assert browser.post(CODE, {"code": posted[0].code})["Location"] == LOGIN
    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize(("minutes", "way"), [(9, "/places/"), (11, LOGIN)])
def test_a_code_lives_for_ten_minutes(posted, time_machine, minutes, way):
    time_machine.move_to("2026-11-24 10:00")
    user, browser = make_user(), Client()
    asked(browser, user.email)
    time_machine.move_to(f"2026-11-24 10:{minutes}")
    assert browser.post(CODE, {"code": posted[0].code})["Location"] == way


def test_a_new_code_voids_the_old_one(posted):
    user, browser = make_user(), Client()
    asked(browser, user.email)
    browser.post(CODE, {"action": "resend"})
    assert len(posted) == 2
    assert browser.post(CODE, {"code": posted[0].code}).status_code == 200
    assert browser.post(CODE, {"code": posted[1].code})["Location"] == "/places/"


def test_known_and_unknown_addresses_get_the_same_page(posted):
    user, known, unknown = make_user(), Client(), Client()
    first, second = asked(known, user.email), asked(unknown, "nobody@people.example")
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    pages = [known.get(CODE).text, unknown.get(CODE).text]
    shown = [text.replace(email, "") for text, email in
             zip(pages, (user.email, "nobody@people.example"), strict=True)]  # fmt: skip
    tokens = [browser.cookies["csrf"].value for browser in (known, unknown)]
    assert tokens[0] != tokens[1]
    strip = [_without_tokens(text) for text in shown]
    assert strip[0] == strip[1]
    assert posted[1].subject == "Nobody signs in with this address"


def _without_tokens(text: str) -> list[str]:
    return [line for line in text.splitlines() if "csrfmiddlewaretoken" not in line]


def test_the_time_of_an_answer_tells_nothing(posted):
    known, times = make_user().email, {}
    for email in (known, "nobody@people.example"):
        started = time.monotonic()
        asked(Client(), email)
        times[email] = time.monotonic() - started
    assert min(times.values()) >= EVEN_SECONDS


def test_wrong_codes_read_alike_for_known_and_unknown(posted):
    user, known, unknown = make_user(), Client(), Client()
    asked(known, user.email)
    asked(unknown, "nobody@people.example")
    answers = [browser.post(CODE, {"code": "BBBBBBBB"}) for browser in (known, unknown)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("That isn’t the code" in answer.text for answer in answers)


def test_somebody_who_was_shut_out_is_unknown(posted):
    user, browser = make_user(is_active=False), Client()
    asked(browser, user.email)
    assert posted[0].subject == "Nobody signs in with this address"


def test_a_thousand_guesses_bring_no_login_and_few_mails(posted):
    user, logins = make_user(), 0
    for _ in range(10):
        browser = Client()
        asked(browser, user.email)
        for number in range(100):
            browser.post(CODE, {"code": f"BBBBBB{number:02}"})
        logins += "_auth_user_id" in browser.session
    assert logins == 0
    assert len(posted) <= 3


@pytest.mark.parametrize("trusted_count", [0, 1])
def test_a_forged_proxy_header_does_not_reset_the_limit(posted, settings, trusted_count):
    """Of one address three mails a minute, of one visitor twenty, whatever the header says."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = trusted_count
    user = make_user()
    for number in range(10):
        from_afar = {"x-forwarded-for": f"9.9.9.{number}, 5.5.5.5"}
        Client().post(LOGIN, {"email": user.email}, headers=from_afar)
    assert len(posted) == 3
    for number in range(30):
        from_afar = {"x-forwarded-for": f"8.8.8.{number}, 5.5.5.5"}
        Client().post(LOGIN, {"email": f"n{number}@people.example"}, headers=from_afar)
    assert len(posted) <= 20


def test_behind_a_trusted_proxy_each_visitor_has_a_limit_of_their_own(posted, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(30):
        from_afar = {"x-forwarded-for": f"9.9.9.{number}"}
        Client().post(LOGIN, {"email": f"n{number}@people.example"}, headers=from_afar)
    assert len(posted) == 30


def test_the_way_on_is_kept(world, posted):
    browser, way = Client(), f"/p/{world.ada.practice.slug}/people/"
    first = browser.get(way)
    assert first["Location"] == f"/login/?next={way}"
    answer = asked(browser, world.ada.owner.email, next=way)
    answer = browser.post(answer["Location"], {"code": posted[0].code})
    assert answer["Location"] == way


def test_an_ended_session_sends_htmx_to_the_sign_in_page(world):
    way = f"/p/{world.ada.practice.slug}/people/"
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{way}"}
    answer = Client().get(way, headers=headers)
    assert answer["HX-Redirect"] == f"/login/?next={way.replace('/', '%2F')}"
    assert b"<form" not in answer.content


def test_signed_in_pages_are_kept_out_of_caches(world):
    browser = Client()
    browser.force_login(world.ada.owner)
    answer = browser.get("/account/")
    assert "no-store" in answer["Cache-Control"]
    assert "HX-Request" in answer["Vary"]


def test_signing_in_gives_the_session_a_new_key(posted):
    user, browser = make_user(), Client()
    asked(browser, user.email)
    before = browser.session.session_key
    browser.post(CODE, {"code": posted[0].code})
    assert browser.session.session_key != before


@pytest.mark.parametrize(
    ("url", "form"),
    [("/login/", {"email": "kim@people.example"}),
     ("/start/", {"name": "Kim", "practice": "Quay", "email": "kim@people.example"})],
)  # fmt: skip
def test_nobody_gets_a_code_while_tries_cannot_be_counted(posted, url, form):
    closed_port = "redis://127.0.0.1:1/0"
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": closed_port}
    with override_settings(CACHES={"default": away}):
        answer = Client().post(url, form)
    assert answer.status_code == 503
    assert "Signing in pauses" in answer.text
    assert posted == []


@pytest.mark.parametrize("credential", ["{}", "[]", "null", "nonsense", '{"id": 1, "rawId": "x"}'])
def test_a_forged_passkey_lets_nobody_in(credential):
    browser = Client()
    browser.get("/login/passkey/", headers={"Accept": "application/json"})
    answer = browser.post("/login/passkey/", {"credential": credential})
    assert answer.status_code == 302
    assert "_auth_user_id" not in browser.session
