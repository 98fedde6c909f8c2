"""Living with a risk until a date: proposed, decided, ended by a person, a change or the day."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.launching import answer_of
from sprints.absorb import Look, absorb
from sprints.accepting import (
    ActRefusedError,
    Answer,
    Proposal,
    decide,
    propose,
    revoke,
    withdraw,
)
from sprints.forms_decisions import ProposalForm
from sprints.impact import Weight
from sprints.listing import risks_of
from sprints.models import Acceptance, ActivityEvent, Risk, Sprint
from sprints.reconsidering import expire, is_near, is_over, remind
from sprints.rows import risk_row
from sprints.telling import sentence
from tests.factories import World, make_places
from tests.sprints.factories import make_acceptance, make_risk, make_sprint
from tests.sprints.test_absorb import LOOKED, TROUBLE

CRITICAL = {"consequence": 5, "likelihood": 5, "recovery": 2}
HIGH = {"consequence": 4, "likelihood": 4, "recovery": 2}
LOW = {"consequence": 2, "likelihood": 2, "recovery": 2}


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def told(monkeypatch) -> list[tuple[str, str]]:
    """Which mail went to whom; the mails are promised all the same."""
    from accounts import mails
    from sprints import mailing

    seen: list[tuple[str, str]] = []
    send = mails.send

    def listening(name, to, words, **more):
        seen.append((name, to))
        send(name, to, words, **more)

    monkeypatch.setattr(mailing, "send", listening)
    return seen


def in_days(days: int):
    return timezone.localdate() + timedelta(days=days)


def proposed(place, risk, days=7) -> Acceptance:
    return propose(risk, Proposal("Few people meet it.", in_days(days)), by=place.consultant)


def answer(one: Acceptance, *, is_yes=True, by) -> Acceptance:
    said = {one.pk: Answer(one.row_version, is_yes)}
    return decide(one.risk.sprint, said, by=by)[0]


def accepted(place, risk=None, days=7) -> Acceptance:
    return answer(proposed(place, risk or make_risk(place), days), by=place.founder)


def fresh(risk) -> Risk:
    return Risk.objects.get(pk=risk.pk)


def state(one: Acceptance) -> str:
    return Acceptance.objects.get(pk=one.pk).state


@pytest.mark.parametrize(
    ("weight", "days", "is_possible"),
    [
        (CRITICAL, 14, True),
        (CRITICAL, 15, False),
        (HIGH, 30, True),
        (HIGH, 31, False),
        (LOW, 90, True),
        (LOW, 91, False),
        (LOW, 1, True),
        (LOW, 0, False),
    ],
)
def test_a_day_is_possible_up_to_the_cap_of_the_band(place, weight, days, is_possible):
    risk = make_risk(place, **weight)
    if is_possible:
        assert proposed(place, risk, days).state == "proposed"
    else:
        with pytest.raises(ActRefusedError, match="is not possible"):
            proposed(place, risk, days)


def test_the_days_to_choose_from_end_at_the_cap(place):
    def chips(**weight):
        form = ProposalForm(risk=make_risk(place, **weight))
        return [value for value, _ in form["until"].field.choices]  # type: ignore[attr-defined]

    assert chips(**CRITICAL) == ["7", "14", "other"]
    assert chips(**HIGH) == ["7", "14", "30", "other"]


def test_what_the_founder_may_not_see_is_not_proposed_to_them(place):
    for hidden in ({"is_internal": True}, {"plain_summary": ""}):
        with pytest.raises(ActRefusedError, match="not for the founder to see"):
            proposed(place, make_risk(place, **hidden))


def test_a_second_proposal_waits_until_the_first_is_taken_back(place):
    risk = make_risk(place)
    one = proposed(place, risk)
    with pytest.raises(ActRefusedError, match="proposed already"):
        proposed(place, risk)
    withdraw(one, by=place.consultant)
    with pytest.raises(ActRefusedError, match="answered already"):
        withdraw(one, by=place.consultant)
    assert proposed(place, risk, 14).state == "proposed"


def test_several_proposals_of_a_day_are_one_mail_to_the_founder(place, told):
    from accounts.outbox import OutgoingMail

    sprint = make_sprint(place)
    for _ in range(2):
        proposed(place, make_risk(place, sprint=sprint))
    assert {to for _, to in told} == {place.founder.email}
    assert OutgoingMail._meta.get_field("dedup_key").unique


def test_an_accepted_risk_no_longer_blocks_and_shows_its_day(place):
    one = accepted(place, make_risk(place, **CRITICAL))
    risk = fresh(one.risk)
    assert (risk.state, risk.accepted_until, risk.is_blocking) == ("accepted", in_days(7), False)
    facts = risk_row(risk, url="", today=timezone.localdate())["facts"]
    assert any(fact.startswith("Accepted until ") for fact in facts)
    answer_now = answer_of(risks_of(risk.sprint), None)
    assert (answer_now.blocking, len(answer_now.accepted)) == ((), 1)
    said = ActivityEvent.objects.filter(sprint=risk.sprint).order_by("-seq").first()
    assert said is not None
    assert sentence(said).startswith("accepted R-001 until ")


def test_a_no_leaves_the_risk_open(place):
    one = answer(proposed(place, make_risk(place)), is_yes=False, by=place.founder)
    assert (one.state, fresh(one.risk).state) == ("rejected", "open")


def test_who_proposed_it_does_not_decide(place):
    one = proposed(place, make_risk(place))
    with pytest.raises(ActRefusedError, match="somebody else has to decide"):
        answer(one, by=place.consultant)
    assert state(one) == "proposed"


def test_an_answer_counts_once(place):
    one = proposed(place, make_risk(place))
    answer(one, by=place.founder)
    with pytest.raises(ActRefusedError, match="answered or taken back"):
        answer(one, is_yes=False, by=place.founder)
    assert state(one) == "accepted"


def test_of_several_answers_all_are_kept_or_none(place):
    sprint = make_sprint(place)
    one, two = (proposed(place, make_risk(place, sprint=sprint)) for _ in range(2))
    withdraw(two, by=place.consultant)
    both = {each.pk: Answer(each.row_version, is_yes=True) for each in (one, two)}
    with pytest.raises(ActRefusedError), transaction.atomic():
        decide(sprint, both, by=place.founder)
    assert state(one) == "proposed"


def test_a_longer_time_is_a_new_proposal_and_never_another_date(place):
    one = accepted(place)
    with pytest.raises(ActRefusedError, match="only an open risk"):
        proposed(place, fresh(one.risk), 14)
    revoke(one, by=place.founder)
    assert (state(one), fresh(one.risk).state) == ("revoked", "open")
    again = accepted(place, fresh(one.risk), 14)
    assert (Acceptance.objects.get(pk=one.pk).expires_on, again.expires_on) == (
        in_days(7),
        in_days(14),
    )
    with pytest.raises(ActRefusedError, match="not accepted any more"):
        revoke(one, by=place.founder)


def weigh(risk, place, weight):
    risk.weigh(Weight(*weight), by=place.consultant, seen_version=risk.row_version)


def rename(risk, place, _):
    risk.rename("Three SPF records", by=place.consultant, seen_version=risk.row_version)


def explain(risk, place, _):
    risk.explain("Nobody gets a code.", by=place.consultant, seen_version=risk.row_version)


@pytest.mark.parametrize(
    ("change", "given"), [(weigh, (5, 5, 2)), (weigh, (4, 3, 2)), (rename, None), (explain, None)]
)
def test_a_material_change_ends_what_was_accepted(place, told, change, given):
    one = accepted(place)
    told.clear()
    change(fresh(one.risk), place, given)
    risk = fresh(one.risk)
    assert (state(one), risk.state, risk.accepted_until) == ("voided", "open", None)
    both = {place.founder.email, place.consultant.email}
    assert ({name for name, _ in told}, {to for _, to in told}) == ({"acceptance_over"}, both)


def test_another_owner_or_day_changes_nothing(place):
    one = accepted(place)
    risk = fresh(one.risk)
    risk.give(place.consultant, by=place.consultant, seen_version=risk.row_version)
    risk.promise(in_days(3), by=place.consultant, seen_version=risk.row_version)
    assert (state(one), fresh(risk).state) == ("accepted", "accepted")


def test_a_change_takes_a_proposal_off_before_it_is_answered(place):
    risk = make_risk(place)
    one = proposed(place, risk)
    rename(fresh(risk), place, None)
    assert state(one) == "withdrawn"
    with pytest.raises(ActRefusedError):
        answer(one, by=place.founder)


def looked(sprint, number, *troubles, looks=LOOKED):
    absorb(sprint, audit_number=number, at=timezone.now(), troubles=troubles, looks=looks)


@pytest.fixture
def found(place) -> Acceptance:
    """An accepted risk that a run has found."""
    sprint = make_sprint(place)
    looked(sprint, 1, TROUBLE)
    return accepted(place, Risk.objects.get(sprint=sprint))


def test_the_same_finding_again_ends_nothing(found):
    looked(found.risk.sprint, 2, replace(TROUBLE, observed="3 records begin with v=spf1."))
    assert (state(found), fresh(found.risk).state) == ("accepted", "accepted")


@pytest.mark.parametrize(
    "seen",
    [
        replace(TROUBLE, severity=0),
        replace(TROUBLE, severity=2),
        replace(TROUBLE, observed="The name server refuses to answer."),
        replace(TROUBLE, is_confirmed=False),
    ],
)
def test_another_verdict_of_a_run_ends_it(found, seen):
    looked(found.risk.sprint, 2, seen)
    assert (state(found), fresh(found.risk).state) == ("voided", "open")


def test_a_run_that_passes_ends_it_as_fixed_and_checked(found):
    looked(found.risk.sprint, 2)
    assert (state(found), fresh(found.risk).state) == ("voided", "verified")
    assert fresh(found.risk).accepted_until is None


def test_a_run_that_could_not_look_changes_nothing(found):
    looks = {TROUBLE.check_id: Look(frozenset(), frozenset({"app.test"}))}
    looked(found.risk.sprint, 2, looks=looks)
    assert (state(found), fresh(found.risk).state) == ("accepted", "accepted")


def test_the_day_after_the_last_the_risk_is_open_again_once(place, time_machine):
    time_machine.move_to("2026-11-24 12:00", tick=False)
    one = accepted(place, days=7)
    time_machine.move_to("2026-12-01 23:00", tick=False)
    expire(one.pk)
    assert (state(one), Acceptance.objects.filter(is_over()).count()) == ("accepted", 0)
    time_machine.move_to("2026-12-02 01:00", tick=False)
    assert Acceptance.objects.filter(is_over()).count() == 1
    for _ in range(2):
        expire(one.pk)
    assert (state(one), fresh(one.risk).state) == ("expired", "open")
    verbs = ActivityEvent.objects.filter(verb="acceptance_expired")
    assert verbs.count() == 1


def test_founder_and_lead_are_reminded_at_seven_days_and_at_one(place, told, time_machine):
    time_machine.move_to("2026-11-24 12:00", tick=False)
    one = accepted(place, days=14)
    days = []
    for day in range(24, 31):
        time_machine.move_to(f"2026-11-{day} 12:00", tick=False)
        days += reminded(one, told, day)
    for day in range(1, 9):
        time_machine.move_to(f"2026-12-0{day} 12:00", tick=False)
        days += reminded(one, told, day)
    both = {place.founder.email, place.consultant.email}
    assert days == [(1, both), (7, both)]


def reminded(one, told, day):
    told.clear()
    for _ in range(2):
        if Acceptance.objects.filter(is_near(), pk=one.pk).exists():
            remind(one.pk)
        remind(one.pk)
    assert len(told) in (0, 2)
    return [(day, {to for _, to in told})] if told else []


def test_a_week_chosen_today_needs_no_mail_that_a_week_is_left(place, told):
    one = accepted(place, days=7)
    told.clear()
    remind(one.pk)
    assert told == []


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_the_same_moment_end_in_one_outcome():
    place, _ = make_places("Ada")
    with place.as_staff():
        one = proposed(place, make_risk(place))
    both = Barrier(2)

    def press(is_yes: bool) -> str:
        try:
            with place.as_client():
                both.wait(timeout=20)
                return answer(
                    Acceptance.objects.get(pk=one.pk), is_yes=is_yes, by=place.founder
                ).state
        except ActRefusedError:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(press, (True, False)))
    with place.as_staff():
        kept = state(one)
        events = ActivityEvent.objects.filter(
            verb__in=["acceptance_accepted", "acceptance_rejected"]
        )
        assert events.count() == 1
    assert outcomes == sorted(["refused", kept])


# The pages.


def url_of(name, sprint: Sprint, **words) -> str:
    return reverse(name, kwargs={"sprint_id": sprint.pk} | words)


def seen(*all_of_them: Acceptance) -> dict[str, int]:
    return {f"seen-{one.pk}": one.row_version for one in all_of_them}


def step_up(client) -> None:
    session = client.session
    session["stepup:proven"] = {"act": "*", "at": time.time()}
    session.save()


@pytest.fixture
def pair(place) -> list[Acceptance]:
    sprint = make_sprint(place)
    return [proposed(place, make_risk(place, sprint=sprint)) for _ in range(2)]


def test_one_press_accepts_all_that_was_proposed(place, pair, client):
    sprint = pair[0].risk.sprint
    client.force_login(place.founder)
    url = url_of("client-acceptances", sprint)
    page = client.get(url).text
    assert "Accept all 2 until their days" in page
    answer = client.post(url, seen(*pair) | {"all": "yes"}, follow=True)
    assert "You live with 2" in answer.text
    assert {state(one) for one in pair} == {"accepted"}


def test_answers_may_differ(place, pair, client):
    client.force_login(place.founder)
    words = {f"answer-{pair[0].pk}": "yes", f"answer-{pair[1].pk}": "no"}
    client.post(url_of("client-acceptances", pair[0].risk.sprint), seen(*pair) | words)
    assert [state(one) for one in pair] == ["accepted", "rejected"]


def test_no_answer_is_refused_with_a_sentence(place, pair, client):
    client.force_login(place.founder)
    answer = client.post(url_of("client-acceptances", pair[0].risk.sprint), seen(*pair))
    assert answer.status_code == 422
    assert "Nothing was answered" in answer.text


def test_a_stale_page_is_shown_again(place, pair, client):
    sprint = pair[0].risk.sprint
    withdraw(pair[0], by=place.consultant)
    client.force_login(place.founder)
    answer = client.post(url_of("client-acceptances", sprint), seen(*pair) | {"all": "yes"})
    assert answer.status_code == 409
    assert "Here is what holds now" in answer.text
    assert state(pair[1]) == "proposed"


def test_what_stops_the_launch_is_accepted_only_after_a_proof(place, client):
    one = proposed(place, make_risk(place, **CRITICAL))
    url = url_of("client-acceptance", one.risk.sprint, acceptance_id=one.pk)
    client.force_login(place.founder)
    answer = client.post(url, seen(one) | {"answer": "yes"})
    assert (answer.headers["Location"], state(one)) == (reverse("stepup"), "proposed")
    step_up(client)
    client.post(url, seen(one) | {"answer": "yes"})
    assert state(one) == "accepted"


def test_a_no_and_a_lesser_risk_need_no_proof(place, client):
    one, two = (proposed(place, make_risk(place, **weight)) for weight in (CRITICAL, HIGH))
    client.force_login(place.founder)
    for each, word in ((one, "no"), (two, "yes")):
        url = url_of("client-acceptance", each.risk.sprint, acceptance_id=each.pk)
        client.post(url, seen(each) | {"answer": word})
    assert (state(one), state(two)) == ("rejected", "accepted")


def test_the_founder_changes_their_mind_on_the_page(place, client):
    one = accepted(place)
    client.force_login(place.founder)
    url = url_of("client-acceptance", one.risk.sprint, acceptance_id=one.pk)
    assert "I changed my mind" in client.get(url).text
    client.post(url, {"answer": "revoke"})
    assert state(one) == "revoked"
    assert client.post(url, {"answer": "revoke"}).status_code == 409


def test_a_viewer_reads_and_does_not_answer(place, pair, client):
    client.force_login(place.viewer)
    url = url_of("client-acceptances", pair[0].risk.sprint)
    page = client.get(url).text
    assert "A founder answers these" in page
    assert "Accept all" not in page
    assert client.post(url, seen(*pair) | {"all": "yes"}).status_code == 403


def test_a_session_that_may_not_bind_accepts_nothing(place, pair, client, monkeypatch):
    why = "Show first that the mailbox is yours."
    monkeypatch.setattr("sprints.views.acceptances.may_bind", lambda _: why)
    client.force_login(place.founder)
    url = url_of("client-acceptances", pair[0].risk.sprint)
    answer = client.post(url, seen(*pair) | {"all": "yes"})
    assert answer.status_code == 403
    assert why in answer.text
    assert state(pair[0]) == "proposed"


def test_an_internal_risk_is_on_no_page_of_the_founder(place, client):
    risk = make_risk(place)
    one = make_acceptance(place, risk=risk)
    Risk.objects.filter(pk=risk.pk).update(is_internal=True)
    client.force_login(place.founder)
    assert risk.title not in client.get(url_of("client-acceptances", risk.sprint)).text
    url = url_of("client-acceptance", risk.sprint, acceptance_id=one.pk)
    assert client.get(url).status_code == 404


def test_staff_propose_on_the_page_and_take_it_back(place, client):
    risk = make_risk(place)
    words = {"practice_slug": place.practice.slug, "sprint_id": risk.sprint_id}
    client.force_login(place.consultant)
    url = reverse("sprints:acceptance-create", kwargs=words | {"number": risk.number})
    form = {"reason": "few", "until": "other", "treatment": "accept"}
    assert "No day is given" in client.post(url, form).text
    late = client.post(url, form | {"other_day": in_days(31).isoformat()})
    assert late.status_code == 422
    assert "may stay for at most 30 days" in late.text
    client.post(url, form | {"other_day": in_days(30).isoformat(), "words": "Two a week"})
    one = Acceptance.objects.get()
    assert one.rationale == "Few people will meet it before the date. Two a week."
    assert "waits for the founder" in client.get(url).text
    back = reverse("sprints:acceptance-withdraw", kwargs=words | {"acceptance_id": one.pk})
    client.post(back)
    assert state(one) == "withdrawn"


def test_ten_proposals_take_no_more_queries_than_two(place, pair, client):
    client.force_login(place.founder)
    sprint = pair[0].risk.sprint
    url = url_of("client-acceptances", sprint)
    client.get(url)
    with CaptureQueriesContext(connection) as two:
        client.get(url)
    for _ in range(8):
        proposed(place, make_risk(place, sprint=sprint))
    with CaptureQueriesContext(connection) as ten:
        client.get(url)
    assert len(ten) == len(two)
