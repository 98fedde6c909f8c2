"""What was told and is hidden later is gone from inbox, digest and number; who comes later is
told what is still open."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.digests import mail_about, unread_of
from accounts.invitations import Offer, accept
from accounts.models import Notice
from sprints.models.activity import record
from sprints.sharing import as_client_reads, events_for_client, hide, share
from sprints.telling import sentence
from tests.accounts import conftest as mailed
from tests.factories import World, make_invitation, make_user
from tests.sprints.factories import make_request, make_risk, make_sprint

posted = mailed.posted
BIRD = "laterbird"


@pytest.fixture
def sprint(world: World):
    with world.ada.as_staff():
        return make_sprint(world.ada, lead=world.ada.consultant)


@pytest.fixture
def risk(world: World, sprint):
    with world.ada.as_staff():
        return make_risk(world.ada, sprint=sprint, title=f"{BIRD} mail", plain_summary="No code.")


def unread(world: World) -> int:
    with world.ada.as_client():
        return unread_of(world.ada.practice.pk, world.ada.founder.pk, world.ada.client.pk).count()


def inbox(world: World, sprint) -> str:
    browser = Browser()
    browser.force_login(world.ada.founder)
    return browser.get(reverse("client-inbox", args=[sprint.pk])).text


def told_much(world: World, sprint, risk) -> None:
    """Everything that names the risk to a founder, and one line that doesn't."""
    ada = world.ada
    request = make_request(ada, sprint=sprint, risk=risk, title=f"{BIRD} question")
    record(sprint, "outside_offered", risk.ref, actor=ada.consultant, data={"reason": BIRD})
    record(sprint, "audit_finished", "Audit 2", data={"came_back": [risk.ref]})
    record(sprint, "request_sent", f"“{request.title}”", actor=ada.consultant)
    said = {"mentions": [ada.founder.pk]}
    record(sprint, "commented", risk.ref, actor=ada.consultant, data=said)
    record(sprint, "commented", request.title, actor=ada.consultant, data=said)
    about = {"risk": risk.ref}
    record(sprint, "evidence_accepted", f"“{BIRD} proof”", actor=ada.consultant, data=about)
    record(sprint, "evidence_accepted", "“A picture”", actor=ada.consultant)


def test_what_is_hidden_later_leaves_the_founders_inbox_and_number(world: World, sprint, risk):
    with world.ada.as_staff():
        told_much(world, sprint, risk)
    assert unread(world) == 7
    assert BIRD in inbox(world, sprint)
    with world.ada.as_staff():
        hide(risk, by=world.ada.consultant, seen_version=risk.row_version)
    assert unread(world) == 1
    assert BIRD not in inbox(world, sprint)


def test_a_digest_made_afterwards_does_not_say_it(world: World, sprint, risk, posted):
    with world.ada.as_staff():
        told_much(world, sprint, risk)
        hide(risk, by=world.ada.consultant, seen_version=risk.row_version)
        Notice.objects.update(mail_at=timezone.now() - timedelta(seconds=1))
        left = Notice.objects.filter(person=world.ada.founder)
        for notice in left:
            mail_about(notice.pk)
    (mail,) = [one for one in posted if one.to == world.ada.founder.email]
    assert "A picture" in mail.subject
    assert BIRD not in f"{mail.subject} {mail.text} {mail.html}"


def test_staff_keep_what_they_were_told(world: World, sprint, risk):
    with world.ada.as_staff():
        record(sprint, "audit_finished", "Audit 2", data={"came_back": [risk.ref]})
        hide(risk, by=world.ada.owner, seen_version=risk.row_version)
        told = Notice.objects.filter(person=world.ada.consultant)
        assert told.get().text.startswith(f"“{BIRD} mail” came back.")


def test_of_several_that_came_back_the_others_are_still_told(world: World, sprint, risk):
    with world.ada.as_staff():
        others = [
            make_risk(world.ada, sprint=sprint, title=f"Shown {word}", plain_summary="x")
            for word in ("one", "two")
        ]
        refs = [one.ref for one in (risk, *others)]
        record(sprint, "audit_finished", "Audit 2", data={"came_back": refs})
        hide(risk, by=world.ada.consultant, seen_version=risk.row_version)
        text = Notice.objects.get(person=world.ada.founder).text
    assert text == "“Shown one” came back. So did 1 other."


def test_another_sprints_risk_of_the_same_number_stays_told(world: World, sprint, risk):
    ada = world.ada
    with ada.as_staff():
        other = make_sprint(ada)
        same = make_risk(ada, sprint=other, title="Shown", plain_summary="x")
        assert same.ref == risk.ref
        record(other, "outside_offered", same.ref, actor=ada.consultant, data={"reason": "Later"})
        hide(risk, by=ada.consultant, seen_version=risk.row_version)
        assert Notice.objects.filter(person=ada.founder, sprint_ref=other.pk).count() == 1


def test_a_client_reads_of_an_audit_what_it_may_see(world: World, sprint, risk):
    ada = world.ada
    with ada.as_staff():
        hidden = make_risk(ada, sprint=sprint, title="x", is_internal=True, plain_summary="x")
        draft = make_risk(ada, sprint=sprint, title="x", plain_summary="")
        changed = {"opened": [risk.ref, hidden.ref, draft.ref], "closed": [hidden.ref]}
        record(sprint, "audit_finished", "Audit 1", data=changed)
        (read,) = as_client_reads(sprint, events_for_client(sprint).filter(verb="audit_finished"))
        assert sentence(read) == "found 1 new risk."
    url = reverse("client-history", kwargs={"sprint_id": sprint.pk})
    browser = Browser()
    browser.force_login(ada.founder)
    page = browser.get(f"{url}?check=1").text
    assert "found 1 new risk." in page
    assert "found 3 new" not in page
    browser.force_login(ada.consultant)
    staffs = reverse("sprints:history", args=[ada.practice.slug, sprint.pk])
    assert "found 3 new risks and closed 1." in browser.get(staffs).text


def test_a_question_about_what_is_hidden_later_leaves_the_clients_history(
    world: World, sprint, risk
):
    ada = world.ada
    with ada.as_staff():
        asked = make_request(ada, sprint=sprint, risk=risk, title=f"{BIRD} question")
        record(sprint, "request_sent", f"“{asked.title}”", actor=ada.consultant)
        assert events_for_client(sprint).filter(verb="request_sent").exists()
        hide(risk, by=ada.consultant, seen_version=risk.row_version)
        assert not events_for_client(sprint).filter(verb="request_sent").exists()
        risk.refresh_from_db()
        share(risk, by=ada.consultant, seen_version=risk.row_version)
        assert events_for_client(sprint).filter(verb="request_sent").exists()


def join(world: World, role: str, person=None):
    ada = world.ada
    person = person or make_user("Gil")
    with ada.as_staff():
        made = make_invitation(ada, email=person.email, role=role)
    accept(Offer(made, ada.practice, ada.client, "Ada"), person, person.email)
    return person


@pytest.mark.parametrize(
    ("role", "words"),
    [("founder", "2 things we need from you"), ("viewer", "waits for 2 things from your side")],
)
def test_who_joins_later_gets_one_mail_about_what_is_open(
    world: World, sprint, risk, posted, role, words
):
    ada = world.ada
    with ada.as_staff():
        hidden = make_risk(ada, sprint=sprint, is_internal=True)
        make_request(ada, sprint=sprint)
        make_request(ada, sprint=sprint, title="Which bank?")
        make_request(ada, sprint=sprint, title="Answered", state="done")
        make_request(ada, sprint=sprint, title="Draft", state="draft")
        make_request(ada, sprint=sprint, title=BIRD, risk=hidden)
    person = join(world, role)
    (mail,) = [one for one in posted if one.to == person.email]
    assert words in mail.subject
    assert reverse("client-requests", args=[sprint.pk]) in mail.text
    assert BIRD not in mail.text


@pytest.mark.parametrize("state", ["paused", "answered"])
def test_who_joins_where_nothing_is_open_gets_none(world: World, sprint, posted, state):
    with world.ada.as_staff():
        make_request(world.ada, sprint=sprint, state="done" if state == "answered" else "sent")
        if state == "paused":
            sprint.state = state
            sprint.save()
    person = join(world, "founder")
    assert [one for one in posted if one.to == person.email] == []


def test_who_leaves_and_joins_again_is_promised_the_same_mail(world: World, sprint, posted):
    with world.ada.as_staff():
        make_request(world.ada, sprint=sprint)
    person = join(world, "founder")
    with world.ada.as_staff():
        person.client_memberships.get().leave()
    join(world, "founder", person)
    keys = {one.dedup_key for one in posted if one.to == person.email}
    assert keys == {f"requests-joined:{sprint.pk}:{person.pk}"}
