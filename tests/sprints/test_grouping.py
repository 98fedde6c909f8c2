"""Risks of one cause stand together, at the place of the best."""

import pytest
from django.urls import reverse

from sprints.grouping import grouped
from sprints.listing import place_of, risks_of
from sprints.models import Risk
from sprints.rows import places, where
from tests.factories import World
from tests.sprints.factories import make_risk, make_sprint


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.fixture
def sprint(place):
    return make_sprint(place)


@pytest.fixture
def add(place, sprint):
    def adding(number: int, **fields) -> Risk:
        given = {"check_id": "tls.plain", "title": "No encryption", "subject": f"h{number}.test"}
        return make_risk(place, sprint=sprint, number=number, **(given | fields))

    return adding


def numbers(sprint, **how) -> list[list[int]]:
    return [[risk.number for risk in group] for group in grouped(risks_of(sprint), **how)]


def test_a_group_stands_where_its_best_one_stands_in_the_order_of_the_list(add, sprint):
    add(1, title="Another", check_id="dns.other", consequence=5)
    add(2)
    add(3, title="Third", check_id="dns.third")
    add(4)
    assert numbers(sprint) == [[1], [2, 4], [3]]


@pytest.mark.parametrize(
    "other",
    [
        {"check_id": "tls.other"},
        {"consequence": 1},
        {"state": "in_progress"},
        {"title": "Put into other words"},
    ],
)
def test_another_check_band_state_or_title_stands_alone(add, sprint, other):
    add(1)
    add(2, **other)
    assert len(numbers(sprint)) == 2


def test_what_was_added_by_hand_stands_alone(add, sprint):
    add(1, check_id="")
    add(2, check_id="")
    assert numbers(sprint) == [[1], [2]]


def test_a_founders_groups_have_one_owner_each(add, sprint, place):
    add(1, owner=place.founder)
    add(2)
    assert numbers(sprint) == [[1, 2]]
    assert numbers(sprint, by_owner=True) == [[1], [2]]


def test_a_line_says_on_how_many_hosts_or_in_how_many_places(add):
    assert places([add(1), add(2, subject="https://other.test/login")]) == "on 2 hosts"
    assert places([add(3, subject="https://a.test/x"), add(4, subject="a.test:443")]) == (
        "in 2 places"
    )


def test_what_is_no_host_is_a_place(add):
    assert places([add(1, subject="sid of a.test"), add(2, subject="sid of b.test")]) == (
        "in 2 places"
    )


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("app.test", "app.test"),
        ("https://app.test/", "app.test"),
        ("http://app.test/", "http://app.test"),
        ("", ""),
        ("a" * 56, "a" * 56),
        ("a" * 40 + "b" * 40, "a" * 28 + "…" + "b" * 27),
    ],
)
def test_a_subject_is_shortened_in_its_middle(subject, words):
    assert where(subject) == words


def test_a_broken_address_is_a_place_like_any_other(add):
    assert places([add(1, subject="https://[broken"), add(2)]) == "on 2 hosts"


def test_the_place_of_a_risk_is_its_line(add, sprint):
    add(1)
    add(2)
    third = add(3, title="Third", check_id="dns.third")
    assert place_of(third) == 2


@pytest.fixture
def read(place, sprint, client):
    client.force_login(place.consultant)

    def reading(name="risk-list", query="", **words) -> str:
        kwargs = {"practice_slug": place.practice.slug, "sprint_id": sprint.pk} | words
        return client.get(reverse(f"sprints:{name}", kwargs=kwargs) + query).content.decode()

    return reading


def test_the_list_folds_a_group_and_opens_it_for_the_risk_that_is_read(add, read):
    add(1)
    add(2)
    closed = read()
    assert closed.count("No encryption</p>") == 1
    assert "on 2 hosts" in closed
    assert ">h2.test</span>" in closed
    assert '<details class="group" data-row data-status="open">' in closed
    assert '<details class="group" data-row data-status="open" open>' in read(
        "risk-detail", number=2
    )


def test_a_filter_may_leave_one_of_a_group_which_is_a_line_of_its_own(add, read, place):
    add(1, owner=place.consultant)
    add(2)
    text = read(query="?show=mine")
    assert 'class="group"' not in text
    assert "h1.test" in text
    assert "h2.test" not in text


def test_pages_are_cut_between_groups(add, read):
    for number in range(1, 44):
        add(number)
    add(44, title="Alone", check_id="")
    text = read()
    assert "R-043" in text
    assert "Alone" in text
    assert 'aria-label="Pages"' not in text
