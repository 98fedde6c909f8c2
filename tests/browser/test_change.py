"""The exact change in a real browser: copied, told as made, watched until it is live."""

from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from accounts.tenancy.scope import Actor, Scope, bound
from audits.begin import begin_run
from audits.tasks import look_at_watch
from audits.watch_models import Watch
from sprints.models import Risk
from tests.browser.audit_world import beside, no_bells, seeing, sign_in, work_off
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
DOMAIN = "merged.test"
CHECK = "email.spf_multiple"


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = running_lab(str(tmp_path_factory.getbasetemp()))
    running.add_product(DOMAIN, "spf_two")
    with seeing(running):
        yield running
    running.drop_product(DOMAIN)


@pytest.fixture
def risk(world: World, lab: Lab, no_bells, monkeypatch: pytest.MonkeyPatch) -> Risk:
    monkeypatch.setattr(look_at_watch, "apply_async", lambda *_, **__: None)
    with world.ada.as_staff():
        sprint = make_sprint(world.ada, project=make_project(world.ada, domain=DOMAIN))
        begin_run(sprint, by=world.ada.consultant, checks=[CHECK])
    work_off()
    with world.ada.as_staff():
        Risk.objects.filter(check_id=CHECK).update(owner=world.ada.founder)
        return Risk.objects.get(check_id=CHECK)


def look(world: World) -> None:
    """What the sweep and the worker do once a minute."""

    def run() -> None:
        with world.ada.as_staff():
            watch = Watch.objects.get()
            Watch.objects.filter(pk=watch.pk).update(next_look_at=timezone.now())
        with bound(Scope(world.ada.practice.pk, Actor.SYSTEM)):
            look_at_watch(watch.pk)

    beside(run)


def test_a_founder_changes_the_records_as_told_and_sees_it_land(
    chromium: Browser, live_server, world: World, lab: Lab, risk: Risk
):
    with chromium.new_context(viewport={"width": 390, "height": 900}) as context:
        context.add_init_script(KEEP_VIOLATIONS)
        sign_in(context, world.ada.founder, live_server.url)
        page = context.new_page()
        page.goto(f"{live_server.url}/c/s/{risk.sprint_id}/risks/{risk.number}/")
        copying = page.locator("[data-act=add] button:has-text('Copy value')")
        merged = copying.get_attribute("data-copy")
        assert merged == "v=spf1 include:_spf.mailhost.test include:_spf.sender.test ~all"

        landing = page.locator("#landing")
        page.click("button:has-text('I’ve changed it')")
        expect(landing).to_contain_text("Looking now")
        lab.zone(DOMAIN).replace(DOMAIN, "TXT", merged)
        look(world)
        expect(landing).to_contain_text("4 of 4 resolvers see it", timeout=10_000)
        work_off()
        look(world)
        expect(landing).to_contain_text("It is live, and the check passes", timeout=10_000)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("violations") == []
