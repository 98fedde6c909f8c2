"""The demo: loaded once, entered by links that work once."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from accounts import demo
from accounts.models import ClientMembership, Membership, Practice, User
from accounts.tenancy.scope import Actor, practice_scope
from audits.models import AuditRun
from sprints.models import Project, Sprint, Stage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lab():
    with override_settings(LAB=True):
        yield


def load() -> Practice:
    call_command("load_demo", stdout=StringIO())
    return Practice.objects.get(slug="northbeam")


def test_the_demo_holds_a_sprint_and_an_audit_to_watch():
    practice = load()
    with practice_scope(practice.pk, actor=Actor.STAFF):
        project = Project.objects.get()
        assert (practice.name, project.domain) == ("Northbeam Studio", settings.DEMO_DOMAIN)
        assert project.launch_on is not None
        assert (project.launch_on - project.created_at.date()).days == 10
        assert {host.name for host in project.hosts.all()} >= {project.domain}
        assert project.sending_domains.count() == 1
        assert project.routes.count() > 2
        assert Stage.objects.filter(sprint=Sprint.objects.get()).count() == 7
        assert AuditRun.objects.get().state == AuditRun.State.QUEUED
        assert Membership.objects.get().role == "owner"
        assert {str(row.role) for row in ClientMembership.objects.all()} == {"founder", "viewer"}


def test_loading_twice_changes_nothing():
    practice = load()
    load()
    with practice_scope(practice.pk, actor=Actor.STAFF):
        assert Sprint.objects.count() == Project.objects.count() == 1
    assert User.objects.filter(email=demo.CONSULTANT[1]).count() == 1


def links() -> list[str]:
    said = StringIO()
    call_command("demo_links", stdout=said)
    words = said.getvalue().split()
    return [word.removeprefix(settings.PUBLIC_URL) for word in words if "/demo/" in word]


def test_a_link_shows_a_page_and_signs_in_by_its_post_once():
    load()
    link, browser = links()[0], Client()
    for _ in range(3):
        assert "Sign in as Maya Okafor" in browser.get(link).text
        assert browser.head(link).status_code == 200
        assert "_auth_user_id" not in browser.session
    assert browser.post(link)["Location"] == "/places/"
    assert browser.get("/places/")["Location"] == "/p/northbeam/"
    again = Client()
    assert again.get(link).status_code == 404
    assert again.post(link).status_code == 404
    assert "_auth_user_id" not in again.session


def test_the_founders_link_leads_to_the_launch():
    practice = load()
    browser = Client()
    browser.post(links()[1])
    assert browser.get("/places/")["Location"] == "/c/"
    with practice_scope(practice.pk, actor=Actor.STAFF):
        sprint = Sprint.objects.get()
    assert browser.get("/c/")["Location"] == f"/c/s/{sprint.pk}/"


@pytest.mark.parametrize(("hours", "status"), [(23, 200), (25, 404)])
def test_a_link_lives_for_a_day(time_machine, hours, status):
    time_machine.move_to("2026-11-24 00:00")
    load()
    link = links()[0]
    time_machine.shift(hours * 3600)
    assert Client().get(link).status_code == status


def test_nobody_else_is_signed_in_by_a_demo_token(world):
    token = demo.link_token(world.ada.owner)
    assert Client().post(f"/demo/{token}/").status_code == 404


def test_a_forged_link_is_refused():
    load()
    link = links()[0]
    assert Client().post(f"{link[:-4]}abc/").status_code == 404


def test_there_are_no_links_where_strangers_could_use_them():
    load()
    link = links()[0]
    with override_settings(IS_LOCAL=False):
        assert Client().get(link).status_code == 404
        with pytest.raises(CommandError, match="developer"):
            links()
    with override_settings(LAB=False, DEBUG=False):
        assert Client().get(link).status_code == 404
