"""Two people on one sprint: each sees the other's changes without a reload."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.audit_world import sign_in
from tests.browser.conftest import KEEP_VIOLATIONS
from tests.factories import World
from tests.sprints.factories import make_risk, make_sprint

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MORE_THAN_A_PULSE = 16_000
KNOWS_THE_NEWEST = """() => document.querySelector("[hx-get$='/pulse/']")._htmx.ptag"""


@pytest.fixture
def sprint(world: World):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
        make_risk(world.ada, sprint=sprint, title="Codes land in spam", is_title_ours=True)
        return sprint


@pytest.fixture
def page(chromium: Browser, world: World, live_server, sprint) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.add_init_script(KEEP_VIOLATIONS)
        sign_in(context, world.ada.consultant, live_server.url)
        page = context.new_page()
        page.clock.install()
        with page.expect_response("**/pulse/"):
            page.goto(f"{live_server.url}/p/{world.ada.practice.slug}/sprints/{sprint.pk}/")
        # An answer that has arrived isn't yet one that the page has read.
        page.wait_for_function(KNOWS_THE_NEWEST)
        yield page


def test_a_colleagues_change_appears_after_the_next_pulse(page: Page, world: World, sprint):
    with world.ada.as_staff():
        risk = sprint.risks.select_related("sprint").get()
        risk.rename("Nobody can sign in", by=world.ada.owner, seen_version=1)
    expect(page.get_by_text("Codes land in spam").first).to_be_visible()
    with page.expect_response("**/pulse/") as pulse:
        page.clock.fast_forward(MORE_THAN_A_PULSE)
    assert pulse.value.status == 200
    expect(page.locator("#sprint-risks").get_by_text("Nobody can sign in")).to_be_visible()
    expect(page.locator("#sprint-side").get_by_text("into other words")).to_be_visible()
    assert page.evaluate("violations") == []


def test_a_quiet_pulse_answers_304_and_fetches_nothing(page: Page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response("**/pulse/") as pulse:
        page.clock.fast_forward(MORE_THAN_A_PULSE)
    assert pulse.value.status == 304
    assert [url for url in asked if not url.endswith("/pulse/")] == []


def test_what_somebody_types_is_left_alone(page: Page, world: World, sprint):
    page.evaluate("""() => {
        const box = document.createElement("textarea");
        box.id = "mine";
        document.querySelector("#sprint-side").append(box);
    }""")
    page.fill("#mine", "Half a sentence")
    with world.ada.as_staff():
        risk = sprint.risks.select_related("sprint").get()
        risk.rename("Nobody can sign in", by=world.ada.owner, seen_version=1)
    page.clock.fast_forward(MORE_THAN_A_PULSE)
    expect(page.locator("#sprint-risks").get_by_text("Nobody can sign in")).to_be_visible()
    expect(page.locator("#mine")).to_have_value("Half a sentence")
