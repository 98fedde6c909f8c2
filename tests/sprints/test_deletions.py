"""A client, project or sprint is deleted for good by its name; a sprint is put away."""

import time
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import Client, Invitation
from sprints.deleting import doomed_client, doomed_project, doomed_sprint
from sprints.models import ActivityEvent, Project, Sprint
from tests.audits.factories import make_finding, make_run
from tests.factories import World, make_client, make_invitation
from tests.sprints.factories import make_event, make_project, make_risk, make_sprint

KINDS = ("client", "project", "sprint")
MODELS = {"client": Client, "project": Project, "sprint": Sprint}


def signed_in(user: Any, *, is_proven: bool = False) -> Browser:
    browser = Browser()
    browser.force_login(user)
    if is_proven:
        session = browser.session
        session["stepup:proven"] = {"act": "*", "at": time.time()}
        session.save()
    return browser


@pytest.fixture
def owner(world: World) -> Browser:
    """Somebody who has just shown by a passkey who they are."""
    return signed_in(world.ada.owner, is_proven=True)


@pytest.fixture
def staff(world: World) -> Browser:
    return signed_in(world.ada.consultant)


@pytest.fixture
def rows(world: World) -> dict[str, Any]:
    """A client with one project and one sprint that has a history."""
    with world.ada.as_staff():
        project = make_project(world.ada, name="Shop")
        sprint = make_sprint(world.ada, project=project, state="paused")
        make_event(world.ada, sprint=sprint)
        make_risk(world.ada, sprint=sprint)
        make_finding(world.ada, run=make_run(world.ada, sprint=sprint))
    return {"client": world.ada.client, "project": project, "sprint": sprint}


def url(world: World, name: str, row: Any = None) -> str:
    more = [row.pk] if row else []
    return reverse(f"sprints:{name}", args=[world.ada.practice.slug, *more])


def is_there(world: World, kind: str, row: Any) -> bool:
    with world.ada.as_staff():
        return MODELS[kind]._base_manager.filter(pk=row.pk).exists()


def delete(browser: Browser, world: World, kind: str, row: Any, name: str | None = None):
    typed = str(row) if name is None else name
    return browser.post(url(world, f"{kind}-deletion", row), {"typed_name": typed})


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_with_its_history_once_the_name_is_typed(world: World, owner, rows, kind: str):
    row = rows[kind]
    answer = delete(owner, world, kind, row)
    assert answer.status_code == 302
    assert not is_there(world, kind, row)
    assert not is_there(world, "sprint", rows["sprint"])
    with world.ada.as_staff():
        assert not ActivityEvent.objects.exists()
    said = owner.get(answer.url)
    assert said.status_code == 200
    assert "deleted for good" in said.text


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_stands_in_stays(world: World, owner, rows, kind: str):
    delete(owner, world, kind, rows[kind])
    above = KINDS[: KINDS.index(kind)]
    assert all(is_there(world, name, rows[name]) for name in above)
    assert is_there(world, "client", world.ada_two.client)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["shop", "Delete"])
def test_another_name_deletes_nothing(world: World, owner, rows, kind: str, name: str):
    answer = delete(owner, world, kind, rows[kind], name)
    assert answer.status_code == 422
    assert "is not its name, so nothing was deleted" in answer.text
    assert is_there(world, kind, rows[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_no_name_deletes_nothing(world: World, owner, rows, kind: str):
    answer = delete(owner, world, kind, rows[kind], " ")
    assert answer.status_code == 422
    assert f"Nothing was deleted. Type its name: {rows[kind]}." in answer.text
    assert is_there(world, kind, rows[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_it_needs_a_fresh_proof(world: World, rows, kind: str):
    answer = delete(signed_in(world.ada.owner), world, kind, rows[kind])
    assert answer.headers["Location"] == reverse("stepup")
    assert is_there(world, kind, rows[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_a_consultant_does_not_delete(world: World, rows, kind: str):
    browser = signed_in(world.ada.consultant, is_proven=True)
    assert browser.get(url(world, f"{kind}-deletion", rows[kind])).status_code == 403
    assert delete(browser, world, kind, rows[kind]).status_code == 403
    assert is_there(world, kind, rows[kind])


@pytest.mark.parametrize("is_proven", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_row_is_not_found_before_anything_is_asked(
    world: World, rows, kind: str, is_proven: bool
):
    with world.bob.as_staff():
        sprint = make_sprint(world.bob)
        foreign = {"client": world.bob.client, "project": sprint.project, "sprint": sprint}[kind]
    browser = signed_in(world.ada.owner, is_proven=is_proven)
    assert delete(browser, world, kind, foreign).status_code == 404
    with world.bob.as_staff():
        assert MODELS[kind]._base_manager.filter(pk=foreign.pk).exists()


def test_a_second_press_finds_nothing(world: World, owner, rows):
    delete(owner, world, "sprint", rows["sprint"])
    assert delete(owner, world, "sprint", rows["sprint"]).status_code == 404


def test_a_client_without_a_history_goes_the_same_way(world: World, owner):
    with world.ada.as_staff():
        client = make_client(world.ada, name="Brightchat Inc")
        make_invitation(world.ada, client=client)
    page = owner.get(url(world, "client-deletion", client)).text
    assert "1 open invitation" in page
    answer = delete(owner, world, "client", client, "Brightchat  Inc ")
    assert answer.url == url(world, "client-list")
    with world.ada.as_staff():
        assert not Client.objects.filter(pk=client.pk).exists()
        assert not Invitation.objects.exists()


def test_the_page_says_what_goes(world: World, rows):
    with world.ada.as_staff():
        found = doomed_client(rows["client"]).losses
        of_project = doomed_project(rows["project"]).losses
        of_sprint = doomed_sprint(rows["sprint"]).losses
    assert found == (
        "1 project with hosts, mail domains and consents",
        "1 sprint: 1 risk, seven stages, every audit and what it found",
        "the whole history, which until now nobody could change",
        "2 people’s access; their accounts stay, they may be elsewhere too",
    )
    assert of_project[1:] == of_sprint == found[1:3]


def test_a_client_nothing_is_known_of_loses_nothing(world: World, owner):
    with world.ada.as_staff():
        client = make_client(world.ada)
        assert doomed_client(client).losses == ()
    page = owner.get(url(world, "client-deletion", client)).text
    assert "Nothing has begun here" in page


@pytest.mark.parametrize("kind", KINDS)
def test_archiving_is_offered_instead(world: World, owner, rows, kind: str):
    page = owner.get(url(world, f"{kind}-deletion", rows[kind])).text
    assert url(world, f"{kind}-archival", rows[kind]) in page


def test_a_sprint_at_work_can_be_deleted_but_not_archived(world: World, owner):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
    page = owner.get(url(world, "sprint-deletion", sprint)).text
    assert url(world, "sprint-archival", sprint) not in page
    assert delete(owner, world, "sprint", sprint).status_code == 302


def test_the_project_page_offers_deletion_to_owners_alone(world: World, owner, staff, rows):
    address = url(world, "project-detail", rows["project"])
    wanted = [url(world, f"{kind}-deletion", rows[kind]) for kind in ("project", "sprint")]
    assert all(link in owner.get(address).text for link in wanted)
    assert not any(link in staff.get(address).text for link in wanted)


def archived_at(world: World, sprint: Sprint):
    with world.ada.as_staff():
        return Sprint.objects.get(pk=sprint.pk).archived_at


def verbs(world: World, sprint: Sprint) -> list[str]:
    with world.ada.as_staff():
        assert ActivityEvent.objects.filter(sprint=sprint).first_broken() is None
        return list(ActivityEvent.objects.filter(sprint=sprint).values_list("verb", flat=True))


def test_a_sprint_is_put_away_and_brought_back(world: World, staff, rows):
    sprint, address = rows["sprint"], url(world, "sprint-archival", rows["sprint"])
    portfolio = reverse("portfolio", args=[world.ada.practice.slug])
    for _ in range(2):
        assert staff.post(address).url == url(world, "project-detail", rows["project"])
    assert archived_at(world, sprint)
    assert list(staff.get(portfolio).context["rows"]) == []
    page = staff.get(url(world, "project-detail", rows["project"])).text
    assert "Paused, archived" in page
    assert "Take up again" not in page
    staff.post(address, {"to": "back"})
    assert archived_at(world, sprint) is None
    assert verbs(world, sprint) == ["noted", "sprint_archived", "sprint_brought_back"]


def test_an_archived_sprint_is_not_taken_up(world: World, staff, rows):
    staff.post(url(world, "sprint-archival", rows["sprint"]))
    staff.post(url(world, "sprint-state", rows["sprint"]), {"to": "active"})
    with world.ada.as_staff():
        assert Sprint.objects.get(pk=rows["sprint"].pk).state == "paused"


@pytest.mark.parametrize("state", ["active", "handover"])
def test_a_sprint_at_work_is_not_archived(world: World, staff, state: str):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada, state=state)
    answer = staff.post(url(world, "sprint-archival", sprint), follow=True)
    assert "Pause or close it first" in answer.text
    assert archived_at(world, sprint) is None


@pytest.mark.parametrize("state", ["paused", "signed", "closed", "cancelled"])
def test_a_sprint_at_rest_is_archived(world: World, staff, state: str):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada, state=state)
    staff.post(url(world, "sprint-archival", sprint))
    assert archived_at(world, sprint)
