"""A founder on a phone tries the app's mails: an address, a press, a mail over a real socket."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from audits.mail_models import MailTest
from audits.observations.mail_arrival import LinkFault, LinkHost
from audits.observations.mail_stored import arrival_data
from audits.observations.spf_result import SpfResult
from tests.audits.factories import ARRIVAL, make_mail_arrival, make_mail_test
from tests.audits.mail_door import OURS, Clock, mail_world, open_receiver, signed, written
from tests.audits.test_mail_door import send
from tests.browser.audit_world import no_bells, seeing, sign_in
from tests.browser.conftest import KEEP_VIOLATIONS
from tests.factories import World
from tests.lab import Lab
from tests.lab.fixture import running_lab
from tests.sprints.factories import make_project, make_sprint

pytestmark = [
    pytest.mark.browser,
    pytest.mark.lab,
    pytest.mark.django_db(transaction=True, databases=["default", "ops"]),
]

__all__ = ["no_bells"]
DOMAIN = "phonemail.test"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = running_lab(str(tmp_path_factory.getbasetemp()))
    mail_world(running, DOMAIN)
    with seeing(running):
        yield running
    running.drop_product(DOMAIN)


@pytest.fixture
def sprint(world: World, lab: Lab, no_bells, settings):
    settings.RECEIVE_MAIL_DOMAIN = OURS
    with world.ada.as_staff():
        return make_sprint(world.ada, project=make_project(world.ada, domain=DOMAIN))


def opened(chromium: Browser, live_server, user, path: str, width: int, scheme) -> Page:
    context = chromium.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.add_init_script(KEEP_VIOLATIONS)
    sign_in(context, user, live_server.url)
    page = context.new_page()
    page.goto(f"{live_server.url}{path}")
    return page


def test_a_founder_sees_the_mail_come(chromium: Browser, live_server, world: World, sprint):
    page = opened(
        chromium, live_server, world.ada.founder, f"/c/s/{sprint.pk}/mails/", 390, "light"
    )
    card = page.locator("#mail-sign_up")
    card.get_by_role("button", name="Get an address").click()
    address = page.locator("#mail-sign_up code").inner_text()
    assert address.endswith(f"@{OURS}")
    page.get_by_role("button", name="I’ve asked for the mail").click()
    expect(page.locator("#mail-sign_up")).to_contain_text("Waiting for")
    with open_receiver(Clock()) as port:
        mail = signed(written(DOMAIN, address), DOMAIN)
        send(port, address, mail, sender=f"bounce@{DOMAIN}")
    expect(page.locator("#mail-sign_up")).to_contain_text("signed by phonemail.test", timeout=8_000)
    expect(page.locator("#mail-sign_up")).to_contain_text("Good")
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate("window.violations") == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_state_fits(chromium, live_server, world: World, sprint, width, scheme):
    fill(world, sprint)
    founder = f"/c/s/{sprint.pk}/mails/"
    staff = f"/p/{world.ada.practice.slug}/sprints/{sprint.pk}/mails/"
    for name, user, path in (
        ("founder", world.ada.founder, founder),
        ("staff", world.ada.consultant, staff),
    ):
        page = opened(chromium, live_server, user, path, width, scheme)
        assert page.evaluate(SIDEWAYS) <= 0
        assert page.evaluate("window.violations") == []
        if folder := os.environ.get("SCREENSHOTS"):
            file = Path(folder) / f"mails-{name}-{width}-{scheme}.png"
            page.screenshot(path=file, full_page=True)
        page.context.close()


def fill(world: World, sprint) -> None:
    """A kind in each of its states."""
    now = timezone.now()
    with world.ada.as_staff():
        bad = make_mail_test(world.ada, sprint=sprint, arrived_at=now)
        wrong = replace(
            ARRIVAL,
            author=DOMAIN,
            spf=SpfResult.SOFTFAIL,
            links=(LinkHost("localhost", False, LinkFault.LOCAL),),
        )
        headers = [["From", f"Bright <hello@{DOMAIN}>"], ["Message-ID", f"<{'a' * 80}@x.test>"]]
        make_mail_arrival(world.ada, test=bad, facts=arrival_data(wrong), headers=headers)
        good = make_mail_test(world.ada, sprint=sprint, kind="magic_link", arrived_at=now)
        make_mail_arrival(world.ada, test=good)
        asked = now - timedelta(seconds=23)
        make_mail_test(world.ada, sprint=sprint, kind="code", asked_at=asked)
        make_mail_test(world.ada, sprint=sprint, kind="reset", given_up_at=now)
        assert MailTest.objects.filter(sprint=sprint).count() == 4
