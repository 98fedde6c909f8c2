"""X22: a way onwards that somebody else wrote never leaves this host."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.accounts.conftest import step_up
from tests.accounts.test_account_page import Key, add_passkey, by_code
from tests.factories import make_user

pytestmark = pytest.mark.django_db
EVIL = (
    "//evil.example",
    "///evil.example",
    r"\\evil.example",
    r"/\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example/p/",
    "http:///evil.example",
    "%2f%2fevil.example",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,evil.example",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "//testserver@evil.example",
    "https://localhost.evil.example/",
)
evil = pytest.mark.parametrize("way", EVIL)


def leaves(way: str) -> bool:
    """Whether a browser would follow `way` to another host, or run it."""
    read = re.sub(r"[\t\r\n]", "", way.strip()).replace("\\", "/")
    if re.match(r"[a-z][a-z0-9+.-]*:", read, re.IGNORECASE):
        return urlsplit(read).netloc not in {"testserver", "localhost"}
    return read.startswith("//")


def test_the_payloads_do_lead_away_but_for_the_encoded_one():
    assert [way for way in EVIL if not leaves(way)] == ["%2f%2fevil.example"]


@evil
def test_signing_in_leads_on_within_this_host(posted, way):
    user, browser = make_user(), Client()
    answer = browser.post("/login/", {"email": user.email, "next": way})
    assert not leaves(answer["Location"])
    answer = browser.post(answer["Location"], {"code": posted[0].code, "next": way})
    assert "_auth_user_id" in browser.session
    assert not leaves(answer["Location"])
    assert "evil" not in urlsplit(answer["Location"]).netloc


@evil
def test_whoever_is_signed_in_already_is_led_on_within_this_host(world, way):
    browser = Client()
    browser.force_login(world.ada.owner)
    for path in ("/login/", "/start/", "/logout/"):
        answer = browser.get(path, {"next": way})
        assert not leaves(answer.headers.get("Location", "/"))
        assert not any(leaves(found) for found in links(answer.text))


def links(page: str) -> list[str]:
    return re.findall(r'(?:href|action|src)="([^"]*)"', page)


@evil
def test_signing_out_leads_on_within_this_host(world, way):
    browser = Client()
    browser.force_login(world.ada.owner)
    assert not leaves(browser.post("/logout/", {"next": way})["Location"])


@evil
def test_a_new_factor_leads_on_within_this_host(world, posted, way):
    browser = by_code(world.ada.owner, posted)
    page = browser.get("/account/second-factor/", {"next": way})
    assert not any(leaves(found) for found in links(page.text))
    browser.get("/account/passkeys/new/", {"next": way})
    answer = add_passkey(browser, Key())
    assert answer["Location"] == "/account/"
    answer = browser.post("/account/passkeys/1/removal/", {"next": way})
    assert answer["Location"] == "/confirm/"


@pytest.mark.parametrize("host", ["http://testserver", "http://testserver@evil.example", ""])
@evil
def test_a_step_up_leads_back_within_this_host(world, posted, way, host):
    """The way back comes from the Referer header."""
    browser = Client()
    browser.force_login(world.ada.owner)
    referrer = f"{host}/{way.lstrip('/')}" if host else way
    for sent in (referrer, f"{host}//evil.example/", f"{host}/\\evil.example/"):
        browser.post("/account/address/", {"email": "x" * 70_000}, headers={"Referer": sent})
        assert not any(leaves(found) for found in links(browser.get("/confirm/").text)), sent
    browser.post("/confirm/code/")
    browser.post("/confirm/", {"code": posted[-1].code})
    assert not leaves(browser.get("/confirm/resumption/")["Location"])


def test_a_step_up_leads_back_to_the_page_it_came_from(world, posted):
    browser = Client()
    browser.force_login(world.ada.owner)
    headers = {"Referer": "http://testserver/account/?show=all"}
    browser.post("/account/address/", {"email": "a@people.example"}, headers=headers)
    assert 'href="/account/?show=all"' in browser.get("/confirm/").text


def test_what_is_resumed_is_an_act_of_this_host(world, posted):
    browser = Client()
    browser.force_login(world.ada.owner)
    step_up(browser, posted, "/account/address/", {"email": "a@people.example"})
    actions = re.findall(r'action="([^"]*)"', browser.get("/confirm/resumption/").text)
    assert not any(leaves(action) for action in actions)


@evil
def test_htmx_is_led_on_within_this_host(world, way):
    """An ended session: the way back comes from the HX-Current-URL header."""
    tenant = f"/p/{world.ada.practice.slug}/people/"
    for page in (way, f"http://testserver/{way}", f"http://testserver//{way}"):
        headers = {"HX-Request": "true", "HX-Current-URL": page}
        location = Client().get(tenant, headers=headers)["HX-Redirect"]
        assert urlsplit(location).path == "/login/"
        assert not leaves(location)
        ways = parse_qs(urlsplit(location).query).get("next", [])
        assert not any(leaves(found) for found in ways), page
