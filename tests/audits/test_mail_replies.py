"""Replies to our mails become comments: whose, where, once; and what forgers try."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from accounts.digests import reply_to
from accounts.models import ClientMembership, MemberStatus, User
from accounts.notices import Notice
from accounts.reply_address import LIVES, Thread, reply_address, thread_of
from sprints.models import Comment
from tests.audits.mail_door import OURS, Clock, mail_world, open_receiver, signed, written
from tests.audits.test_mail_door import send
from tests.factories import World
from tests.lab import Lab
from tests.sprints.factories import make_risk

DOMAIN = "peoplemail.test"
FOUNDER = f"founder@{DOMAIN}"
QUOTED = "We changed it today.\r\n\r\nOn Tue, 24 Nov 2026, Launch Ready wrote:\r\n> internal words"

over_sockets = [
    pytest.mark.lab,
    pytest.mark.django_db(transaction=True, databases=["default", "ops"]),
]


@pytest.fixture
def port(in_lab: Lab, world: World):
    mail_world(in_lab, DOMAIN)
    User.objects.filter(pk=world.ada.founder.pk).update(email=FOUNDER)
    with open_receiver(Clock()) as found:
        yield found
    in_lab.drop_product(DOMAIN)


@pytest.fixture
def risk(world: World):
    with world.ada.as_staff():
        return make_risk(world.ada, plain_summary="Links are dead.")


def address(world: World, risk, person=None, **fields) -> str:
    given = {
        "practice_id": world.ada.practice.pk,
        "person_id": (person or world.ada.founder).pk,
        "sprint_id": risk.sprint_id,
        "risk_number": risk.number,
    } | fields
    return reply_address(Thread(**given))


def reply(port: int, to: str, *, author: str = FOUNDER, is_signed: bool = True, **more) -> None:
    mail = written(DOMAIN, to, text=more.pop("text", QUOTED), author=author, **more)
    sender = f"bounce@{DOMAIN}" if is_signed else "bounce@elsewhere.test"
    send(port, to, signed(mail, DOMAIN) if is_signed else mail, sender=sender)


def said(world: World) -> list[Comment]:
    with world.ada.as_staff():
        found = list(Comment.objects.order_by("pk"))
    with world.bob.as_staff():
        assert not Comment.objects.exists()
    return found


@pytest.mark.lab
class TestOverSockets:
    pytestmark = over_sockets

    def test_a_founders_reply_is_a_comment_of_what_stands_above_the_quotation(
        self, port, world: World, risk
    ):
        reply(port, address(world, risk))
        [comment] = said(world)
        assert comment.text == "We changed it today."
        assert (comment.risk_id, comment.author_id) == (risk.pk, world.ada.founder.pk)
        assert comment.audience == "client"

    def test_staffs_reply_is_for_staff(self, port, world: World, risk):
        author = f"ada@{DOMAIN}"
        User.objects.filter(pk=world.ada.consultant.pk).update(email=author)
        reply(port, address(world, risk, world.ada.consultant), author=author)
        assert [comment.audience for comment in said(world)] == ["internal"]

    def test_the_same_reply_twice_is_one_comment(self, port, world: World, risk):
        to = address(world, risk)
        mail = signed(written(DOMAIN, to, text=QUOTED, author=FOUNDER), DOMAIN)
        for _ in range(2):
            send(port, to, mail, sender=f"bounce@{DOMAIN}")
        assert len(said(world)) == 1

    def test_a_forged_sender_says_nothing(self, port, world: World, risk):
        reply(port, address(world, risk), is_signed=False)
        reply(port, address(world, risk), author=f"somebody@{DOMAIN}")
        assert said(world) == []

    def test_an_absence_note_says_nothing(self, port, world: World, risk):
        reply(port, address(world, risk), Auto_Submitted="auto-replied")
        assert said(world) == []

    def test_who_may_write_there_no_more_says_nothing(self, port, world: World, risk):
        with world.ada.as_staff():
            ClientMembership.objects.filter(user=world.ada.founder).update(
                status=MemberStatus.REMOVED
            )
        reply(port, address(world, risk))
        assert said(world) == []

    def test_an_internal_risk_is_not_there_for_a_founder(self, port, world: World, risk):
        with world.ada.as_staff():
            hidden = make_risk(world.ada, sprint=risk.sprint, is_internal=True)
        reply(port, address(world, hidden))
        assert said(world) == []

    def test_a_founder_of_another_client_says_nothing_here(self, port, world: World, risk):
        User.objects.filter(pk=world.ada.founder.pk).update(email=f"x@{DOMAIN}")
        User.objects.filter(pk=world.ada_two.founder.pk).update(email=FOUNDER)
        reply(port, address(world, risk, world.ada_two.founder))
        assert said(world) == []


@override_settings(RECEIVE_MAIL_DOMAIN=OURS)
def test_an_address_for_replies_holds_its_thread_and_fits_into_64_characters():
    thread = Thread(4_000_000_000, 7, 12, 345)
    local_part = reply_address(thread).removesuffix(f"@{OURS}")
    assert len(local_part) <= 64
    assert thread_of(local_part) == thread
    assert thread_of(local_part.upper()) == thread


@override_settings(RECEIVE_MAIL_DOMAIN=OURS)
def test_a_token_with_one_other_letter_is_none():
    local_part = reply_address(Thread(1, 2, 3, 4)).partition("@")[0]
    for place in range(len("reply+"), len(local_part)):
        other = "a" if local_part[place] != "a" else "b"
        changed = f"{local_part[:place]}{other}{local_part[place + 1 :]}"
        assert thread_of(changed) is None or thread_of(changed) == Thread(1, 2, 3, 4)


@override_settings(RECEIVE_MAIL_DOMAIN=OURS)
def test_a_token_ends_after_thirty_days(monkeypatch: pytest.MonkeyPatch):
    local_part = reply_address(Thread(1, 2, 3)).partition("@")[0]
    today = timezone.localdate()
    for days, is_alive in ((LIVES.days, True), (LIVES.days + 1, False)):
        later = today + timedelta(days=days)
        monkeypatch.setattr("accounts.reply_address.timezone.localdate", lambda day=later: day)
        assert (thread_of(local_part) is not None) == is_alive


@pytest.mark.parametrize("local_part", ["reply+", "reply+" + "a" * 42, "reply+" + "é" * 42, "x"])
def test_what_is_no_token_names_no_thread(local_part):
    assert thread_of(local_part) is None


@override_settings(RECEIVE_MAIL_DOMAIN="")
def test_where_no_mail_comes_in_nobody_is_asked_to_reply():
    assert reply_address(Thread(1, 2, 3)) == ""


@override_settings(RECEIVE_MAIL_DOMAIN=OURS)
def test_a_digest_is_answered_where_all_its_lines_are_about():
    person = User(pk=9)

    def line(sprint: int, url: str) -> Notice:
        return Notice(practice_id=1, sprint_ref=sprint, url=url)

    def thread(*rows: Notice) -> Thread | None:
        return thread_of(reply_to(list(rows), person).partition("@")[0])

    one, two = line(3, "/c/s/3/risks/4/"), line(3, "/c/s/3/risks/5/")
    assert thread(one, one) == Thread(1, 9, 3, 4)
    assert thread(one, two) == Thread(1, 9, 3)
    assert thread(one, line(8, "/c/s/8/")) is None
