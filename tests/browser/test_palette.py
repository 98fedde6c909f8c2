"""The palette in a real browser, under the strict policy: keys, list, focus and no script."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.audit_world import sign_in
from tests.browser.conftest import KEEP_VIOLATIONS
from tests.factories import World
from tests.sprints.factories import make_project, make_risk, make_sprint

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
FIELD = "#palette-words"
CHOSEN = "#palette [aria-selected=true]"


@pytest.fixture
def address(world: World, live_server):
    """A sprint of twelve risks, the seventh of which is called otherwise."""
    with world.ada.as_staff():
        sprint = make_sprint(world.ada, project=make_project(world.ada, name="Shopbot"))
        for number in range(1, 13):
            title = "Reset mails lead nowhere" if number == 7 else f"Trouble {number}"
            make_risk(world.ada, sprint=sprint, title=title)
    return f"{live_server.url}/p/{world.ada.practice.slug}/sprints/{sprint.pk}"


@pytest.fixture
def page(chromium: Browser, world: World, address: str, live_server) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.add_init_script(KEEP_VIOLATIONS)
        sign_in(context, world.ada.consultant, live_server.url)
        yield context.new_page()


def test_a_few_letters_and_enter_lead_to_a_risk(page: Page, address: str):
    page.goto(f"{address}/history/")
    page.keyboard.press("Control+k")
    expect(page.locator(FIELD)).to_be_focused()
    expect(page.locator(CHOSEN)).to_contain_text("Run the first audit")
    assert Axe().run(page, options=RULES).violations_count == 0
    page.keyboard.type("reset ma")
    expect(page.locator("#palette-said")).to_have_text("1 place")
    expect(page.locator(FIELD)).to_have_attribute("aria-activedescendant", "palette-1")
    expect(page.locator(FIELD)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/risks/7/")
    assert page.evaluate("violations") == []


def test_enter_waits_for_the_list_that_belongs_to_the_words(page: Page, address: str):
    page.goto(f"{address}/history/")
    page.keyboard.press("Control+k")
    expect(page.locator(CHOSEN)).to_be_visible()
    page.keyboard.type("r-011")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/risks/11/")


def test_arrows_choose_around_the_list_and_escape_gives_the_focus_back(page: Page, address: str):
    page.goto(f"{address}/history/")
    opener = page.locator("a.search")
    opener.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("trouble")
    expect(page.locator("#palette-said")).to_have_text("6 places")
    names = page.locator("#palette [role=option] span").all_inner_texts()
    page.keyboard.press("ArrowDown")
    expect(page.locator(CHOSEN)).to_contain_text(names[1])
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator(CHOSEN)).to_contain_text(names[-1])
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator(FIELD)).to_have_value("trouble")
    page.keyboard.type("zzz")
    expect(page.locator("#palette-found")).to_contain_text("Nothing here has “zzz”")
    expect(page.locator(FIELD)).to_have_attribute("aria-expanded", "false")
    assert Axe().run(page, options=RULES).violations_count == 0
    assert page.evaluate("violations") == []


def test_without_script_the_control_leads_to_a_page_that_finds_as_well(
    chromium: Browser, address: str, world: World, live_server
):
    with chromium.new_context(java_script_enabled=False) as context:
        sign_in(context, world.ada.consultant, live_server.url)
        page = context.new_page()
        page.goto(f"{address}/history/")
        page.click("a.search")
        page.fill("#find-words", "reset")
        page.click("text=Find")
        assert "q=reset" in page.url
        page.click("text=R-007 Reset mails lead nowhere")
        assert page.url == f"{address}/risks/7/"
