"""What is due and told in the words of the pages: the sweep finds it, each runs in its practice."""

from typing import Final

from celery import shared_task
from django.db import transaction

from accounts.due import due
from accounts.tenancy.tasks import HEADER, PracticeTask
from config import weekly_letter

SWEEP_SECONDS: Final = 10


@shared_task(base=PracticeTask, soft_time_limit=15, time_limit=20)
def write_weekly(membership_id: int) -> None:
    """A founder's three lines. Safe to ring twice: the second finds the next week planned."""
    with transaction.atomic():
        weekly_letter.write(membership_id)


@shared_task
def sweep_weekly() -> None:
    """Ring for every founder for whom somebody has to look whether it is Monday at eight."""
    for practice_id, membership_id in due("weekly"):
        write_weekly.apply_async(
            (membership_id,), headers={HEADER: practice_id}, expires=float(SWEEP_SECONDS)
        )
