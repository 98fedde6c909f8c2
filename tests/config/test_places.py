"""Where a person lands, and what the frame around the page says of them."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ClientMembership, Membership
from accounts.tenancy.scope import Actor, practice_scope
from tests.factories import World, make_user
from tests.sprints.factories import make_project, make_sprint

pytestmark = pytest.mark.django_db


def signed_in(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_staff_of_one_practice_go_straight_there(world: World):
    answer = signed_in(world.ada.consultant).get("/places/")
    assert answer["Location"] == f"/p/{world.ada.practice.slug}/"


def test_a_founder_of_one_sprint_goes_straight_there(world: World):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
    browser = signed_in(world.ada.founder)
    assert browser.get("/places/")["Location"] == "/c/"
    assert browser.get("/c/")["Location"] == f"/c/s/{sprint.pk}/"


def test_a_founder_of_several_sprints_chooses_and_sees_no_others(world: World):
    with world.ada.as_staff():
        mine = [make_sprint(world.ada, project=make_project(world.ada)) for _ in range(2)]
        make_sprint(world.ada_two)
    with world.bob.as_staff():
        make_sprint(world.bob)
    page = signed_in(world.ada.founder).get("/c/").text
    assert sorted(re.findall(r"/c/s/(\d+)/", page)) == sorted(str(one.pk) for one in mine)
    for place in (world.ada_two, world.bob, world.bob_two):
        assert place.canary not in page


def test_a_founder_without_a_sprint_reads_what_happens_next(world: World):
    page = signed_in(world.ada.founder).get("/c/").text
    assert "you get a mail when it begins" in page


def test_a_closed_sprint_is_no_launch_any_more(world: World):
    with world.ada.as_staff():
        make_sprint(world.ada, state="closed")
        at_work = make_sprint(world.ada)
    assert signed_in(world.ada.founder).get("/c/")["Location"] == f"/c/s/{at_work.pk}/"


def test_somebody_on_both_sides_chooses(world: World):
    with practice_scope(world.bob.practice.pk, actor=Actor.SYSTEM):
        ClientMembership.objects.create(
            practice=world.bob.practice,
            client=world.bob.client,
            user=world.ada.consultant,
            role="founder",
        )
    page = signed_in(world.ada.consultant).get("/places/").text
    assert f'href="/p/{world.ada.practice.slug}/"' in page
    assert world.bob.client.name in page


def test_somebody_of_nowhere_is_led_on():
    page = signed_in(make_user()).get("/places/").text
    assert "Nothing is here for you yet" in page
    assert 'href="/start/"' in page


def test_somebody_removed_is_of_nowhere(world: World):
    assert "Nothing is here for you yet" in signed_in(world.ada.revoked).get("/places/").text


def test_the_frame_shows_the_person_and_lets_them_switch(world: World):
    with practice_scope(world.bob.practice.pk, actor=Actor.SYSTEM):
        Membership.objects.create(
            practice=world.bob.practice, user=world.ada.owner, role="consultant"
        )
    browser = signed_in(world.ada.owner)
    page = browser.get(f"/p/{world.ada.practice.slug}/people/").text
    assert "Account of Ada Owner" in page
    assert f'href="/p/{world.bob.practice.slug}/"' in page
    assert "Practice settings" in page
    there = browser.get(f"/p/{world.bob.practice.slug}/people/").text
    assert "Practice settings" not in there


def test_a_founder_sees_the_practices_name_and_no_staff_pages(world: World):
    page = signed_in(world.ada.founder).get(f"/c/people/{world.ada.client.pk}/").text
    assert "<span>Ada</span>" in page
    assert f"/p/{world.ada.practice.slug}/" not in page


def test_the_frame_asks_the_database_nothing_of_strangers():
    with CaptureQueriesContext(connection) as asked:
        page = Client().get("/login/").text
    assert "Start a practice" in page
    assert [one["sql"] for one in asked if "SELECT" in one["sql"]] == []


def test_an_unknown_address_is_ours_to_answer_in_the_frame(world: World):
    page = signed_in(world.ada.owner).get("/no/such/page/")
    assert page.status_code == 404
    assert "Account of Ada Owner" in page.text
