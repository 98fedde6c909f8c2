"""The consultant's way in, in a real browser: quick start, and a project's rows."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sprints.models import Project
from tests.browser.audit_world import sign_in
from tests.factories import Place, make_places
from tests.sprints.factories import make_host, make_project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def place(live_server) -> Place:
    return make_places("Northbeam")[0]


@pytest.fixture
def desk(context: BrowserContext, live_server, place: Place) -> Page:
    sign_in(context, place.consultant, live_server.url)
    return context.new_page()


@pytest.fixture
def plain(chromium: Browser, live_server, place: Place) -> Iterator[Page]:
    """The same consultant in a browser without script."""
    with chromium.new_context(java_script_enabled=False) as context:
        sign_in(context, place.consultant, live_server.url)
        yield context.new_page()


def begin(page: Page, domain: str, client: str = "Brightchat Inc") -> None:
    page.fill("#id_domain", domain)
    page.fill("#id_client_name", client)
    page.click("#start button[type=submit]")


def test_two_fields_lead_to_the_first_audit(desk: Page, live_server, place: Place):
    desk.goto(f"{live_server.url}/p/{place.practice.slug}/")
    begin(desk, "shop")
    expect(desk.locator("#start .field__error")).to_contain_text("has no dot")
    assert desk.input_value("#id_client_name") == "Brightchat Inc"
    begin(desk, "https://www.brightchat.app/pricing?a=b")
    desk.wait_for_url(f"**/p/{place.practice.slug}/audits/*/")
    assert desk.evaluate("violations") == []
    desk.goto(f"{live_server.url}/p/{place.practice.slug}/")
    expect(desk.locator("[data-row]")).to_have_count(1)
    expect(desk.locator("[data-row]")).to_contain_text("brightchat.app")


def test_a_double_click_makes_one(desk: Page, live_server, place: Place):
    desk.goto(f"{live_server.url}/p/{place.practice.slug}/")
    desk.fill("#id_domain", "brightchat.app")
    desk.fill("#id_client_name", "Brightchat Inc")
    desk.dblclick("#start button[type=submit]")
    desk.wait_for_url(f"**/p/{place.practice.slug}/audits/*/")
    with place.as_staff():
        assert Project.objects.count() == 1


def test_the_quick_start_works_without_script(plain: Page, live_server, place: Place):
    plain.goto(f"{live_server.url}/p/{place.practice.slug}/")
    begin(plain, "co.uk")
    expect(plain.locator("#start .field__error")).to_contain_text("an ending under which")
    assert plain.input_value("#id_domain") == "co.uk"
    begin(plain, "brightchat.app")
    plain.wait_for_url(f"**/p/{place.practice.slug}/audits/*/")


def test_a_known_domain_leads_to_its_project(desk: Page, live_server, place: Place):
    with place.as_staff():
        project = make_project(place, domain="brightchat.app", name="Chat")
    desk.goto(f"{live_server.url}/p/{place.practice.slug}/start/")
    begin(desk, "brightchat.app", "Somebody else")
    desk.get_by_role("link", name="Open Chat").click()
    desk.wait_for_url(f"**/projects/{project.pk}/")


def project_form(page: Page, live_server, place: Place) -> None:
    path = reverse("sprints:project-create", args=[place.practice.slug, place.client.pk])
    page.goto(live_server.url + path)


# Before the database: Django lifts its bars on the connections of whoever asks, and beside the
# browser's loop those are others than the ones it had put them on.
@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize("browser_of", ["desk", "plain"])
def test_rows_come_and_go_and_nothing_typed_is_lost(
    request: pytest.FixtureRequest, browser_of, live_server, place: Place
):
    page: Page = request.getfixturevalue(browser_of)
    project_form(page, live_server, place)
    page.fill("#id_name", "Chat")
    page.fill("#id_hosts-0-name", "app.brightchat.app")
    page.get_by_role("button", name="Add a host").click()
    expect(page.locator("#id_hosts-1-name")).to_be_visible()
    assert page.input_value("#id_hosts-0-name") == "app.brightchat.app"
    page.fill("#id_hosts-1-name", "api.brightchat.app")
    page.get_by_role("button", name="Remove host 1").click()
    expect(page.locator("#hosts .entry")).to_have_count(1)
    assert page.input_value("#id_hosts-0-name") == "api.brightchat.app"
    assert page.input_value("#id_name") == "Chat"
    page.fill("#id_domain", "brightchat.app")
    page.locator("#id_name").press("Enter")
    page.wait_for_url("**/projects/*/")
    expect(page.get_by_text("api.brightchat.app")).to_be_visible()


def test_a_typed_domain_is_looked_at(desk: Page, live_server, place: Place):
    project_form(desk, live_server, place)
    desk.locator("#id_domain").press_sequentially("brightchat.app")
    expect(desk.locator("#guess")).to_contain_text("Looking at what brightchat.app says")
    assert desk.evaluate("violations") == []


def test_a_conflict_keeps_what_was_typed(desk: Page, live_server, place: Place):
    with place.as_staff():
        project = make_project(place, domain="brightchat.app", name="Chat")
        make_host(place, project=project, name="app.brightchat.app")
    desk.goto(
        live_server.url + reverse("sprints:project-edit", args=[place.practice.slug, project.pk])
    )
    with place.as_staff():
        Project.objects.filter(pk=project.pk).update(name="Theirs", row_version=2)
    desk.fill("#id_name", "Mine")
    desk.get_by_role("button", name="Keep the facts").click()
    expect(desk.locator(".conflict")).to_be_focused()
    expect(desk.locator(".conflict")).to_contain_text("Theirs")
    assert desk.input_value("#id_name") == "Mine"
    desk.get_by_role("button", name="Keep mine instead").click()
    expect(desk.locator("h1")).to_have_text("Mine")
