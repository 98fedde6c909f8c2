"""The day-one report by its link, and the call: what they show, record and mail."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audits.catalogue import BY_ID
from sprints.models import ActivityEvent, Risk, ShareLink, Sprint
from tests.accounts import conftest as mailed
from tests.audits.factories import make_finding, make_run
from tests.factories import World
from tests.sprints.factories import make_risk, make_sprint

pytestmark = pytest.mark.django_db

posted = mailed.posted
INTERNAL = "internal-word-of-the-staff"
COVERAGE = {"total": 90, "ran": 88, "unknown": ["dns.caa"], "blocked": [], "not_consented": ["x"]}


class Day:
    """A sprint whose audit found seven things, one of them internal."""

    def __init__(self, world: World) -> None:
        place = self.place = world.ada
        with place.as_staff():
            sprint = self.sprint = make_sprint(place)
            run = make_run(place, sprint=sprint, state="done", coverage=COVERAGE)
            make_finding(place, run=run, check_id="dns.caa", verdict="unknown")
            self.risks = [
                make_risk(
                    place,
                    sprint=sprint,
                    title=f"Trouble {number}",
                    consequence=consequence,
                    remedy=INTERNAL,
                    observed=INTERNAL,
                    check_id="email.spf_multiple",
                )
                for number, consequence in enumerate((5, 5, 4, 3, 3, 1), start=1)
            ]
            self.hidden = make_risk(place, sprint=sprint, title=INTERNAL, is_internal=True)
            make_risk(place, sprint=sprint, title=INTERNAL, plain_summary="")
        self.staff = Browser()
        self.staff.force_login(place.consultant)

    def url(self, name: str, **words) -> str:
        given = {"practice_slug": self.place.practice.slug, "sprint_id": self.sprint.pk}
        return reverse(f"sprints:{name}", kwargs=given | words)

    def make_report(self) -> str:
        made = self.staff.post(self.url("report-create"))
        found = re.search(r"https?://[^\s<\"]+(/r/[\w-]{43}/)", made.text)
        assert found
        return found[1]

    def set(self, *risks: Risk, **fields) -> None:
        with self.place.as_staff():
            Risk.objects.filter(pk__in=[risk.pk for risk in risks]).update(**fields)

    def agree(self, risk: Risk, **fields):
        with self.place.as_staff():
            version = Risk.objects.get(pk=risk.pk).row_version
        given = {"row_version": version, "owner": self.place.founder.pk, "due_on": ""} | fields
        return self.staff.post(self.url("call-agreement", number=risk.number), given)

    def events(self, verb: str) -> list[ActivityEvent]:
        with self.place.as_staff():
            return list(ActivityEvent.objects.filter(sprint=self.sprint, verb=verb))


@pytest.fixture
def day(world: World) -> Day:
    return Day(world)


# --- the report -----------------------------------------------------------------------------


def test_one_click_makes_a_report_that_needs_no_login(day):
    page = Browser().get(day.make_report()).text
    assert day.place.practice.name in page
    assert [f"Trouble {number}" in page for number in range(1, 6)] == [True] * 5
    assert "could not look at" in page
    assert BY_ID["dns.caa"].title.split("(")[0].strip()[:10] in page
    with day.place.as_staff():
        link = ShareLink.objects.get(kind="report")
    assert timedelta(days=13, hours=23) < link.expires_at - timezone.now() <= timedelta(days=14)


def test_nothing_internal_and_no_figure_of_ours_is_in_the_report(day):
    page = Browser().get(day.make_report()).text
    assert INTERNAL not in page
    for word in ("R-0", "S0", "email.spf_multiple", "dns.caa", day.place.consultant.email, "score"):
        assert word not in page


def test_a_risk_that_was_hidden_since_is_gone_from_the_report(day):
    url = day.make_report()
    day.set(day.risks[0], is_internal=True)
    assert "Trouble 1" not in Browser().get(url).text


def test_the_report_stays_as_it_was_until_the_sprint_is_over(day):
    url = day.make_report()
    day.set(*day.risks, state="verified")
    page = Browser().get(url).text
    assert "Then and now" not in page
    assert "Not yet" in page
    with day.place.as_staff():
        Sprint.objects.filter(pk=day.sprint.pk).update(state="handover")
    page = Browser().get(url).text
    assert "Then and now" in page
    assert "5 of the first 5 things are fixed and checked" in page


def test_a_report_without_an_audit_is_refused_with_what_to_do(day):
    with day.place.as_staff():
        other = make_sprint(day.place)
    answer = day.staff.post(day.url("report-create", sprint_id=other.pk), follow=True)
    assert "Run one first" in answer.text
    with day.place.as_staff():
        assert not ShareLink.objects.filter(sprint=other).exists()


def test_the_report_wears_the_practices_look(day):
    practice = day.place.practice
    type(practice).objects.filter(pk=practice.pk).update(
        brand={"accent": "#0a5c36", "footer": "Harbour Works Ltd, Hull"}
    )
    page = Browser().get(day.make_report()).text
    assert "Harbour Works Ltd, Hull" in page
    assert "0a5c36" in page


# --- the call -------------------------------------------------------------------------------


def test_the_call_shows_one_risk_at_a_time_and_nothing_internal(day):
    first = day.staff.get(day.url("call-view")).text
    assert "Trouble 1" in first
    assert "Trouble 2" not in first
    assert "1 of 6" in first
    assert 'data-key="ArrowRight"' in first
    assert "Trouble 2" in day.staff.get(day.url("call-view"), {"at": day.risks[1].number}).text
    for number in range(1, 9):
        assert INTERNAL not in day.staff.get(day.url("call-view"), {"at": number}).text


def test_an_agreement_sets_owner_and_date_and_walks_on(day):
    due = timezone.localdate() + timedelta(days=3)
    answer = day.agree(day.risks[0], due_on=due.isoformat())
    assert answer["Location"].endswith(f"?at={day.risks[1].number}")
    with day.place.as_staff():
        risk = Risk.objects.get(pk=day.risks[0].pk)
    assert (risk.owner, risk.due_on) == (day.place.founder, due)
    for verb in ("risk_given", "risk_promised", "call_agreed"):
        assert len(day.events(verb)) == 1


@pytest.mark.parametrize("days", [-1, 0])
def test_a_day_that_has_passed_is_not_agreed_on(day, days):
    due = timezone.localdate() + timedelta(days=days)
    answer = day.agree(day.risks[0], due_on=due.isoformat())
    assert answer.status_code == (422 if days < 0 else 302)


def test_a_stranger_cannot_be_given_a_risk_on_the_call(day, world):
    assert day.agree(day.risks[0], owner=world.bob.founder.pk).status_code == 422
    assert not day.events("call_agreed")


def test_an_agreement_about_an_older_state_is_shown_the_newer_one(day):
    answer = day.agree(day.risks[0], row_version=99)
    assert answer.status_code == 409
    assert "changed this risk meanwhile" in answer.text
    assert not day.events("call_agreed")


def test_what_the_client_does_not_see_cannot_be_agreed_on(day):
    assert day.agree(day.hidden).status_code == 404


def test_one_mail_at_the_end_lists_what_was_agreed_once(day, posted):
    day.agree(day.risks[0])
    day.agree(day.risks[1])
    day.agree(day.risks[1], owner=day.place.consultant.pk)
    before = len(posted)
    for _ in range(2):
        day.staff.post(day.url("call-end"))
    mails = posted[before:]
    assert sorted(mail.to for mail in mails) == sorted(
        [day.place.founder.email, day.place.consultant.email]
    )
    assert all("Trouble 1" in mail.text and "Trouble 2" in mail.text for mail in mails)
    assert all(mail.text.count("Trouble 2") == 1 for mail in mails)
    assert "2 things agreed" in mails[0].subject
    assert INTERNAL not in mails[0].text
    assert len(day.events("call_told")) == 1


def test_a_second_call_tells_only_what_is_new(day, posted):
    day.agree(day.risks[0])
    day.staff.post(day.url("call-end"))
    before = len(posted)
    day.agree(day.risks[2])
    day.staff.post(day.url("call-end"))
    assert all("Trouble 1" not in mail.text for mail in posted[before:])
    assert len(posted[before:]) == 2


def test_the_call_asks_as_much_for_ten_risks_as_for_six(day):
    day.staff.get(day.url("call-view"))
    with CaptureQueriesContext(connection) as six:
        day.staff.get(day.url("call-view"))
    with day.place.as_staff():
        for _ in range(4):
            make_risk(day.place, sprint=day.sprint)
    with CaptureQueriesContext(connection) as ten:
        day.staff.get(day.url("call-view"))
    assert len(six) == len(ten)


def test_a_sprint_with_nothing_open_says_so_on_the_call(day):
    day.set(*day.risks, state="verified")
    assert "Nothing open to talk about" in day.staff.get(day.url("call-view")).text
