"""Deleting for good in a real browser: what goes is said, the name typed, the person proven."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from tests.browser.audit_world import sign_in
from tests.browser.conftest import KEEP_VIOLATIONS
from tests.factories import World
from tests.sprints.factories import make_project, make_risk, make_sprint

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WIDTHS = (390, 1280)


@pytest.fixture
def page(chromium: Browser, world: World, live_server) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.add_init_script(KEEP_VIOLATIONS)
        sign_in(context, world.ada.owner, live_server.url)
        yield context.new_page()


@pytest.fixture
def pages(world: World, live_server) -> dict[str, str]:
    """The addresses of three deletions and of the project that holds them."""
    with world.ada.as_staff():
        sprint = make_sprint(
            world.ada, project=make_project(world.ada, name="Shop"), state="paused"
        )
        make_risk(world.ada, sprint=sprint)
    rows = {
        "client-deletion": world.ada.client.pk,
        "project-deletion": sprint.project_id,
        "sprint-deletion": sprint.pk,
        "project-detail": sprint.project_id,
    }
    slug = world.ada.practice.slug
    return {
        name: live_server.url + reverse(f"sprints:{name}", args=[slug, pk])
        for name, pk in rows.items()
    }


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_fit_and_anybody_can_use_them(page: Page, pages: dict[str, str], width: int):
    page.set_viewport_size({"width": width, "height": 900})
    for name, address in pages.items():
        page.goto(address)
        assert page.evaluate(SIDEWAYS) <= 0, name
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, (name, found.generate_report())
        assert page.evaluate("window.violations") == []


def test_the_act_waits_for_name_and_proof(page: Page, pages: dict[str, str], live_server):
    page.goto(pages["project-detail"])
    page.get_by_role("link", name="Delete…").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete Shop sprint 1?")
    page.get_by_label("Type its name").fill("Shop")
    page.get_by_role("button", name="Delete it for good").click()
    expect(page.locator(".field__error")).to_contain_text("nothing was deleted")
    page.get_by_label("Type its name").fill("Shop sprint 1")
    page.get_by_role("button", name="Delete it for good").click()
    expect(page).to_have_url(f"{live_server.url}/confirm/")
    expect(page.locator("main")).to_contain_text("delete Shop sprint 1 for good")
