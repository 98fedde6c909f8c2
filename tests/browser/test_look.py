"""The look under the strict policy, in a real browser: what script adds, and what it must not."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = pytest.mark.browser

PUBLIC = ["/", "/bot/", "/privacy/", "/terms/"]
LOOK = ["", "sprint/", "risk/", "founder/", "form/", "sign-in/", "error/404/", "error/500/"]
PAGES = [*PUBLIC, *(f"/dev/look/{name}" for name in LOOK)]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
READ_AT = (390, 1280)
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TRIES_TO_EVALUATE = """() => new Promise((resolve) => setTimeout(() => {
  try { (0, eval)("1"); resolve("ran"); } catch (error) { resolve(error.name); }
}))"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280, 1440])
def test_every_page_is_readable_and_fits(
    chromium: Browser, look_address: str, width: int, theme: Literal["light", "dark"]
):
    with chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=theme, has_touch=width < 500
    ) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        for path in PAGES:
            answer = page.goto(look_address + path)
            assert answer is not None
            assert answer.ok, path
            assert page.evaluate(SIDEWAYS) <= 0, f"{path} scrolls sideways"
            if width in READ_AT:
                found = Axe().run(page, options=RULES)
                assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert said == []


def test_htmx_is_configured_by_the_meta_tag_and_evaluates_nothing(page: Page, look_address: str):
    page.goto(f"{look_address}/dev/look/")
    assert page.evaluate("htmx.config.mode") == "same-origin"
    assert page.evaluate("htmx.config.extensions") == "ptag"
    assert page.evaluate("htmx.config.includeIndicatorCSS") is False
    assert page.evaluate("document.adoptedStyleSheets.length") == 0
    assert page.evaluate("document.querySelectorAll('style').length") == 0
    assert page.evaluate(TRIES_TO_EVALUATE) == "EvalError"


def test_polling_stops_by_itself(page: Page, look_address: str):
    asked: list[str] = []
    page.on(
        "request", lambda request: asked.append(request.url) if "?step=" in request.url else None
    )
    page.goto(f"{look_address}/dev/look/")
    expect(page.locator("#look-progress .notice")).to_be_visible(timeout=15_000)
    polls = len(asked)
    page.wait_for_timeout(2500)
    assert len(asked) == polls
    assert page.evaluate("violations") == []


def test_a_form_with_faults_is_swapped_and_keeps_what_was_typed(page: Page, look_address: str):
    page.goto(f"{look_address}/dev/look/form/")
    page.fill("#id_domain", "https://brightchat")
    with page.expect_response(lambda response: response.request.method == "POST") as met:
        page.click("#look-form [type=submit]")
    assert met.value.status == 422
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator("#look-form")).to_have_count(1)
    assert page.input_value("#id_domain") == "https://brightchat"
    assert page.evaluate("violations") == []


def fill_in(page: Page) -> None:
    page.fill("#id_client", "Brightchat Inc")
    page.fill("#id_domain", "brightchat.app")
    page.select_option("#id_hosting", "vercel")
    page.check("#id_stance_0")
    page.check("#id_is_allowed")


def test_a_redirect_after_a_form_is_a_page_not_a_fragment(page: Page, look_address: str):
    page.goto(f"{look_address}/dev/look/form/")
    fill_in(page)
    page.click("#look-form [type=submit]")
    expect(page).to_have_url(f"{look_address}/dev/look/")
    expect(page.locator(".message")).to_contain_text("Brightchat Inc is saved.")
    assert page.evaluate("violations") == []


def test_the_same_form_works_without_script(chromium: Browser, look_address: str):
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{look_address}/dev/look/form/")
        page.click("#look-form [type=submit]")
        expect(page.locator(".errors")).to_be_visible()
        fill_in(page)
        page.click("#look-form [type=submit]")
        expect(page.locator(".message")).to_contain_text("Brightchat Inc is saved.")


def test_the_theme_is_remembered_by_the_server(page: Page, look_address: str):
    page.goto(f"{look_address}/")
    page.click("[data-theme-choice=dark]")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_copying_says_so_and_puts_the_text_on_the_clipboard(
    context: BrowserContext, look_address: str
):
    context.grant_permissions(["clipboard-write"])
    page = context.new_page()
    page.goto(f"{look_address}/dev/look/")
    button = page.locator("[data-copy='manage.py audit brightchat.app']")
    button.click()
    expect(button).to_have_text("Copied")
    page.focus("#quick-domain")
    page.keyboard.press("ControlOrMeta+v")
    expect(page.locator("#quick-domain")).to_have_value("manage.py audit brightchat.app")


def test_dialogs_and_menus_shut_by_key_and_by_a_click_elsewhere(page: Page, look_address: str):
    page.goto(f"{look_address}/dev/look/")
    page.click("[data-opens='#archive']")
    expect(page.locator("#archive")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#archive")).to_be_hidden()
    page.click("summary[aria-label^=Account]")
    expect(page.locator("details.menu[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("details.menu[open]")).to_have_count(0)


def test_keys_walk_the_rows_but_not_while_typing(page: Page, look_address: str):
    page.goto(f"{look_address}/dev/look/")
    page.keyboard.press("j")
    expect(page.locator("[data-row-link]").first).to_be_focused()
    page.focus("#quick-client")
    page.keyboard.press("j")
    expect(page.locator("#quick-client")).to_have_value("j")


def test_a_server_that_does_not_answer_is_told_and_nothing_is_lost(page: Page, look_address: str):
    page.goto(f"{look_address}/dev/look/form/")
    page.route("**/dev/look/form/", lambda route: route.abort())
    page.fill("#id_notes", "typed before")
    page.click("#look-form [type=submit]")
    expect(page.locator("#trouble-away")).to_be_visible()
    assert page.input_value("#id_notes") == "typed before"


def test_a_page_of_errors_never_lands_in_the_place_of_a_fragment(page: Page, look_address: str):
    page.goto(f"{look_address}/dev/look/form/")
    page.route("**/dev/look/form/", lambda route: route.fulfill(status=500, body="<h1>no</h1>"))
    page.click("#look-form [type=submit]")
    expect(page.locator("#trouble-refused")).to_be_visible()
    expect(page.locator("#look-form")).to_have_count(1)
