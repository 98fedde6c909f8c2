"""The card "The exact change": fields to copy, the zone file, and where the watch stands."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from audits.tasks import look_at_watch
from audits.watch_models import Watch
from config.change_page import change_words, watch_words
from tests.audits.factories import make_finding, make_run, make_watch, spf_change
from tests.factories import World
from tests.sprints.factories import make_risk

pytestmark = pytest.mark.django_db
CHECK = "email.spf_multiple"
PRINT = "a" * 64
HTMX = {"HX-Request": "true"}
EVERYWHERE = {"provider": True, "here": True, "watchers": {"a": True, "b": True}}
HALF = {"provider": True, "here": True, "watchers": {"a": True, "b": False}}
NOWHERE = {"provider": False, "here": False, "watchers": {"a": False}}


@pytest.fixture(autouse=True)
def bells(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    rung: list[int] = []
    monkeypatch.setattr(look_at_watch, "apply_async", lambda args, **_: rung.extend(args))
    return rung


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def risk(place):
    """A risk with the change that the last audit computed for it."""
    made = make_risk(place, check_id=CHECK, fingerprint=PRINT, owner=place.founder)
    run = make_run(place, sprint=made.sprint, state="done")
    make_finding(place, run=run, fingerprint=PRINT, change=spf_change(place))
    return made


def signed_in(user) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def client_url(risk, name: str = "client-risk") -> str:
    return reverse(name, kwargs={"sprint_id": risk.sprint_id, "number": risk.number})


def staff_url(risk, name: str) -> str:
    words = {"practice_slug": risk.practice.slug, "sprint_id": risk.sprint_id}
    return reverse(f"sprints:{name}", kwargs=words | {"number": risk.number})


def test_a_founder_reads_steps_and_copies_field_by_field(place, risk):
    text = signed_in(place.founder).get(client_url(risk)).content.decode()
    assert "The exact change" in text
    assert 'href="https://dash.cloudflare.com"' in text
    assert 'data-copy="v=spf1 include:a.test include:b.test ~all"' in text
    assert 'data-copy="@"' in text
    assert "I’ve changed it" in text
    assert text.index("remove</span>") < text.index("add</span>")


def test_a_viewer_reads_it_and_presses_nothing(place, risk):
    viewer = signed_in(place.viewer)
    text = viewer.get(client_url(risk)).content.decode()
    assert "The exact change" in text
    assert "I’ve changed it" not in text
    assert viewer.post(client_url(risk, "client-risk-watch")).status_code == 403


def test_without_a_computed_change_there_is_no_card(place):
    risk = make_risk(place, check_id=CHECK, fingerprint=PRINT)
    assert "The exact change" not in signed_in(place.founder).get(client_url(risk)).content.decode()
    fragment = signed_in(place.consultant).get(staff_url(risk, "risk-change"))
    assert fragment.content.decode().strip() == ""
    assert signed_in(place.consultant).get(staff_url(risk, "risk-zone")).status_code == 404
    refused = signed_in(place.founder).post(client_url(risk, "client-risk-watch"), headers=HTMX)
    assert "nothing to watch" in refused.content.decode()


def test_the_drawer_fetches_the_same_card_for_staff(place, risk):
    page = signed_in(place.consultant).get(staff_url(risk, "risk-detail")).content.decode()
    assert f'hx-get="{staff_url(risk, "risk-change")}"' in page
    card = signed_in(place.consultant).get(staff_url(risk, "risk-change")).content.decode()
    assert "Computed from the records that are live" in card
    assert "The record then needs 2 of 10 lookups." in card


@pytest.mark.django_db(transaction=True, databases=["default", "ops"])
def test_told_as_made_it_is_watched_and_the_part_asks_for_itself(world: World, bells):
    place = world.ada
    with place.as_staff():
        made = make_risk(place, check_id=CHECK, fingerprint=PRINT, owner=place.founder)
        run = make_run(place, sprint=made.sprint, state="done")
        make_finding(place, run=run, fingerprint=PRINT, change=spf_change(place))
    founder = signed_in(place.founder)
    text = founder.post(client_url(made, "client-risk-watch"), headers=HTMX).content.decode()
    assert "Looking now" in text
    assert f'hx-get="{client_url(made, "client-risk-landing")}"' in text
    with place.as_staff():
        watch = Watch.objects.get(risk=made)
        assert (bells, watch.asked_by) == ([watch.pk], place.founder)
        Watch.objects.update(landing=HALF, looked_at=timezone.now())
    text = founder.get(client_url(made, "client-risk-landing")).content.decode()
    assert "Live at the provider, 1 of 2 resolvers sees it." in text
    assert 'value="1"' in text
    with place.as_staff():
        Watch.objects.update(state="late", landing=NOWHERE)
    text = founder.get(client_url(made, "client-risk-landing")).content.decode()
    assert "Not live everywhere in time." in text
    assert "Look again" in text
    assert "hx-trigger" not in text


def test_the_zone_file_is_a_download_that_holds_foreign_text_as_text(place, risk):
    for browser, address in (
        (signed_in(place.consultant), staff_url(risk, "risk-zone")),
        (signed_in(place.founder), client_url(risk, "client-risk-zone")),
    ):
        answer = browser.get(address)
        assert answer["Content-Type"].startswith("text/plain")
        assert answer["Content-Disposition"] == f'attachment; filename="{risk.ref.lower()}.zone"'
        lines = answer.content.decode("ascii").split("\r\n")
        assert 'app.test. 300 IN TXT "v=spf1 include:a.test include:b.test ~all"' in lines


def test_foreign_text_in_a_record_is_never_markup(place, risk):
    hostile = spf_change(place)
    hostile["rows"][1]["value"] = '"><script>alert(1)</script>'
    run = make_run(place, sprint=risk.sprint, state="done")
    make_finding(place, run=run, fingerprint=PRINT, change=hostile)
    text = signed_in(place.founder).get(client_url(risk)).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize(
    ("state", "landing", "risk_state", "title", "tone"),
    [
        ("watching", {}, "open", "Looking now.", ""),
        ("watching", HALF, "open", "Live at the provider, 1 of 2 resolvers sees it.", ""),
        ("watching", HALF, "verified", "The check passes.", "good"),
        ("landed", EVERYWHERE, "verified", "It is live, and the check passes.", "good"),
        ("landed", NOWHERE, "verified", "It is live, and the check passes.", "good"),
        ("landed", EVERYWHERE, "open", "It is live, but the trouble is not gone.", "bad"),
        ("late", HALF, "open", "Not live everywhere in time.", "bad"),
        ("late", HALF, "verified", "The check passes.", "good"),
    ],
)
def test_where_it_stands_is_said_plainly(place, state, landing, risk_state, title, tone):
    risk = make_risk(place, check_id=CHECK, state=risk_state)
    watch = make_watch(place, risk=risk, state=state, landing=landing)
    words = watch_words(watch, risk)
    assert (words["title"], words["tone"]) == (title, tone)
    assert words["may_look_again"] == (state != "watching" and risk_state == "open")


def test_late_words_say_how_long_resolvers_may_remember(place):
    watch = make_watch(place, state="late", landing=HALF)
    assert "Compare each field" in watch_words(watch, watch.risk)["text"]
    watch.provider_live_at = timezone.now() - timedelta(minutes=20)
    assert "up to 5 minutes" in watch_words(watch, watch.risk)["text"]


def test_a_zone_file_is_offered_for_several_rows_that_add(place):
    watch = make_watch(place)
    assert change_words(watch.set)["has_zone_file"]
    alone = spf_change(place)
    alone["rows"] = alone["rows"][1:]
    watch.change = alone
    assert not change_words(watch.set)["has_zone_file"]
