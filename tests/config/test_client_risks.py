"""A founder's risks: the list, one risk, "I fixed it", a risk that the founder raises, consent."""

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from audits.models import AuditRun
from audits.tasks import take_next_run
from config import client_check
from sprints.models import ActivityEvent, Consent, Risk
from tests.audits.factories import make_finding, make_run
from tests.factories import World
from tests.sprints.factories import (
    make_acceptance,
    make_event,
    make_risk,
    make_sighting,
    make_sprint,
)

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
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def sprint(place):
    return make_sprint(place)


@pytest.fixture
def founder(place):
    return signed_in(place.founder)


def signed_in(user):
    browser = Browser()
    browser.force_login(user)
    return browser


def mine(place, sprint, **fields):
    given = {"owner": place.founder, "check_id": CHECK, "fingerprint": PRINT} | fields
    return make_risk(place, sprint=sprint, **given)


def url(name, risk):
    return reverse(name, kwargs={"sprint_id": risk.sprint_id, "number": risk.number})


def stored(risk):
    return Risk.objects.get(pk=risk.pk)


def finished(place, risk, verdict="pass", **fields):
    """The look at the risk's check, over by now."""
    run = AuditRun.objects.filter(sprint=risk.sprint_id, scope=CHECK).order_by("-number").first()
    if run is None:
        run = make_run(place, sprint=risk.sprint, scope=CHECK, check_ids=[CHECK])
    given = {"state": "done", "finished_at": timezone.now(), "started_at": timezone.now()}
    AuditRun.objects.filter(pk=run.pk).update(**(given | fields))
    make_finding(place, run=run, check_id=CHECK, verdict=verdict, fingerprint=PRINT)
    return run


def test_the_list_stands_by_band_and_narrows_to_yours(place, sprint, founder):
    make_risk(place, sprint=sprint, title="Big", consequence=5, likelihood=5)
    make_risk(place, sprint=sprint, title="Small", consequence=1, likelihood=1)
    mine(place, sprint, title="Given to you")
    make_risk(place, sprint=sprint, title="Hidden", is_internal=True)
    make_risk(place, sprint=sprint, title="Draft", plain_summary="")
    make_risk(place, sprint=sprint, title="Mended", state="verified")
    address = reverse("client-risk-list", args=[sprint.pk])
    text = founder.get(address).content.decode()
    places = [text.index(word) for word in ("Stops the launch", "Big", "Given to you", "Small")]
    assert places == sorted(places)
    assert "Fixed and checked" in text
    assert "Hidden" not in text
    assert "Draft" not in text
    yours = founder.get(address + "?owner=yours").content.decode()
    assert "Given to you" in yours
    assert "Small" not in yours


def test_an_empty_list_says_what_will_stand_there_and_who_acts(sprint, founder):
    address = reverse("client-risk-list", args=[sprint.pk])
    assert "What we find stands here" in founder.get(address).content.decode()
    assert "gives it to you" in founder.get(address + "?owner=yours").content.decode()


def test_one_risk_reads_in_plain_words_and_hands_the_prompt_over(place, sprint, founder):
    risk = mine(
        place,
        sprint,
        observed="Two records start with v=spf1.",
        remedy="Merge them.",
        evidence=[["raw", "EVIDENCE DUMP"]],
    )
    text = founder.get(url("client-risk", risk)).content.decode()
    for words in (
        "Two records start with",
        "Merge them.",
        "Copy the fix prompt",
        "data-share-from",
    ):
        assert words in text
    assert CHECK not in text
    assert "I fixed it, check now" in text
    assert text.count("EVIDENCE DUMP") == 1  # inside the prompt, fenced as data


def test_what_waits_for_a_word_about_it_stands_on_its_page(place, sprint, founder):
    risk = mine(place, sprint, outside_offer="Two days more.", outside_offered_at=timezone.now())
    make_acceptance(place, risk=risk)
    text = founder.get(url("client-risk", risk)).content.decode()
    assert "proposes to live with it until" in text
    assert "Yes, leave it outside" in text
    founder.post(url("client-outside", risk), {"offered": risk.outside_offered_at.isoformat()})
    text = founder.get(url("client-risk", risk)).content.decode()
    assert "Agreed to lie outside this sprint." in text
    assert "Yes, leave it outside" not in text


def test_opening_it_is_written_down_once(place, sprint, founder):
    risk = mine(place, sprint)
    assert "/opened/" in founder.get(url("client-risk", risk)).content.decode()
    founder.post(url("client-risk-opened", risk))
    first = stored(risk).client_opened_at
    founder.post(url("client-risk-opened", risk))
    assert first is not None
    assert stored(risk).client_opened_at == first
    assert "/opened/" not in founder.get(url("client-risk", risk)).content.decode()


def test_who_says_it_is_fixed_has_read_it(place, sprint, founder):
    risk = mine(place, sprint)
    founder.post(url("client-risk-fixed", risk))
    assert stored(risk).client_opened_at is not None


@pytest.mark.parametrize("fields", [{"is_internal": True}, {"plain_summary": ""}])
def test_what_is_internal_is_not_there(place, sprint, founder, fields):
    risk = mine(place, sprint, **fields)
    assert founder.get(url("client-risk", risk)).status_code == 404
    assert founder.post(url("client-risk-fixed", risk)).status_code == 404


def test_fixed_moves_the_risk_and_looks_at_once(place, sprint, founder, bells):
    risk = mine(place, sprint)
    answer = founder.post(url("client-risk-fixed", risk))
    assert answer["Location"].endswith("#act")
    run = AuditRun.objects.get()
    assert (run.scope, run.requested_by) == (CHECK, place.founder)
    assert stored(risk).state == "fixed"
    assert ActivityEvent.objects.filter(verb="risk_fixed", actor=place.founder).exists()
    text = founder.get(url("client-risk", risk)).content.decode()
    assert 'http-equiv="refresh"' in text
    assert "usually within ten seconds" in text


def test_in_place_the_fragment_asks_for_itself_until_the_answer(place, sprint, founder):
    risk = mine(place, sprint)
    text = founder.post(url("client-risk-fixed", risk), headers=HTMX).content.decode()
    assert 'hx-trigger="every 1s"' in text
    assert "<html" not in text
    finished(place, risk)
    make_sighting(place, risk=risk, audit_number=1, word="gone")
    Risk.objects.filter(pk=risk.pk).update(state="verified")
    text = founder.get(url("client-risk-check", risk), headers=HTMX).content.decode()
    assert "Gone." in text
    assert "hx-trigger" not in text


def test_pressing_twice_begins_one_look(place, sprint, founder):
    risk = mine(place, sprint)
    for _ in range(2):
        founder.post(url("client-risk-fixed", risk))
    assert AuditRun.objects.count() == 1
    assert ActivityEvent.objects.filter(verb="risk_fixed").count() == 1


def test_still_visible_is_said_with_what_was_seen(place, sprint, founder):
    risk = mine(place, sprint, observed="Two records.")
    finished(place, risk, verdict="fail")
    text = founder.get(url("client-risk", risk)).content.decode()
    assert "Still visible at" in text
    assert "Here is what we saw: Two records." in text


def test_after_a_comeback_it_says_so(place, sprint, founder):
    risk = mine(place, sprint, came_back_count=1)
    finished(place, risk, verdict="fail", changes={"came_back": [risk.ref]})
    text = founder.get(url("client-risk", risk)).content.decode()
    assert "It came back." in text
    assert "It was gone and came back." in text


@pytest.mark.parametrize(
    ("verdict", "words"), [("blocked", "firewall stopped us"), ("unknown", "No answer came")]
)
def test_where_the_check_could_not_look_it_is_said_calmly(place, sprint, founder, verdict, words):
    risk = mine(place, sprint, state="fixed")
    run = finished(place, risk, verdict=verdict)
    make_sighting(place, risk=risk, audit_number=run.number, word="unknown")
    text = founder.get(url("client-risk", risk)).content.decode()
    assert "We couldn’t look." in text
    assert words in text
    assert 'data-tone="calm"' in text


def test_what_no_check_sees_says_who_looks_next(place, sprint, founder):
    risk = mine(place, sprint, check_id="", fingerprint=None)
    founder.post(url("client-risk-fixed", risk))
    assert not AuditRun.objects.exists()
    text = founder.get(url("client-risk", risk)).content.decode()
    assert "looks at it next: no check can see this one" in text
    assert "check now" not in text


def test_somebody_elses_risk_and_a_settled_one_are_not_fixed_by_the_founder(place, sprint, founder):
    theirs = make_risk(place, sprint=sprint, owner=place.consultant)
    assert founder.post(url("client-risk-fixed", theirs)).status_code == 403
    nobodys = make_risk(place, sprint=sprint)
    assert founder.post(url("client-risk-fixed", nobodys)).status_code == 403
    done = mine(place, sprint, state="verified")
    founder.post(url("client-risk-fixed", done))
    assert [stored(one).state for one in (theirs, nobodys, done)] == ["open", "open", "verified"]


def test_a_viewer_reads_it_and_cannot_press(place, sprint):
    risk = mine(place, sprint)
    viewer = signed_in(place.viewer)
    assert "I fixed it" not in viewer.get(url("client-risk", risk)).content.decode()
    assert viewer.post(url("client-risk-fixed", risk)).status_code == 403
    assert viewer.get(reverse("client-risk-create", args=[sprint.pk])).status_code == 403


def test_another_client_does_not_find_it(world, place, sprint):
    risk = mine(place, sprint)
    others = [one for one in world.places if one is not place]
    for other in others:
        assert signed_in(other.founder).get(url("client-risk", risk)).status_code == 404


def test_too_many_looks_wait_and_the_word_is_kept(place, sprint, founder, monkeypatch):
    monkeypatch.setattr(client_check, "CHECKS_OF_FOUNDER_PER_HOUR", 0)
    risk = mine(place, sprint)
    text = founder.post(url("client-risk-fixed", risk), headers=HTMX).content.decode()
    assert "It is written down as fixed." in text
    assert stored(risk).state == "fixed"
    assert not AuditRun.objects.exists()


def test_history_is_in_words_and_without_what_is_internal(place, sprint, founder):
    risk = mine(place, sprint)
    make_sighting(place, risk=risk, audit_number=1, word="opened")
    make_sighting(place, risk=risk, audit_number=2, word="unknown")
    make_event(place, sprint=sprint, is_internal=True)
    text = founder.get(url("client-risk", risk)).content.decode()
    assert "found it." in text
    assert "we couldn’t look." in text
    assert "Audit 1" not in text


def test_a_raised_risk_stands_on_the_list_for_both_and_is_its_authors(place, sprint, founder):
    address = reverse("client-risk-create", args=[sprint.pk])
    form = {"title": "Wrong  name", "plain_summary": "Invoices name another company."}
    answer = founder.post(address, form)
    risk = Risk.objects.get()
    assert answer["Location"].endswith(f"/risks/{risk.number}/")
    assert (risk.title, risk.source, risk.strength) == ("Wrong name", "founder", "reported")
    assert (risk.raised_by, risk.is_internal, str(risk.band)) == (place.founder, False, "high")
    event = ActivityEvent.objects.get(verb="risk_created")
    assert event.visibility == "client"
    assert "You told us" in founder.get(url("client-risk", risk)).content.decode()


def test_a_risk_without_what_happens_is_refused_in_words(sprint, founder):
    address = reverse("client-risk-create", args=[sprint.pk])
    answer = founder.post(address, {"title": "Wrong", "plain_summary": ""})
    assert answer.status_code == 422
    assert not Risk.objects.exists()


def test_the_founder_ticks_and_takes_back_the_deeper_looks(place, sprint, founder):
    address = reverse("client-consent", args=[sprint.pk])
    assert founder.post(address, {}).status_code == 422
    founder.post(address, {"is_allowed": "on"})
    founder.post(address, {"is_allowed": "on"})
    given = Consent.objects.get()
    assert (given.given_by, given.level) == (place.founder, 2)
    assert "One step is left." in founder.get(address).content.decode()
    founder.post(address, {"act": "withdraw"})
    assert Consent.objects.get().withdrawn_at is not None


def test_a_viewer_reads_about_consent_and_gives_none(place, sprint):
    address = reverse("client-consent", args=[sprint.pk])
    viewer = signed_in(place.viewer)
    assert "Allow deeper looks" not in viewer.get(address).content.decode()
    assert viewer.post(address, {"is_allowed": "on"}).status_code == 403
