"""X6, X7, X9, X29: every address of the product, what it answers with and what a write needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client as Browser
from django.test import override_settings
from django.urls import NoReverseMatch, reverse

from accounts.models import Client, Invitation, User
from tests import isolation_urls
from tests.architecture.answers import cacheable, inline_parts, missing_headers
from tests.architecture.test_isolation_urls import every_leaf
from tests.architecture.visits import Visit, leaked, touched_rows
from tests.config.test_settings import answer as settings_of
from tests.config.test_settings import production
from tests.factories import World, all_factories
from tests.isolation_urls import ADDRESSES, PERSONAL, Words

all_factories()
isolation_urls.load()

pytestmark = pytest.mark.long
# What production derives from an https address, as its own process reads it.
OVER_HTTPS = (
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_SECURE",
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
)
HTMX = {"HX-Request": "true"}
NOWHERE = {"Origin": "null"}
EVERYBODYS = sorted({leaf.name for leaf in every_leaf()} - ADDRESSES.keys())


@pytest.fixture(scope="module")
def production_settings() -> dict[str, object]:
    return dict(zip(OVER_HTTPS, settings_of(production(), *OVER_HTTPS), strict=True))


@dataclass
class Place:
    """One address, a person who belongs there, one who doesn't, and a form that is valid."""

    url: str
    member: User
    stranger: User
    form: Words

    def asked(self) -> Iterator[tuple[User | None, str, dict[str, str]]]:
        for method, headers in product(("get", "post"), ({}, HTMX)):
            yield self.member, method, headers
        for user in (self.stranger, None):
            yield user, "get", {}
            yield user, "post", HTMX


def place(name: str, world: World) -> Place:
    if name in ADDRESSES:
        visit = Visit.prepare(name, ADDRESSES[name], world)
        member = next(iter(visit.belonging().values()))
        return Place(visit.url(), member, world.bob.owner, visit.form())
    return Place(own_url(name, world), world.ada.owner, world.bob.owner, {})


def own_url(name: str, world: World) -> str:
    """An address that belongs to no tenant: without parameters, or with one of its kinds."""
    with world.ada.as_staff():
        _, token = Invitation.objects.invite(
            practice=world.ada.practice,
            email="guest@people.example",
            role="viewer",
            client=world.ada.client,
            invited_by=world.ada.owner,
        )
    kinds: list[dict[str, str | int]] = [{}, {"token": token}, {"key": "x"}]
    kinds += [{"factor_id": 1}, {"session_id": 1}, {"token": token, "number": 1}]
    kinds += [{"colour": "1f4e8c"}, {"name": f"{'0' * 64}.png"}]
    for words in kinds:
        try:
            return reverse(name, kwargs=words)
        except NoReverseMatch:
            continue
    raise AssertionError(f"{name} needs parameters that this test does not know")


def browser_of(user: User | None, *, enforce_csrf_checks: bool = False) -> Browser:
    browser = Browser(enforce_csrf_checks, raise_request_exception=False)
    if user is not None:
        browser.force_login(user)
    return browser


# A mail program's one click (RFC 8058) has no session; the signed address is its only key.
WITHOUT_TOKEN = {"notice-stop": "notice_stop"}


@pytest.mark.parametrize("name", [*sorted(ADDRESSES), *EVERYBODYS])
def test_every_answer_carries_the_headers(world: World, production_settings, name: str):
    """For who belongs, a stranger and nobody; a page and a fragment; read and written."""
    there, gaps = place(name, world), []
    with override_settings(**production_settings):
        for user, method, headers in there.asked():
            browser, form = browser_of(user), there.form if method == "post" else {}
            with transaction.atomic():
                answer = getattr(browser, method)(there.url, form, headers=headers, secure=True)
                transaction.set_rollback(True)
            found = [*missing_headers(answer), *inline_parts(answer)]
            if name not in {"healthz", "readyz"}:
                found += cacheable(answer, is_signed_in=is_personal(name, user))
            gaps += [f"{user} {method} {headers}: {gap}" for gap in found]
    assert gaps == []


def is_personal(name: str, user: User | None) -> bool:
    return user is not None and (name in ADDRESSES or name in PERSONAL)


def test_http_leads_to_https(production_settings):
    with override_settings(**production_settings):
        answer = Browser().get("/login/")
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/login/")


@pytest.mark.parametrize("name", sorted({*ADDRESSES, *EVERYBODYS} - WITHOUT_TOKEN.keys()))
def test_no_write_without_the_token_or_from_elsewhere(world: World, name: str):
    there = place(name, world)
    browser = browser_of(there.member, enforce_csrf_checks=True)
    browser.get("/account/")
    token = browser.cookies["csrf"].value
    elsewhere = {"Origin": "https://evil.example", "X-CSRFToken": token}
    before = touched_rows()
    # Django asks every writing method alike: each is tried, the post from everywhere.
    tried = [("post", headers) for headers in ({}, HTMX, elsewhere, elsewhere | HTMX, NOWHERE)]
    for method, headers in [*tried, ("put", {}), ("patch", elsewhere), ("delete", HTMX)]:
        answer = getattr(browser, method)(there.url, there.form, headers=headers)
        assert answer.status_code == 403, (method, headers)
        assert "This form has expired" in answer.text, (method, headers)
    assert touched_rows() == before


def test_with_the_token_and_from_here_a_write_passes(world: World):
    browser = browser_of(world.ada.owner, enforce_csrf_checks=True)
    browser.get("/account/")
    headers = {"Origin": "http://testserver", "X-CSRFToken": browser.cookies["csrf"].value}
    form = {"name": "Ada Renamed", "time_zone": "UTC"}
    assert browser.post("/account/", form, headers=headers).status_code == 302
    assert User.objects.get(pk=world.ada.owner.pk).name == "Ada Renamed"


def test_no_view_is_exempt_from_the_token():
    from django.urls import get_resolver
    from django.urls.resolvers import URLPattern

    def views(patterns) -> Iterator[object]:
        for entry in patterns:
            if isinstance(entry, URLPattern):
                yield entry.callback
            else:
                yield from views(entry.url_patterns)

    exempt = [view for view in views(get_resolver().url_patterns)
              if getattr(view, "csrf_exempt", False)]  # fmt: skip
    assert [getattr(view, "__name__", "") for view in exempt] == list(WITHOUT_TOKEN.values())
    assert "django.middleware.csrf.CsrfViewMiddleware" in settings.MIDDLEWARE


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_a_fragment_is_walled_like_a_page(world: World, name: str):
    """X7: with HX-Request a stranger meets 404, the anonymous the way to sign in, no content."""
    visit = Visit.prepare(name, ADDRESSES[name], world)
    url, canaries = visit.url(), visit.all_canaries()
    for who, user in visit.strangers().items():
        for method in visit.methods:
            answer = getattr(browser_of(user), method.lower())(url, headers=HTMX)
            assert answer.status_code == 404, f"{who}: {method}"
            assert leaked(answer, canaries) == [], f"{who}: {method}"
    for method in visit.methods:
        answer = getattr(browser_of(None), method.lower())(url, headers=HTMX)
        assert answer.headers["HX-Redirect"].startswith("/login/"), method
        assert answer.content == b"", method


HOSTILE = """"'><img src=x onerror=run()><i hx-get=/ hx-trigger=load onclick=run()>{{ 7|add:7 }}"""


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_hostile_text_in_every_field_stays_text(world: World, name: str):
    """X7, X8: what the factories plant in every text of a place, as a page and as a fragment."""
    world.ada.canary = HOSTILE
    visit = Visit.prepare(name, ADDRESSES[name], world)
    for role, user in visit.belonging().items():
        for headers in ({}, HTMX):
            answer: Any = browser_of(user).get(visit.url(), headers=headers)  # Any: monkey-patched
            assert inline_parts(answer) == [], role
            if answer.headers["Content-Type"].startswith("text/html"):
                assert b"<img src=x" not in answer.content, role
                assert b"<i hx-get" not in answer.content, role


def test_the_hostile_text_does_reach_the_pages(world: World):
    world.ada.canary = HOSTILE
    visit = Visit.prepare("sprints:client-detail", ADDRESSES["sprints:client-detail"], world)
    with world.ada.as_staff():
        Client.objects.filter(pk=world.ada.client.pk).update(name=HOSTILE)
    page = browser_of(world.ada.owner).get(visit.url()).content.decode()
    assert "&lt;img src=x onerror=run()&gt;" in page


@pytest.mark.parametrize("name", EVERYBODYS)
def test_looking_at_what_is_no_tenants_changes_nothing(world: World, name: str):
    """X4 and X6: GET and HEAD, three times, signed in and not."""
    there = place(name, world)
    browsers = [browser_of(there.member), browser_of(None)]
    before = touched_rows()
    for browser in browsers:
        for _ in range(3):
            browser.head(there.url)
            browser.get(there.url)
    assert touched_rows() == before
