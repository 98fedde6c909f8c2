"""Audits as a person meets them, in a real browser under the strict policy."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from audits.begin import begin_run
from audits.catalogue import CATALOGUE
from audits.models import AuditRun
from audits.proofs import tick
from audits.tasks import check_proof, make_guess
from sprints.models import DomainProof
from tests.audits.factories import make_finding, make_run
from tests.browser.audit_world import beside, no_bells, seeing, sign_in, work_off
from tests.browser.conftest import KEEP_VIOLATIONS
from tests.browser.payloads import PAYLOADS
from tests.factories import World
from tests.lab import Lab
from tests.lab.fixture import running_lab
from tests.sprints.factories import make_project, make_risk, make_sprint

pytestmark = [
    pytest.mark.browser,
    pytest.mark.lab,
    pytest.mark.django_db(transaction=True, databases=["default", "ops"]),
]

__all__ = ["no_bells"]
type Theme = Literal["light", "dark"]
DOMAIN = "watched.test"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = running_lab(str(tmp_path_factory.getbasetemp()))
    running.add_product(DOMAIN, "spf_two", "hsts_missing")
    with seeing(running):
        yield running
    running.drop_product(DOMAIN)


@pytest.fixture
def sprint(world: World):
    with world.ada.as_staff():
        return make_sprint(world.ada, project=make_project(world.ada, domain=DOMAIN))


@pytest.fixture
def visitor(chromium: Browser, live_server, world: World, lab: Lab) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        yield entered(context, live_server.url, world)


def entered(context: BrowserContext, address: str, world: World) -> Page:
    context.add_init_script(KEEP_VIOLATIONS)
    sign_in(context, world.ada.consultant, address)
    return context.new_page()


def of(world: World, address: str, path: str) -> str:
    return f"{address}/p/{world.ada.practice.slug}/{path}"


def runs(world: World) -> list[AuditRun]:
    with world.ada.as_staff():
        return list(AuditRun.objects.order_by("pk"))


def test_an_audit_is_started_watched_and_read(
    visitor: Page, live_server, world: World, sprint, no_bells
):
    page = visitor
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "/progress/" in sent.url else None)
    page.goto(of(world, live_server.url, f"sprints/{sprint.pk}/audits/"))
    page.click("text=Run the first audit")
    expect(page.locator(".progress")).to_contain_text("Waiting for a free worker")
    assert no_bells[0][0] == "take_next_run"
    work_off()
    expect(page.locator(".verdict-card")).to_be_visible(timeout=10_000)
    polls = len(asked)
    assert polls > 0
    page.wait_for_timeout(2500)
    assert len(asked) == polls
    expect(page.locator(".result").first).to_be_visible()
    assert page.evaluate("violations") == []
    page.click(".chip:has-text('Passes')")
    expect(page.locator(".chip[aria-current]")).to_contain_text("Passes")
    assert "show=passes" in page.url


def test_a_running_page_changes_in_place(visitor: Page, live_server, world: World, sprint):
    page = visitor
    with world.ada.as_staff():
        run = make_run(
            world.ada, sprint=sprint, state="running", started_at=timezone.now(), attempts=1
        )
    page.goto(of(world, live_server.url, f"audits/{run.pk}/"))
    page.evaluate("document.querySelector('.progress').mark = 'kept'")
    with world.ada.as_staff():
        dns = {"family": "dns", "title": "Domain and name servers", "state": "done", "seen": 7}
        AuditRun.objects.filter(pk=run.pk).update(progress=[dns])
    expect(page.locator(".progress li", has_text="Domain and name servers")).to_contain_text(
        "7 looks", timeout=5000
    )
    assert page.evaluate("document.querySelector('.progress').mark") == "kept"
    assert page.evaluate("violations") == []


def test_one_check_is_run_again_in_its_place(
    visitor: Page, live_server, world: World, sprint, no_bells, lab: Lab
):
    with world.ada.as_staff():
        run, _ = begin_run(sprint, by=world.ada.consultant)
    work_off()
    page = visitor
    page.goto(of(world, live_server.url, f"audits/{run.pk}/"))
    row = page.locator(".result", has_text="Two SPF records").first
    lab.fix(DOMAIN, "spf_two")
    row.locator("button:has-text('Run again')").click()
    expect(row.locator(".again")).to_contain_text("Waiting for a free worker")
    assert runs(world)[-1].check_ids == ["email.spf_multiple"]
    work_off()
    expect(row.locator(".again")).to_contain_text("It passes.", timeout=5000)
    assert row.locator("[hx-trigger]").count() == 0
    assert page.url.endswith(f"/audits/{run.pk}/")
    assert page.evaluate("violations") == []


def test_the_proof_is_looked_for_in_place_and_what_waited_begins(
    visitor: Page, live_server, world: World, sprint, no_bells, lab: Lab
):
    with world.ada.as_staff():
        make_run(world.ada, sprint=sprint, state="done")
        tick(sprint.project, by=world.ada.consultant, address=None)
        proof = DomainProof.objects.get(method="dns_txt")
    page = visitor
    page.goto(of(world, live_server.url, f"projects/{sprint.project_id}/consent/"))
    card = page.locator(f"#proof-{proof.pk}")
    card.locator("button:has-text('I added it')").click()
    expect(card).to_contain_text("Looking now")
    beside(in_practice, world, check_proof, proof.pk)
    expect(card).to_contain_text("There is no TXT record", timeout=5000)
    lab.zone(DOMAIN).add(proof.record_name, "TXT", f'"{proof.record_value}"')
    page.wait_for_timeout(50)
    card.locator("button:has-text('I added it')").click()
    expect(card).to_contain_text("Looking now")
    beside(in_practice, world, check_proof, proof.pk)
    expect(page.locator(".notice[data-tone=good]")).to_contain_text(
        "Deeper looks are on.", timeout=5000
    )
    assert runs(world)[-1].scope == "consent-2"
    assert page.evaluate("violations") == []


def test_typing_a_domain_fills_in_what_its_records_say(
    visitor: Page, live_server, world: World, no_bells, lab: Lab
):
    page = visitor
    page.goto(of(world, live_server.url, f"clients/{world.ada.client.pk}/projects/new/"))
    page.locator("#id_domain").press_sequentially("brightchat.test", delay=20)
    expect(page.locator("#guess")).to_contain_text("Looking at what brightchat.test says")
    bells = [args for name, args in no_bells if name == "make_guess"]
    assert len(bells) == 1
    beside(in_practice, world, make_guess, *bells[0])
    host = page.locator("input[name=guessed_host][value='api.brightchat.test']")
    expect(host).to_be_checked(timeout=5000)
    page.wait_for_timeout(700)
    assert page.locator("#guess[hx-trigger]").count() == 0
    assert page.evaluate("violations") == []


def in_practice(world: World, task, *args) -> None:
    from accounts.tenancy.scope import Actor, Scope, bound

    with bound(Scope(world.ada.practice.pk, Actor.SYSTEM)):
        task(*args)


def hostile_run(world: World, sprint) -> AuditRun:
    """Sixty findings whose every text is hostile, each with its risk."""
    with world.ada.as_staff():
        run = make_run(
            world.ada,
            sprint=sprint,
            state="done",
            finished_at=timezone.now(),
            domain=DOMAIN,
            vendors=[["dns", text, text] for text in PAYLOADS],
            consent_note=PAYLOADS[0],
            engine_version="1",
        )
        for number, text in enumerate(PAYLOADS):
            make_finding(
                world.ada,
                run=run,
                check_id=CATALOGUE[number].id,
                subject=text[:300],
                message=text,
                remedy=text,
                cause="x",
                evidence=[[text, text]],
                fingerprint=f"{number:064}",
            )
            make_risk(
                world.ada,
                sprint=sprint,
                fingerprint=f"{number:064}",
                check_id=CATALOGUE[number].id,
                subject=text[:300],
                observed=text,
                remedy=text,
                evidence=[[text, text]],
            )
        return run


def test_sixty_hostile_texts_stay_texts_on_every_page(
    visitor: Page, live_server, world: World, sprint, no_bells
):
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 60
    run = hostile_run(world, sprint)
    page, met = visitor, []
    page.on("dialog", lambda dialog: met.append(dialog.message))
    page.on("request", lambda sent: met.append(sent.url) if "evil.example" in sent.url else None)
    for path in (
        f"audits/{run.pk}/?show=all",
        f"audits/{run.pk}/progress/",
        f"sprints/{sprint.pk}/audits/",
        f"sprints/{sprint.pk}/risks/1/",
    ):
        page.goto(of(world, live_server.url, path))
        page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        assert page.evaluate("window.executed") is None, path
        assert page.evaluate("window.violations ?? []") == [], path
        assert page.url.startswith(live_server.url)
    assert met == []
    page.goto(of(world, live_server.url, f"audits/{run.pk}/?show=all"))
    shown = page.locator(".result__message").all_text_contents()
    for text in PAYLOADS:
        assert any(text.strip() in one for one in shown), text


def test_hostile_records_and_headers_of_a_site_stay_texts(
    visitor: Page, live_server, world: World, sprint, no_bells, lab: Lab
):
    for text in PAYLOADS:
        escaped = text.encode("ascii", "replace").decode().replace("\\", "\\\\").replace('"', '\\"')
        lab.zone(DOMAIN).add(DOMAIN, "TXT", f'"v=spf1 {escaped} -all"')
    with world.ada.as_staff():
        run, _ = begin_run(sprint, by=world.ada.consultant)
    work_off()
    page = visitor
    page.goto(of(world, live_server.url, f"audits/{run.pk}/?show=all"))
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    assert "executed=1" in (page.locator("#results").text_content() or "")
    assert page.evaluate("window.executed") is None
    assert page.evaluate("violations") == []


@pytest.mark.parametrize(("width", "theme"), [(320, "light"), (1280, "dark")])
def test_every_state_is_readable_and_fits(
    chromium: Browser,
    live_server,
    world: World,
    sprint,
    no_bells,
    lab: Lab,
    width: int,
    theme: Theme,
):
    with world.ada.as_staff():
        empty = make_sprint(world.ada, project=make_project(world.ada))
        waiting = make_run(world.ada, sprint=sprint)
        failed = make_run(world.ada, sprint=sprint, state="failed", trouble="It stopped.")
        done = make_run(world.ada, sprint=sprint, state="done", finished_at=timezone.now())
        for number, verdict in enumerate(("fail", "warn", "pass", "unknown", "blocked", "na")):
            make_finding(
                world.ada,
                run=done,
                check_id=CATALOGUE[number].id,
                verdict=verdict,
                severity=min(number, 4),
                evidence=[["Seen", "x" * 120]],
            )
        tick(sprint.project, by=world.ada.consultant, address=None)
    size: ViewportSize = {"width": width, "height": 800}
    with chromium.new_context(viewport=size, color_scheme=theme) as context:
        page = entered(context, live_server.url, world)
        for path in (
            f"sprints/{empty.pk}/audits/",
            f"sprints/{sprint.pk}/audits/",
            f"audits/{waiting.pk}/",
            f"audits/{failed.pk}/",
            f"audits/{done.pk}/?show=all",
            f"projects/{sprint.project_id}/consent/",
            f"projects/{empty.project_id}/consent/",
        ):
            page.goto(of(world, live_server.url, path))
            assert page.evaluate(SIDEWAYS) <= 0, f"{path} scrolls sideways"
            found = Axe().run(page, options=RULES)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"


def test_an_audit_can_be_followed_without_script(
    chromium: Browser, live_server, world: World, sprint, no_bells, lab: Lab
):
    with chromium.new_context(java_script_enabled=False) as context:
        sign_in(context, world.ada.consultant, live_server.url)
        page = context.new_page()
        page.goto(of(world, live_server.url, f"sprints/{sprint.pk}/audits/"))
        page.click("text=Run the first audit")
        page.click("text=See how far it is now")
        work_off()
        page.reload()
        expect(page.locator(".verdict-card")).to_be_visible()
        page.locator(".result button").first.click()
        expect(page.locator("h1")).not_to_have_text("Audit 1")
