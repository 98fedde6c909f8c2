"""The pages of links and the call in a real browser: paper, forms, keys."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, expect

from audits.catalogue import CATALOGUE
from config.report_page import facts_of
from sprints.linking import open_helper_link, open_report_link
from sprints.models import Risk, Sprint
from tests.audits.factories import make_finding, make_run
from tests.browser.audit_world import sign_in
from tests.browser.conftest import KEEP_VIOLATIONS
from tests.factories import World
from tests.sprints.factories import make_project, make_risk, make_sprint

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAGE = re.compile(rb"/Type\s*/Page\b")


@pytest.fixture
def sprint(world: World) -> Sprint:
    """The fullest day: the longest words of the catalogue, and much that nobody could look at."""
    place = world.ada
    rules = sorted(CATALOGUE, key=lambda one: len(one.impact) + len(one.trouble), reverse=True)
    with place.as_staff():
        launch_on = timezone.localdate() + timedelta(days=10)
        sprint = make_sprint(place, project=make_project(place, launch_on=launch_on))
        unseen = [rule.id for rule in rules[20:40]]
        coverage = {"total": 90, "ran": 70, "unknown": unseen[:10], "blocked": unseen[10:]}
        run = make_run(place, sprint=sprint, state="done", coverage=coverage)
        for at, check_id in enumerate(unseen):
            verdict = "unknown" if at < 10 else "blocked"
            make_finding(place, run=run, check_id=check_id, verdict=verdict)
        for at, rule in enumerate(rules[:16]):
            make_risk(
                place,
                sprint=sprint,
                title=rule.trouble,
                plain_summary=(rule.impact * 3)[:280],
                check_id=rule.id,
                stage=rule.stage,
                consequence=5 if at < 8 else 1,
                due_on=launch_on,
            )
        return sprint


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    with chromium.new_context(viewport={"width": 390, "height": 844}) as opened:
        opened.add_init_script(KEEP_VIOLATIONS)
        yield opened


def test_the_fullest_report_fits_on_two_pages_before_and_after(context, world, sprint, live_server):
    with world.ada.as_staff():
        facts, by = facts_of(sprint), world.ada.consultant
        _, token = open_report_link(sprint, snapshot=facts, by=by)
    page = context.new_page()
    for state in ("active", "handover"):
        with world.ada.as_staff():
            Sprint.objects.filter(pk=sprint.pk).update(state=state)
        page.goto(f"{live_server.url}/r/{token}/")
        expect(page.get_by_text("Then and now")).to_have_count(int(state == "handover"))
        assert page.evaluate(SIDEWAYS) == 0
        assert Axe().run(page, options=RULES).violations_count == 0
        assert 1 <= len(PAGE.findall(page.pdf(prefer_css_page_size=True))) <= 2
    assert page.evaluate("violations") == []


def test_a_helper_says_so_from_a_phone_and_sees_the_check_begin(
    context, world, sprint, live_server
):
    with world.ada.as_staff():
        by = world.ada.consultant
        _, token = open_helper_link(sprint, name="Sam", numbers=[1, 2, 3], by=by)
    page = context.new_page()
    page.goto(f"{live_server.url}/h/{token}/")
    assert Axe().run(page, options=RULES).violations_count == 0
    assert page.evaluate(SIDEWAYS) == 0
    first = page.locator("#risk-R-001")
    first.get_by_role("button", name="I fixed it, check now").click()
    expect(page.locator("#risk-R-001")).to_contain_text("The check is looking again now")
    with world.ada.as_staff():
        assert Risk.objects.get(sprint=sprint, number=1).state == "fixed"
    assert page.evaluate("violations") == []


def test_a_call_is_led_by_keys_alone(chromium, world, sprint, live_server):
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as opened:
        opened.add_init_script(KEEP_VIOLATIONS)
        sign_in(opened, world.ada.consultant, live_server.url)
        page = opened.new_page()
        page.goto(f"{live_server.url}/p/{world.ada.practice.slug}/sprints/{sprint.pk}/call/")
        assert Axe().run(page, options=RULES).violations_count == 0
        page.keyboard.press("ArrowRight")
        expect(page.locator(".call__place")).to_have_text("2 of 16")
        page.wait_for_load_state()
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".call__place")).to_have_text("1 of 16")
        page.wait_for_load_state()
        page.keyboard.press("o")
        expect(page.get_by_label("Who does it")).to_be_focused()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator(".call__place")).to_have_text("2 of 16")
        expect(page.locator(".call__agreed")).to_contain_text(world.ada.owner.name)
        page.wait_for_load_state()
        page.keyboard.press("d")
        expect(page.get_by_label("By when")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_label("By when")).not_to_be_focused()
        assert page.evaluate("violations") == []
