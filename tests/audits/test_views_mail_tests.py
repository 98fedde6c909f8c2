"""The page on which founders try their app's mails, and what staff see on theirs."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from audits.mail_models import GIVEN_UP_AFTER, KEPT_FOR, MailArrival, MailTest
from audits.mail_tests import MOST_PER_HOUR, settle
from audits.models import AuditRun
from audits.observations.mail_arrival import ForgottenMail, MailKind, TriedMail
from audits.observations.mail_stored import arrival_data
from audits.observations.spf_result import SpfResult
from audits.targets import tried_mails
from audits.tasks import take_next_run
from tests.audits.factories import ARRIVAL, make_mail_arrival, make_mail_test
from tests.audits.mail_door import OURS
from tests.factories import Place, World
from tests.sprints.factories import make_sprint

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def receiving(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RECEIVE_MAIL_DOMAIN = OURS
    monkeypatch.setattr(take_next_run, "apply_async", lambda *_, **__: None)


@pytest.fixture
def sprint(world: World):
    with world.ada.as_staff():
        return make_sprint(world.ada)


def as_person(user) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def here(sprint, name: str = "client-mail-tests", **words) -> str:
    return reverse(name, kwargs={"sprint_id": sprint.pk, **words})


def staff_page(place: Place, sprint) -> str:
    address = reverse("audits:mail-tests", args=[place.practice.slug, sprint.pk])
    return text_of(as_person(place.consultant).get(address))


def founder_page(place: Place, sprint) -> str:
    return text_of(as_person(place.founder).get(here(sprint)))


def rows_of(place: Place, sprint) -> list[MailTest]:
    with place.as_staff():
        return list(MailTest.objects.filter(sprint=sprint).order_by("pk"))


def given(place: Place, sprint, **fields) -> MailTest:
    with place.as_staff():
        return make_mail_test(place, sprint=sprint, **fields)


def test_an_empty_page_says_what_to_do(world: World, sprint):
    text = founder_page(world.ada, sprint)
    assert text.count("Not tried yet.") == len(MailKind)
    assert "Get an address" in text
    assert "hx-trigger" not in text.partition("<main")[2]


def test_where_no_mail_comes_in_the_page_says_who_mends_that(world: World, sprint, settings):
    settings.RECEIVE_MAIL_DOMAIN = ""
    assert "Your consultant sets it up" in founder_page(world.ada, sprint)
    assert "RECEIVE_MAIL_DOMAIN" in staff_page(world.ada, sprint)
    as_person(world.ada.founder).post(here(sprint), {"kind": "sign_up"})
    assert rows_of(world.ada, sprint) == []


def test_a_founder_gets_an_address_of_128_bits(world: World, sprint):
    as_person(world.ada.founder).post(here(sprint), {"kind": "sign_up"})
    test = rows_of(world.ada, sprint)[0]
    assert len(bytes.fromhex(str(test.local_part))) == 16
    text = founder_page(world.ada, sprint)
    assert f"{test.local_part}@{OURS}" in text
    assert "I’ve asked for the mail" in text


def test_a_new_address_ends_the_one_before_it(world: World, sprint):
    browser = as_person(world.ada.founder)
    for _ in range(2):
        browser.post(here(sprint), {"kind": "reset"})
    assert [test.is_open for test in rows_of(world.ada, sprint)] == [False, True]


def test_nobody_gets_addresses_without_end(world: World, sprint):
    with world.ada.as_staff():
        for _ in range(MOST_PER_HOUR):
            make_mail_test(world.ada, sprint=sprint)
    as_person(world.ada.founder).post(here(sprint), {"kind": "reset"})
    assert len(rows_of(world.ada, sprint)) == MOST_PER_HOUR


def test_a_viewer_reads_and_presses_nothing(world: World, sprint):
    test = given(world.ada, sprint)
    viewer = as_person(world.ada.viewer)
    assert "<form" not in text_of(viewer.get(here(sprint))).partition("<main")[2]
    assert viewer.post(here(sprint), {"kind": "reset"}).status_code == 403
    press = here(sprint, "client-mail-test-press", test_id=test.pk)
    assert viewer.post(press).status_code == 403


def test_pressing_starts_the_clock_and_the_card_asks_on(world: World, sprint):
    test = given(world.ada, sprint)
    press = here(sprint, "client-mail-test-press", test_id=test.pk)
    text = text_of(as_person(world.ada.founder).post(press, headers={"HX-Request": "true"}))
    assert "Waiting for 0 s now" in text
    assert 'hx-trigger="every 2s"' in text
    assert "<html" not in text


def test_a_mail_that_came_is_shown_with_what_is_wrong_and_no_headers(world: World, sprint):
    test = given(world.ada, sprint, arrived_at=timezone.now())
    with world.ada.as_staff():
        facts = arrival_data(replace(ARRIVAL, spf=SpfResult.FAIL))
        make_mail_arrival(world.ada, test=test, facts=facts)
    text = founder_page(world.ada, sprint)
    assert "Arrived after 12 s" in text
    assert "vouched for by its own domain" in text
    assert "What to do:" in text
    assert "Headers, without secrets" not in text
    assert "Headers, without secrets" in staff_page(world.ada, sprint)


def test_a_good_mail_asks_for_nothing(world: World, sprint):
    test = given(world.ada, sprint, arrived_at=timezone.now())
    with world.ada.as_staff():
        make_mail_arrival(world.ada, test=test)
    text = founder_page(world.ada, sprint)
    assert "Good" in text
    assert "What to do:" not in text


def test_a_test_of_another_client_is_not_found(world: World, sprint):
    test = given(world.ada, sprint)
    with world.ada_two.as_staff():
        other = make_sprint(world.ada_two)
    stranger = as_person(world.ada_two.founder)
    for found in (sprint, other):
        address = here(found, "client-mail-test-progress", test_id=test.pk)
        assert stranger.get(address).status_code == 404


def test_a_mail_that_does_not_come_is_given_up_and_judged_once(world: World, sprint):
    late = timezone.now() - GIVEN_UP_AFTER - timedelta(seconds=1)
    test = given(world.ada, sprint, asked_at=late)
    with world.ada.as_staff():
        settle(test.pk)
        settle(test.pk)
        assert AuditRun.objects.filter(sprint=sprint).count() == 1
        tried = tried_mails(sprint.project)
    assert tried == (TriedMail(MailKind.SIGN_UP, None, GIVEN_UP_AFTER),)
    assert "nothing came within 10 minutes" in founder_page(world.ada, sprint)


def test_a_mail_that_may_still_come_is_not_given_up(world: World, sprint):
    test = given(world.ada, sprint, asked_at=timezone.now() - GIVEN_UP_AFTER / 2)
    with world.ada.as_staff():
        settle(test.pk)
        assert not AuditRun.objects.filter(sprint=sprint).exists()


def test_after_a_week_only_that_it_was_tried_is_left(world: World, sprint):
    before = timezone.now() - KEPT_FOR
    old = given(world.ada, sprint, started_at=before - timedelta(hours=1), arrived_at=before)
    young = given(world.ada, sprint, kind="reset", started_at=before + timedelta(hours=1))
    with world.ada.as_staff():
        make_mail_arrival(world.ada, test=old)
        settle(old.pk)
        settle(young.pk)
        assert not MailArrival.objects.exists()
        assert [t.local_part is None for t in rows_of(world.ada, sprint)] == [True, False]
        assert tried_mails(sprint.project) == (ForgottenMail(MailKind.SIGN_UP),)
