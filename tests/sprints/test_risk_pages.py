"""The risk list and one risk beside it."""

import pytest
from django.db import connection
from django.db.models import FETCH_RAISE
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sprints.listing import risks_of
from sprints.models import Risk
from tests.factories import World
from tests.sprints.factories import make_risk, make_sighting, make_sprint

HOSTILE = '<script>alert(1)</script>"><img src=x hx-get=/ onerror=go()>'


@pytest.fixture
def sprint(world: World):
    with world.ada.as_staff():
        return make_sprint(world.ada)


@pytest.fixture
def get(world: World, sprint, client):
    client.force_login(world.ada.consultant)

    def asking(name, query="", **words):
        kwargs = {"practice_slug": world.ada.practice.slug, "sprint_id": sprint.pk} | words
        return client.get(reverse(f"sprints:{name}", kwargs=kwargs) + query)

    return asking


@pytest.fixture
def add(world: World, sprint):
    def adding(**fields):
        with world.ada.as_staff():
            return make_risk(world.ada, sprint=sprint, **fields)

    return adding


def test_the_list_is_ranked_and_shows_words_without_a_score(get, add):
    add(title="Low one", consequence=1, likelihood=1)
    add(title="Critical one", consequence=5, likelihood=5)
    text = get("risk-list").content.decode()
    assert text.index("Critical one") < text.index("Low one")
    assert "stops the launch" in text
    assert "can wait" in text
    assert "Launch impact" not in text


def test_settled_risks_wait_behind_the_chip_all(get, add):
    add(title="Old trouble", state="verified")
    assert "Old trouble" not in get("risk-list").content.decode()
    assert "Old trouble" in get("risk-list", "?show=all").content.decode()


def test_an_empty_list_says_what_will_fill_it(get):
    assert "The first audit fills this list" in get("risk-list").content.decode()


def test_a_filter_that_finds_nothing_says_how_to_come_back(get, add):
    add()
    text = get("risk-list", "?q=nothing-like-this").content.decode()
    assert "No risk matches" in text
    assert "Press “Open”" in text


def test_the_list_asks_as_often_for_forty_risks_as_for_one(get, add, world):
    add(owner=world.ada.owner)
    get("risk-list")
    with CaptureQueriesContext(
        connection,
    ) as one:
        get("risk-list")
    for _ in range(39):
        add(owner=world.ada.owner)
    with CaptureQueriesContext(connection) as forty:
        get("risk-list")
    assert len(forty) == len(one)


def test_no_line_of_the_list_reads_what_was_not_fetched(world, sprint, add, monkeypatch):
    from sprints.rows import risk_row

    add(owner=world.ada.owner)
    add()
    with world.ada.as_staff():
        lines = list(risks_of(sprint).fetch_mode(FETCH_RAISE))
        rows = [risk_row(risk, url="/", today=risk.first_seen_at.date()) for risk in lines]
    assert [row["ref"] for row in rows] == ["R-001", "R-002"]


def test_the_list_is_cut_into_pages_and_a_risk_opens_on_its_own(get, add):
    for _ in range(31):
        add()
    assert 'id="risk-R-031"' not in get("risk-list").content.decode()
    assert 'id="risk-R-031"' in get("risk-list", "?page=2").content.decode()
    assert 'id="risk-R-031"' in get("risk-detail", number=31).content.decode()


def test_one_risk_shows_what_why_what_to_do_and_how_the_score_comes_about(get, add, world):
    risk = add(
        title="Codes land in spam",
        check_id="email.spf_multiple",
        observed="2 records begin with v=spf1",
        expected="Exactly one SPF record",
        remedy="Merge the two records",
        check_source="RFC 7208 section 3.2",
        evidence=[["TXT", "v=spf1 -all"]],
    )
    with world.ada.as_staff():
        make_sighting(world.ada, risk=risk)
    text = get("risk-detail", number=1).content.decode()
    for words in (
        "Codes land in spam",
        "2 records begin with v=spf1",
        "Exactly one SPF record",
        "Merge the two records",
        "RFC 7208 section 3.2",
        "noticed late = 53",
        "Audit 1",
        "manage.py audit",
    ):
        assert words in text


def test_text_of_the_audited_site_stays_text(get, add):
    add(
        title=HOSTILE,
        plain_summary=HOSTILE,
        observed=HOSTILE,
        remedy=HOSTILE,
        subject=HOSTILE,
        evidence=[[HOSTILE, HOSTILE]],
    )
    for text in (
        get("risk-list").content.decode(),
        get("risk-detail", number=1).content.decode(),
    ):
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_a_risk_of_another_sprint_is_not_found_under_this_one(get, world):
    with world.ada.as_staff():
        other = make_risk(world.ada, number=77)
    assert other.sprint_id
    assert get("risk-detail", number=77).status_code == 404


def test_a_person_adds_a_risk_that_takes_its_place(get, add, world, client, sprint):
    words = {"practice_slug": world.ada.practice.slug, "sprint_id": sprint.pk}
    sent = {
        "title": "Only one person can deploy",
        "plain_summary": "Nobody else can mend the app.",
        "stage": 3,
        "remedy": "",
        "consequence": 4,
        "likelihood": 3,
        "recovery": 2,
    }
    get("risk-create")
    answer = client.post(reverse("sprints:risk-create", kwargs=words), sent)
    assert answer.status_code == 302
    with world.ada.as_staff():
        risk = Risk.objects.get(sprint=sprint)
    assert (risk.ref, risk.source, risk.strength, risk.score) == (
        "R-001",
        "manual",
        "reported",
        40,
    )
    assert "added R-001." in get("risk-detail", number=1).content.decode()


def test_a_risk_without_a_title_is_not_added_and_keeps_what_was_typed(get, world, client, sprint):
    get("risk-create")
    words = {"practice_slug": world.ada.practice.slug, "sprint_id": sprint.pk}
    sent = {"title": "", "plain_summary": "Typed with care"}
    answer = client.post(reverse("sprints:risk-create", kwargs=words), sent)
    assert answer.status_code == 422
    assert "Typed with care" in answer.content.decode()
