"""A risk looked at again by a real audit, in its drawer and on the sprint's page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

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
DOMAIN = "again.test"
CHECK = "email.spf_multiple"


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = running_lab(str(tmp_path_factory.getbasetemp()))
    running.add_product(DOMAIN, "spf_two")
    with seeing(running):
        yield running
    running.drop_product(DOMAIN)


@pytest.fixture
def risk(world: World, lab: Lab, no_bells) -> Risk:
    """What the first audit of the lab's product has put on the list."""
    with world.ada.as_staff():
        sprint = make_sprint(world.ada, project=make_project(world.ada, domain=DOMAIN))
        begin_run(sprint, by=world.ada.consultant)
    work_off()
    return stored(world)


def stored(world: World) -> Risk:
    with world.ada.as_staff():
        return Risk.objects.get(check_id=CHECK)


@pytest.fixture
def address(live_server, world: World, risk: Risk) -> str:
    return f"{live_server.url}/p/{world.ada.practice.slug}/sprints/{risk.sprint_id}"


@pytest.fixture
def page(chromium: Browser, live_server, world: World, address: str) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.add_init_script(KEEP_VIOLATIONS)
        sign_in(context, world.ada.consultant, live_server.url)
        yield context.new_page()


def look_again(page: Page) -> None:
    page.click("#drawer button:has-text('Re-check')")
    expect(page.locator("#recheck")).to_contain_text("Waiting for a free worker")
    work_off()


def test_a_fixed_risk_is_gone_in_its_drawer_and_comes_back_under_its_number(
    page: Page, address: str, world: World, lab: Lab, risk: Risk
):
    page.goto(f"{address}/risks/{risk.number}/")
    drawer, row = page.locator("#drawer"), page.locator(f"#risk-{risk.ref}")
    expect(drawer).to_contain_text("Audit 1 found.")

    lab.fix(DOMAIN, "spf_two")
    look_again(page)
    expect(page.locator("#recheck")).to_contain_text("Gone.", timeout=10_000)
    expect(page.locator("#drawer-rest")).to_contain_text("Fixed and checked")
    expect(page.locator("#drawer-rest")).to_contain_text("Audit 2 gone.")
    expect(row).to_have_attribute("data-status", "verified")
    assert stored(world).state == "verified"

    lab.plant(DOMAIN, "spf_two")
    look_again(page)
    expect(page.locator("#recheck")).to_contain_text("Still there.", timeout=10_000)
    expect(page.locator("#drawer-rest")).to_contain_text("Audit 3 came back.")
    expect(row).to_have_attribute("data-status", "open")
    expect(row).to_contain_text("Came back")
    again = stored(world)
    assert (again.number, again.state, again.came_back_count) == (risk.number, "open", 1)
    assert page.url == f"{address}/risks/{risk.number}/"
    assert page.evaluate("violations") == []


def test_the_first_line_of_the_sprint_looks_again_in_its_place(
    page: Page, address: str, world: World, lab: Lab, risk: Risk
):
    with world.ada.as_staff():
        Risk.objects.filter(pk=risk.pk).update(score=100)
    page.goto(f"{address}/")
    row = page.locator(f"#risk-{risk.ref}")
    lab.fix(DOMAIN, "spf_two")
    row.locator("button:has-text('Re-check')").click()
    expect(row.locator("#recheck")).to_contain_text("Waiting for a free worker")
    work_off()
    expect(row.locator("#recheck")).to_contain_text("Gone.", timeout=10_000)
    assert page.url == f"{address}/"
    assert page.evaluate("violations") == []
