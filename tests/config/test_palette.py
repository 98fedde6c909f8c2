"""Going anywhere from anywhere: what is found, in which order, and for whom."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.palette import MOST_HITS, Hit, numbered
from tests.audits.factories import make_run
from tests.factories import World
from tests.sprints.factories import make_project, make_risk, make_sprint

HTMX = {"HX-Request": "true"}
MOST_QUERIES = 20


@pytest.fixture
def look(world: World):
    """Asks as ada's consultant; from a sprint where one is given."""
    browser = Browser()
    browser.force_login(world.ada.consultant)

    def asking(words="", sprint=None, **more):
        query = {"q": words} | ({"sprint": sprint.pk} if sprint else {})
        return browser.get(reverse("find", args=[world.ada.practice.slug]), query, **more)

    return asking


@pytest.fixture
def sprint(world: World):
    with world.ada.as_staff():
        project = make_project(world.ada, name="Shopbot", domain="xn--bcher-kva.example")
        return make_sprint(world.ada, project=project)


def hits(answer) -> list[str]:
    return [hit.name for group in answer.context["groups"] for hit in group.hits]


def urls(answer) -> list[str]:
    return [hit.url for group in answer.context["groups"] for hit in group.hits]


def here(world: World, sprint) -> str:
    return f"/p/{world.ada.practice.slug}/sprints/{sprint.pk}/"


@pytest.mark.parametrize("words", ["shopbot", "SHOP sprint", "bücher", "xn--bcher"])
def test_a_sprint_is_found_by_its_names_and_its_domain(world: World, look, sprint, words):
    found = look(words.replace(" sprint", ""))
    assert hits(found)[0] == "Shopbot, sprint 1"
    assert urls(found)[0] == here(world, sprint)
    assert "bücher.example" in found.text


@pytest.mark.parametrize("words", ["R-012", "r12", "12", " R 12"])
def test_a_risk_is_found_by_its_number_first_in_this_sprint(world: World, look, sprint, words):
    with world.ada.as_staff():
        ours = make_risk(world.ada, sprint=sprint, number=12, title="Ours")
        make_risk(world.ada, sprint=make_sprint(world.ada), number=12, title="Newer")
        make_risk(world.ada, sprint=sprint, number=112, title="Another number")
    assert hits(look(words, sprint))[:2] == ["R-012 Ours", "R-012 Newer"]
    assert urls(look(words, sprint))[0] == f"{here(world, sprint)}risks/{ours.number}/"
    assert hits(look(words))[:2] == ["R-012 Newer", "R-012 Ours"]
    assert not [name for name in hits(look(words)) if name.startswith("R-112")]


def test_a_risk_is_found_by_its_words_heaviest_first_and_elsewhere_while_it_is_open(
    world: World, look, sprint
):
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint, title="Leaking light", consequence=1)
        make_risk(world.ada, sprint=sprint, title="Leaking heavy", consequence=5)
        make_risk(world.ada, sprint=sprint, title="Leaking gone", state="verified")
        other = make_sprint(world.ada)
        make_risk(world.ada, sprint=other, title="Leaking there")
        make_risk(world.ada, sprint=other, title="Leaking no more", state="verified")
    names = [name.partition(" ")[2] for name in hits(look("leak", sprint))]
    assert names == ["Leaking heavy", "Leaking gone", "Leaking light", "Leaking there"]
    assert hits(look("leaking more")) == []
    assert hits(look("l")) == [name for name in hits(look("l")) if not name.startswith("R-")]


def test_before_a_word_is_typed_the_next_act_of_the_sprint_comes_first(world: World, look, sprint):
    assert hits(look("", sprint))[0] == "Run the first audit"
    with world.ada.as_staff():
        make_run(world.ada, sprint=sprint, state="done", outcome="go")
        risk = make_risk(world.ada, sprint=sprint, title="No way in", owner=world.ada.consultant)
    found = look("", sprint)
    assert hits(found)[0] == f"Fix or accept {risk.ref}: No way in"
    assert urls(found)[0] == f"{here(world, sprint)}risks/{risk.number}/"
    assert "Next · You" in found.text
    assert {"Ask the founder, read the answers", "My day and all sprints"} <= set(hits(found))
    assert "Ask the founder, read the answers" not in hits(look())


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("librar", "Library of write-ups"),
        ("my day", "My day and all sprints"),
        ("ask", "Ask the founder, read the answers"),
        ("stage 6", "Stage 6: E-mail trust"),
        ("your acc", "Your account"),
    ],
)
def test_pages_and_acts_are_found_by_the_beginnings_of_their_words(look, sprint, words, name):
    found = look(words, sprint)
    assert name in hits(found)
    assert all(url.startswith("/") for url in urls(found))


def test_settings_are_offered_to_owners_alone(world: World, look):
    assert "Practice settings" not in hits(look("settings"))
    owner = Browser()
    owner.force_login(world.ada.owner)
    url = reverse("find", args=[world.ada.practice.slug])
    assert "Practice settings" in hits(owner.get(url, {"q": "settings"}))


def test_every_place_that_is_offered_opens(look, sprint, world: World):
    browser = Browser()
    browser.force_login(world.ada.owner)
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint)
    found = {
        url
        for words in ("", "a", "s", "d", "r", "stage", "shopbot", "1")
        for url in urls(browser.get(reverse("find", args=[world.ada.practice.slug]),
                                    {"q": words, "sprint": sprint.pk}))
    }  # fmt: skip
    assert len(found) >= 20
    assert {url: code for url in found if (code := browser.get(url).status_code) != 200} == {}


@pytest.mark.parametrize("words", ["", "canary", "Two SPF", "R-001", "bob", "a"])
def test_nothing_of_another_practice_is_ever_found(world: World, look, words):
    with world.bob.as_staff():
        theirs = make_risk(world.bob).sprint
    with world.ada.as_staff():
        make_risk(world.ada)
    for answer in (look(words), look(words, theirs), look(words, theirs, headers=HTMX)):
        assert answer.status_code == 200
        assert world.bob.canary not in answer.text
        assert f"/sprints/{theirs.pk}/" not in answer.text
        assert world.bob.practice.slug not in "".join(urls(answer))


def test_what_is_archived_is_left_out(world: World, look, sprint):
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint, title="Leaking")
        sprint.project.archived_at = sprint.created_at
        sprint.project.save(update_fields=["archived_at"])
    assert hits(look("shopbot")) == []
    assert hits(look("leaking")) == []


@pytest.mark.parametrize("sprint_id", ["x", "٣", "9" * 30, "-1", ""])
def test_an_odd_number_for_the_sprint_is_none(world: World, look, sprint_id):
    browser = Browser()
    browser.force_login(world.ada.consultant)
    url = reverse("find", args=[world.ada.practice.slug])
    assert browser.get(url, {"sprint": sprint_id, "q": "\x00"}).status_code == 200


def test_without_anything_found_the_page_says_what_to_try(look):
    page = look("zzzz").text
    assert "Nothing here has these words" in page
    assert "R-012" in page
    fragment = look("zz<b>", headers=HTMX).text
    assert "Nothing here has “zz&lt;b&gt;”" in fragment
    assert "<html" not in fragment


def test_no_more_than_twenty_are_shown_and_each_has_its_number():
    many = [Hit(f"Hit {number}", "/") for number in range(15)]
    groups = numbered([("One", many), ("Two", []), ("Three", many), ("Four", many)])
    assert [group.title for group in groups] == ["One", "Three"]
    assert [hit.number for group in groups for hit in group.hits] == list(range(1, MOST_HITS + 1))


@pytest.mark.parametrize("words", ["", "app", "spf", "1"])
def test_it_never_costs_more_the_more_there_is(world: World, look, sprint, words):
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            look(words, sprint, headers=HTMX)
        return len(asked)

    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint)
    look(words, sprint)
    few = count()
    with world.ada.as_staff():
        for _ in range(10):
            make_risk(world.ada, sprint=make_sprint(world.ada))
            make_risk(world.ada, sprint=sprint)
    assert count() <= few <= MOST_QUERIES


def test_the_bar_leads_staff_to_it_and_nobody_else(world: World, client, sprint):
    client.force_login(world.ada.consultant)
    page = client.get(here(world, sprint)).text
    assert f'href="/p/{world.ada.practice.slug}/find/?sprint={sprint.pk}"' in page
    assert "palette.js" in page
    client.force_login(world.ada.founder)
    page = client.get(reverse("client-sprint", kwargs={"sprint_id": sprint.pk})).text
    assert "palette" not in page
