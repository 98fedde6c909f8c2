"""The sprint's page for staff and the founder's page: the answer, the list, what stays inside."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audits.catalogue import CATALOGUE
from audits.verdicts import Severity
from config.launching import coverage_sentence, unseen_of
from sprints.models import Risk, Stage, StageItem
from tests.audits.factories import make_finding, make_run
from tests.factories import World
from tests.sprints.factories import (
    make_consent,
    make_event,
    make_project,
    make_risk,
    make_sprint,
)

STOPPER = next(check for check in CATALOGUE if check.severity == Severity.S0)
MINOR = next(check for check in CATALOGUE if check.severity == Severity.S2)
ALL_RAN = {"total": 90, "ran": 90, "unknown": [], "blocked": [], "not_consented": []}


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def sprint(place):
    project = make_project(
        place, name="Brightchat launch", launch_on=timezone.localdate() + timedelta(days=10)
    )
    return make_sprint(place, project=project)


@pytest.fixture
def page(place, sprint, client):
    def reading(query="", user=place.consultant, name="sprint"):
        client.force_login(user)
        words = {"sprint_id": sprint.pk}
        if name == "sprint":
            words["practice_slug"] = place.practice.slug
        return client.get(reverse(name, kwargs=words) + query).content.decode()

    return reading


@pytest.fixture
def founders(page, place):
    return lambda: page(user=place.founder, name="client-sprint")


def whole_run(place, sprint, **coverage):
    return make_run(place, sprint=sprint, state="done", coverage=ALL_RAN | coverage)


def test_a_new_sprint_says_that_nothing_was_looked_at_and_offers_the_first_audit(page):
    text = page()
    assert "No audit has looked at this domain yet." in text
    assert "Run the first audit" in text
    assert "in 10 days" in text


def test_an_open_critical_risk_makes_it_a_no_with_the_smallest_fix(page, place, sprint):
    whole_run(place, sprint)
    make_risk(place, sprint=sprint, consequence=5, likelihood=5)
    make_risk(place, sprint=sprint, consequence=1, likelihood=1)
    text = page()
    assert "Not ready to launch" in text
    assert "1 risk stops the launch." in text
    assert "Fixing it would make it ready." in text
    assert 'risks/?show=stops"' in text
    assert "All 90 checks ran." in text


def test_a_look_that_could_stop_the_launch_and_did_not_get_through_is_named(page, place, sprint):
    run = whole_run(place, sprint, ran=88, unknown=[STOPPER.id], blocked=[MINOR.id])
    make_finding(place, run=run, check_id=STOPPER.id, verdict="unknown", subject="app.test")
    make_finding(place, run=run, check_id=MINOR.id, verdict="blocked", subject="app.test")
    text = page()
    assert "Ready, with conditions" in text
    assert "1 look that could stop the launch did not get through." in text
    assert "No answer came in time." in text
    assert "firewall stopped us" in text


def test_the_worst_risk_stands_open_with_its_prompt(page, place, sprint):
    make_risk(place, sprint=sprint, observed="seen here", check_id="tls.chain", consequence=5)
    text = page()
    assert "Copy fix prompt" in text
    assert "seen here" in text
    assert "Re-check" in text


def test_a_filter_in_the_address_narrows_the_list(page, place, sprint):
    make_risk(place, sprint=sprint, title="Mine to mend", owner=place.consultant)
    make_risk(place, sprint=sprint, title="Somebody else's")
    text = page("?show=mine")
    assert "Mine to mend" in text
    assert "Somebody else" not in text


def test_an_audit_at_work_is_watched_instead_of_started_again(page, place, sprint):
    make_run(place, sprint=sprint, state="running")
    text = page()
    assert "Watch the audit" in text
    assert "Run audit" not in text


def test_what_happened_stands_under_lately(page, place, sprint):
    make_event(place, sprint=sprint)
    assert f"noted {place.canary}." in page()


def test_the_page_asks_as_often_for_forty_risks_as_for_two(page, place, sprint):
    for _ in range(2):
        make_risk(place, sprint=sprint, owner=place.owner)
    page()
    with CaptureQueriesContext(connection) as few:
        page()
    for _ in range(38):
        make_risk(place, sprint=sprint, owner=place.owner)
    with CaptureQueriesContext(connection) as many:
        page()
    assert len(many) == len(few)


def many(place, sprint, count=4, **fields):
    given = {"title": "No encryption", "check_id": "tls.plain", "consequence": 5, "likelihood": 5}
    return [
        make_risk(place, sprint=sprint, subject=f"host{number}.test", **(given | fields))
        for number in range(count)
    ]


def test_one_cause_on_several_hosts_is_one_line_that_stands_open_at_its_worst(page, place, sprint):
    whole_run(place, sprint)
    many(place, sprint)
    text = page()
    assert "4 risks from 1 cause stop the launch." in text
    assert text.count('class="group"') == 1
    assert "on 4 hosts" in text
    assert "host3.test" in text
    assert text.count("Copy fix prompt") == 1
    assert "4 open" in text


def test_the_page_shows_ten_lines_at_most_and_a_group_counts_as_one(page, place, sprint):
    many(place, sprint, count=12)
    for number in range(11):
        make_risk(place, sprint=sprint, title=f"Trouble {number}")
    text = page()
    assert text.count('class="group"') == 1
    assert "Trouble 8" in text
    assert "Trouble 9" not in text
    assert "All 23 in the list" in text


def test_what_is_to_be_fixed_or_accepted_first_is_one_link_away(page, place, sprint):
    whole_run(place, sprint)
    make_risk(place, sprint=sprint)
    assert 'risks/?show=first"' in page()


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        ({}, ""),
        (ALL_RAN, "All 90 checks ran."),
        (
            ALL_RAN
            | {"ran": 83, "blocked": list("abcde"), "unknown": ["f"], "not_consented": ["g"]},
            "83 of 90 checks ran; 5 were stopped by the site’s own firewall, 1 got no answer, "
            "1 waits for consent.",
        ),
    ],
)
def test_coverage_is_one_calm_sentence(coverage, words):
    assert coverage_sentence(coverage) == words


def test_only_checks_that_stop_a_launch_alone_weigh_unseen():
    met = unseen_of({"unknown": [MINOR.id, "no.longer_known"], "blocked": [STOPPER.id]})
    assert [(one.check_id, one.is_blocked) for one in met] == [(STOPPER.id, True)]


# --- the founder's page ------------------------------------------------------------------


def test_the_founder_reads_first_whether_the_date_holds_and_who_does_what(founders, place, sprint):
    whole_run(place, sprint)
    make_risk(place, sprint=sprint, consequence=5, likelihood=5, owner=place.consultant)
    make_risk(place, sprint=sprint, consequence=5, likelihood=5, owner=place.founder)
    text = founders()
    assert "Not yet: 2 things stop the launch on" in text
    assert "Ada does one, you do one." in text


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        ({"consequence": 5, "likelihood": 5}, "Not yet: 1 thing stops the launch"),
        ({"consequence": 4, "likelihood": 4}, "Yes, if 1 thing is fixed before the launch"),
        ({"consequence": 1, "likelihood": 1}, "Yes: nothing that we can see stops the launch"),
    ],
)
def test_the_answer_is_no_almost_or_yes(founders, place, sprint, weight, words):
    whole_run(place, sprint)
    make_risk(place, sprint=sprint, **weight)
    assert words in founders()


def test_before_the_first_audit_the_founder_reads_who_looks_first(founders):
    text = founders()
    assert "We haven’t looked yet." in text
    assert "Ada</b> takes the first look" in text


def test_what_kept_us_away_is_said_calmly(founders, place, sprint):
    whole_run(place, sprint, blocked=[STOPPER.id])
    text = founders()
    assert "Yes, if 1 thing that we couldn’t look at turns out fine." in text
    assert 'data-tone="bad"' not in text


def test_nothing_internal_reaches_the_founder(founders, place, sprint):
    whole_run(place, sprint, unknown=[STOPPER.id])
    place.consultant.name = ""
    place.consultant.save()
    hidden = "canary-inside"
    risk = make_risk(
        place,
        sprint=sprint,
        title="Codes land in spam",
        plain_summary="People can’t sign in.",
        consequence=5,
        likelihood=5,
        check_id=f"email.{hidden}",
        subject=f"{hidden}.test",
        observed=hidden,
        expected=hidden,
        remedy=hidden,
        check_source=hidden,
        evidence=[[hidden, hidden]],
        owner=place.consultant,
    )
    make_risk(place, sprint=sprint, title=f"Draft {hidden}", plain_summary="", consequence=5)
    make_event(place, sprint=sprint, is_internal=True)
    # Its letters are drawn by lot, and could spell one of the words.
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", founders())
    assert "People can’t sign in." in text
    for word in (
        hidden,
        place.consultant.email,
        place.owner.email,
        STOPPER.id,
        risk.ref,
        f">{risk.score}<",
        "S0",
        "Launch impact",
        "verdict of",
        "fingerprint",
    ):
        assert word not in text, word
    assert "Your consultant" in text


def test_a_draft_does_not_count_for_the_founder(founders, place, sprint):
    whole_run(place, sprint)
    make_risk(place, sprint=sprint, plain_summary="", consequence=5, likelihood=5)
    assert "Yes: nothing that we can see" in founders()


def test_a_settled_risk_is_gone_and_the_page_says_that_nothing_needs_you(founders, place, sprint):
    whole_run(place, sprint)
    make_consent(place, project=sprint.project)
    make_risk(place, sprint=sprint, title="Old trouble", state=Risk.State.VERIFIED)
    text = founders()
    assert "Old trouble" not in text
    assert "Nothing needs you" in text


def test_seven_steps_stand_in_a_founders_words(founders, sprint):
    StageItem.objects.filter(stage__sprint=sprint).update(verdict="pass", verdict_at=timezone.now())
    Stage.objects.filter(sprint=sprint, ordinal=1).update(state="done", done_at=timezone.now())
    text = founders()
    assert text.count("<li data-state=") == 7
    assert "In progress" in text
    assert "checks" not in text


def test_one_cause_on_several_addresses_is_one_thing_to_a_founder(founders, place, sprint):
    whole_run(place, sprint)
    many(place, sprint, owner=place.founder)
    many(place, sprint, count=2, owner=place.consultant)
    text = founders()
    assert "Not yet: 2 things stop the launch on" in text
    assert "You do one, Ada does one." in text
    assert "On 4 of your addresses" in text
    assert "On 2 of your addresses" in text
    assert "host1.test" not in text


def test_of_several_the_first_date_counts(founders, place, sprint):
    first, last = many(place, sprint, count=2, owner=place.founder)
    today = timezone.localdate()
    Risk.objects.filter(pk=first.pk).update(due_on=today + timedelta(days=9))
    Risk.objects.filter(pk=last.pk).update(due_on=today)
    assert "You, today" in founders()
