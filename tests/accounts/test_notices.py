"""What people are told: who hears of which act, and how often mail goes about it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as sent_mail
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.digests import choose, mail_about, stop_token
from accounts.models import DigestRun, Membership, Notice, NoticeChoice
from accounts.notices import READ_FIRST, Rhythm, next_mail_at
from accounts.outbox import send_next
from sprints.models.activity import record
from tests.factories import World, make_notice
from tests.sprints.factories import make_risk, make_sprint

TUESDAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
in_outbox = pytest.mark.django_db(transaction=True, databases=["default", "ops"])


@pytest.fixture
def sprint(world: World):
    with world.ada.as_staff():
        return make_sprint(world.ada, lead=world.ada.consultant)


@pytest.fixture
def risk(world: World, sprint):
    with world.ada.as_staff():
        return make_risk(
            world.ada, sprint=sprint, title="No mail arrives", plain_summary="Nobody gets a code."
        )


def told(world: World, person) -> list[str]:
    with world.ada.as_staff():
        return list(Notice.objects.filter(person=person).values_list("text", flat=True))


def due_notice(place, **fields):
    return make_notice(place, mail_at=timezone.now() - timedelta(seconds=1), **fields)


def test_a_founder_is_told_of_a_proposal_by_the_risks_title(world: World, sprint, risk):
    with world.ada.as_staff():
        record(sprint, "acceptance_proposed", risk.ref, actor=world.ada.consultant)
    (text,) = told(world, world.ada.founder)
    assert text.endswith("proposed to live with “No mail arrives” for now.")
    assert told(world, world.ada.consultant) == []


def test_the_lead_is_told_of_a_founders_answer_and_the_founder_is_not(world: World, sprint):
    with world.ada.as_client():
        record(sprint, "request_answered", "“The registrar”", actor=world.ada.founder)
    assert len(told(world, world.ada.consultant)) == 1
    assert told(world, world.ada.founder) == []


def test_nobody_is_told_of_their_own_act(world: World, sprint, risk):
    with world.ada.as_staff():
        record(sprint, "risk_fixed", risk.ref, actor=world.ada.consultant)
    assert told(world, world.ada.consultant) == []


def test_an_internal_event_never_reaches_a_client(world: World, sprint):
    people = [world.ada.founder.pk, world.ada.owner.pk]
    with world.ada.as_staff():
        record(sprint, "commented", "the sprint", actor=world.ada.consultant,
               data={"mentions": people}, is_internal=True)  # fmt: skip
        record(sprint, "evidence_accepted", "“Canary”", is_internal=True)
    assert told(world, world.ada.founder) == []
    assert len(told(world, world.ada.owner)) == 1


def test_a_risk_that_a_client_cannot_see_is_told_to_no_client(world: World, sprint):
    with world.ada.as_staff():
        hidden = make_risk(world.ada, sprint=sprint, title="Canary", is_internal=True)
        record(sprint, "outside_offered", hidden.ref, actor=world.ada.consultant)
        record(sprint, "audit_finished", "Audit 2", data={"came_back": [hidden.ref]})
    assert told(world, world.ada.founder) == []
    assert told(world, world.ada.consultant) == ["“Canary” came back."]


def test_what_came_back_is_told_to_both_sides(world: World, sprint, risk):
    with world.ada.as_staff():
        record(sprint, "audit_finished", "Audit 2", data={"came_back": [risk.ref]})
    assert told(world, world.ada.founder) == ["“No mail arrives” came back."]
    assert told(world, world.ada.consultant) == ["“No mail arrives” came back."]


def test_somebody_without_a_name_is_never_told_of_by_address(world: World, sprint):
    world.ada.consultant.name = ""
    with world.ada.as_staff():
        record(sprint, "request_sent", "“The registrar”", actor=world.ada.consultant)
    assert "@" not in told(world, world.ada.founder)[0]


def test_an_act_that_mails_by_itself_is_not_mailed_twice(world: World, sprint):
    with world.ada.as_staff():
        record(sprint, "request_sent", "“The registrar”", actor=world.ada.consultant)
        record(sprint, "evidence_accepted", "“A picture”", actor=world.ada.consultant)
        mailed, not_mailed = Notice.objects.filter(person=world.ada.founder).order_by("pk")
    assert mailed.mail_at is None
    assert not_mailed.mail_at == not_mailed.at + READ_FIRST


def test_opening_reads_it_and_leads_there(world: World):
    with world.ada.as_staff():
        notice = make_notice(world.ada, url="/somewhere/")
    browser = Browser()
    browser.force_login(world.ada.consultant)
    inbox = reverse("inbox", args=[world.ada.practice.slug])
    assert "Inbox, 1 new" in browser.get(inbox).text
    opened = browser.post(reverse("inbox-open", args=[world.ada.practice.slug, notice.pk]))
    assert opened.headers["Location"] == "/somewhere/"
    assert "You have read everything." in browser.get(inbox).text


def test_nobody_opens_what_another_person_was_told(world: World):
    with world.ada.as_staff():
        notice = make_notice(world.ada)
    browser = Browser()
    browser.force_login(world.ada.owner)
    url = reverse("inbox-open", args=[world.ada.practice.slug, notice.pk])
    assert browser.post(url).status_code == 404


def queries_about_notices(browser: Browser, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as made:
        assert browser.get(url).status_code == 200
    return [one["sql"] for one in made if '"accounts_notice"' in one["sql"]]


@pytest.mark.parametrize("side", ["staff", "client"])
def test_each_bar_says_in_a_word_how_much_is_new_by_one_query(world: World, sprint, side):
    ada = world.ada
    is_client = side == "client"
    person = ada.founder if is_client else ada.consultant
    browser = Browser()
    browser.force_login(person)
    url = reverse("client-sprint", args=[sprint.pk])
    if not is_client:
        url = reverse("sprint", args=[ada.practice.slug, sprint.pk])
    assert ">Inbox<" in browser.get(url).text
    for expected in (2, 12):
        with ada.as_staff():
            Notice.objects.all().delete()
            for _ in range(expected):
                make_notice(ada, person=person, is_for_client=is_client, sprint_ref=sprint.pk)
            make_notice(ada, person=person, is_for_client=is_client, sprint_ref=sprint.pk,
                        read_at=timezone.now())  # fmt: skip
            make_notice(ada, person=ada.viewer, is_for_client=True, sprint_ref=sprint.pk)
        assert len(queries_about_notices(browser, url)) == 1
        assert f"Inbox, {expected} new" in browser.get(url).text


def test_a_founders_number_is_of_the_sprint_whose_inbox_it_leads_to(world: World, sprint):
    ada = world.ada
    with ada.as_staff():
        make_notice(ada, person=ada.founder, is_for_client=True, sprint_ref=sprint.pk)
        make_notice(ada, person=ada.founder, is_for_client=True, sprint_ref=sprint.pk + 1)
    browser = Browser()
    browser.force_login(ada.founder)
    page = browser.get(reverse("client-sprint", args=[sprint.pk])).text
    assert "Inbox, 1 new" in page
    assert "What is new for you: 1 not read yet" in page
    assert page.count(reverse("client-inbox", args=[sprint.pk])) == 2


def test_a_founder_chooses_how_often(world: World, sprint):
    browser = Browser()
    browser.force_login(world.ada.founder)
    url = reverse("client-settings", args=[sprint.pk])
    assert browser.post(url, {"rhythm": "weekly"}).status_code == 302
    browser.post(url, {"rhythm": "hourly"})
    assert 'value="weekly" selected' in browser.get(url).text
    assert "Nothing yet" in browser.get(reverse("client-inbox", args=[sprint.pk])).text


@pytest.mark.parametrize(
    ("rhythm", "zone", "expected"),
    [
        ("at_once", "UTC", TUESDAY),
        ("daily", "UTC", datetime(2026, 11, 25, 8, tzinfo=UTC)),
        ("daily", "America/New_York", datetime(2026, 11, 24, 13, tzinfo=UTC)),
        ("weekly", "Europe/Berlin", datetime(2026, 11, 30, 7, tzinfo=UTC)),
        ("none", "UTC", None),
    ],
)
def test_the_next_mail_goes_at_eight_where_the_person_is(rhythm, zone, expected):
    assert next_mail_at(rhythm, TUESDAY, zone) == expected


@in_outbox
def test_one_mail_gathers_what_is_unread_and_goes_once(world: World):
    with world.ada.as_staff():
        first = due_notice(world.ada, text="Kim says it is fixed.")
        due_notice(world.ada, text="Kim asks something.")
        due_notice(world.ada, text="Read already.", read_at=timezone.now())
        mail_about(first.pk)
        mail_about(first.pk)
        assert DigestRun.objects.filter(person=world.ada.consultant).count() == 1
    while send_next():
        pass
    (message,) = sent_mail.outbox
    assert message.subject == "Kim says it is fixed. And 1 more."
    assert "Read already." not in message.body
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/notices/stop/" in message.extra_headers["List-Unsubscribe"]


@in_outbox
def test_a_period_that_had_its_mail_gets_no_other(world: World):
    with world.ada.as_staff():
        choose(world.ada.practice, world.ada.consultant.pk, None, Rhythm.DAILY)
        long_ago = timezone.now() - timedelta(days=2)
        for _ in range(2):
            mail_about(due_notice(world.ada, at=long_ago).pk)
    while send_next():
        pass
    assert len(sent_mail.outbox) == 1


def test_daily_puts_off_what_is_new(world: World):
    with world.ada.as_staff():
        choose(world.ada.practice, world.ada.consultant.pk, None, Rhythm.DAILY)
        notice = due_notice(world.ada)
        mail_about(notice.pk)
        notice.refresh_from_db()
        assert notice.mail_at is not None
        assert notice.mail_at > timezone.now()
        assert not DigestRun.objects.exists()


def test_who_has_left_is_mailed_nothing(world: World):
    with world.ada.as_staff():
        notice = due_notice(world.ada)
        Membership.objects.filter(user=world.ada.consultant).update(status="removed")
        mail_about(notice.pk)
        assert not DigestRun.objects.exists()


def test_a_mails_link_shows_on_get_and_ends_on_post(world: World):
    ada = world.ada
    token = stop_token(ada.practice.pk, ada.founder.pk, ada.client.pk)
    url, stranger = reverse("notice-stop", args=[token]), Browser(enforce_csrf_checks=True)
    assert "Yes, no more mail" in stranger.get(url).text
    with ada.as_staff():
        assert not NoticeChoice.objects.exists()
    posted = stranger.post(url, {"List-Unsubscribe": "One-Click"})
    assert posted.status_code == 200
    with ada.as_staff():
        assert NoticeChoice.objects.get(person=ada.founder).rhythm == Rhythm.NONE
    assert stranger.post(reverse("notice-stop", args=[f"{token}x"])).status_code == 404
