"""Talk with a helper: bound to their link, told to the staff, and nothing else leaks."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.notices import Notice
from sprints.linking import open_helper_link
from sprints.models import Comment, ShareLink
from tests.factories import World
from tests.sprints.factories import make_comment, make_link, make_request, make_risk, make_sprint

pytestmark = pytest.mark.django_db
CANARY = "canary-never-for-a-helper"


class Talk:
    """A shown risk with two links that are both for a “Sam”, and words that neither may read."""

    def __init__(self, world: World) -> None:
        cache.clear()
        place = self.place = world.ada
        with place.as_staff():
            sprint = self.sprint = make_sprint(place, lead=place.owner)
            self.risk = make_risk(place, sprint=sprint, title="Codes land in spam")
            self.other = make_risk(place, sprint=sprint, title="Not theirs")
            numbers, by = [self.risk.number], place.consultant
            self.one, self.one_token = open_helper_link(sprint, name="Sam", numbers=numbers, by=by)
            self.two, self.two_token = open_helper_link(sprint, name="Sam", numbers=numbers, by=by)
            for words in ({"audience": "internal"}, {}, {"risk": self.other}):
                make_comment(place, sprint=sprint, text=CANARY, **{"risk": self.risk} | words)
        self.staff = Browser()
        self.staff.force_login(place.consultant)

    def says(self, token: str, text: str):
        words = {"token": token, "number": self.risk.number}
        return Browser().post(reverse("helper-comment", kwargs=words), {"text": text})

    def page(self, token: str) -> str:
        return Browser().get(reverse("helper", kwargs={"token": token})).text

    def answers(self, audience: str, text: str, **headers: str):
        words = {
            "practice_slug": self.place.practice.slug,
            "sprint_id": self.sprint.pk,
            "about": "risk",
            "number": self.risk.number,
        }
        url = reverse("sprints:comment-create", kwargs=words)
        return self.staff.post(url, {"text": text, "audience": audience}, headers=headers)

    def drawer(self) -> str:
        words = {"practice_slug": self.place.practice.slug, "sprint_id": self.sprint.pk}
        url = reverse("sprints:risk-detail", kwargs=words | {"number": self.risk.number})
        return self.staff.get(url).text


@pytest.fixture
def talk(world: World) -> Talk:
    return Talk(world)


def test_a_helpers_words_with_a_key_are_refused_and_name_no_request(talk):
    with talk.place.as_staff():
        make_request(talk.place, sprint=talk.sprint, kind="key", title="The key of Stripe")
    answer = talk.says(talk.one_token, "Use sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc")
    assert answer.status_code == 422
    assert "a Stripe or Clerk key" in answer.text
    assert "The key of Stripe" not in answer.text
    with talk.place.as_staff():
        assert not Comment.objects.filter(link=talk.one).exists()


def test_two_helpers_of_one_name_never_read_each_other(talk):
    talk.says(talk.one_token, "The first Sam wrote this.")
    talk.says(talk.two_token, "The second Sam wrote that.")
    talk.answers(f"link-{talk.two.pk}", "Only for the second.")
    first, second = talk.page(talk.one_token), talk.page(talk.two_token)
    assert "The first Sam wrote this." in first
    assert not [said for said in ("wrote that", "Only for the second") if said in first]
    assert "The second Sam wrote that." in second
    assert "Only for the second." in second
    assert "wrote this" not in second


def test_what_staff_post_to_the_helper_stands_on_the_helpers_page_by_first_name(talk):
    talk.says(talk.one_token, "Which record?")
    assert talk.answers(f"link-{talk.one.pk}", "The second one.").status_code == 302
    page = talk.page(talk.one_token)
    assert "The second one." in page
    assert f"{talk.place.consultant.name.split()[0]}, just now" in page
    assert talk.place.consultant.email not in page


def test_nothing_else_that_was_said_in_the_sprint_reaches_a_helper(talk):
    talk.says(talk.one_token, "Which record?")
    talk.answers(f"link-{talk.one.pk}", "The second one.")
    talk.answers("client", f"{CANARY} for the client")
    talk.answers("internal", f"{CANARY} for staff")
    for token in (talk.one_token, talk.two_token):
        assert CANARY not in talk.page(token)
        assert "Not theirs" not in talk.page(token)


def test_the_button_says_who_reads_it_and_the_founder_reads_it_too(talk):
    with talk.place.as_staff():
        ShareLink.objects.filter(pk=talk.two.pk).update(name="Kim")
    name = talk.sprint.client.name
    assert f"Post to Sam (helper) and {name}" in talk.drawer()
    talk.answers(f"link-{talk.one.pk}", "The second one.")
    assert "to Sam (helper)" in talk.drawer()
    founder = Browser()
    founder.force_login(talk.place.founder)
    words = {"sprint_id": talk.sprint.pk, "number": talk.risk.number}
    page = founder.get(reverse("client-risk", kwargs=words)).text
    assert "The second one." in page
    assert "Post to Sam" not in page


def test_two_links_of_one_name_are_told_apart(talk):
    page = talk.drawer()
    assert "Post to Sam (helper, link 1) and" in page
    assert "Post to Sam (helper, link 2) and" in page


def test_a_founder_cannot_write_to_a_link(talk):
    founder = Browser()
    founder.force_login(talk.place.founder)
    words = {"sprint_id": talk.sprint.pk, "about": "risk", "number": talk.risk.number}
    sent = {"text": "From the founder", "audience": f"link-{talk.one.pk}"}
    founder.post(reverse("client-comment", kwargs=words), sent)
    assert "From the founder" not in talk.page(talk.one_token)


@pytest.mark.parametrize("which", ["of another risk", "of another client", "report", "0"])
def test_a_link_that_does_not_name_the_risk_takes_no_words(talk, world, which):
    if which == "of another client":
        with world.ada_two.as_staff():
            number = make_link(world.ada_two, risk_numbers=[talk.risk.number]).pk
    elif which == "0":
        number = 0
    else:
        with talk.place.as_staff():
            kind, risks = ("report", [talk.risk.number]) if which == "report" else ("helper", [2])
            number = make_link(talk.place, sprint=talk.sprint, kind=kind, risk_numbers=risks).pk
    assert talk.answers(f"link-{number}", "Astray").status_code == 404
    with talk.place.as_staff():
        assert not Comment.objects.filter(text="Astray").exists()


@pytest.mark.parametrize("word", ["link-", "link-²", "link-1x", f"link-{'9' * 5000}", "helper"])
def test_an_audience_that_nobody_has_stays_among_staff(talk, word):
    talk.answers(word, "Astray")
    with talk.place.as_staff():
        assert Comment.objects.get(text="Astray").audience == "internal"


def test_words_to_a_link_taken_back_are_kept_in_their_box_and_not_posted(talk):
    with talk.place.as_staff():
        ShareLink.objects.filter(pk=talk.one.pk).update(revoked_at=timezone.now())
    answer = talk.answers(f"link-{talk.one.pk}", "Too late")
    assert answer.status_code == 422
    assert "opens nothing any more" in answer.text
    assert "Too late" in answer.text
    with talk.place.as_staff():
        assert not Comment.objects.filter(text="Too late").exists()


def test_a_risk_that_is_hidden_again_takes_no_words_to_a_helper(talk):
    with talk.place.as_staff():
        type(talk.risk).objects.filter(pk=talk.risk.pk).update(is_internal=True)
    assert talk.answers(f"link-{talk.one.pk}", "Too late").status_code == 422


@pytest.mark.parametrize(
    ("name", "words"), [("helper-comment", "heard a word"), ("helper-fixed", "is fixed")]
)
def test_the_lead_and_who_made_the_link_are_told_and_nobody_of_the_client_is(talk, name, words):
    address = {"token": talk.one_token, "number": talk.risk.number}
    Browser().post(reverse(name, kwargs=address), {"text": "Merged them."})
    with talk.place.as_staff():
        told = {(note.person_id, words in note.text) for note in Notice.objects.all()}
    assert told == {(talk.place.owner.pk, True), (talk.place.consultant.pk, True)}


def test_the_drawer_asks_as_much_for_one_word_of_a_helper_as_for_eight(talk):
    talk.drawer()
    talk.says(talk.one_token, "1")
    with CaptureQueriesContext(connection) as one:
        talk.drawer()
    for number in range(7):
        talk.says(talk.two_token, f"word {number}")
        talk.answers(f"link-{talk.two.pk}", f"answer {number}")
    with CaptureQueriesContext(connection) as many:
        talk.drawer()
    assert len(many) == len(one)
