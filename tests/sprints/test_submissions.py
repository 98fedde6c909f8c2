"""A stage before its founder: asked, answered, changed meanwhile, taken back, come back."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import ClientMembership
from sprints.evidencing import Given, hand_in
from sprints.finishing import finish
from sprints.models import ActivityEvent, Stage, StageItem, StageSubmission
from sprints.rail import note_of, state_of
from sprints.snapshot import changes, snapshot_of
from sprints.submitting import (
    SubmissionRefusedError,
    approve,
    ask_changes,
    submit,
    tell_red,
    withdraw,
)
from tests.factories import World, make_places
from tests.sprints.factories import make_risk, make_sprint


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        world.ada.practice.is_stage_approval_on = True
        world.ada.practice.save()
        yield world.ada


@pytest.fixture
def stage(place):
    sprint = make_sprint(place)
    items = StageItem.objects.filter(stage__sprint=sprint, stage__ordinal=2)
    items.update(verdict="pass", verdict_at=timezone.now())
    return fresh(Stage.objects.get(sprint=sprint, ordinal=2))


@pytest.fixture
def founder(place, stage, client):
    client.force_login(place.founder)
    words = {"sprint_id": stage.sprint_id, "ordinal": 2}

    def asking(sent=None):
        if sent is None:
            return client.get(reverse("client-stage", kwargs=words))
        return client.post(reverse("client-stage-answer", kwargs=words), sent)

    return asking


def fresh(stage):
    rows = Stage.objects.select_related("sprint__practice", "sprint__project", "sprint__lead")
    return rows.prefetch_related("items").get(pk=stage.pk)


def turn(stage, key="2.2", verdict="warn"):
    found = StageItem.objects.filter(stage=stage, key=key)
    found.update(verdict=verdict, verdict_at=timezone.now())
    return found.get()


def states(stage):
    return list(StageSubmission.objects.filter(stage=stage).values_list("state", flat=True))


def seen(stage):
    return snapshot_of(fresh(stage)).sha256


def test_a_ready_stage_is_asked_for_once(place, stage):
    made = submit(stage, "Please look", by=place.consultant)
    assert (made.number, made.state, fresh(stage).state) == (1, "pending", "in_review")
    assert made.snapshot_sha256 == seen(stage)
    assert note_of(fresh(stage)) == "With the founder"
    assert state_of(fresh(stage)) == "work"
    with pytest.raises(SubmissionRefusedError, match="already"):
        submit(stage, "", by=place.consultant)


def test_what_is_missing_or_nobody_could_answer_is_not_asked(place, stage):
    turn(stage, verdict="unknown")
    with pytest.raises(SubmissionRefusedError, match="Encrypted from end to end"):
        submit(stage, "", by=place.consultant)
    turn(stage, verdict="pass")
    ClientMembership.objects.filter(client=place.client, role="founder").update(role="viewer")
    with pytest.raises(SubmissionRefusedError, match="No founder has joined"):
        submit(stage, "", by=place.consultant)


def test_without_approvals_nobody_is_asked_and_staff_say_it(place, stage):
    place.practice.is_stage_approval_on = False
    place.practice.save()
    with pytest.raises(SubmissionRefusedError, match="approvals are off"):
        submit(stage, "", by=place.consultant)
    finish(fresh(stage), by=place.consultant)
    assert fresh(stage).state == "done"


def test_with_approvals_staff_do_not_say_it_themselves(place, stage):
    with pytest.raises(ValidationError, match="Ask for a yes"):
        finish(stage, by=place.consultant)


def test_the_founder_says_yes_once(place, stage, founder):
    submit(stage, "", by=place.consultant)
    assert "Yes, this step is done" in founder().content.decode()
    assert founder({"seen": seen(stage)}).status_code == 302
    assert (states(stage), fresh(stage).state) == (["approved"], "done")
    assert StageSubmission.objects.get().approver == place.founder
    assert founder({"seen": seen(stage)}).status_code == 422
    assert "You said yes" in founder().content.decode() or "said yes" in founder().content.decode()


def test_what_changed_meanwhile_is_shown_and_asked_again(place, stage, founder):
    submit(stage, "", by=place.consultant)
    on_screen = seen(stage)
    turn(stage, verdict="warn")
    answer = founder({"seen": on_screen})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Encrypted from end to end: done before, done, with a remark now." in text
    assert "Yes, this step is done" in text
    assert states(stage) == ["pending"]
    assert founder({"seen": seen(stage)}).status_code == 302
    assert states(stage) == ["voided", "approved"]
    assert StageSubmission.objects.get(state="approved").snapshot_sha256 == seen(stage)


def test_a_stage_that_is_not_ready_any_more_takes_no_yes(place, stage, founder):
    submit(stage, "", by=place.consultant)
    turn(stage, verdict="fail")
    assert "Yes, this step is done" not in founder().content.decode()
    assert founder({"seen": seen(stage)}).status_code == 422
    assert fresh(stage).state == "in_review"


def test_changes_need_a_reason_and_the_next_question_shows_what_is_new(place, stage, founder):
    submit(stage, "", by=place.consultant)
    assert founder({"answer": "changes"}).status_code == 422
    sent = {"answer": "changes", "reason": "missing", "note": "the old host"}
    assert founder(sent).status_code == 302
    assert (states(stage), fresh(stage).state) == (["changes"], "changes")
    assert "Something is missing: the old host" in founder().content.decode()
    hand_in(fresh(stage), None, Given(text="The old host is listed"), by=place.consultant)
    submit(fresh(stage), "", by=place.consultant)
    assert "New: “The old host is listed”." in founder().content.decode()


def test_taken_back_is_no_longer_answered(place, stage):
    submit(stage, "", by=place.consultant)
    withdraw(stage, by=place.consultant)
    assert (states(stage), fresh(stage).state) == (["withdrawn"], "in_progress")
    for act in (
        lambda: withdraw(stage, by=place.consultant),
        lambda: approve(stage, seen(stage), by=place.founder),
        lambda: ask_changes(stage, "I want to talk about it first", by=place.founder),
    ):
        with pytest.raises(SubmissionRefusedError, match="does not wait"):
            act()


def test_a_viewer_looks_and_does_not_answer(place, stage, client):
    submit(stage, "", by=place.consultant)
    client.force_login(place.viewer)
    words = {"sprint_id": stage.sprint_id, "ordinal": 2}
    page = client.get(reverse("client-stage", kwargs=words)).content.decode()
    assert "A founder answers this" in page
    assert "Yes, this step is done" not in page
    url = reverse("client-stage-answer", kwargs=words)
    assert client.post(url, {"seen": seen(stage)}).status_code == 403


def test_without_approvals_the_founders_page_only_tells(place, stage, founder):
    place.practice.is_stage_approval_on = False
    place.practice.save()
    page = founder().content.decode()
    assert "One address, safe on every host" in page
    assert "Every subdomain is wanted and written down" in page
    assert "Yes, this step is done" not in page
    assert "2.4" not in page


def test_internal_risks_are_no_part_of_what_is_approved(place, stage, founder):
    before = seen(stage)
    make_risk(place, sprint=stage.sprint, stage=2, is_internal=True, title="canary-8812")
    make_risk(place, sprint=stage.sprint, stage=2, plain_summary="", title="canary-8812")
    assert seen(stage) == before
    assert "canary-8812" not in founder().content.decode()
    make_risk(place, sprint=stage.sprint, stage=2, title="Shown", plain_summary="Plain.")
    assert seen(stage) != before


def test_the_same_stage_has_the_same_digest_and_no_changes(stage):
    one, two = snapshot_of(stage), snapshot_of(fresh(stage))
    assert one.sha256 == two.sha256
    assert changes(one.data, two.data) == []


def test_a_check_that_turns_red_after_the_yes_is_told_and_takes_nothing_back(place, stage):
    submit(stage, "", by=place.consultant)
    approve(stage, seen(stage), by=place.founder)
    red = turn(stage, verdict="fail")
    tell_red([red])
    tell_red([red])
    found = fresh(stage)
    assert (found.state, states(stage)) == ("done", ["approved"])
    assert found.regressed_at is not None
    assert ActivityEvent.objects.filter(verb="stage_came_back").count() == 1


def test_what_is_not_required_or_not_done_does_not_come_back(place, stage):
    tell_red([turn(stage, verdict="fail")])
    assert fresh(stage).regressed_at is None


def test_founder_and_consultant_are_told_in_words_that_fit(place, stage, monkeypatch):
    told = []

    def note(name, to, words, **_):
        told.append((to, subject_of(name, words)))

    monkeypatch.setattr("sprints.mailing.send", note)
    submit(stage, "", by=place.consultant)
    approve(stage, seen(stage), by=place.founder)
    assert [to for to, _ in told] == [place.founder.email, place.consultant.email]
    assert "asks for your yes: Domain and edge" in told[0][1]
    assert "said yes to Domain and edge" in told[1][1]


def subject_of(name, words):
    return render_to_string(f"emails/{name}.txt", words).splitlines()[0]


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_counts():
    place, _ = make_places("Ada")
    with place.as_staff():
        place.practice.is_stage_approval_on = True
        place.practice.save()
        sprint = make_sprint(place)
        items = StageItem.objects.filter(stage__sprint=sprint, stage__ordinal=2)
        items.update(verdict="pass", verdict_at=timezone.now())
        stage = fresh(Stage.objects.get(sprint=sprint, ordinal=2))
        submit(stage, "", by=place.consultant)
        digest = seen(stage)
    both = Barrier(2)

    def press(is_yes: bool) -> bool:
        try:
            with place.as_client():
                both.wait(timeout=20)
                if is_yes:
                    approve(stage, digest, by=place.founder)
                else:
                    ask_changes(stage, "I want to talk about it first", by=place.founder)
        except SubmissionRefusedError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(press, (True, False)))
    with place.as_staff():
        kept = states(stage)
        assert (len(kept), kept[0] in ("approved", "changes")) == (1, True)
    assert outcomes == [False, True]
