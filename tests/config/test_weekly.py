"""The founder's mail of a week: three lines, at eight on Monday, once, and only with news."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier

import pytest
from django.core import mail as sent_mail
from django.db import connection, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts import weekly
from accounts.digests import WEEKLY, choose_weekly, read_token, stop_token, wants_weekly
from accounts.due import due
from accounts.models import ClientMembership, DigestRun
from accounts.outbox import send_next
from accounts.tenancy.scope import Actor, practice_scope
from accounts.weeks import is_time, last_monday, look_after, morning_of
from config.weekly_letter import write
from config.weekly_words import Happened, Week, happened_words, letter_of
from sprints.models.activity import record
from sprints.needs import Need
from tests.accounts import conftest as mailed
from tests.factories import Place, World, make_client_membership
from tests.sprints.factories import make_request, make_risk, make_sprint

posted = mailed.posted
MONDAY = datetime(2026, 11, 30, 8, 0, 5, tzinfo=UTC)
in_outbox = pytest.mark.django_db(transaction=True, databases=["default", "ops"])


@pytest.fixture
def at_eight(monkeypatch: pytest.MonkeyPatch):
    """It is Monday, shortly after eight in UTC."""
    monkeypatch.setattr(timezone, "now", lambda: MONDAY)


@pytest.fixture
def sprint(world: World):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
        sprint.project.name = "BrightChat"
        sprint.project.save()
        return sprint


def make_due(place: Place, person=None) -> int:
    people = ClientMembership.objects.filter(user=person or place.founder, client=place.client)
    people.update(weekly_at=timezone.now() - timedelta(seconds=1))
    return people.get().pk


def write_for(place: Place, person=None) -> None:
    with practice_scope(place.practice.pk, actor=Actor.SYSTEM):
        write(make_due(place, person))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("UTC", (2026, 11, 30), utc(2026, 11, 30, 8)),
        ("Pacific/Kiritimati", (2026, 11, 30), utc(2026, 11, 29, 18)),
        ("America/New_York", (2026, 11, 30), utc(2026, 11, 30, 13)),
        # The clocks change on the Sunday before.
        ("Europe/Berlin", (2026, 10, 19), utc(2026, 10, 19, 6)),
        ("Europe/Berlin", (2026, 10, 26), utc(2026, 10, 26, 7)),
        ("America/New_York", (2027, 3, 15), utc(2027, 3, 15, 12)),
    ],
)
def test_eight_is_eight_where_the_person_is_on_either_side_of_a_change_of_clocks(
    zone, day, expected
):
    monday = expected.replace(year=day[0], month=day[1], day=day[2]).date()
    assert morning_of(monday, zone) == expected
    assert last_monday(expected, zone) == monday
    assert last_monday(expected - timedelta(seconds=1), zone) < monday
    assert is_time(expected, zone)
    assert not is_time(expected - timedelta(seconds=1), zone)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_looks_lead_from_monday_to_monday_and_miss_none(zone):
    now, mondays = utc(2026, 10, 1), []
    while now < utc(2026, 11, 30):
        now = look_after(now, zone)
        if is_time(now, zone):
            mondays.append(last_monday(now, zone))
            assert now == morning_of(mondays[-1], zone)
    assert len(mondays) >= 8
    assert {later - earlier for earlier, later in pairwise(mondays)} == {timedelta(days=7)}


def test_a_zone_chosen_during_the_week_counts_on_the_next_monday():
    planned = look_after(utc(2026, 11, 25), "UTC")
    assert planned <= morning_of(utc(2026, 11, 30).date(), "Asia/Tokyo")


def test_a_mail_that_would_come_in_the_evening_waits_for_the_next_week():
    assert is_time(utc(2026, 11, 30, 20), "UTC")
    assert not is_time(utc(2026, 11, 30, 20, 1), "UTC")


def need(title: str) -> Need:
    return Need(title, "", "Answer", "/c/s/1/", MONDAY)


def week(**fields) -> Week:
    given = {"project": "BrightChat", "answer": "Not yet: 1 thing stops the launch.",
             "answer_text": "Maya does one.", "url": "/c/s/1/",
             "coming": "Next: Maya fixes “No mail”."} | fields  # fmt: skip
    return Week(**given)


def test_three_lines_say_the_answer_what_needs_you_and_what_comes():
    letter = letter_of(
        [week(needs=[need("Launch, or not yet?"), need("x")])], site="https://a.test"
    )
    assert letter is not None
    assert letter.subject == "BrightChat: not yet, 1 thing stops the launch"
    assert letter.answer == "Not yet: 1 thing stops the launch. Maya does one."
    assert letter.needs == "Needs you: Launch, or not yet? And one more."
    assert letter.url == "https://a.test/c/s/1/"
    assert letter.lately == "Nothing changed last week. Next: Maya fixes “No mail”."


def test_where_nothing_changed_and_nothing_needs_you_nothing_is_written():
    assert letter_of([week()], site="") is None
    assert letter_of([], site="") is None
    changed = letter_of([week(happened=Happened(newest="Maya did it.", act_count=1))], site="")
    assert changed is not None
    assert changed.needs == "Nothing needs you."
    assert changed.lately.startswith("Last week: Maya did it. Next:")


def test_two_sprints_of_one_client_share_the_lines_by_name():
    other = week(project="Atlas", needs=[need("Which bank?")], url="/c/s/2/")
    letter = letter_of([week(happened=Happened(gone={"R-1"}, act_count=1)), other], site="")
    assert letter is not None
    assert letter.needs == "Needs you: Atlas, Which bank?"
    assert letter.answer.count("BrightChat: ") == letter.answer.count("Atlas: ") == 1


@pytest.mark.parametrize(
    ("happened", "words"),
    [
        (Happened(), "Nothing changed last week."),
        (Happened(gone={"R-1"}, act_count=1), "Last week 1 thing was fixed and checked."),
        (
            Happened(gone={"R-1", "R-2"}, found={"R-3"}, came_back={"R-4"}, act_count=9),
            "Last week 2 things were fixed and checked, 1 thing was found and 1 thing came back.",
        ),
        (Happened(newest="Maya did it.", act_count=3), "Last week: Maya did it. And two more."),
    ],
)
def test_a_week_is_told_by_what_it_changed(happened, words):
    assert happened_words(happened) == words


def test_the_mail_has_three_lines_one_link_and_the_founders_words(
    world: World, sprint, posted, at_eight
):
    ada = world.ada
    with ada.as_staff():
        make_risk(ada, sprint=sprint, title="No mail arrives", owner=ada.consultant,
                  plain_summary="Nobody gets a code.")  # fmt: skip
        make_request(ada, sprint=sprint, title="Which bank?")
    write_for(ada)
    (mail,) = [one for one in posted if one.to == ada.founder.email]
    lines = mail.text.partition("\n--\n")[0].split("\n\n")
    assert len([line for line in lines if line.strip()]) == 3
    assert mail.subject.startswith("BrightChat: ")
    assert mail.text.partition("\n--\n")[0].count("http") == 1
    assert "Needs you: 1 question from Ada." in mail.text
    assert mail.dedup_key.startswith("weekly:")
    assert "R-0" not in mail.text
    assert "Mondays at eight" in mail.html


@in_outbox
def test_one_week_gets_one_mail_with_its_one_click_even_from_two_tasks(
    world: World, sprint, at_eight
):
    with world.ada.as_staff():
        make_request(world.ada, sprint=sprint)
    write_for(world.ada)
    write_for(world.ada)
    while send_next():
        pass
    (message,) = sent_mail.outbox
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = message.extra_headers["List-Unsubscribe"].rstrip(">").rstrip("/").rpartition("/")[2]
    named = read_token(token)
    assert named is not None
    assert (named.person_id, named.kind) == (world.ada.founder.pk, WEEKLY)
    with world.ada.as_staff():
        assert DigestRun.objects.filter(person=world.ada.founder).count() == 1


@in_outbox
def test_two_workers_at_one_moment_write_one_mail(world: World, sprint, at_eight):
    ada, ready = world.ada, Barrier(2)
    with ada.as_staff():
        make_request(ada, sprint=sprint)
        membership = make_due(ada)

    def work(_: int) -> None:
        ready.wait()
        try:
            with practice_scope(ada.practice.pk, actor=Actor.SYSTEM):
                write(membership)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    while send_next():
        pass
    assert len(sent_mail.outbox) == 1


class WorkerDiedError(BaseException):
    """What no handler catches."""


@in_outbox
def test_a_worker_that_dies_between_claim_and_mail_has_claimed_nothing(
    world: World, sprint, at_eight, monkeypatch
):
    def die(*_args: object, **_kwargs: object) -> None:
        raise WorkerDiedError

    ada = world.ada
    with ada.as_staff():
        make_request(ada, sprint=sprint)
        membership = make_due(ada)
    with monkeypatch.context() as patch:
        patch.setattr(weekly, "send", die)
        with pytest.raises(WorkerDiedError), practice_scope(ada.practice.pk, actor=Actor.SYSTEM):
            write(membership)
    assert (ada.practice.pk, membership) in due("weekly")
    with practice_scope(ada.practice.pk, actor=Actor.SYSTEM):
        assert not DigestRun.objects.exists()
        write(membership)
    assert (ada.practice.pk, membership) not in due("weekly")
    while send_next():
        pass
    assert len(sent_mail.outbox) == 1


def test_after_the_mail_the_next_monday_is_planned(world: World, sprint, at_eight):
    write_for(world.ada)
    with world.ada.as_staff():
        planned = ClientMembership.objects.get(user=world.ada.founder).weekly_at
    assert planned == utc(2026, 12, 6, 18)


def test_before_eight_where_the_founder_is_nothing_goes_yet(world: World, sprint, posted, at_eight):
    world.ada.founder.time_zone = "America/New_York"
    world.ada.founder.save()
    with world.ada.as_staff():
        make_request(world.ada, sprint=sprint)
    write_for(world.ada)
    assert posted == []
    with world.ada.as_staff():
        planned = ClientMembership.objects.get(user=world.ada.founder).weekly_at
    assert planned == utc(2026, 11, 30, 13)


@pytest.mark.parametrize("change", ["paused", "archived", "off", "quiet"])
def test_no_mail_goes(world: World, sprint, posted, at_eight, change):
    """While no sprint runs, where the person wants none, and where there is nothing to tell."""
    ada = world.ada
    with ada.as_staff():
        if change != "quiet":
            make_request(ada, sprint=sprint)
        if change == "paused":
            sprint.state = "paused"
        if change == "archived":
            sprint.archived_at = MONDAY
        sprint.save()
        if change == "off":
            choose_weekly(ada.practice, ada.founder.pk, ada.client.pk, is_on=False)
    write_for(ada)
    assert posted == []


def test_a_look_that_found_nothing_and_what_is_internal_are_no_news(
    world: World, sprint, posted, at_eight
):
    ada = world.ada
    with ada.as_staff():
        hidden = make_risk(ada, sprint=sprint, title="Canary", is_internal=True)
        record(sprint, "audit_finished", "Audit 1", data={"opened": [hidden.ref]})
        record(sprint, "noted", "Canary", actor=ada.consultant, is_internal=True)
        record(sprint, "audit_finished", "Audit 2")
    write_for(ada)
    assert posted == []


def test_two_practices_write_one_mail_each_under_their_own_names(
    world: World, sprint, posted, at_eight
):
    ada, bob = world.ada, world.bob
    with bob.as_staff():
        make_client_membership(bob, user=ada.founder, role="founder")
        other = make_sprint(bob)
        other.project.name = "Atlas"
        other.project.save()
        make_request(bob, sprint=other)
    with ada.as_staff():
        make_request(ada, sprint=sprint)
    write_for(ada)
    write_for(bob, ada.founder)
    by_practice = {one.practice_id: one for one in posted if one.to == ada.founder.email}
    assert len(posted) == len(by_practice) == 2
    assert "BrightChat" not in str(by_practice[bob.practice.pk])
    assert "Atlas" not in str(by_practice[ada.practice.pk])


def test_a_viewer_gets_no_weekly_mail(world: World, sprint, posted, at_eight):
    with world.ada.as_staff():
        make_request(world.ada, sprint=sprint)
    write_for(world.ada, world.ada.viewer)
    assert posted == []


def test_the_settings_say_when_none_comes_and_keep_the_choice(world: World, sprint):
    ada = world.ada
    browser = Browser()
    browser.force_login(ada.founder)
    url = reverse("client-settings", args=[sprint.pk])
    page = browser.get(url).text
    assert "nothing changed and nothing needs you" in page
    browser.post(url, {"rhythm": "daily", "weekly": "off"})
    assert 'value="off" selected' in browser.get(url).text
    assert 'value="daily" selected' in browser.get(url).text
    browser.post(url, {"rhythm": "daily"})
    assert 'value="off" selected' in browser.get(url).text
    browser.force_login(ada.viewer)
    assert "Monday mail" not in browser.get(url).text


def test_one_click_ends_the_weekly_mail_alone(world: World, sprint):
    ada = world.ada
    own = (ada.practice.pk, ada.founder.pk, ada.client.pk)
    url = reverse("notice-stop", args=[stop_token(*own, WEEKLY)])
    stranger = Browser(enforce_csrf_checks=True)
    assert "Mondays" in stranger.get(url).text
    with ada.as_staff():
        assert wants_weekly(*own)
    assert stranger.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    with ada.as_staff():
        assert not wants_weekly(*own)
        choose_weekly(ada.practice, ada.founder.pk, ada.client.pk, is_on=True)
    every = reverse("notice-stop", args=[stop_token(*own)])
    assert "the mail on Mondays ends, too" in stranger.get(every).text
    stranger.post(every)
    with transaction.atomic(), ada.as_staff():
        assert not wants_weekly(*own)
