"""No error report carries a key: whatever fails while one is put or read, and wherever."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.signals import got_request_exception
from django.test import Client as Browser
from django.urls import reverse
from django.views.debug import ExceptionReporter

from accounts.keyring import Keyring, Spot
from tests.factories import World
from tests.sprints.factories import make_key_box, make_request, make_sprint

SECRET = "sk-live-0123456789abcdefghij"
# `Any` in this file: what a patched function is given.


@pytest.fixture
def sprint(world: World):
    with world.ada.as_staff():
        return make_sprint(world.ada)


def break_at(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Let the named function fail with all that it was given in its own variables."""

    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError(f"{len(args) + len(kwargs)} words were given")

    monkeypatch.setattr(place, broken)


def report_of(press: Callable[[], object]) -> str:
    """What Django's reporter says of the fault that the press ends in, as HTML and as text."""
    reports = []

    def note(request: Any, **_: object) -> None:
        reporter = ExceptionReporter(request, *sys.exc_info())
        reports.append(reporter.get_traceback_html() + reporter.get_traceback_text())

    got_request_exception.connect(note)
    try:
        press()
    finally:
        got_request_exception.disconnect(note)
    (report,) = reports
    assert "ZeroDivisionError" in report
    return report


def founder_puts(world: World, sprint) -> Callable[[], object]:
    with world.ada.as_staff():
        asked = make_request(world.ada, sprint=sprint, kind="key")
    browser = Browser(raise_request_exception=False)
    browser.force_login(world.ada.founder)
    url = reverse("client-request", args=[sprint.pk, asked.pk])
    form = {"answer": "done", "key": SECRET, "text": f"beside {SECRET}"}
    return lambda: browser.post(url, form)


def consultant_reads(world: World, sprint) -> Callable[[], object]:
    with world.ada.as_staff():
        asked = make_request(world.ada, sprint=sprint, kind="key", created_by=world.ada.consultant)
        box = make_key_box(world.ada, request=asked, reader=world.ada.consultant)
        spot = Spot("sprints_keybox", "sealed", box.practice_id, box.spot)
        box.sealed = Keyring.from_settings().seal(SECRET, spot)
        box.save()
    browser = Browser(raise_request_exception=False)
    browser.force_login(world.ada.consultant)
    words = {"practice_slug": world.ada.practice.slug, "sprint_id": sprint.pk, "box_id": box.pk}
    url = reverse("sprints:key-read", kwargs=words)
    return lambda: browser.post(url)


PUTTING = [
    "accounts.keyring.Keyring.seal",
    "sprints.models.KeyBox.save",
    "sprints.keybox.put",
    "sprints.requesting.answer",
    "sprints.views.answering.redirect",
    # Before the view has named what is secret.
    "accounts.middleware.enter_as_client",
    "accounts.sessions.SignedInMiddleware.__call__",
]
READING = [
    "accounts.keyring.Keyring.open",
    "sprints.models.KeyBox.save",
    "sprints.keybox.record",
    "sprints.views.requests.render",
]


@pytest.mark.parametrize("place", PUTTING)
def test_a_fault_while_a_key_is_put_reports_no_key(world: World, sprint, monkeypatch, place):
    press = founder_puts(world, sprint)
    break_at(monkeypatch, place)
    assert SECRET not in report_of(press)


@pytest.mark.parametrize("place", READING)
def test_a_fault_while_a_key_is_read_reports_no_key(world: World, sprint, monkeypatch, place):
    press = consultant_reads(world, sprint)
    break_at(monkeypatch, place)
    assert SECRET not in report_of(press)


@pytest.mark.parametrize(
    ("press_of", "place"),
    [(founder_puts, "sprints.keybox.put"), (consultant_reads, "sprints.views.requests.render")],
)
def test_without_the_filter_the_same_report_would_hold_it(
    world: World, sprint, monkeypatch, settings, press_of, place
):
    press = press_of(world, sprint)
    break_at(monkeypatch, place)
    settings.DEBUG = True
    assert SECRET in report_of(press)
