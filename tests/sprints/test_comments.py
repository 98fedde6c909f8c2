"""What is said stays with those to whom it was said."""

from datetime import timedelta

import pytest
from django.urls import reverse

from sprints.commenting import CommentRefusedError, Person, mentioned
from sprints.models import ActivityEvent, Comment
from tests.factories import World, make_client_membership, make_user
from tests.sprints.factories import make_comment, make_request, make_risk

HTMX = {"HX-Request": "true"}
MAYA = Person(1, "Maya Berg", "maya@studio.test", is_staff=True)
SAM = Person(2, "Sam Founder", "boss@acme.test", is_staff=False)


@pytest.fixture
def risk(world: World):
    with world.ada.as_staff():
        return make_risk(world.ada)


@pytest.fixture
def say(world: World, client):
    """Post about the risk as somebody; the answer."""

    def saying(who, risk, text, *, audience="client", headers=None):
        words = {"sprint_id": risk.sprint_id, "about": "risk", "number": risk.number}
        name = "client-comment"
        if who in (world.ada.consultant, world.ada.owner):
            name, words = (
                "sprints:comment-create",
                words | {"practice_slug": world.ada.practice.slug},
            )
        client.force_login(who)
        sent = {"text": text, "audience": audience}
        return client.post(reverse(name, kwargs=words), sent, headers=headers)

    return saying


def said(world: World) -> list[tuple[str, str]]:
    with world.ada.as_staff():
        return list(Comment.objects.values_list("text", "audience"))


def test_staff_post_to_whom_the_button_names(world, risk, say):
    say(world.ada.consultant, risk, "Between us", audience="internal")
    say(world.ada.consultant, risk, "For both", audience="client")
    assert said(world) == [("Between us", "internal"), ("For both", "client")]
    with world.ada.as_staff():
        events = ActivityEvent.objects.order_by("seq").values_list("verb", "visibility")
        assert list(events) == [("commented", "internal"), ("commented", "client")]


def test_without_an_audience_staff_speak_to_staff(world, risk, say):
    say(world.ada.consultant, risk, "Hm", audience="everybody")
    assert said(world) == [("Hm", "internal")]


@pytest.mark.parametrize("role", ["founder", "viewer"])
def test_the_client_always_speaks_to_everybody(world, risk, say, role):
    answer = say(getattr(world.ada, role), risk, "Is it bad?", audience="internal", headers=HTMX)
    assert answer.status_code == 200
    assert said(world) == [("Is it bad?", "client")]


def test_the_client_reads_its_part_alone(world, risk, say):
    say(world.ada.consultant, risk, "secret-among-staff", audience="internal")
    say(world.ada.consultant, risk, "for-acme", audience="client")
    text = say(world.ada.founder, risk, "Thanks", headers=HTMX).content.decode()
    assert "for-acme" in text
    assert "secret-among-staff" not in text
    assert "Staff only" not in text


@pytest.mark.parametrize("hidden", [{"is_internal": True}, {"plain_summary": ""}])
def test_what_the_client_cannot_see_is_talked_about_among_staff(world, say, hidden):
    with world.ada.as_staff():
        risk = make_risk(world.ada, **hidden)
    assert say(world.ada.founder, risk, "Hello").status_code == 404
    refused = say(world.ada.consultant, risk, "Typed for long", audience="client")
    assert refused.status_code == 422
    assert said(world) == []
    answer = say(world.ada.consultant, risk, "Hm", audience="internal", headers=HTMX)
    assert "Post to staff" in answer.content.decode()
    assert f"Post to {world.ada.client.name}" not in answer.content.decode()


def test_the_talk_about_a_draft_of_a_request_is_not_the_clients(world, client):
    with world.ada.as_staff():
        draft = make_request(world.ada, state="draft")
    client.force_login(world.ada.founder)
    words = {"sprint_id": draft.sprint_id, "about": "request", "number": draft.pk}
    assert client.post(reverse("client-comment", kwargs=words), {"text": "?"}).status_code == 404


@pytest.mark.parametrize("headers", [None, HTMX])
@pytest.mark.parametrize(("text", "why"), [(" \n", "no words"), ("x" * 4001, "4001 characters")])
def test_nothing_typed_is_lost_when_it_is_refused(world, risk, say, headers, text, why):
    answer = say(world.ada.consultant, risk, text, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert why in page
    assert text.strip() in page
    assert said(world) == []


def test_pressed_twice_it_is_said_once(world, risk, say):
    say(world.ada.founder, risk, "Once")
    assert say(world.ada.founder, risk, "Once").status_code == 422
    assert said(world) == [("Once", "client")]
    with world.ada.as_staff():
        Comment.objects.update(at=Comment.objects.get().at - timedelta(minutes=2))
    assert say(world.ada.founder, risk, "Once").status_code == 302


def test_the_first_name_the_whole_name_and_the_mail_part_call_somebody():
    for text in ("@maya look", "@MayaBerg, look", "ask @maya."):
        assert mentioned(text, [MAYA, SAM], "internal") == [1]
    assert mentioned("@boss and @maya and @boss", [MAYA, SAM], "client") == [2, 1]
    assert mentioned("mail maya@studio.test or @nobody", [MAYA, SAM], "client") == []


def test_an_internal_comment_names_staff_only():
    with pytest.raises(CommentRefusedError, match=r"@sam.*goes to staff only"):
        mentioned("@sam knows", [MAYA, SAM], "internal")


def test_nobody_of_another_client_or_gone_can_be_named(world, risk, say):
    with world.ada_two.as_staff():
        make_client_membership(world.ada_two, user=make_user("Zoe Other"))
    say(world.ada.consultant, risk, "@zoe and @revoked", audience="client")
    with world.ada.as_staff():
        assert Comment.objects.get().mentions == []


def test_a_comment_keeps_what_it_said_before(world, risk, client):
    with world.ada.as_staff():
        old = make_comment(world.ada, sprint=risk.sprint, risk=risk, text="First")
    client.force_login(world.ada.consultant)
    words = {
        "practice_slug": world.ada.practice.slug,
        "sprint_id": risk.sprint_id,
        "comment_id": old.pk,
    }
    url = reverse("sprints:comment-edit", kwargs=words)
    assert client.post(url, {"text": "Second", "row_version": "1"}).status_code == 302
    late = client.post(url, {"text": "From another window", "row_version": "1"})
    assert late.status_code == 409
    for odd in ("9" * 5000, "²", "-1"):
        assert client.post(url, {"text": "Odd", "row_version": odd}).status_code == 409
    assert "From another window" in late.content.decode()
    assert client.post(url, {"text": "Second", "row_version": "2"}).status_code == 422
    with world.ada.as_staff():
        old.refresh_from_db()
    assert (old.text, [one["text"] for one in old.earlier]) == ("Second", ["First"])
    client.force_login(world.ada.owner)
    assert client.post(url, {"text": "Mine now", "row_version": "2"}).status_code == 404


def test_the_drawer_shows_the_talk_with_a_box_for_each_audience(world, risk, client):
    with world.ada.as_staff():
        make_comment(world.ada, sprint=risk.sprint, risk=risk, audience="internal", text="Hm hm")
    client.force_login(world.ada.consultant)
    words = {"practice_slug": world.ada.practice.slug, "sprint_id": risk.sprint_id}
    page = client.get(reverse("sprints:risk-detail", kwargs=words | {"number": risk.number}))
    text = page.content.decode()
    for part in ("Hm hm", "Staff only", "To staff only", f"To {world.ada.client.name}"):
        assert part in text
    assert f"Post to {world.ada.client.name}" in text
