"""A founder says "not now" to the deeper looks, and nobody asks again by itself."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from audits import proofs
from sprints.models import ActivityEvent, Consent
from tests.audits.factories import make_run
from tests.factories import World
from tests.sprints.factories import make_sprint

pytestmark = pytest.mark.django_db
ASKED = "May we look deeper?"


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def sprint(place):
    sprint = make_sprint(place)
    make_run(place, sprint=sprint, state="done", coverage={"total": 9, "ran": 9})
    return sprint


def of(user) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def refuse(user, sprint, **more):
    return of(user).post(reverse("client-consent-refusal", args=[sprint.pk]), **more)


def page(user, sprint, name="client-sprint"):
    return of(user).get(reverse(name, args=[sprint.pk])).content.decode()


def said():
    return ActivityEvent.objects.filter(verb="consent_declined")


def test_not_now_takes_the_question_off_the_first_page_and_stands_in_the_history(place, sprint):
    assert ASKED in page(place.founder, sprint)
    assert "Not now" in page(place.founder, sprint, "client-consent")
    assert refuse(place.founder, sprint)["Location"] == reverse("client-sprint", args=[sprint.pk])
    assert ASKED not in page(place.founder, sprint)
    assert said().get().actor == place.founder
    assert "said “not now” to deeper looks" in page(place.founder, sprint, "client-history")


def test_a_second_not_now_changes_nothing_and_says_so(place, sprint):
    refuse(place.founder, sprint)
    again = refuse(place.founder, sprint, follow=True)
    assert "“Not now” was said already." in again.content.decode()
    assert said().count() == 1


def test_a_viewer_cannot_say_it_and_sees_what_was_said(place, sprint):
    assert refuse(place.viewer, sprint).status_code == 403
    assert not said().exists()
    refuse(place.founder, sprint)
    assert "said “not now” on" in page(place.viewer, sprint, "client-consent")


def test_the_founder_of_another_client_finds_no_such_page(world, place, sprint):
    assert refuse(world.ada_two.founder, sprint).status_code == 404
    assert refuse(world.bob.founder, sprint).status_code == 404
    assert not said().exists()


def test_what_was_said_of_one_sprint_does_not_answer_for_the_next(place, sprint):
    refuse(place.founder, sprint)
    type(sprint).objects.filter(pk=sprint.pk).update(state="closed")
    following = make_sprint(place, project=sprint.project, number=2)
    make_run(place, sprint=following, state="done", coverage={"total": 9, "ran": 9})
    assert ASKED in page(place.founder, following)


def test_after_not_now_the_founder_can_still_allow_it_and_take_it_back(place, sprint):
    refuse(place.founder, sprint)
    address = reverse("client-consent", args=[sprint.pk])
    of(place.founder).post(address, {"is_allowed": "on"})
    assert "said “not now” on" not in page(place.founder, sprint, "client-consent")
    of(place.founder).post(address, {"act": "withdraw"})
    assert Consent.objects.get().withdrawn_at is not None
    assert ASKED not in page(place.founder, sprint)


def test_what_is_allowed_is_taken_back_and_not_put_off(place, sprint):
    proofs.tick(sprint.project, by=place.founder, address=None)
    answer = refuse(place.founder, sprint, follow=True).content.decode()
    assert "Take the permission back instead." in answer
    assert not said().exists()


def test_staff_read_who_said_it_and_ask_again_by_a_request(place, sprint):
    refuse(place.founder, sprint)
    slug, browser = place.practice.slug, of(place.consultant)
    for name in ("sprints:project-detail", "audits:consent"):
        text = browser.get(reverse(name, args=[slug, sprint.project_id])).content.decode()
        assert "said “not now” on" in text
        assert "?about=deeper#ask" in text
    asked = browser.get(
        reverse("sprints:request-list", args=[slug, sprint.pk]), {"about": "deeper"}
    )
    form = asked.context["form"].initial
    assert form["title"] == "May we look deeper at your app now?"
    made = browser.post(reverse("sprints:request-create", args=[slug, sprint.pk]), form)
    assert made.status_code == 302
