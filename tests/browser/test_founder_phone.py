"""A founder says on a phone "I fixed it", and a real look answers; without script, too."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from audits.begin import begin_run
from sprints.models import Risk
from tests.browser.audit_world import no_bells, seeing, sign_in, work_off
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
DOMAIN = "phone.test"
CHECK = "email.spf_multiple"
PHONE: ViewportSize = {"width": 320, "height": 640}


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = running_lab(str(tmp_path_factory.getbasetemp()))
    running.add_product(DOMAIN, "spf_two")
    with seeing(running):
        yield running
    running.drop_product(DOMAIN)


@pytest.fixture
def risk(world: World, lab: Lab, no_bells) -> Risk:
    """What the first audit put on the list, given to the founder."""
    with world.ada.as_staff():
        sprint = make_sprint(world.ada, project=make_project(world.ada, domain=DOMAIN))
        begin_run(sprint, by=world.ada.consultant)
    work_off()
    with world.ada.as_staff():
        Risk.objects.filter(check_id=CHECK).update(owner=world.ada.founder)
        return Risk.objects.get(check_id=CHECK)


@pytest.mark.parametrize("has_script", [True, False])
def test_fixed_is_checked_at_once_and_answered_on_a_phone(
    chromium: Browser, live_server, world: World, lab: Lab, risk: Risk, has_script: bool
):
    with chromium.new_context(viewport=PHONE, java_script_enabled=has_script) as context:
        context.add_init_script(KEEP_VIOLATIONS)
        sign_in(context, world.ada.founder, live_server.url)
        page = context.new_page()
        page.goto(f"{live_server.url}/c/s/{risk.sprint_id}/risks/{risk.number}/")
        press_and_read(page, "Still visible at", has_script=has_script)
        expect(page.locator("#happened")).to_contain_text("still visible.")
        lab.fix(DOMAIN, "spf_two")
        press_and_read(page, "Gone.", has_script=has_script)
        expect(page.locator("#happened")).to_contain_text("gone.")
        expect(page.locator("#act button")).to_have_count(0)
        if has_script:
            with world.ada.as_staff():
                assert Risk.objects.get(pk=risk.pk).client_opened_at is not None
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            assert page.evaluate("violations") == []


def press_and_read(page: Page, words: str, *, has_script: bool) -> None:
    page.click("#act button:has-text('check now')")
    expect(page.locator("#act")).to_contain_text("usually within ten seconds")
    work_off()
    # A browser without script loads the page again by itself; this one needs the link.
    show = page.locator("#act a:has-text('Show it')")
    if not has_script:
        show.click()
    expect(page.locator("#act")).to_contain_text(words, timeout=10_000)
