"""X6, X7, X9, X29: every address of the product, what it answers with and what a write needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.test import Client as Browser
from django.test import override_settings
from django.urls import NoReverseMatch, reverse
from django.utils.crypto import get_random_string

from accounts.models import Client, Invitation, User
from tests import isolation_urls
from tests.architecture.answers import cacheable, inline_parts, missing_headers
from tests.architecture.doors import Door
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
    door: Door

    def asked(self) -> Iterator[tuple[User | None, str, dict[str, str]]]:
        for method, headers in product(("get", "post"), ({}, HTMX)):
            yield self.member, method, headers
        for user in (self.stranger, None):
            yield user, "get", {}
            yield user, "post", HTMX


def place(name: str, world: World, visit: Visit | None) -> Place:
    if visit is not None:
        member = next(iter(visit.belonging().values()))
        return Place(visit.url(), member, world.bob.owner, visit.form(), visit.door)
    people = (world.ada.owner, world.bob.owner)
    return Place(own_url(name, world), *people, {}, Door(people))


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
def test_the_address_answers_as_every_one_must(world: World, production_settings, name: str):
    """Headers, the token and fragments in one test: making the world costs more than a look."""
    visit = Visit.prepare(name, ADDRESSES[name], world) if name in ADDRESSES else None
    there = place(name, world, visit)
    with override_settings(**production_settings):
        gaps = list(answers_without_headers(name, there))
    if name not in WITHOUT_TOKEN:
        gaps += written_without_the_token(there)
    if visit is not None:
        gaps += fragments_without_a_wall(visit)
    assert gaps == []


def answers_without_headers(name: str, there: Place) -> Iterator[str]:
    """For who belongs, a stranger and nobody; a page and a fragment; read and written."""
    browser = Browser(raise_request_exception=False)
    for user, method, headers in there.asked():
        form = there.form if method == "post" else {}
        with transaction.atomic():
            ask = getattr(there.door.let_in(user, browser), method)
            answer = ask(there.url, form, headers=headers, secure=True)
            transaction.set_rollback(True)
        found = [*missing_headers(answer), *inline_parts(answer)]
        if name not in {"healthz", "readyz"}:
            found += cacheable(answer, is_signed_in=is_personal(name, user))
        yield from (f"{user} {method} {headers}: {gap}" for gap in found)


def is_personal(name: str, user: User | None) -> bool:
    return user is not None and (name in ADDRESSES or name in PERSONAL)


def test_http_leads_to_https(production_settings):
    with override_settings(**production_settings):
        answer = Browser().get("/login/")
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/login/")


def given_token(browser: Browser) -> str:
    """A token that is valid for this browser; Django asks of its secret only where it came by."""
    browser.cookies[settings.CSRF_COOKIE_NAME] = get_random_string(CSRF_SECRET_LENGTH)
    return str(browser.cookies[settings.CSRF_COOKIE_NAME].value)


def written_without_the_token(there: Place) -> Iterator[str]:
    """From nowhere, without one, and with a valid one from elsewhere."""
    strict = Browser(enforce_csrf_checks=True, raise_request_exception=False)
    browser = there.door.let_in(there.member, strict)
    elsewhere = {"Origin": "https://evil.example", "X-CSRFToken": given_token(browser)}
    before = touched_rows()
    # Django asks every writing method alike: each is tried, the post from everywhere.
    tried = [("post", headers) for headers in ({}, HTMX, elsewhere, elsewhere | HTMX, NOWHERE)]
    for method, headers in [*tried, ("put", {}), ("patch", elsewhere), ("delete", HTMX)]:
        answer = getattr(browser, method)(there.url, there.form, headers=headers)
        if answer.status_code != 403 or "This form has expired" not in answer.text:
            yield f"{method} {headers}: answers {answer.status_code}"
    if touched_rows() != before:
        yield f"without the token {touched_rows() - before} rows were touched"


def test_with_the_token_and_from_here_a_write_passes(world: World):
    browser = browser_of(world.ada.owner, enforce_csrf_checks=True)
    headers = {"Origin": "http://testserver", "X-CSRFToken": given_token(browser)}
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


def fragments_without_a_wall(visit: Visit) -> Iterator[str]:
    """X7: with HX-Request a stranger meets 404, the anonymous the way to sign in, no content."""
    url, canaries = visit.url(), visit.all_canaries()
    for who, user in visit.strangers().items():
        for method in visit.methods:
            answer = getattr(visit.door.let_in(user), method.lower())(url, headers=HTMX)
            if answer.status_code != 404:
                yield f"{who}: the fragment by {method} answers {answer.status_code}"
            yield from (f"{who}: {method} reads {word}" for word in leaked(answer, canaries))
    for method in visit.methods:
        answer = getattr(visit.door.let_in(None), method.lower())(url, headers=HTMX)
        where = answer.headers.get("HX-Redirect", "")
        if not where.startswith("/login/") or answer.content != b"":
            yield f"anonymous: the fragment by {method} answers {answer.status_code}"


HOSTILE = """"'><img src=x onerror=run()><i hx-get=/ hx-trigger=load onclick=run()>{{ 7|add:7 }}"""


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_hostile_text_in_every_field_stays_text(world: World, name: str):
    """X7, X8: what the factories plant in every text of a place, as a page and as a fragment."""
    world.ada.canary = HOSTILE
    visit = Visit.prepare(name, ADDRESSES[name], world)
    for role, user in visit.belonging().items():
        for headers in ({}, HTMX):
            browser = visit.door.let_in(user)
            answer: Any = browser.get(visit.url(), headers=headers)  # Any: monkey-patched
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
    there = place(name, world, None)
    browsers = [browser_of(there.member), browser_of(None)]
    before = touched_rows()
    for browser in browsers:
        for _ in range(3):
            browser.head(there.url)
            browser.get(there.url)
    assert touched_rows() == before
