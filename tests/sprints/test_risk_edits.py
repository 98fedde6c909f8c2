"""Editing a risk in place: what is kept, what is refused, what nobody overwrites."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from sprints.absorb import absorb
from sprints.models import ActivityEvent, Risk
from sprints.models.risk import MOVES
from tests.factories import World
from tests.sprints.factories import make_risk, make_sprint
from tests.sprints.test_absorb import LOOKED, TROUBLE

HTMX = {"HX-Request": "true"}
TROUBLE_AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.fixture
def risk(world: World):
    with world.ada.as_staff():
        return make_risk(world.ada)


@pytest.fixture
def post(world: World, risk, client):
    """Post one part of the risk as the consultant; the answer."""
    client.force_login(world.ada.consultant)

    def posting(part, *, headers=None, row_version=1, **fields):
        words = {
            "practice_slug": world.ada.practice.slug,
            "sprint_id": risk.sprint_id,
            "number": risk.number,
            "part": part,
        }
        sent = {"row_version": row_version} | fields
        return client.post(reverse("sprints:risk-edit", kwargs=words), sent, headers=headers)

    return posting


@pytest.fixture
def fresh(world: World, risk):
    def reading() -> Risk:
        with world.ada.as_staff():
            return Risk.objects.select_related("owner").get(pk=risk.pk)

    return reading


def verbs(world: World) -> list[str]:
    with world.ada.as_staff():
        return list(ActivityEvent.objects.order_by("seq").values_list("verb", flat=True))


def test_a_title_is_ours_from_then_on(world, post, fresh):
    answer = post("title", title="Codes land\n in spam")
    assert answer.status_code == 302
    assert (fresh().title, fresh().is_title_ours, fresh().row_version) == (
        "Codes land in spam",
        True,
        2,
    )
    assert verbs(world) == ["risk_renamed"]


def test_no_audit_touches_a_persons_words_and_numbers(world, client):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
        absorb(sprint, audit_number=1, at=TROUBLE_AT, troubles=[TROUBLE], looks=LOOKED)
        found = Risk.objects.get()
    client.force_login(world.ada.consultant)
    words = {"practice_slug": world.ada.practice.slug, "sprint_id": sprint.pk, "number": 1}
    for version, part, sent in (
        (1, "title", {"title": "Ours"}),
        (2, "weight", {"consequence": 2, "likelihood": 2, "recovery": 1}),
    ):
        url = reverse("sprints:risk-edit", kwargs=words | {"part": part})
        client.post(url, sent | {"row_version": version})
    with world.ada.as_staff():
        absorb(sprint, audit_number=2, at=TROUBLE_AT, troubles=[TROUBLE], looks=LOOKED)
        found.refresh_from_db()
    assert (found.title, found.score, found.seen_count) == ("Ours", 11, 2)


def test_htmx_gets_the_drawer_and_the_line_that_does_not_jump(world, risk, post):
    with world.ada.as_staff():
        make_risk(world.ada, sprint=risk.sprint, consequence=4, likelihood=3)
        make_risk(world.ada, sprint=risk.sprint, consequence=3, likelihood=3)
    answer = post("weight", consequence=1, likelihood=1, recovery=1, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in text
    assert 'id="drawer"' in text
    assert 'id="risk-R-001"' in text
    assert text.count("Moves to #3") == 2


def test_a_weight_that_keeps_the_place_says_nothing_of_moving(post):
    answer = post("weight", consequence=5, likelihood=5, recovery=3, headers=HTMX)
    assert "Moves to" not in answer.content.decode()


@pytest.mark.parametrize("headers", [None, HTMX])
def test_a_conflict_keeps_what_was_typed_beside_the_other_value(post, fresh, headers):
    post("title", title="Theirs")
    answer = post("title", title="Mine, typed for long", headers=headers)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Mine, typed for long" in text
    assert "It now says: <q>Theirs</q>" in text
    assert 'name="row_version" value="2"' in text
    assert fresh().title == "Theirs"


def test_after_a_conflict_mine_can_be_kept(post, fresh):
    post("title", title="Theirs")
    post("title", title="Mine", row_version=1)
    assert post("title", title="Mine", row_version=2).status_code == 302
    assert fresh().title == "Mine"


def test_a_conflict_over_a_choice_says_the_choice_in_words(world, post):
    post("owner", owner=world.ada.owner.pk)
    text = post("owner", owner="").content.decode()
    assert f"It now says: <q>{world.ada.owner.name}</q>" in text


@pytest.mark.parametrize(
    ("part", "sent", "words"),
    [
        ("title", {"title": ""}, "A risk needs its title"),
        ("title", {"title": "x" * 161}, "at most 160 characters"),
        ("weight", {"consequence": 6, "likelihood": 1, "recovery": 1}, "Select a valid choice"),
        ("due", {"due_on": "soon"}, "Enter a valid date"),
        ("status", {"to": "verified"}, "Select a valid choice"),
        ("status", {"to": "open"}, "It is open already."),
        ("dismiss", {"reason": "because"}, "Select a valid choice"),
    ],
)
def test_what_makes_no_sense_is_answered_in_its_place(post, fresh, part, sent, words):
    answer = post(part, headers=HTMX, **sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert fresh().row_version == 1


def test_a_part_that_does_not_exist_is_not_found(post):
    assert post("score", score=1).status_code == 404


def test_founder_and_staff_can_own_a_risk_and_nobody_else(world, post, fresh):
    assert post("owner", owner=world.ada.founder.pk).status_code == 302
    assert fresh().owner == world.ada.founder
    for stranger in (world.ada.viewer, world.ada_two.founder, world.bob.owner, world.ada.revoked):
        assert post("owner", owner=stranger.pk, row_version=2).status_code == 422


def test_fixed_is_said_by_a_person_and_checked_only_by_a_run(world, post, fresh):
    post("status", to="in_progress")
    post("status", to="fixed", row_version=2)
    assert (fresh().state, fresh().fixed_at is not None, fresh().verified_at) == (
        "fixed",
        True,
        None,
    )
    assert not any("verified" in to for to in MOVES.values())
    post("status", to="in_progress", row_version=3)
    assert (fresh().state, fresh().fixed_at) == ("in_progress", None)
    assert verbs(world) == ["risk_started", "risk_fixed", "risk_started"]


def test_what_is_no_risk_leaves_the_list_with_a_prepared_reason_and_may_come_back(
    world, post, fresh
):
    post("dismiss", reason="meant", note="agreed with Jo")
    assert fresh().state == "invalid"
    with world.ada.as_staff():
        event = ActivityEvent.objects.get(verb="risk_dismissed")
    assert event.data["reason"] == "It is meant to be like this (agreed with Jo)"
    assert post("dismiss", reason="meant", row_version=2).status_code == 422
    post("status", to="open", row_version=2)
    assert fresh().state == "open"


def test_a_checked_risk_is_nobodys_to_move(world, risk, post, fresh):
    with world.ada.as_staff():
        Risk.objects.filter(pk=risk.pk).update(state="verified", check_id="email.spf_multiple")
    assert post("status", to="open").status_code == 422


def fixed(world: World, risk, by=None, **fields):
    """The risk, said to be fixed by `by`, else by the owner of the practice."""
    with world.ada.as_staff():
        Risk.objects.filter(pk=risk.pk).update(
            state="fixed", fixed_at=TROUBLE_AT, fixed_by=by or world.ada.owner, **fields
        )


def test_somebody_else_says_that_a_handmade_risk_is_gone(world, risk, post, fresh):
    fixed(world, risk)
    assert post("checked").status_code == 302
    assert fresh().state == "verified"
    assert fresh().verified_at is not None
    assert verbs(world)[-1] == "risk_checked"


def test_whoever_fixed_it_gives_a_reason_which_the_history_keeps(world, risk, post, fresh, client):
    fixed(world, risk, by=world.ada.consultant)
    refused = post("checked")
    assert refused.status_code == 422
    assert "choose a reason, or ask a colleague" in refused.content.decode()
    assert fresh().state == "fixed"
    assert post("checked", reason="made-up").status_code == 422
    kept = post("checked", reason="retried", headers=HTMX).content.decode()
    assert fresh().state == "verified"
    assert "after fixing it too: I tried it again the way a user would" in kept


def test_where_nobody_is_known_to_have_fixed_it_a_reason_is_asked_too(world, risk, post):
    fixed(world, risk)
    with world.ada.as_staff():
        Risk.objects.filter(pk=risk.pk).update(fixed_by=None)
    assert post("checked").status_code == 422


def test_what_a_check_sees_or_nobody_fixed_is_not_checked_by_hand(world, risk, post, fresh):
    refused = post("checked", reason="alone")
    assert refused.status_code == 422
    assert "a person checks only what is fixed" in refused.content.decode()
    fixed(world, risk, check_id="email.spf_multiple")
    assert post("checked", reason="alone").status_code == 422
    assert fresh().state == "fixed"


def test_saying_fixed_keeps_who_said_it_until_it_is_open_again(world, post, fresh):
    post("status", to="fixed")
    assert fresh().fixed_by_id == world.ada.consultant.pk
    post("status", to="in_progress", row_version=2)
    assert fresh().fixed_by_id is None


def test_a_handmade_risk_that_was_checked_can_be_opened_again(world, risk, post, fresh):
    fixed(world, risk)
    post("checked")
    assert post("status", to="open", row_version=2).status_code == 302
    assert (fresh().state, fresh().verified_at) == ("open", None)


def test_the_drawer_asks_somebody_to_look_only_where_no_check_can(world, risk, client):
    client.force_login(world.ada.consultant)
    words = {"practice_slug": world.ada.practice.slug, "sprint_id": risk.sprint_id, "number": 1}
    url = reverse("sprints:risk-detail", kwargs=words)
    assert "I looked, it is gone" not in client.get(url).content.decode()
    fixed(world, risk)
    text = client.get(url).content.decode()
    assert "I looked, it is gone" in text
    assert "Why is that enough?" not in text
    fixed(world, risk, check_id="email.spf_multiple")
    assert "I looked, it is gone" not in client.get(url).content.decode()


def test_the_model_refuses_what_the_form_refuses(world, risk):
    with world.ada.as_staff():
        with pytest.raises(ValueError, match="R-001 is open"):
            risk.check_by_hand(by=world.ada.owner, seen_version=1)
        risk.move("fixed", by=world.ada.owner, seen_version=1)
        with pytest.raises(ValueError, match="needs a reason"):
            risk.check_by_hand(by=world.ada.owner, seen_version=2)


def test_a_founder_reads_no_staff_page(world, risk, client):
    client.force_login(world.ada.founder)
    words = {"practice_slug": world.ada.practice.slug, "sprint_id": risk.sprint_id}
    assert client.get(reverse("sprints:risk-list", kwargs=words)).status_code == 404
