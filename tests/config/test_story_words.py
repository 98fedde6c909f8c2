"""What people read on the way from the invitation to the launch: each sentence is whole."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ClientMembership, User
from audits.catalogue import BY_ID
from config.deciding_inputs import launch_computed
from config.sprint_page import run_words
from sprints.models import Request, Sprint
from sprints.outcome import Sort
from tests.audits.factories import make_run
from tests.factories import Place, World, make_client_membership
from tests.sprints.factories import (
    make_acceptance,
    make_decision,
    make_request,
    make_risk,
    make_sprint,
)


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def sprint(place: Place) -> Sprint:
    return make_sprint(place)


def read(person: User, name: str, sprint: Sprint, **words: int) -> str:
    browser = Client()
    browser.force_login(person)
    ours = {"practice_slug": sprint.practice.slug} if name == "sprint" or ":" in name else {}
    address = reverse(name, kwargs={"sprint_id": sprint.pk} | ours | words)
    return browser.get(f"{address}?kind=start").text


def test_the_computed_answer_is_a_whole_sentence(place: Place, sprint: Sprint):
    make_request(place, sprint=sprint)
    page = read(place.consultant, "sprints:decision-create", sprint)
    assert "Computed: Yes, if the conditions hold</h2>" in page


@pytest.mark.parametrize("has_second_founder", [False, True])
def test_access_is_the_founders_to_give_where_there_is_one(
    place: Place, sprint: Sprint, has_second_founder: bool
):
    sprint.lead = place.consultant
    sprint.save()
    if has_second_founder:
        make_client_membership(place, role="founder")
    make_request(place, sprint=sprint)
    page = read(place.consultant, "sprints:decision-create", sprint)
    giver = place.consultant if has_second_founder else place.founder
    assert f'<option value="{giver.pk}" selected>' in page


def test_what_nobody_looked_for_is_named_as_the_trouble(place: Place, sprint: Sprint):
    make_run(place, sprint=sprint, state="done", coverage={"not_consented": ["sec.env_file"]})
    (line,) = [one for one in launch_computed(sprint).lines if one.sort == Sort.CONSENT]
    assert line.text == BY_ID["sec.env_file"].trouble


def test_an_answered_decision_says_agreed_and_what_was_recommended(place: Place, sprint: Sprint):
    ours = {"sprint": sprint, "outcome": "go", "computed": "go"}
    said = {"state": "confirmed", "confirmed_by": place.founder, "confirmed_at": timezone.now()}
    asked, agreed = make_decision(place, **ours, kind="start"), make_decision(place, **ours, **said)
    waits = read(place.founder, "client-decision", sprint, number=asked.number)
    done = read(place.founder, "client-decision", sprint, number=agreed.number)
    assert "recommends</p>" in waits
    assert "<h1>Agreed</h1>" in done
    assert "recommended</p>" in done


def test_what_is_lived_with_is_counted_in_things(place: Place, sprint: Sprint):
    with_one = make_acceptance(place, state="accepted").risk.sprint
    assert "You live with 1 thing<" in read(place.founder, "client-acceptances", with_one)


def test_the_launch_is_the_first_button_only_after_the_start(place: Place, sprint: Sprint):
    first = 'data-kind="primary" href="{}?kind=launch"'.format(
        reverse("sprints:decision-create", args=[place.practice.slug, sprint.pk])
    )
    assert first not in read(place.consultant, "sprints:decision-list", sprint)
    make_decision(place, sprint=sprint, kind="start")
    assert first in read(place.consultant, "sprints:decision-list", sprint)


def test_a_founder_reads_how_far_they_are(place: Place, sprint: Sprint):
    now = timezone.now()
    done = {"state": "done", "answered_by": place.founder, "answered_at": now}
    make_request(place, sprint=sprint, position=1, **done)
    second = make_request(place, sprint=sprint, position=2)
    make_request(place, sprint=sprint, position=3)
    assert "2 of 3" in read(place.founder, "client-request", sprint, request_id=second.pk)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("launch_on", "2026-12-06", "Sun 6 Dec 2026"),
        ("launch_on", "soon", "soon"),
        ("launch_on", "", ""),
        ("has_ios_app", "no", "No"),
        ("hosting", "fly.io", "fly.io"),
    ],
)
def test_an_answer_is_shown_as_people_say_it(field: str, typed: str, words: str):
    assert Request(field=field, answer=typed).answer_words == words


def test_a_founder_reads_names_in_quotes_and_no_backticks(place: Place, sprint: Sprint):
    risk = make_risk(place, sprint=sprint, remedy="Merge them: one `all` at the end")
    page = read(place.founder, "client-risk", sprint, number=risk.number)
    assert "Merge them: one “all” at the end" in page


def test_a_sprint_without_a_founder_leads_to_the_invitation(place: Place, sprint: Sprint):
    link = reverse("client-people", args=[place.practice.slug, place.client.pk])
    assert link not in read(place.consultant, "sprint", sprint)
    ClientMembership.objects.of(place.practice).filter(user=place.founder).delete()
    assert f'href="{link}">Invite the founder' in read(place.consultant, "sprint", sprint)


def test_a_look_at_one_check_names_it_in_quotes(place: Place, sprint: Sprint):
    run = make_run(place, sprint=sprint, state="done", scope="email.spf_multiple")
    title = BY_ID["email.spf_multiple"].title
    assert run_words(run).startswith(f"Looked at “{title}”:")
