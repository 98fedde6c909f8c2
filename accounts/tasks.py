"""The doorbells of the mail queue. The rows are the truth; a lost bell costs seconds."""

from celery import shared_task

from accounts.outbox import due_count, send_next

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
