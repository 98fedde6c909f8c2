"""The practice's clients: made, renamed, put away, deleted."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import Client
from accounts.quotas import MAX_CLIENTS
from tests.factories import World, make_client
from tests.sprints.factories import make_project, make_sprint


@pytest.fixture
def staff(world: World):
    browser = Browser()
    browser.force_login(world.ada.consultant)
    return browser


@pytest.fixture
def url_of(world: World):
    def url(name: str, client: Client | None = None) -> str:
        more = [client.pk] if client else []
        return reverse(f"sprints:client-{name}", args=[world.ada.practice.slug, *more])

    return url


def test_the_list_counts_projects_and_sprints(world: World, staff, url_of):
    with world.ada.as_staff():
        make_sprint(world.ada, project=make_project(world.ada))
        make_sprint(world.ada, project=make_project(world.ada), state="closed")
        make_project(world.ada, archived_at="2026-01-01T00:00:00Z")
    answer = staff.get(url_of("list"))
    counts = {
        row.client.pk: (row.project_count, row.sprint_count) for row in answer.context["rows"]
    }
    assert counts == {world.ada.client.pk: (2, 1), world.ada_two.client.pk: (0, 0)}


def test_a_client_is_added_by_name(world: World, staff, url_of):
    answer = staff.post(url_of("create"), {"name": " Brightchat   Inc ", "contact": "Jonas"})
    with world.ada.as_staff():
        made = Client.objects.get(name="Brightchat Inc")
    assert answer.url == url_of("detail", made)


@pytest.mark.parametrize("name", ["Brightchat Inc", "BRIGHTCHAT inc"])
def test_a_name_is_used_once(world: World, staff, url_of, name):
    with world.ada.as_staff():
        make_client(world.ada, name="Brightchat Inc")
    answer = staff.post(url_of("create"), {"name": name})
    assert answer.status_code == 422
    assert "already has a client of this name" in answer.text
    assert f'value="{name}"' in answer.text


def test_another_practice_may_use_the_same_name(world: World, staff, url_of):
    with world.bob.as_staff():
        make_client(world.bob, name="Brightchat Inc")
    assert staff.post(url_of("create"), {"name": "Brightchat Inc"}).status_code == 302


def test_an_empty_name_gets_a_sentence(staff, url_of):
    answer = staff.post(url_of("create"), {"name": " "})
    assert answer.status_code == 422
    assert "Enter whose product it is" in answer.text


def test_an_unproven_practice_is_held_small(world: World, staff, url_of):
    with world.ada.as_staff():
        for _ in range(MAX_CLIENTS - Client.objects.count()):
            make_client(world.ada)
    answer = staff.post(url_of("create"), {"name": "One more"})
    assert answer.status_code == 422
    assert f"at most {MAX_CLIENTS} clients" in answer.text


def test_a_client_is_renamed_but_not_to_anothers_name(world: World, staff, url_of):
    url = url_of("edit", world.ada.client)
    assert staff.post(url, {"name": world.ada_two.client.name.upper()}).status_code == 422
    assert staff.post(url, {"name": "Renamed", "contact": "x"}).status_code == 302
    with world.ada.as_staff():
        assert Client.objects.get(pk=world.ada.client.pk).name == "Renamed"


def test_the_page_shows_projects_and_people(world: World, staff, url_of):
    with world.ada.as_staff():
        project = make_project(world.ada, name="Chat")
    answer = staff.get(url_of("detail", world.ada.client))
    assert [row.project for row in answer.context["projects"]] == [project]
    assert str(world.ada.founder) in answer.text
    assert str(world.ada.revoked) not in answer.text


def test_an_archived_client_leaves_list_and_portfolio_and_comes_back(world: World, staff, url_of):
    client = world.ada.client
    with world.ada.as_staff():
        make_sprint(world.ada)
    staff.post(url_of("archival", client))
    listed = staff.get(url_of("list"))
    assert client.pk not in [row.client.pk for row in listed.context["rows"]]
    portfolio = staff.get(reverse("portfolio", args=[world.ada.practice.slug]))
    assert list(portfolio.context["rows"]) == []
    staff.post(url_of("archival", client), {"to": "back"})
    listed = staff.get(url_of("list"))
    assert client.pk in [row.client.pk for row in listed.context["rows"]]
