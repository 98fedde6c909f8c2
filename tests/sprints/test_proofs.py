"""What shows a risk: handed in by staff or founder, looked at, opened, and never shown too far."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Notice
from sprints.evidencing import Given, hand_in
from sprints.models import ActivityEvent, Evidence, Risk, Stage
from sprints.sharing import events_for_client
from sprints.snapshot import snapshot_of
from tests.factories import World
from tests.sprints.factories import make_risk, make_sprint

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
KEY = "sk_live_" + "a1B2c3D4e5F6g7H8"
HIDDEN = [{"is_internal": True}, {"plain_summary": ""}]


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def risk(place) -> Risk:
    return make_risk(place, sprint=make_sprint(place), title="Reset mails lead nowhere")


@pytest.fixture
def ask(place, risk, client):
    """Asks an address of the risk's sprint as one of the place's people."""

    def asking(who, name, sent=None, **words):
        client.force_login(getattr(place, who))
        kwargs = {"sprint_id": risk.sprint_id} | words
        if name.startswith("sprints:"):
            kwargs["practice_slug"] = place.practice.slug
        url = reverse(name, kwargs=kwargs)
        return client.get(url) if sent is None else client.post(url, sent)

    return asking


def stage_of(risk: Risk) -> Stage:
    return Stage.objects.select_related("sprint").get(sprint=risk.sprint, ordinal=risk.stage)


def kept(place, risk, text="Seen at the provider", *, by=None, audience="client", **fields):
    given = Given(text=text, audience=audience)
    by = by or place.consultant
    return hand_in(stage_of(risk), None, given, by=by, risk=risk, **fields)


def test_staff_hand_in_a_picture_that_everybody_on_the_sprint_can_open(ask, risk):
    sent = {"upload": SimpleUploadedFile("spam.png", PNG), "audience": "client"}
    answer = ask("consultant", "sprints:risk-evidence-create", sent, number=risk.number)
    assert answer.url.endswith(f"/risks/{risk.number}/#proofs")
    made = Evidence.objects.get()
    assert (made.risk, made.item, made.state, made.kind) == (risk, None, "accepted", "screenshot")
    file = {"evidence_id": made.pk, "number": 1}
    for who, page, name in (
        ("consultant", "sprints:risk-detail", "sprints:evidence-file"),
        ("founder", "client-risk", "client-evidence-file"),
        ("viewer", "client-risk", "client-evidence-file"),
    ):
        assert "spam" in ask(who, page, number=risk.number).text
        opened = ask(who, name, **file)
        assert opened.content == PNG
        assert opened["Content-Disposition"].startswith("attachment")


def test_a_founders_waits_for_a_look_and_staff_accept_it_or_send_it_back(place, ask, risk):
    name, words = "client-risk-evidence-create", {"number": risk.number}
    assert ask("founder", name, {"text": "https://shop.test/video"}, **words).status_code == 302
    made = Evidence.objects.get()
    assert (made.state, made.audience, made.created_by) == ("submitted", "client", place.founder)
    assert "It shows it" in ask("consultant", "sprints:risk-detail", **words).text
    judge = {"evidence_id": made.pk}
    sent = {"to": "back", "reason": "unreadable"}
    answer = ask("consultant", "sprints:evidence-judge", sent, **judge)
    assert answer.url.endswith("#proofs")
    page = ask("founder", "client-risk", **words).text
    assert "We can’t read it" in page
    assert "Hand it in again" in page
    assert "shop.test/video" not in ask("viewer", "client-risk", **words).text
    again = ask("founder", "client-evidence-again", {"text": "A clearer one"}, **judge)
    assert again.url.endswith(f"/risks/{risk.number}/#evidence")
    assert ask("consultant", "sprints:evidence-judge", {}, **judge).status_code == 302
    made.refresh_from_db()
    assert made.state == "accepted"
    twice = ask("consultant", "sprints:evidence-judge", {}, **judge)
    assert twice.status_code == 422
    assert "is accepted already" in twice.text
    assert risk.title in twice.text


def test_a_viewer_hands_nothing_in(ask, risk):
    name, words = "client-risk-evidence-create", {"number": risk.number}
    assert ask("viewer", name, **words).status_code == 403
    assert ask("viewer", name, {"text": "A note"}, **words).status_code == 403
    assert "Show something" not in ask("viewer", "client-risk", **words).text
    assert "Show something" in ask("founder", "client-risk", **words).text
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("who", "name"),
    [("consultant", "sprints:risk-evidence-create"), ("founder", "client-risk-evidence-create")],
)
@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"text": f"key = {KEY}"}, "so nothing was kept"),
        ({"upload": ("page.png", b"<html><script>")}, "run code"),
        ({"upload": ("log.txt", KEY.encode())}, "so nothing was kept"),
        ({}, "Nothing is here yet"),
    ],
)
def test_the_rules_are_those_of_a_stages_evidence(ask, risk, who, name, sent, why):
    if "upload" in sent:
        sent = {"upload": SimpleUploadedFile(*sent["upload"])}
    typed = {"audience": "client", "title": "My own title"} | sent
    answer = ask(who, name, typed, number=risk.number)
    assert answer.status_code == 422
    assert why in answer.text
    assert KEY not in answer.text.replace(f"key = {KEY}", "")
    assert "My own title" in answer.text
    assert not Evidence.objects.exists()


def test_what_is_for_staff_alone_never_reaches_the_client(place, ask, risk):
    secret = kept(place, risk, "internalbird", audience="internal")
    words = {"number": risk.number}
    assert "internalbird" in ask("consultant", "sprints:risk-detail", **words).text
    for who in ("founder", "viewer"):
        assert "internalbird" not in ask(who, "client-risk", **words).text
        file = {"evidence_id": secret.pk, "number": 1}
        assert ask(who, "client-evidence-file", **file).status_code == 404
    assert not events_for_client(risk.sprint).filter(verb="evidence_added").exists()


@pytest.mark.parametrize("hidden", HIDDEN)
def test_nothing_about_a_hidden_risk_is_shown_however_it_was_handed_in(place, ask, risk, hidden):
    """Also where the risk was hidden only afterwards."""
    before = kept(place, risk, "internalbird before")
    for name, value in hidden.items():
        setattr(risk, name, value)
    risk.save()
    kept(place, risk, "internalbird after")
    assert not Evidence.objects.for_client().exists()
    words = {"sprint_id": risk.sprint_id}
    pages = [
        ask("founder", "client-stage", ordinal=risk.stage),
        ask("founder", "client-history"),
        ask("founder", "client-sprint"),
    ]
    assert all("internalbird" not in page.text for page in pages), words
    for name, more in (
        ("client-risk-evidence-create", {"number": risk.number}),
        ("client-evidence-again", {"evidence_id": before.pk}),
        ("client-evidence-file", {"evidence_id": before.pk, "number": 1}),
    ):
        assert ask("founder", name, **more).status_code == 404
    assert not events_for_client(risk.sprint).filter(verb="evidence_added").exists()
    answer = ask("founder", "client-export")
    assert b"internalbird" not in answer.getvalue()


def test_the_form_says_that_the_client_does_not_see_the_risk(place, ask, risk):
    name, words = "sprints:risk-evidence-create", {"number": risk.number}
    assert "doesn’t see" not in ask("consultant", name, **words).text
    Risk.objects.filter(pk=risk.pk).update(is_internal=True)
    page = ask("consultant", name, **words)
    assert f"The client doesn’t see {risk.ref}" in page.text
    assert page.context["form"]["audience"].value() == "internal"


def test_it_shows_no_stage_and_begins_none(place, ask, risk):
    before = snapshot_of(stage_of(risk)).sha256
    kept(place, risk)
    stage = stage_of(risk)
    assert stage.state == "not_started"
    assert snapshot_of(stage).sha256 == before
    assert "Seen at the provider" not in ask("consultant", "sprints:stage", ordinal=6).text
    assert "Seen at the provider" not in ask("founder", "client-stage", ordinal=6).text


def test_it_waits_in_the_day_of_the_staff_and_leads_to_the_risk(place, ask, risk):
    kept(place, risk, "My screenshot", by=place.founder, is_client=True)
    page = ask("consultant", "sprints:risk-list").client.get(f"/p/{place.practice.slug}/").text
    assert f"handed it in for {risk.ref}." in page
    assert f"/risks/{risk.number}/" in page


def test_the_lead_is_told_of_a_founders_and_led_to_the_risk(place, risk):
    kept(place, risk, "My screenshot", by=place.founder, is_client=True)
    told = Notice.objects.get(person=place.consultant)
    assert told.url.endswith(f"/risks/{risk.number}/")
    assert "handed in “My screenshot”" in told.text
    assert ActivityEvent.objects.filter(verb="evidence_added").get().data["risk"] == risk.ref


@pytest.mark.parametrize(
    ("who", "name"), [("consultant", "sprints:risk-drawer"), ("founder", "client-risk")]
)
def test_a_page_of_a_risk_costs_the_same_with_two_and_with_ten(place, ask, risk, who, name):
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            ask(who, name, number=risk.number)
        return len(asked)

    for _ in range(2):
        kept(place, risk, by=place.founder, is_client=True)
    count()
    few = count()
    for _ in range(8):
        kept(place, risk, by=place.founder, is_client=True)
    assert count() == few


def test_a_note_is_named_by_its_first_words(place, risk):
    assert kept(place, risk, "The link is wrong\nSecond line").title == "The link is wrong"
    long = kept(place, risk, "The link was wrong on three of three tries, also after " * 3)
    assert long.title.endswith("The link was wrong on…")
    assert len(kept(place, risk, "x" * 200).title) == 80
