"""The doorbells of the mail queue. The rows are the truth; a lost bell costs seconds."""

from celery import shared_task
from django.db import transaction

from accounts import digests
from accounts.due import due
from accounts.outbox import due_count, send_next
from accounts.tenancy.tasks import HEADER, PracticeTask

MOST_AT_ONCE = 100


@shared_task(soft_time_limit=240, time_limit=270)
def send_mails() -> None:
    """Send what is due. Safe to ring twice: each mail is claimed by one worker."""
    for _ in range(MOST_AT_ONCE):
        if not send_next():
            return


@shared_task
def sweep_mails() -> None:
    """Ring for mail whose bell was lost or whose worker died."""
    if due_count():
        send_mails.delay()


@shared_task(base=PracticeTask, soft_time_limit=15, time_limit=20)
def mail_notices(notice_id: int) -> None:
    """Mail a person what is unread. Safe to ring twice: the period's row is unique."""
    with transaction.atomic():
        digests.mail_about(notice_id)


@shared_task
def sweep_notices() -> None:
    """Ring for what nobody has read in its time."""
    for practice_id, notice_id in due("notices_unread"):
        mail_notices.apply_async((notice_id,), headers={HEADER: practice_id}, expires=10.0)
