"""The risk list and the founder's page in a real browser, under the strict policy."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from sprints.models import Risk, StageItem
from tests.audits.factories import make_run
from tests.browser.audit_world import sign_in
from tests.browser.conftest import KEEP_VIOLATIONS
from tests.factories import World
from tests.sprints.factories import make_project, make_risk, make_sighting, make_sprint

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WEIGHTS = ((5, 5, 2), (4, 4, 2), (3, 3, 2), (2, 2, 2))
COVERAGE = {"total": 90, "ran": 88, "unknown": ["dns.caa"], "blocked": [], "not_consented": ["x"]}


@pytest.fixture
def sprint(world: World):
    """A sprint of four risks, one in each band, and one audit."""
    place = world.ada
    with place.as_staff():
        launch_on = timezone.localdate() + timedelta(days=10)
        sprint = make_sprint(place, project=make_project(place, launch_on=launch_on))
        make_run(place, sprint=sprint, state="done", coverage=COVERAGE)
        for number, (consequence, likelihood, recovery) in enumerate(WEIGHTS, start=1):
            risk = make_risk(
                place,
                sprint=sprint,
                title=f"Trouble {number}",
                check_id="email.spf_multiple",
                observed="2 records begin with v=spf1",
                remedy="Merge the two records",
                consequence=consequence,
                likelihood=likelihood,
                recovery=recovery,
            )
            make_sighting(place, risk=risk)
        items = StageItem.objects.filter(stage__sprint=sprint, stage__ordinal__in=[1, 2])
        items.update(verdict="fail", verdict_at=timezone.now())
        return sprint


@pytest.fixture
def address(world: World, live_server, sprint):
    return f"{live_server.url}/p/{world.ada.practice.slug}/sprints/{sprint.pk}"


@pytest.fixture
def page(chromium: Browser, world: World, address: str, live_server) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.add_init_script(KEEP_VIOLATIONS)
        sign_in(context, world.ada.consultant, live_server.url)
        yield context.new_page()


def stored(world: World, number: int) -> Risk:
    with world.ada.as_staff():
        return Risk.objects.select_related("owner").get(number=number)


def test_a_risk_opens_beside_the_list_and_closes_again(page: Page, address: str):
    page.goto(f"{address}/risks/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer .mono").first).to_have_text("R-002")
    expect(page.locator("#risk-R-002")).to_have_attribute("data-selected", "")
    assert page.url == f"{address}/risks/2/"
    page.locator(".drawer__body").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_empty()
    expect(page.locator("[data-selected]")).to_have_count(0)
    assert page.url == f"{address}/risks/"
    assert page.evaluate("violations") == []


def test_a_key_waits_for_the_drawer_of_its_own_row(page: Page, address: str):
    """Sorting a row and giving it away at once: the answer to the first key comes between."""
    page.goto(f"{address}/risks/")
    page.keyboard.press("j")
    page.evaluate("""() => {
        const press = new KeyboardEvent("keydown", { key: "a", bubbles: true });
        document.activeElement.dispatchEvent(press);
        document.dispatchEvent(new CustomEvent("htmx:after:swap"));
    }""")
    expect(page.locator("#owner-owner")).to_be_focused()


def test_enter_saves_a_title_and_escape_restores_it(page: Page, address: str, world: World):
    page.goto(f"{address}/risks/2/")
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    page.keyboard.press("e")
    title = page.locator("#title-title")
    expect(title).to_be_focused()
    title.fill("Codes land in spam")
    title.press("Enter")
    expect(page.locator("#risk-R-002 .risk__title")).to_have_text("Codes land in spam")
    title.fill("Thrown away")
    title.press("Escape")
    expect(title).to_have_value("Codes land in spam")
    assert len(sent) == 1
    assert stored(world, 2).title == "Codes land in spam"
    assert page.evaluate("violations") == []


def test_leaving_a_field_saves_it(page: Page, address: str, world: World):
    page.goto(f"{address}/risks/2/")
    page.locator("#why-plain_summary").fill("Nobody can sign in.")
    page.locator(".drawer__head").click()
    expect(page.locator("#risk-R-002 .risk__why")).to_have_text("Nobody can sign in.")
    assert stored(world, 2).plain_summary == "Nobody can sign in."


@pytest.fixture
def grouped(world: World, sprint) -> list[Risk]:
    """Three risks of one cause above the others: R-005 to R-007."""
    place = world.ada
    with place.as_staff():
        return [
            make_risk(
                place,
                sprint=sprint,
                title="No encryption",
                check_id="tls.plain",
                subject=f"host{number}.test",
                consequence=5,
                likelihood=5,
                recovery=3,
            )
            for number in range(3)
        ]


def test_keys_walk_over_a_folded_group_and_into_an_open_one(page: Page, address: str, grouped):
    page.goto(f"{address}/risks/")
    page.keyboard.press("j")
    expect(page.locator(".group > summary")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#risk-R-001 a")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator(".group")).to_have_attribute("open", "")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#risk-R-006 a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#drawer .mono").first).to_have_text("R-006")
    expect(page.locator("#risk-R-006")).to_have_attribute("data-selected", "")
    expect(page.locator(".group")).to_have_attribute("open", "")
    assert page.evaluate("violations") == []


def test_one_of_a_group_is_edited_and_stays_in_its_place(page: Page, address: str, grouped, world):
    page.goto(f"{address}/risks/6/")
    expect(page.locator(".group")).to_have_attribute("open", "")
    page.select_option("#owner-owner", str(world.ada.consultant.pk))
    expect(page.locator(".group #risk-R-006")).to_contain_text("Ada")
    expect(page.locator(".group .risk")).to_have_count(3)
    assert stored(world, 6).owner == world.ada.consultant


def test_a_handmade_risk_is_checked_by_hand_in_its_drawer(page: Page, address: str, world: World):
    with world.ada.as_staff():
        Risk.objects.filter(number=2).update(check_id="", state="open")
    page.goto(f"{address}/risks/2/")
    page.select_option("#move-to", "fixed")
    expect(page.locator("#drawer")).to_contain_text("Is it gone?")
    page.click("text=I looked, it is gone")
    expect(page.locator("#drawer .field__error, #drawer .errorlist").first).to_contain_text(
        "choose a reason, or ask a colleague"
    )
    assert Axe().run(page, options=RULES).violations_count == 0
    page.select_option("#checked-reason", "retried")
    page.click("text=I looked, it is gone")
    expect(page.locator("#drawer")).to_contain_text("after fixing it too: I tried it again")
    expect(page.locator("#risk-R-002")).to_have_attribute("data-status", "verified")
    assert page.evaluate("violations") == []


def test_an_item_is_handed_in_without_script(chromium: Browser, address: str, world, live_server):
    with chromium.new_context(java_script_enabled=False) as context:
        sign_in(context, world.ada.consultant, live_server.url)
        page = context.new_page()
        page.goto(f"{address}/stages/3/")
        item = page.locator("#item-D3\\.1")
        item.locator("summary").click()
        item.locator("input[name=hand_note]").fill("The diagram in the handover folder")
        item.locator("text=It is handed in").click()
        expect(item).to_contain_text("The diagram in the handover folder")
        item.locator("text=Take it back").click()
        expect(item).to_contain_text("Not handed in yet")


def test_a_score_changes_at_once_and_the_line_stays_where_it_is(
    page: Page, address: str, world: World
):
    page.goto(f"{address}/risks/1/")
    page.click("summary:has-text('Launch impact')")
    page.select_option("#weight-consequence", "1")
    expect(page.locator(".drawer .score")).to_contain_text("17")
    expect(page.locator("#risk-R-001")).to_contain_text("Moves to #3")
    expect(page.locator(".risks > .risk").first).to_have_id("risk-R-001")
    page.click("text=Sort now")
    expect(page.locator(".risks > .risk").nth(2)).to_have_id("risk-R-001")
    assert stored(world, 1).is_weight_ours


def test_a_conflict_shows_both_values_and_either_can_be_kept(
    page: Page, address: str, world: World
):
    page.goto(f"{address}/risks/2/")
    with world.ada.as_staff():
        Risk.objects.get(number=2).rename("Theirs", by=world.ada.owner, seen_version=1)
    title = page.locator("#title-title")
    title.fill("Mine")
    title.press("Enter")
    expect(page.locator(".conflict")).to_contain_text("It now says: Theirs")
    expect(title).to_have_value("Mine")
    expect(page.locator("#risk-R-002 .risk__title")).to_have_text("Theirs")
    assert Axe().run(page, options=RULES).violations_count == 0
    page.click("text=Keep mine")
    expect(page.locator(".conflict")).to_have_count(0)
    assert stored(world, 2).title == "Mine"


def test_the_fix_prompt_is_copied_and_can_be_read(page: Page, address: str):
    page.goto(f"{address}/risks/2/")
    page.click(".drawer__acts >> text=Copy fix prompt")
    expect(page.locator(".drawer__acts .copy")).to_contain_text("Copied")
    page.click("summary:has-text('The fix prompt')")
    expect(page.locator("#fix-prompt")).to_contain_text("--check email.spf_multiple")


def test_everything_works_without_script(
    chromium: Browser, address: str, world: World, live_server
):
    with chromium.new_context(java_script_enabled=False) as context:
        sign_in(context, world.ada.consultant, live_server.url)
        page = context.new_page()
        page.goto(f"{address}/risks/")
        page.click("text=Trouble 2")
        page.locator("#title-title").fill("Written without script")
        page.click(".edit[data-look=title] >> text=Save")
        expect(page.locator("#risk-R-002 .risk__title")).to_have_text("Written without script")
        page.locator("#owner-owner").focus()
        page.select_option("#owner-owner", str(world.ada.founder.pk))
        page.locator(".edit:has(#owner-owner) button").click()
    assert stored(world, 2).owner == world.ada.founder


@pytest.mark.parametrize(("width", "theme"), [(320, "dark"), (1280, "light")])
def test_every_page_of_a_sprint_is_readable_and_fits(
    chromium: Browser,
    address: str,
    world: World,
    sprint,
    grouped,
    live_server,
    width: int,
    theme: Literal["light", "dark"],
):
    paths = (
        "/",
        "/?show=all&q=none",
        "/risks/",
        "/risks/1/",
        "/risks/6/",
        "/risks/new/",
        "/stages/2/",
    )
    pages = [(world.ada.consultant, address + path) for path in paths]
    pages.append((world.ada.founder, f"{live_server.url}/c/s/{sprint.pk}/"))
    for user, url in pages:
        with chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=theme, has_touch=width < 500
        ) as context:
            context.add_init_script(KEEP_VIOLATIONS)
            sign_in(context, user, live_server.url)
            page = context.new_page()
            page.goto(url)
            assert page.evaluate(SIDEWAYS) <= 0, f"{url} scrolls sideways"
            found = Axe().run(page, options=RULES)
            assert found.violations_count == 0, f"{url}: {found.generate_report()}"
            assert page.evaluate("violations") == []
