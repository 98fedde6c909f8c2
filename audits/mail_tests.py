"""Trying the app's own mails: giving out an address, noting the press, giving up, forgetting."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from audits.begin import begin_run
from audits.mail_models import LIVES, MailArrival, MailTest
from audits.models import MAILS
from audits.observations.mail_arrival import MailKind
from sprints.models import Sprint

CHECKS: Final = ("email.roundtrip_auth", "email.link_hosts", "email.unsubscribe")
MOST_PER_HOUR: Final = 60
HOUR: Final = timedelta(hours=1)


class TooManyTestsError(ValueError):
    """The sprint has had as many addresses within an hour as anybody needs."""


def start(sprint: Sprint, kind: MailKind, *, by: User) -> MailTest:
    """A fresh address for one kind of mail; the one before it takes nothing in any more."""
    now = timezone.now()
    tests = MailTest.objects.of(sprint.practice_id).filter(sprint=sprint)
    if tests.filter(started_at__gt=now - HOUR).count() >= MOST_PER_HOUR:
        raise TooManyTestsError(
            f"{MOST_PER_HOUR} addresses were made within an hour, which is more than anybody "
            "needs. Use the one that is shown, or wait a little."
        )
    tests.filter(kind=kind, expires_at__gt=now).update(expires_at=now)
    return MailTest.objects.create(
        practice_id=sprint.practice_id,
        client_id=sprint.client_id,
        sprint=sprint,
        kind=kind,
        started_by=by,
        started_at=now,
        expires_at=now + LIVES,
    )


def press(test: MailTest) -> None:
    """The button in the app was pressed now. A second press means a second mail."""
    now = timezone.now()
    open_one = MailTest.objects.filter(pk=test.pk, expires_at__gt=now, given_up_at=None)
    open_one.update(asked_at=now, expires_at=now + LIVES)


def address_of(test: MailTest) -> str:
    return f"{test.local_part}@{settings.RECEIVE_MAIL_DOMAIN}"


def is_due() -> Q:
    return MailTest.overdue() | MailTest.forgettable()


def settle(test_id: int) -> None:
    """Give up on a mail that doesn't come, or forget one of last week. Safe to run twice."""
    test = MailTest.objects.select_related("sprint", "started_by").filter(pk=test_id).first()
    if test is None:
        return
    if MailTest.objects.filter(MailTest.forgettable(), pk=test_id).exists():
        MailArrival.objects.filter(test=test).delete()
        MailTest.objects.filter(pk=test_id).update(local_part=None)
        return
    late = MailTest.objects.filter(MailTest.overdue(), pk=test_id)
    if late.update(given_up_at=timezone.now()):
        judge_again(test)


def judge_again(test: MailTest) -> None:
    """An audit of the mail checks alone: it judges the last mail of every kind."""
    begin_run(test.sprint, by=test.started_by, checks=CHECKS, scope=f"{MAILS}{test.pk}")
