"""From two fields to client, project, sprint and a first audit."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import Client
from accounts.quotas import MAX_CLIENTS
from audits.models import AuditRun
from config.quickstart import quick_start
from sprints.domains import LiveDomain
from sprints.models import Project, ProjectHost, Sprint, Stage
from tests.factories import World, make_client, make_places
from tests.sprints.factories import make_project


@pytest.fixture
def staff(world: World):
    browser = Browser()
    browser.force_login(world.ada.consultant)
    return browser


@pytest.fixture
def start(world: World, staff: Browser):
    def post(domain="brightchat.app", client_name="Brightchat Inc", **more):
        form = {"domain": domain, "client_name": client_name}
        return staff.post(reverse("quick-start", args=[world.ada.practice.slug]), form, **more)

    return post


def made(world: World, domain="brightchat.app") -> Project | None:
    with world.ada.as_staff():
        return Project.objects.filter(domain=domain).select_related("client").first()


def test_one_press_makes_client_project_sprint_and_audit(world: World, start):
    answer = start()
    with world.ada.as_staff():
        project = Project.objects.select_related("client").get(domain="brightchat.app")
        sprint = Sprint.objects.get(project=project)
        run = AuditRun.objects.get(sprint=sprint)
        assert (project.name, project.client.name) == ("Brightchat", "Brightchat Inc")
        assert (sprint.number, sprint.lead) == (1, world.ada.consultant)
        assert Stage.objects.filter(sprint=sprint).count() == 7
        assert (run.state, run.scope, run.requested_by) == ("queued", "all", world.ada.consultant)
    assert answer.status_code == 302
    assert answer.url == reverse("audits:run-detail", args=[world.ada.practice.slug, run.pk])


@pytest.mark.parametrize(
    ("typed", "domain", "canonical"),
    [
        ("shop.com", "shop.com", ""),
        ("  SHOP.com. ", "shop.com", ""),
        ("https://www.shop.com/x?y", "shop.com", "www.shop.com"),
        ("http://shop.com:8080/#top", "shop.com", ""),
        ("app.shop.com/login", "app.shop.com", ""),
        ("www.co.uk", "www.co.uk", ""),
        ("münchen.de", "xn--mnchen-3ya.de", ""),
        ("https://www.müller-café.de/", "xn--mller-caf-j4a4r.de", "www.xn--mller-caf-j4a4r.de"),
        ("shop.vercel.app", "shop.vercel.app", ""),
    ],
)
def test_a_pasted_address_becomes_its_domain(world: World, start, typed, domain, canonical):
    assert start(domain=typed).status_code == 302
    with world.ada.as_staff():
        project = Project.objects.latest("pk")
        hosts = set(ProjectHost.objects.filter(project=project).values_list("name", flat=True))
    assert (project.domain, project.canonical_host) == (domain, canonical)
    assert hosts == {domain, canonical} - {""}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter the domain that visitors type"),
        ("shop", "has no dot"),
        ("co.uk", "an ending under which names are registered"),
        ("203.0.113.7", "is a number, not a name"),
        ("[2001:db8::1]", "is a number, not a name"),
        ("127.1", "is a number, not a name"),
        ("localhost", "reserved and never public"),
        ("shop.internal", "reserved and never public"),
        ("a b.com", "Blanks, backslashes and invisible characters"),
        ("jonas@shop.com", "carries a name or password"),
        ("ftp://shop.com", "is not an http or https address"),
        ("shop.com:22", "is not looked at"),
        ("ѕhop。com", "only look like plain letters"),
        ("x" * 3000, "at most 2048 characters"),
    ],
)
def test_a_bad_domain_gets_a_sentence_and_stays_in_the_field(world: World, start, typed, sentence):
    before = len_of(world)
    answer = start(domain=typed)
    assert answer.status_code == 422
    assert sentence in answer.text.replace("&#x27;", "'").replace("&quot;", '"')
    assert 'value="Brightchat Inc"' in answer.text
    if typed and len(typed) < 100:
        assert answer.context["form"]["domain"].value() == typed
    assert len_of(world) == before


def len_of(world: World) -> tuple[int, int]:
    with world.ada.as_staff():
        return Client.objects.count(), Project.objects.count()


def test_the_client_of_that_name_is_taken_whatever_its_case(world: World, start):
    with world.ada.as_staff():
        known = make_client(world.ada, name="Brightchat Inc")
    answer = start(client_name="  brightchat  INC ", follow=False)
    assert answer.status_code == 302
    project = made(world)
    assert project is not None
    assert project.client_id == known.pk


def test_an_archived_client_comes_back(world: World, start):
    with world.ada.as_staff():
        known = make_client(world.ada, name="Brightchat Inc", archived_at="2026-01-01T00:00:00Z")
    start()
    with world.ada.as_staff():
        assert Client.objects.get(pk=known.pk).archived_at is None


def test_a_domain_at_work_is_shown_instead_of_made_again(world: World, start):
    with world.ada.as_staff():
        known = make_project(world.ada_two, domain="brightchat.app", name="Chat")
    answer = start(domain="https://brightchat.app/pricing")
    assert answer.status_code == 422
    assert "brightchat.app is already here: it belongs to Chat" in answer.text
    url = reverse("sprints:project-detail", args=[world.ada.practice.slug, known.pk])
    assert f'href="{url}"' in answer.text
    with world.ada.as_staff():
        assert Project.objects.filter(domain="brightchat.app").count() == 1


def test_another_practices_domain_does_not_stand_in_the_way(world: World, start):
    with world.bob.as_staff():
        make_project(world.bob, domain="brightchat.app")
    assert start().status_code == 302


def test_an_archived_project_does_not_stand_in_the_way(world: World, start):
    with world.ada.as_staff():
        make_project(world.ada, domain="brightchat.app", archived_at="2026-01-01T00:00:00Z")
    assert start().status_code == 302


def test_two_presses_make_one_and_both_lead_to_it(world: World, start):
    first, second = start(), start()
    assert first.url == second.url
    with world.ada.as_staff():
        assert Project.objects.filter(domain="brightchat.app").count() == 1
        assert AuditRun.objects.count() == 1


def test_the_same_again_later_is_a_duplicate(world: World, start):
    start()
    with world.ada.as_staff():
        project = Project.objects.get(domain="brightchat.app")
        Project.objects.filter(pk=project.pk).update(
            created_at=project.created_at - timedelta(seconds=31)
        )
    assert start().status_code == 422


def test_an_unproven_practice_is_held_small(world: World, start):
    with world.ada.as_staff():
        for _ in range(MAX_CLIENTS - Client.objects.count()):
            make_client(world.ada)
    answer = start()
    assert answer.status_code == 422
    assert f"at most {MAX_CLIENTS} clients" in answer.text
    assert made(world) is None


def test_htmx_gets_the_form_alone(world: World, start):
    answer = start(domain="shop", headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "<html" not in answer.text
    assert 'id="start"' in answer.text


def test_a_founder_may_not_begin_one(world: World):
    browser = Browser()
    browser.force_login(world.ada.founder)
    answer = browser.post(
        reverse("quick-start", args=[world.ada.practice.slug]),
        {"domain": "shop.com", "client_name": "Shop"},
    )
    assert answer.status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_make_one():
    place, _ = make_places("Ada")
    both = Barrier(2)

    def press(_: int) -> int:
        try:
            with place.as_staff():
                both.wait(timeout=20)
                live = LiveDomain("brightchat.app")
                started = quick_start(
                    place.practice, by=place.consultant, live=live, client_name="Brightchat Inc"
                )
                return started.sprint.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(press, range(2))
    assert first == second
    with place.as_staff():
        assert (Project.objects.count(), AuditRun.objects.count()) == (1, 1)
