"""Mail is promised with the act, sent once claimed, tried again, given up with a reason."""

from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail as sent_mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts import tasks
from accounts.outbox import LEASE, OutgoingMail, post, send_next

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "ops"])


def promise(key: str = "m1", **fields: Any) -> None:
    given: dict[str, Any] = {
        "to": "kim@people.example",
        "subject": "Hello",
        "text": "Body",
        "practice_id": 7,
    }
    post(dedup_key=key, **given | fields)


def row(key: str = "m1") -> OutgoingMail:
    return OutgoingMail.objects.using("ops").get(dedup_key=key)


def later(**values) -> None:
    OutgoingMail.objects.using("ops").update(**values)


def failing(monkeypatch, error: Exception) -> None:
    def refuse(self):
        raise error

    monkeypatch.setattr(EmailMultiAlternatives, "send", refuse)


def test_a_promised_mail_is_sent_once_and_forgotten():
    promise(html="<p>Body</p>", reply_to="lead@practice.example")
    assert send_next()
    assert not send_next()
    [message] = sent_mail.outbox
    assert message.to == ["kim@people.example"]
    assert message.reply_to == ["lead@practice.example"]
    assert message.extra_headers["Message-ID"] == row().message_id
    assert row().state == "sent"
    assert row().sealed == ""


def test_an_act_taken_back_promises_nothing():
    with transaction.atomic():
        promise()
        transaction.set_rollback(True)
    assert not send_next()


def test_the_same_key_is_promised_once():
    promise(text="first")
    promise(text="second")
    while send_next():
        pass
    assert [message.body for message in sent_mail.outbox] == ["first"]


def test_the_application_reads_nobodys_mail():
    promise()
    with pytest.raises(DatabaseError, match="permission denied"):
        OutgoingMail.objects.count()
    with pytest.raises(DatabaseError, match="permission denied"):
        OutgoingMail.objects.filter(dedup_key="m1").update(recipient="eve@people.example")


def test_a_claimed_mail_is_nobody_elses_until_the_lease_ends():
    promise()
    claimed = OutgoingMail.objects.using("ops").claim()
    assert claimed is not None
    assert not send_next()
    later(lease_until=timezone.now() - timedelta(seconds=1))
    assert send_next()
    assert row().attempts == 2
    assert sent_mail.outbox[0].extra_headers["Message-ID"] == claimed.message_id


def test_a_worker_that_lost_its_claim_changes_nothing(monkeypatch):
    promise()

    def send_slowly(self):
        later(lease_until=timezone.now() + 2 * LEASE)

    monkeypatch.setattr(EmailMultiAlternatives, "send", send_slowly)
    assert send_next()
    assert row().state == "pending"


def test_a_failure_is_tried_again_with_growing_pauses(monkeypatch):
    promise()
    failing(monkeypatch, OSError("connection refused"))
    pauses = []
    for _ in range(9):
        assert send_next()
        assert row().trouble == "OSError: connection refused"
        pauses.append(round((row().due_at - timezone.now()).total_seconds()))
        assert not send_next()
        later(due_at=timezone.now())
    assert pauses == [5, 15, 45, 120, 300, 900, 1800, 1800, 1800]
    assert row().state == "pending"


@pytest.mark.parametrize(("age", "state"), [(23, "pending"), (24, "dead")])
def test_after_a_day_it_is_given_up(monkeypatch, age, state):
    promise()
    failing(monkeypatch, OSError("connection refused"))
    later(created_at=timezone.now() - timedelta(hours=age))
    assert send_next()
    assert row().state == state


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (SMTPRecipientsRefused({"kim@people.example": (550, b"no such user")}), "dead"),
        (SMTPRecipientsRefused({"kim@people.example": (450, b"greylisted")}), "pending"),
        (SMTPDataError(554, b"spam"), "dead"),
        (SMTPDataError(451, b"later"), "pending"),
        (TimeoutError("timed out"), "pending"),
    ],
)
def test_a_final_refusal_is_believed_at_once(monkeypatch, error, state):
    promise()
    failing(monkeypatch, error)
    assert send_next()
    assert row().state == state


def test_a_mail_whose_key_is_gone_is_given_up(settings):
    promise()
    later(sealed="v1.gone.AAAA.AAAA")
    assert send_next()
    assert row().state == "dead"
    assert "does not open" in row().trouble


def test_without_a_broker_the_mail_still_goes(settings):
    promise("m1")
    promise("m2")
    call_command("run_deliveries", "--once")
    assert len(sent_mail.outbox) == 2


def test_the_doorbell_sends_all_that_is_due():
    promise("m1")
    promise("m2")
    tasks.send_mails()
    assert len(sent_mail.outbox) == 2
