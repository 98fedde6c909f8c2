"""Guesses at a typed domain: asked for once, looked up by a task, shown as fields."""

import time
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.tenancy.scope import Actor, Scope, bound
from audits import guesses
from audits.gather.prefill import Guess
from audits.models import DomainGuess
from audits.observations.target import Host, HostKind, MailDomain, Vendor
from audits.tasks import make_guess as make_guess_task
from tests.audits.factories import make_guess
from tests.browser.audit_world import seeing
from tests.factories import World
from tests.lab.fixture import running_lab

pytestmark = pytest.mark.django_db

LIMIT_SECONDS = 5
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def bells(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    rung: list[tuple[int, ...]] = []
    monkeypatch.setattr(make_guess_task, "apply_async", lambda args, **_: rung.append(args))
    return rung


@pytest.fixture
def browser(world: World) -> Browser:
    browser = Browser()
    browser.force_login(world.ada.consultant)
    return browser


def typed(world: World, browser: Browser, text: str) -> str:
    url = reverse("audits:guess-create", args=[world.ada.practice.slug])
    answer = browser.post(url, {"domain": text}, headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def guesses_of(world: World) -> list[DomainGuess]:
    with world.ada.as_staff():
        return list(DomainGuess.objects.order_by("pk"))


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("brightchat.test", "brightchat.test"),
        (" https://Www.Brightchat.test/login ", "www.brightchat.test"),
        ("bücher.de", "xn--bcher-kva.de"),
    ],
)
def test_what_was_typed_is_asked_about_once(world, browser, text, domain):
    with override_settings(LAB=True):
        first, second = typed(world, browser, text), typed(world, browser, text)
    (guess,) = guesses_of(world)
    assert guess.domain == domain
    poll = reverse("audits:guess-progress", args=[world.ada.practice.slug, guess.pk])
    assert poll in first
    assert poll in second
    assert 'hx-trigger="every 500ms"' in first


@pytest.mark.parametrize("text", ["", "brightchat", "   "])
def test_half_a_name_asks_nothing_and_says_nothing(world, browser, text):
    assert 'id="guess"' in typed(world, browser, text)
    assert "<p" not in typed(world, browser, text)
    assert guesses_of(world) == []


@pytest.mark.parametrize(
    "text", ["co.uk", "http://169.254.169.254/", "a..b", "localhost.localdomain"]
)
def test_what_has_no_domain_is_answered_with_a_sentence(world, browser, text):
    page = typed(world, browser, text)
    assert "again__line" in page or "hx-trigger" in page
    assert "Traceback" not in page


def test_hostile_text_is_shown_as_text(world, browser):
    page = typed(world, browser, "<img src=x onerror=alert(1)>.com")
    assert "<img" not in page


def made_of(found: Guess, world: World, monkeypatch: pytest.MonkeyPatch) -> DomainGuess:
    async def look(_domain: str) -> Guess:
        return found

    monkeypatch.setattr(guesses, "_look", look)
    with world.ada.as_staff():
        row = make_guess(world.ada, domain=found.domain)
        guesses.make(row.pk)
        return DomainGuess.objects.get(pk=row.pk)


FULL = Guess(
    domain="house.test",
    hosts=(Host("house.test"), Host("api.house.test", HostKind.API)),
    mail_vendor=Vendor("mail", "Fastmail", "mx"),
    hosting=Vendor("hosting", "Vercel", "cname"),
    mail_domains=(MailDomain("house.test"),),
)


def progress(world: World, browser: Browser, row: DomainGuess) -> str:
    url = reverse("audits:guess-progress", args=[world.ada.practice.slug, row.pk])
    return browser.get(url, headers=HTMX).content.decode()


def test_the_answer_is_a_set_of_fields_and_ends_the_polling(world, browser, monkeypatch):
    page = progress(world, browser, made_of(FULL, world, monkeypatch))
    for field in (
        'name="guessed_host" value="house.test" checked',
        'name="guessed_host" value="api.house.test" checked',
        'name="guessed_hosting" value="Vercel"',
        'name="guessed_mail_vendor" value="Fastmail"',
        'name="guessed_mail_domain" value="house.test"',
    ):
        assert field in page
    assert "hx-trigger" not in page


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Guess("house.test", is_complete=False), "did not answer within 4 seconds"),
        (Guess("house.test"), "No address answers for house.test yet"),
    ],
)
def test_a_failure_is_told_calmly(world, browser, monkeypatch, found, words):
    row = made_of(found, world, monkeypatch)
    assert row.state == "failed"
    page = progress(world, browser, row)
    assert words in page
    assert "hx-trigger" not in page


@pytest.mark.parametrize(("seconds", "polls"), [(25, True), (35, False)])
def test_nobody_waits_for_ever(world, browser, seconds, polls):
    with world.ada.as_staff():
        row = make_guess(world.ada, asked_at=timezone.now() - timedelta(seconds=seconds))
    page = progress(world, browser, row)
    assert ("hx-trigger" in page) is polls
    assert ("took too long" in page) is not polls


def test_a_second_ring_changes_nothing(world, monkeypatch):
    row = made_of(FULL, world, monkeypatch)
    with world.ada.as_staff():
        guesses.make(row.pk)
        assert DomainGuess.objects.get(pk=row.pk).result == row.result


@pytest.mark.lab
@pytest.mark.django_db(transaction=True)
def test_the_lab_is_guessed_within_the_limit(world, tmp_path_factory):
    lab = running_lab(str(tmp_path_factory.getbasetemp()))
    with world.ada.as_staff():
        row = make_guess(world.ada, domain="brightchat.test")
    begun = time.monotonic()
    with seeing(lab), bound(Scope(world.ada.practice.pk, Actor.SYSTEM)):
        guesses.make(row.pk)
    assert time.monotonic() - begun < LIMIT_SECONDS
    with world.ada.as_staff():
        found = DomainGuess.objects.get(pk=row.pk)
    assert found.state == "done"
    assert ["brightchat.test", "web"] in found.result["hosts"]
