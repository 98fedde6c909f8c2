"""A key that somebody types where others read: refused, masked, and shown where it goes."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from sprints.leaks import find_leak
from sprints.models import ActivityEvent, Comment, Request, Risk
from sprints.withholding import why_withheld
from tests.factories import World
from tests.sprints.factories import (
    make_decision,
    make_evidence,
    make_item,
    make_request,
    make_risk,
    make_sprint,
)

KEY = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
WORDS = f"Here it is:\nuse {KEY} for now"
BENIGN = (
    "The Stripe key is the one that starts with sk_live_, and the old one was sk_test_… "
    "Please put the new key into the box; the API key of Resend (re_) comes tomorrow."
)


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def sprint(place):
    return make_sprint(place)


def of(user) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def say(user, sprint, text):
    url = reverse("client-comment", args=[sprint.pk, "sprint", 0])
    return of(user).post(url, {"text": text})


def test_a_comment_with_a_key_is_refused_and_stays_in_the_box(place, sprint, caplog, capfd):
    answer = say(place.founder, sprint, WORDS)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This holds a Stripe or Clerk key: “use sk_l•••• for now”." in page
    assert "a consultant asks in the requests" in page
    assert KEY in page[page.index("<textarea") :]
    assert page.count(KEY) == 1
    assert not Comment.objects.exists()
    assert not ActivityEvent.objects.filter(verb="commented").exists()
    logged = capfd.readouterr()
    assert KEY not in caplog.text + logged.out + logged.err


def test_where_a_box_is_open_it_is_named(place, sprint):
    make_request(place, sprint=sprint, kind="key", title="The key of Stripe")
    page = say(place.founder, sprint, WORDS).content.decode()
    assert "Lock it away under “The key of Stripe” in the requests" in page


def test_a_box_that_the_founder_cant_see_is_not_named(place, sprint):
    make_request(place, sprint=sprint, kind="key", title="Drafted", state="draft")
    hidden = make_risk(place, sprint=sprint, is_internal=True)
    make_request(place, sprint=sprint, kind="key", title="Hidden", risk=hidden)
    assert "a consultant asks in the requests" in why_withheld(WORDS, sprint)


def test_words_about_keys_are_no_key(place, sprint):
    assert find_leak(BENIGN) is None
    assert say(place.founder, sprint, BENIGN).status_code == 302
    assert Comment.objects.get().text == BENIGN


def test_a_comment_is_not_changed_into_one_with_a_key(place, sprint):
    say(place.founder, sprint, "It is on its way.")
    said = Comment.objects.get()
    url = reverse("client-comment-edit", args=[sprint.pk, said.pk])
    answer = of(place.founder).post(url, {"text": WORDS, "row_version": said.row_version})
    assert answer.status_code == 422
    assert "sk_l••••" in answer.content.decode()
    said.refresh_from_db()
    assert said.text == "It is on its way."


def test_an_answer_in_words_with_a_key_is_refused_and_led_to_the_box(place, sprint):
    box = make_request(place, sprint=sprint, kind="key", title="The key of Stripe")
    asked = make_request(place, sprint=sprint, kind="question", title="How do you take money?")
    url = reverse("client-request", args=[sprint.pk, asked.pk])
    answer = of(place.founder).post(url, {"answer": "done", "text": WORDS})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "a Stripe or Clerk key" in page
    assert (
        f'href="{reverse("client-request", args=[sprint.pk, box.pk])}">Lock it away there' in page
    )
    assert KEY in page[page.index("<textarea") :]
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == (Request.State.SENT, "")


def test_what_a_founder_raises_holds_no_key(place, sprint):
    url = reverse("client-risk-create", args=[sprint.pk])
    answer = of(place.founder).post(url, {"title": "Payment fails", "plain_summary": WORDS})
    assert answer.status_code == 422
    assert "sk_l••••" in answer.content.decode()
    assert not Risk.objects.exists()


def test_what_a_founder_wants_to_talk_about_holds_no_key(place, sprint):
    decision = make_decision(place, sprint=sprint)
    url = reverse("client-decision", args=[sprint.pk, decision.number])
    answer = of(place.founder).post(url, {"answer": "talk", "words": WORDS})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "sk_l••••" in page
    assert KEY in page[page.index("<textarea") :]
    decision.refresh_from_db()
    assert decision.state == "recommended"


def test_evidence_is_not_sent_back_with_a_key_in_the_note(place, sprint):
    shown = make_evidence(place, item=make_item(place, sprint=sprint))
    words = {"practice_slug": place.practice.slug, "sprint_id": sprint.pk, "evidence_id": shown.pk}
    url = reverse("sprints:evidence-judge", kwargs=words)
    answer = of(place.consultant).post(url, {"to": "back", "note": f"Use {KEY} instead"})
    assert answer.status_code == 422
    assert "sk_l••••" in answer.content.decode()


@pytest.mark.parametrize("rest", ["", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw"])
def test_nothing_of_a_private_key_is_shown(rest):
    met = find_leak(f"-----BEGIN PRIVATE KEY-----{rest}")
    assert met is not None
    assert met.masked == "----••••"
