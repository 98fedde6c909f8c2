"""Whether work may start and whether the product may launch: recommended, confirmed, lapsed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ClientMembership
from audits.catalogue import BY_ID
from audits.models import AuditRun
from audits.verdicts import Severity
from config.celery import EVERY_TEN_SECONDS
from config.deciding_inputs import computed_now, launch_computed, start_computed
from sprints import tasks
from sprints.absorb import Look
from sprints.accepting import ActRefusedError, Answer, Proposal, decide, propose
from sprints.deciding import (
    ChangedError,
    Chosen,
    Condition,
    confirm,
    current,
    is_past,
    lapse,
    may_work,
    meet,
    recommend,
    talk_first,
    withdraw_decision,
)
from sprints.models import Decision, DecisionCondition, Project, Risk, Sprint
from sprints.outcome import Computed, Line, Sort, differences
from tests.audits.factories import make_run
from tests.factories import World, make_places
from tests.sprints.factories import (
    make_acceptance,
    make_consent,
    make_decision,
    make_request,
    make_risk,
    make_sprint,
)
from tests.sprints.test_absorb import TROUBLE
from tests.sprints.test_acceptances import CRITICAL, HIGH, LOW, in_days, looked, step_up, told

__all__ = ["told"]


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def sprint(place) -> Sprint:
    return make_sprint(place)


def audited(place, sprint, **coverage) -> AuditRun:
    whole = {"total": 10, "ran": 10} | coverage
    return make_run(place, sprint=sprint, state="done", coverage=whole)


def stop_checks(count: int) -> list[str]:
    return [name for name, check in BY_ID.items() if check.severity == Severity.S0][:count]


# What is computed.


@pytest.mark.parametrize(
    ("weight", "outcome"), [(CRITICAL, "no_go"), (HIGH, "conditional_go"), (LOW, "go")]
)
def test_an_open_risk_binds_the_launch_by_its_band(place, sprint, weight, outcome):
    audited(place, sprint)
    make_risk(place, sprint=sprint, **weight)
    assert launch_computed(sprint).outcome == outcome


def test_without_an_audit_the_launch_is_not_yet(sprint):
    assert launch_computed(sprint).outcome == "no_go"


@pytest.mark.parametrize("why", ["unknown", "blocked"])
def test_a_stopping_check_that_could_not_look_makes_it_conditional(place, sprint, why):
    audited(place, sprint, **{why: stop_checks(1)})
    computed = launch_computed(sprint)
    assert (computed.outcome, computed.lines[0].sort) == ("conditional_go", Sort.UNSEEN)


def test_what_was_not_agreed_is_named_and_changes_nothing(place, sprint):
    audited(place, sprint, not_consented=stop_checks(1))
    computed = launch_computed(sprint)
    assert (computed.outcome, computed.lines[0].sort) == ("go", Sort.CONSENT)


def test_an_accepted_risk_is_named_and_no_longer_blocks(place, sprint):
    audited(place, sprint)
    risk = make_risk(place, sprint=sprint, **CRITICAL)
    one = propose(risk, Proposal("Few people.", in_days(7)), by=place.consultant)
    decide(sprint, {one.pk: Answer(1, is_yes=True)}, by=place.founder)
    computed = launch_computed(sprint)
    assert computed.outcome == "go"
    assert computed.lines[0].text.startswith(f"{risk.title}, until ")


def test_open_risks_never_keep_work_from_starting(place, sprint):
    for _ in range(3):
        make_risk(place, sprint=sprint, **CRITICAL)
    computed = start_computed(sprint, "noted")
    assert computed.outcome == "go"
    made = recommend(sprint, computed, Chosen("go"), by=place.consultant)
    assert (made.rationale, made.computed, made.outcome) == ("", "go", "go")


@pytest.mark.parametrize(
    ("state", "kind", "outcome"),
    [
        ("sent", "access", "conditional_go"),
        ("not_found", "access", "conditional_go"),
        ("sent", "key", "conditional_go"),
        ("done", "access", "go"),
        ("not_ours", "access", "go"),
        ("sent", "question", "go"),
    ],
)
def test_the_start_waits_for_the_access_asked_for(place, sprint, state, kind, outcome):
    make_request(place, sprint=sprint, state=state, kind=kind)
    assert start_computed(sprint, "noted").outcome == outcome


def test_a_consent_taken_back_binds_the_start_until_it_is_given_again(place, sprint):
    gone = make_consent(place, project=sprint.project, withdrawn_at=timezone.now())
    assert start_computed(sprint, "noted").outcome == "conditional_go"
    make_consent(place, project=sprint.project, domain=gone.domain)
    assert start_computed(sprint, "noted").outcome == "go"


def test_the_start_asks_for_a_way_back_and_for_a_scope(sprint):
    assert start_computed(sprint, "none").outcome == "conditional_go"
    sprint.project.domain = ""
    assert start_computed(sprint, "noted").outcome == "no_go"


def test_a_stage_left_out_stands_in_the_decision(sprint, place):
    audited(place, sprint)
    computed = launch_computed(sprint, [4])
    made = recommend(sprint, computed, Chosen("go", skipped=[4]), by=place.consultant)
    assert ["skipped", "4", "Performance baseline", True] in made.inputs["lines"]
    assert computed_now(made).digest == made.inputs_sha256


def test_the_same_lines_in_another_order_are_the_same():
    lines = (Line(Sort.STOPS, "R-001", "One"), Line(Sort.FIRST, "R-002", "Two"))
    assert Computed("launch", lines).digest == Computed("launch", lines[::-1]).digest
    assert Computed("launch", lines).digest != Computed("launch", lines[:1]).digest


def test_what_changed_is_said_without_what_is_internal():
    before = [Line(Sort.STOPS, "R-001", "Mail is lost"), Line(Sort.FIRST, "R-2", "Canary", False)]
    now = [Line(Sort.FIRST, "R-003", "Slow pages"), Line(Sort.FIRST, "R-4", "Canary", False)]
    said = differences(before, now)
    assert said == ["New: to fix before the launch: Slow pages", "Gone: Mail is lost"]
    assert "Canary" not in " ".join(differences(before[1:], now[1:]))


# Recommending.


def test_better_than_computed_needs_a_reason(place, sprint):
    computed = launch_computed(sprint)
    with pytest.raises(ActRefusedError, match="better than what is computed"):
        recommend(sprint, computed, Chosen("go"), by=place.consultant)
    assert recommend(sprint, computed, Chosen("no_go"), by=place.consultant).number == 1
    made = recommend(sprint, computed, Chosen("go", rationale="Small."), by=place.consultant)
    assert (made.number, made.computed, made.outcome) == (2, "no_go", "go")


def test_yes_if_needs_a_condition_whose_day_is_to_come(place, sprint):
    audited(place, sprint)
    computed = launch_computed(sprint)
    for conditions, why in (([], "at least one"), ([condition(place, -1)], "has passed")):
        chosen = Chosen("conditional_go", conditions=conditions)
        with pytest.raises(ActRefusedError, match=why):
            recommend(sprint, computed, chosen, by=place.consultant)
    chosen = Chosen("conditional_go", conditions=[condition(place, 0)])
    assert recommend(sprint, computed, chosen, by=place.consultant).conditions.count() == 1


def condition(place, days=3, **more) -> Condition:
    return Condition("The mail arrives", place.founder, in_days(days), **more)


def asked(place, sprint, outcome="go", conditions=(), computed=None) -> Decision:
    computed = computed or launch_computed(sprint)
    chosen = Chosen(outcome, rationale="Because.", conditions=conditions)
    return recommend(sprint, computed, chosen, by=place.consultant)


def said_yes(place, decision) -> Decision:
    now = computed_now(decision)
    return confirm(decision, seen=now.digest, now=now, by=place.founder)


def state(decision) -> str:
    return Decision.objects.get(pk=decision.pk).state


def test_a_new_recommendation_takes_the_waiting_one_back(place, sprint):
    one = asked(place, sprint)
    two = asked(place, sprint)
    assert (state(one), state(two)) == ("withdrawn", "recommended")


def test_a_recommendation_is_taken_back_until_it_is_answered(place, sprint):
    one = asked(place, sprint)
    withdraw_decision(one, by=place.consultant)
    with pytest.raises(ActRefusedError, match="nothing to take back"):
        withdraw_decision(one, by=place.consultant)
    with pytest.raises(ActRefusedError, match="answered already"):
        said_yes(place, one)


# Confirming.


def test_a_launch_yes_counts_for_seven_days_and_is_told_once(place, sprint, told):
    audited(place, sprint)
    one = asked(place, sprint)
    told.clear()
    kept = said_yes(place, one)
    assert kept.confirmed_at is not None
    assert kept.valid_until == kept.confirmed_at + timedelta(days=7)
    assert told == [("decision_answered", place.consultant.email)]
    with pytest.raises(ActRefusedError, match="answered already"):
        said_yes(place, one)
    assert len(told) == 1
    assert current(sprint, "launch") == kept


def test_who_recommends_does_not_confirm(place, sprint):
    audited(place, sprint)
    one = asked(place, sprint)
    now = computed_now(one)
    with pytest.raises(ActRefusedError, match="somebody else"):
        confirm(one, seen=now.digest, now=now, by=place.consultant)


def test_the_newest_yes_holds(place, sprint):
    audited(place, sprint)
    first = said_yes(place, asked(place, sprint))
    start = said_yes(place, asked(place, sprint, computed=start_computed(sprint, "noted")))
    second = asked(place, sprint)
    assert state(first) == "confirmed"
    said_yes(place, second)
    assert (state(first), state(second), state(start)) == ("superseded", "confirmed", "confirmed")


def test_what_changed_meanwhile_is_asked_again(place, sprint):
    audited(place, sprint)
    one = asked(place, sprint)
    make_risk(place, sprint=sprint, **LOW)
    seen = computed_now(one).digest
    assert seen == one.inputs_sha256
    make_risk(place, sprint=sprint, **HIGH)
    with pytest.raises(ChangedError):
        confirm(one, seen=seen, now=computed_now(one), by=place.founder)
    assert state(one) == "recommended"


def test_a_yes_never_outruns_what_stands_in_the_way_since(place, sprint):
    audited(place, sprint)
    one = asked(place, sprint)
    make_risk(place, sprint=sprint, **CRITICAL)
    with pytest.raises(ActRefusedError, match="Something new stands in the way"):
        said_yes(place, one)


def test_a_change_for_the_better_may_be_confirmed(place, sprint):
    audited(place, sprint)
    risk = make_risk(place, sprint=sprint, **CRITICAL)
    one = asked(place, sprint, outcome="go")
    Risk.objects.filter(pk=risk.pk).update(state="verified")
    kept = said_yes(place, one)
    assert (kept.computed, kept.outcome) == ("go", "go")


def test_let_us_talk_first_ends_the_question_once(place, sprint, told):
    one = asked(place, sprint)
    told.clear()
    talk_first(one, "What about the mail?", by=place.founder)
    assert (state(one), told) == ("declined", [("decision_answered", place.consultant.email)])
    with pytest.raises(ActRefusedError):
        talk_first(one, "", by=place.founder)
    with pytest.raises(ActRefusedError):
        said_yes(place, one)


def test_before_a_founder_has_joined_the_recommendation_suffices(place, sprint):
    founders = ClientMembership.objects.filter(user=place.founder)
    founders.update(status="removed")
    assert not may_work(sprint)
    one = asked(place, sprint, computed=start_computed(sprint, "noted"))
    assert may_work(sprint)
    founders.update(status="active")
    assert not may_work(sprint)
    said_yes(place, one)
    assert may_work(sprint)
    assert current(sprint, "start") == Decision.objects.get(pk=one.pk)


# Conditions and the end.


def test_a_condition_is_met_once(place, sprint):
    audited(place, sprint)
    one = asked(place, sprint, "conditional_go", [condition(place)])
    row = one.conditions.get()
    meet(row, by=place.consultant)
    with pytest.raises(ActRefusedError, match="settled already"):
        meet(row, by=place.consultant)


def test_a_passing_run_meets_a_checks_condition(place, sprint):
    audited(place, sprint)
    given = [condition(place, check_id=TROUBLE.check_id), condition(place)]
    one = asked(place, sprint, "conditional_go", given)
    unseen = {TROUBLE.check_id: Look(frozenset({"app.test"}), frozenset({"www.app.test"}))}
    looked(sprint, 2, TROUBLE)
    looked(sprint, 3, looks=unseen)
    assert one.conditions.filter(met_at=None).count() == 2
    looked(sprint, 4)
    assert one.conditions.get(met_at=None).check_id == ""


def test_an_unmet_day_ends_the_yes_and_is_told_once(place, sprint, told, time_machine):
    time_machine.move_to("2026-11-24 12:00", tick=False)
    audited(place, sprint)
    one = said_yes(place, asked(place, sprint, "conditional_go", [condition(place, 2)]))
    told.clear()
    time_machine.move_to("2026-11-26 23:00", tick=False)
    lapse(one.pk)
    assert (state(one), Decision.objects.filter(is_past()).count()) == ("confirmed", 0)
    time_machine.move_to("2026-11-27 00:01", tick=False)
    for _ in range(2):
        lapse(one.pk)
    assert state(one) == "lapsed"
    assert sorted(to for _, to in told) == sorted([place.consultant.email, place.founder.email])


def test_a_met_condition_gives_the_launch_its_seven_days(place, sprint, time_machine):
    time_machine.move_to("2026-11-24 12:00", tick=False)
    audited(place, sprint)
    one = said_yes(place, asked(place, sprint, "conditional_go", [condition(place, 2)]))
    meet(one.conditions.get(), by=place.consultant)
    for moment, expected in (("2026-12-01 12:00", "confirmed"), ("2026-12-01 12:01", "lapsed")):
        time_machine.move_to(moment, tick=False)
        lapse(one.pk)
        assert state(one) == expected


def test_a_launch_within_its_days_has_used_the_yes(place, sprint, time_machine):
    time_machine.move_to("2026-11-24 12:00", tick=False)
    audited(place, sprint)
    Project.objects.filter(pk=sprint.project_id).update(launch_on=in_days(3))
    one = said_yes(place, asked(place, sprint))
    time_machine.move_to("2026-12-10 12:00", tick=False)
    lapse(one.pk)
    assert (state(one), Decision.objects.filter(is_past()).count()) == ("confirmed", 0)


def test_the_start_of_work_does_not_end_by_itself(place, sprint):
    kept = said_yes(place, asked(place, sprint, computed=start_computed(sprint, "noted")))
    assert kept.valid_until is None


@pytest.mark.django_db(transaction=True)
def test_yes_and_talk_at_the_same_moment_end_in_one_outcome(told):
    place, _ = make_places("Ada")
    with place.as_staff():
        sprint = make_sprint(place)
        audited(place, sprint)
        one = asked(place, sprint)
    told.clear()
    both = Barrier(2)

    def press(is_yes: bool) -> str:
        try:
            with place.as_client():
                found = Decision.objects.select_related("sprint__project").get(pk=one.pk)
                both.wait(timeout=20)
                kept = said_yes(place, found) if is_yes else talk_first(found, "", by=place.founder)
                return str(kept.state)
        except ActRefusedError:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(press, (True, False)))
    with place.as_staff():
        kept = state(one)
    assert outcomes == sorted(["refused", kept])
    assert len(told) == 1


# The pages.


def words(place, sprint, **more):
    return {"practice_slug": place.practice.slug, "sprint_id": sprint.pk} | more


def url_of(decision) -> str:
    ids = {"sprint_id": decision.sprint_id, "number": decision.number}
    return reverse("client-decision", kwargs=ids)


def test_the_founder_starts_the_work_with_one_press(place, sprint, client):
    one = asked(place, sprint, computed=start_computed(sprint, "noted"))
    client.force_login(place.founder)
    page = client.get(url_of(one)).text
    assert "Yes, start" in page
    assert "We note how things stand before each change" in page
    client.post(url_of(one), {"answer": "yes", "seen": one.inputs_sha256})
    assert state(one) == "confirmed"
    assert "You said this on" in client.get(url_of(one)).text


def test_the_launch_asks_for_a_proof_and_the_talk_does_not(place, sprint, client):
    audited(place, sprint)
    one = asked(place, sprint)
    client.force_login(place.founder)
    form = {"answer": "yes", "seen": one.inputs_sha256}
    assert client.post(url_of(one), form).headers["Location"] == reverse("stepup")
    assert state(one) == "recommended"
    step_up(client)
    assert "Your yes counts until" in client.post(url_of(one), form, follow=True).text
    two = asked(place, sprint)
    client.session.flush()
    client.force_login(place.founder)
    client.post(url_of(two), {"answer": "talk", "words": "Mail?"})
    assert (state(one), state(two)) == ("confirmed", "declined")


def test_the_page_shows_what_changed_and_asks_again(place, sprint, client):
    audited(place, sprint)
    make_risk(place, sprint=sprint, **HIGH)
    one = asked(place, sprint, "conditional_go", [condition(place)])
    risk = make_risk(place, sprint=sprint, title="The shop is slow", **HIGH)
    client.force_login(place.founder)
    step_up(client)
    stale = client.post(url_of(one), {"answer": "yes", "seen": one.inputs_sha256})
    assert (stale.status_code, state(one)) == (409, "recommended")
    assert "New: to fix before the launch: The shop is slow" in stale.text
    assert risk.ref not in stale.text
    fresh = computed_now(one).digest
    assert fresh in stale.text
    client.post(url_of(one), {"answer": "yes", "seen": fresh})
    assert state(one) == "confirmed"


def test_a_worse_answer_since_leaves_only_the_talk(place, sprint, client):
    audited(place, sprint)
    one = asked(place, sprint)
    make_risk(place, sprint=sprint, **CRITICAL)
    client.force_login(place.founder)
    page = client.get(url_of(one)).text
    assert "recommends again" in page
    assert 'value="yes"' not in page
    assert 'value="talk"' in page


def test_better_than_computed_prints_both(place, sprint, client):
    one = asked(place, sprint, "go")
    client.force_login(place.founder)
    page = client.get(url_of(one)).text
    assert "Yes, launch" in page
    assert "What follows from the list alone: <b>Not yet</b>" in page
    assert "Because." in page


def test_nothing_internal_is_on_the_founders_page(place, sprint, client):
    make_risk(place, sprint=sprint, title="Hidden stop", is_internal=True, **CRITICAL)
    make_risk(place, sprint=sprint, title="Draft stop", plain_summary="", **CRITICAL)
    one = asked(place, sprint, "no_go")
    client.force_login(place.founder)
    page = client.get(url_of(one)).text
    assert "Hidden stop" not in page
    assert "Draft stop" not in page


def test_a_viewer_reads_the_decision_and_may_not_answer(place, sprint, client):
    one = asked(place, sprint)
    client.force_login(place.viewer)
    page = client.get(url_of(one)).text
    assert "A founder answers this" in page
    assert client.post(url_of(one), {"answer": "talk"}).status_code == 403


def test_a_session_that_may_not_bind_launches_nothing(place, sprint, client, monkeypatch):
    audited(place, sprint)
    one = asked(place, sprint)
    monkeypatch.setattr("config.client_decision.may_bind", lambda _: "Prove your mailbox first.")
    client.force_login(place.founder)
    answer = client.post(url_of(one), {"answer": "yes", "seen": one.inputs_sha256})
    assert (answer.status_code, state(one)) == (403, "recommended")
    assert "Prove your mailbox first." in answer.text


def test_the_consultant_recommends_what_is_computed_in_one_press(place, sprint, client):
    make_risk(place, sprint=sprint, **CRITICAL)
    client.force_login(place.consultant)
    url = reverse("sprints:decision-create", kwargs=words(place, sprint))
    page = client.get(f"{url}?kind=start").text
    assert "Computed: Yes, work can start" in page
    assert "Open risks don’t count here" in page
    client.post(url, {"kind": "start", "act": "keep", "outcome": "go", "way_back": "noted"})
    assert Decision.objects.get().state == "recommended"


def test_the_form_says_what_a_condition_lacks_and_keeps_what_was_typed(place, sprint, client):
    audited(place, sprint)
    client.force_login(place.consultant)
    url = reverse("sprints:decision-create", kwargs=words(place, sprint))
    form = {"kind": "launch", "act": "keep", "outcome": "conditional_go", "rows": "2"}
    form |= {"c0-text": "The mail arrives"}
    answer = client.post(url, form)
    assert answer.status_code == 422
    for said in ("Nobody is named", "No day is given", 'value="The mail arrives"'):
        assert said in answer.text
    named = form | {"c0-owner": str(place.founder.pk), "c0-due_on": in_days(-1).isoformat()}
    assert "This day has passed" in client.post(url, named).text
    client.post(url, named | {"c0-due_on": in_days(2).isoformat()})
    assert DecisionCondition.objects.get().owner == place.founder


def test_the_preview_shows_the_founders_words_and_keeps_nothing(place, sprint, client):
    client.force_login(place.consultant)
    url = reverse("sprints:decision-create", kwargs=words(place, sprint))
    form = {"kind": "launch", "act": "preview", "outcome": "go", "reason": "small", "rows": "1"}
    page = client.post(url, form | {"words": "Twenty people"}).text
    assert "The launch is to a small, known group first. Twenty people." in page
    assert not Decision.objects.exists()


def test_a_person_marks_a_condition_met_on_the_list(place, sprint, client):
    audited(place, sprint)
    said_yes(place, asked(place, sprint, "conditional_go", [condition(place)]))
    client.force_login(place.consultant)
    page = client.get(reverse("sprints:decision-list", kwargs=words(place, sprint))).text
    assert "Launch: Yes, if" in page
    assert "The mail arrives" in page
    row = DecisionCondition.objects.get()
    client.post(reverse("sprints:condition-met", kwargs=words(place, sprint, condition_id=row.pk)))
    row.refresh_from_db()
    assert row.met_by == place.consultant


def test_ten_decisions_take_no_more_queries_than_two(place, sprint, client):
    audited(place, sprint)
    client.force_login(place.consultant)
    url = reverse("sprints:decision-list", kwargs=words(place, sprint))
    for _ in range(2):
        asked(place, sprint, "conditional_go", [condition(place)])
    client.get(url)
    with CaptureQueriesContext(connection) as two:
        client.get(url)
    for _ in range(8):
        asked(place, sprint, "conditional_go", [condition(place)])
    with CaptureQueriesContext(connection) as ten:
        client.get(url)
    assert len(ten) == len(two)


@pytest.mark.django_db(transaction=True, databases=["default", "ops"])
def test_the_sweep_rings_for_each_agreement_whose_time_has_come(world: World, monkeypatch):
    with world.ada.as_staff():
        over = make_acceptance(world.ada, state="accepted", expires_on=in_days(-1))
        near = make_acceptance(world.ada, state="accepted", expires_on=in_days(1))
        make_acceptance(world.ada, state="accepted", expires_on=in_days(8))
        make_acceptance(world.ada, expires_on=in_days(-1))
        ago = timezone.now() - timedelta(minutes=1)
        past = make_decision(world.ada, state="confirmed", valid_until=ago)
        make_decision(world.ada, state="superseded", valid_until=ago)
    rung = []
    for name in ("end_acceptance", "remind_of_acceptance", "end_decision"):
        monkeypatch.setattr(
            getattr(tasks, name),
            "apply_async",
            lambda args, name=name, **more: rung.append((name, args[0], more["headers"])),
        )
    tasks.sweep_agreements()
    header = {"practice_id": world.ada.practice.pk}
    assert rung == [
        ("end_acceptance", over.pk, header),
        ("remind_of_acceptance", near.pk, header),
        ("end_decision", past.pk, header),
    ]
    assert "sprints.tasks.sweep_agreements" in EVERY_TEN_SECONDS
