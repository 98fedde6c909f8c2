"""Sorting into three words, showing, bulk, and what lies outside the sprint."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from sprints.impact import CONSEQUENCES, LIKELIHOODS, RECOVERIES, Weight, score
from sprints.listing import risks_for_client
from sprints.models import ActivityEvent, Risk
from sprints.triage import Word, triaged, word_of
from tests.factories import World
from tests.sprints.factories import make_risk

HTMX = {"HX-Request": "true"}
EVERY = [Weight(c, x, r) for c in CONSEQUENCES for x in LIKELIHOODS for r in RECOVERIES]


@pytest.mark.parametrize(
    ("points", "word"), [(60, "stops"), (59, "before"), (16, "before"), (15, "waits"), (0, "waits")]
)
def test_the_words_meet_at_60_and_16(points, word):
    assert word_of(points) == word


@pytest.mark.parametrize("word", list(Word))
def test_every_weight_comes_under_its_word_and_stays_where_it_is_already(word):
    for weight in EVERY:
        after = triaged(weight, word)
        assert word_of(score(after)) == word
        assert (after == weight) == (word_of(score(weight)) == word)


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [
        # 53 points: one step is enough, and the one to 64 is shorter than those to 67.
        (Weight(4, 4, 2), Word.STOPS, Weight(4, 4, 3)),
        # 64 and 17 points, just across an edge: one step back.
        (Weight(4, 4, 3), Word.BEFORE, Weight(4, 4, 2)),
        (Weight(5, 1, 2), Word.WAITS, Weight(5, 1, 1)),
        (Weight(3, 4, 2), Word.BEFORE, Weight(3, 4, 2)),
    ],
)
def test_the_numbers_move_as_little_as_needed(before, word, after):
    assert triaged(before, word) == after


@pytest.fixture
def risk(world: World):
    with world.ada.as_staff():
        return make_risk(world.ada)


@pytest.fixture
def post(world: World, risk, client):
    """Post one part of the risk as the consultant; the answer."""

    def posting(part, *, headers=None, row_version=1, **fields):
        words = {"sprint_id": risk.sprint_id, "number": risk.number, "part": part}
        words["practice_slug"] = world.ada.practice.slug
        client.force_login(world.ada.consultant)
        url = reverse("sprints:risk-edit", kwargs=words)
        return client.post(url, {"row_version": row_version} | fields, headers=headers)

    return posting


@pytest.fixture
def bulk(world: World, risk, client):
    def posting(*risks, **fields):
        words = {"practice_slug": world.ada.practice.slug, "sprint_id": risk.sprint_id}
        client.force_login(world.ada.consultant)
        ticked = [f"{one.number}:{one.row_version}" for one in risks]
        return client.post(reverse("sprints:risk-bulk", kwargs=words), {"risk": ticked} | fields)

    return posting


@pytest.fixture
def agree(world: World, risk, client):
    def posting(who=None, **fields):
        client.force_login(who or world.ada.founder)
        words = {"sprint_id": risk.sprint_id, "number": risk.number}
        return client.post(reverse("client-outside", kwargs=words), fields)

    return posting


def fresh(world: World, risk: Risk) -> Risk:
    with world.ada.as_staff():
        return Risk.objects.get(pk=risk.pk)


def verbs(world: World) -> list[tuple[str, str]]:
    with world.ada.as_staff():
        return list(ActivityEvent.objects.order_by("seq").values_list("verb", "visibility"))


def test_a_key_sorts_the_row_which_does_not_jump(world, risk, post):
    with world.ada.as_staff():
        make_risk(world.ada, sprint=risk.sprint, consequence=4, likelihood=3)
    answer = post("triage", word="waits", headers=HTMX)
    assert "Moves to #2" in answer.content.decode()
    assert fresh(world, risk).band.words == "can wait"
    with world.ada.as_staff():
        event = ActivityEvent.objects.get()
    assert (event.verb, event.visibility, event.data["reason"]) == (
        "risk_weighed",
        "internal",
        "triage",
    )


def test_the_same_word_again_and_an_old_row_are_refused_with_a_sentence(world, risk, post):
    assert "stands there already" in post("triage", word="before").content.decode()
    post("triage", word="stops")
    late = post("triage", word="waits", headers=HTMX)
    assert late.status_code == 409
    assert "Somebody changed it meanwhile" in late.content.decode()
    assert fresh(world, risk).band.words == "stops the launch"


def test_what_is_internal_is_not_the_clients_and_may_be_shown_freely(world, risk, post):
    assert post("audience", to="internal").status_code == 302
    with world.ada.as_client():
        assert list(risks_for_client(risk.sprint)) == []
    assert post("audience", to="internal", row_version=2).status_code == 422
    post("audience", to="client", row_version=2)
    with world.ada.as_client():
        assert list(risks_for_client(risk.sprint)) == [risk]
    assert verbs(world) == [("risk_hidden", "internal"), ("risk_shared", "client")]


def test_nothing_is_shown_without_plain_words(world, risk, post):
    with world.ada.as_staff():
        Risk.objects.filter(pk=risk.pk).update(is_internal=True, plain_summary="")
    assert post("audience", to="client").status_code == 422
    assert fresh(world, risk).is_internal


@pytest.mark.parametrize("why", ["client_opened_at", "raised_by"])
def test_what_the_client_has_read_or_raised_stays_shown(world, risk, post, why):
    value = world.ada.founder if why == "raised_by" else timezone.now()
    with world.ada.as_staff():
        Risk.objects.filter(pk=risk.pk).update(**{why: value})
    assert post("audience", to="internal").status_code == 422
    assert not fresh(world, risk).is_internal


def test_an_offer_counts_until_the_founder_agrees_in_one_tap(world, risk, post, agree):
    assert post("outside", words="").status_code == 422
    assert post("outside", words="A project of its own; in January").status_code == 302
    assert fresh(world, risk).outside_accepted_at is None
    assert agree(world.ada.viewer).status_code == 403
    assert agree(offered="of another day").status_code == 302
    assert fresh(world, risk).outside_accepted_at is None
    agree()
    agree()
    now = fresh(world, risk)
    assert (now.outside_accepted_by_id, now.row_version) == (world.ada.founder.pk, 3)
    assert verbs(world) == [("outside_offered", "client"), ("outside_accepted", "client")]


def test_what_stops_the_launch_asks_who_the_founder_is(world, risk, post, agree):
    with world.ada.as_staff():
        Risk.objects.filter(pk=risk.pk).update(consequence=5, likelihood=5, score=83)
    post("outside", words="Not ours")
    assert fresh(world, risk).is_blocking
    assert agree()["Location"] == reverse("stepup")
    assert fresh(world, risk).is_blocking


def test_nothing_is_agreed_to_that_was_not_offered_or_was_taken_back(world, risk, post, agree):
    agree()
    post("outside", words="Not ours")
    post("outside", act="take_back", row_version=2)
    agree()
    assert fresh(world, risk).outside_accepted_at is None


def test_what_was_agreed_leaves_the_answer_and_stays_in_the_list(world, risk, post, agree, client):
    post("outside", words="Not ours")
    agree()
    client.force_login(world.ada.consultant)
    words = {"practice_slug": world.ada.practice.slug, "sprint_id": risk.sprint_id}
    url = reverse("sprints:risk-list", kwargs=words)
    assert 'id="risk-R-001"' not in client.get(url).content.decode()
    for show in ("outside", "all"):
        assert 'id="risk-R-001"' in client.get(url, {"show": show}).content.decode()


def test_one_press_says_it_of_all_that_are_ticked(world, risk, bulk):
    with world.ada.as_staff():
        other = make_risk(world.ada, sprint=risk.sprint)
    assert bulk(risk, other, act="owner", owner=str(world.ada.founder.pk)).status_code == 302
    assert {fresh(world, one).owner_id for one in (risk, other)} == {world.ada.founder.pk}


@pytest.mark.parametrize(
    ("sent", "field", "value"),
    [
        ({"act": "due", "due_on": "2026-12-04"}, "due_on", "2026-12-04"),
        ({"act": "state", "state": "fixed"}, "state", "fixed"),
        ({"act": "internal"}, "is_internal", "True"),
        ({"act": "outside", "words": "Later"}, "outside_offer", "Later"),
        ({"act": "stops"}, "score", "64"),
    ],
)
def test_day_state_audience_offer_and_word_go_in_bulk(world, risk, bulk, sent, field, value):
    bulk(risk, **sent)
    assert str(getattr(fresh(world, risk), field)) == value


@pytest.mark.parametrize(
    "sent",
    [
        {"act": "owner", "owner": "0"},
        {"act": "due", "due_on": "soon"},
        {"act": "state", "state": "verified"},
        {"act": "outside", "words": " "},
        {"act": "delete"},
    ],
)
def test_what_makes_no_sense_in_bulk_changes_nothing(world, risk, bulk, sent):
    assert bulk(risk, **sent).status_code == 422
    assert fresh(world, risk).row_version == 1


def test_one_that_stands_in_the_way_stops_them_all(world, risk, bulk):
    with world.ada.as_staff():
        done = make_risk(world.ada, sprint=risk.sprint, state="verified", title="Gone")
    answer = bulk(risk, done, act="state", state="in_progress")
    assert answer.status_code == 422
    assert "R-002 is verified" in answer.content.decode()
    assert (fresh(world, risk).state, verbs(world)) == ("open", [])
    old = fresh(world, risk)
    bulk(risk, act="state", state="in_progress")
    assert "changed by somebody else" in bulk(old, act="due").content.decode()
    assert bulk(act="due").status_code == 422


def test_the_list_costs_the_same_for_2_and_for_12(world, risk, client):
    client.force_login(world.ada.consultant)
    words = {"practice_slug": world.ada.practice.slug, "sprint_id": risk.sprint_id}
    url = reverse("sprints:risk-list", kwargs=words)
    counts = []
    for more in (1, 10):
        with world.ada.as_staff():
            for number in range(more):
                make_risk(world.ada, sprint=risk.sprint, title=f"T{more}{number}")
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get(url)
        counts.append(len(caught))
    assert counts[0] == counts[1]
