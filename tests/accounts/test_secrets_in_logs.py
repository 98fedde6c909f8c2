"""X20: signing in, being invited and a second factor leave no secret and no stray line."""

import json
import logging
import logging.config
import re
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.conf import settings
from django.test import Client

from config.logs import CONTROL, logging_settings
from tests.accounts.test_account_page import add_app, app_code, by_code

pytestmark = pytest.mark.django_db
FORGED = 'x\r\n{"event": "forged"}\x1b[2J\u2028'


@pytest.fixture
def lines() -> Iterator[Callable[[], list[str]]]:
    """The lines that production's handler writes, down to DEBUG."""
    made = logging_settings(level="DEBUG", is_readable=False)
    stream = StringIO()
    made["handlers"]["stderr"] |= {"class": "logging.StreamHandler", "stream": stream}
    logging.config.dictConfig(made)
    yield lambda: stream.getvalue().splitlines()
    logging.config.dictConfig(settings.LOGGING)


def test_nothing_that_opens_a_door_is_logged(world, posted, lines):
    staff = by_code(world.ada.consultant, posted)
    secret = add_app(staff)
    recovery = re.findall(r"<li>(\d{8})\n", staff.post("/account/recovery-codes/").text)
    url = f"/p/{world.ada.practice.slug}/clients/{world.ada.client.pk}/people/"
    staff.post(url, {"email": "guest@people.example", "role": "founder"})
    token = posted[-1].link.rstrip("/").rpartition("/")[2]
    guest = Client(raise_request_exception=False)
    guest.get(f"/invitation/{token}/?token={token}")
    guest.post(f"/invitation/{token}/")
    guest.post(f"/invitation/{token}/code/", {"code": posted[-1].code})
    guest.get(f"/invitation/{token}/nowhere/")
    Client(enforce_csrf_checks=True).post(f"/invitation/{token}/", {"token": token})
    again = Client(SERVER_NAME="localhost", raise_request_exception=False)
    again.post("/login/", {"email": world.ada.consultant.email})
    again.post("/login/code/", {"code": posted[-1].code})
    again.post("/login/second-factor/", {"code": app_code(secret)})
    opened = [secret, token, *recovery, *(mail.code for mail in posted if "code" in mail.dedup_key)]
    cookies = [browser.cookies["session"].value for browser in (staff, again)]
    written = "\n".join(lines())
    assert '"route"' in written
    assert len(opened) > 12
    assert [word for word in opened + cookies if word in written] == []


def test_what_a_stranger_sends_forges_no_line(world, posted, lines):
    browser = Client(raise_request_exception=False)
    headers = {"User-Agent": FORGED, "Referer": FORGED, "X-Forwarded-For": FORGED}
    for path in ("/login/", "/start/", "/no/such/page\r\nforged/", "/invitation/a\x1b[2J/"):
        browser.get(path, {"next": FORGED}, headers=headers)
        browser.post(path, {"email": FORGED, "name": FORGED, "practice": FORGED}, headers=headers)
    assert lines()
    for line in lines():
        assert not CONTROL.search(line)
        assert json.loads(line)["event"] != "forged"
