"""One check run again: begun in place, followed in place, told in words."""

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from audits.models import AuditRun
from audits.tasks import take_next_run
from sprints.models import RiskSighting
from tests.audits.factories import make_finding, make_run
from tests.factories import World
from tests.sprints.factories import make_risk, make_sighting, make_sprint

pytestmark = pytest.mark.django_db

CHECK = "email.spf_multiple"
PRINT = "a" * 64
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    rung: list[str] = []
    monkeypatch.setattr(take_next_run, "apply_async", lambda *_, **__: rung.append("run"))
    return rung


@pytest.fixture
def browser(world: World) -> Browser:
    browser = Browser()
    browser.force_login(world.ada.consultant)
    return browser


@pytest.fixture
def sprint(world: World):
    with world.ada.as_staff():
        return make_sprint(world.ada)


def post(world, browser, sprint, *, headers=None, **form):
    words = {"practice_slug": world.ada.practice.slug, "sprint_id": sprint.pk}
    url = reverse("audits:check-create", kwargs=words)
    return browser.post(url, form, headers=headers or {})


def test_the_fragment_follows_the_run_of_this_one_check(world, browser, sprint):
    with world.ada.as_staff():
        risk = make_risk(world.ada, sprint=sprint)
    answer = post(world, browser, sprint, check=CHECK, risk=risk.number, headers=HTMX)
    with world.ada.as_staff():
        run = AuditRun.objects.get()
    assert (run.scope, run.check_ids) == (CHECK, [CHECK])
    page = answer.content.decode()
    assert f"/audits/{run.pk}/check/?risk={risk.number}" in page
    assert 'hx-trigger="every 1s"' in page
    assert "Waiting for a free worker" in page


def test_without_script_it_leads_to_the_runs_page(world, browser, sprint):
    answer = post(world, browser, sprint, check=CHECK)
    with world.ada.as_staff():
        run = AuditRun.objects.get()
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"/audits/{run.pk}/")


@pytest.mark.parametrize("check", ["", "no.such_check", "dns", "dns.*"])
def test_what_is_no_check_is_not_found(world, browser, sprint, check):
    assert post(world, browser, sprint, check=check).status_code == 404


def test_a_number_that_names_no_risk_is_left_out(world, browser, sprint):
    page = post(world, browser, sprint, check=CHECK, risk="999999", headers=HTMX)
    assert "?risk" not in page.content.decode()


def test_too_many_runs_are_refused_in_place(world, browser, sprint, monkeypatch):
    from audits import limits

    monkeypatch.setattr(limits, "RUNS_OF_SPRINT_PER_HOUR", 1)
    post(world, browser, sprint, check=CHECK)
    page = post(world, browser, sprint, check="dns.caa", headers=HTMX).content.decode()
    assert "were started within an hour" in page
    with world.ada.as_staff():
        assert AuditRun.objects.count() == 1


def told(world, browser, sprint, *findings, word="", state="done", trouble=""):
    """The fragment of a finished re-run about a risk."""
    with world.ada.as_staff():
        risk = make_risk(world.ada, sprint=sprint, fingerprint=PRINT, subject="house.test")
        run = make_run(
            world.ada,
            sprint=sprint,
            scope=CHECK,
            check_ids=[CHECK],
            state=state,
            trouble=trouble,
            finished_at=timezone.now(),
        )
        for finding in findings:
            make_finding(world.ada, run=run, check_id=CHECK, subject="house.test", **finding)
        if word:
            make_sighting(world.ada, risk=risk, audit_number=run.number, word=word)
    words = {"practice_slug": world.ada.practice.slug, "run_id": run.pk}
    url = reverse("audits:check-progress", kwargs=words)
    page = browser.get(f"{url}?risk={risk.number}", headers=HTMX).content.decode()
    assert "hx-trigger" not in page
    return page


def test_still_there_is_told_with_what_was_seen_now(world, browser, sprint):
    finding = {"verdict": "fail", "fingerprint": PRINT, "message": "2 SPF records."}
    page = told(world, browser, sprint, finding, word=RiskSighting.Word.SEEN)
    assert "Still there." in page
    assert "2 SPF records." in page


def test_gone_is_told_with_what_was_seen_now(world, browser, sprint):
    finding = {"verdict": "pass", "message": "1 SPF record."}
    page = told(world, browser, sprint, finding, word=RiskSighting.Word.GONE)
    assert "Gone." in page
    assert "1 SPF record." in page


def test_another_trouble_of_the_same_check_is_not_this_one(world, browser, sprint):
    finding = {"verdict": "fail", "fingerprint": "b" * 64, "message": "3 records elsewhere."}
    assert "Gone." in told(world, browser, sprint, finding, word=RiskSighting.Word.GONE)


def test_silence_is_told_as_silence(world, browser, sprint):
    finding = {"verdict": "unknown", "message": "No answer came in time."}
    page = told(world, browser, sprint, finding, word=RiskSighting.Word.UNKNOWN)
    assert "We couldn’t look." in page
    assert "No answer came in time." in page


def test_a_check_that_waits_for_consent_says_so(world, browser, sprint):
    page = told(world, browser, sprint, {"verdict": "na", "cause": "consent"})
    assert "waits for consent" in page


def test_a_run_that_stopped_says_why(world, browser, sprint):
    page = told(world, browser, sprint, state="failed", trouble="It stopped 3 times.")
    assert "The look stopped." in page
    assert "It stopped 3 times." in page


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("fail", "Still there."), ("pass", "It passes."), ("blocked", "We couldn’t look.")],
)
def test_without_a_risk_the_worst_verdict_speaks(world, browser, sprint, verdict, words):
    with world.ada.as_staff():
        run = make_run(
            world.ada, sprint=sprint, scope=CHECK, state="done", finished_at=timezone.now()
        )
        make_finding(world.ada, run=run, check_id=CHECK, verdict="pass")
        make_finding(world.ada, run=run, check_id=CHECK, verdict=verdict)
    url = reverse(
        "audits:check-progress",
        kwargs={"practice_slug": world.ada.practice.slug, "run_id": run.pk},
    )
    assert words in browser.get(url).content.decode()
