"""What people are told: in the inbox at once, by mail as each of them wishes.

A notice is written in the transaction of the act. A mail goes only for what was not read by
then, and at most one for a person and period: `DigestRun` is unique.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.tenancy.models import OFFICE, ClientModel, PracticeModel, TenantForeignKey
from accounts.tenancy.scope import Actor
from accounts.weeks import MORNING

# Time to read it in the inbox before a mail goes.
READ_FIRST: Final = timedelta(minutes=5)
WEEK_DAYS: Final = 7
SEEN_BY: Final = (*OFFICE, Actor.CLIENT)


class Rhythm(models.TextChoices):
    """How often a person wants mail about what happened."""

    AT_ONCE = "at_once", "At once"
    DAILY = "daily", "Once a day, at eight"
    WEEKLY = "weekly", "Once a week, on Monday"
    NONE = "none", "No mail"


class Notice(ClientModel):
    """One line in one person's inbox."""

    seen_by = SEEN_BY
    ops_rights: ClassVar[tuple[str, ...]] = ("SELECT",)

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # The sprint's number in the database; this app knows nothing of sprints.
    sprint_ref = models.BigIntegerField()
    is_for_client = models.BooleanField()
    kind = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=200)
    dedup = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)
    # When a mail about it may go, unless it is read before; null where none is to go.
    mail_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "person", "dedup"], name="notice_told_once"
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "person", "-at"], name="notice_of_person"),
            models.Index(
                fields=["mail_at"],
                condition=Q(read_at=None, mail_at__isnull=False),
                name="notice_to_mail",
            ),
            # For the number in the bar of every page.
            models.Index(
                fields=["practice", "person"], condition=Q(read_at=None), name="notice_unread"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class NoticeChoice(PracticeModel):
    """How a person wants mail from one practice; `client` is null for its staff."""

    seen_by = SEEN_BY
    written_by = SEEN_BY
    client_column = "client_id"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    client = TenantForeignKey(
        "accounts.Client", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    rhythm = models.CharField(max_length=8, choices=Rhythm, default=Rhythm.AT_ONCE)
    # The three lines on Mondays, for founders alone.
    is_weekly_on = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "person", "client"],
                nulls_distinct=False,
                name="notice_choice_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.rhythm}"


class DigestRun(PracticeModel):
    """A mail of one period that has gone; the second of the same period finds this row."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "person", "period"], name="digest_once_in_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.period}"


@dataclass(frozen=True, slots=True)
class News:
    """What is told, and in which sprint."""

    practice_id: int
    client_id: int
    sprint_ref: int
    kind: str
    text: str
    url: str
    # The same news reaches a person once.
    dedup: str
    # The act sends a mail of its own, so that the inbox alone repeats it.
    is_mailed: bool = False


def notify(people: Iterable[int], news: News, *, is_for_client: bool) -> None:
    """Tell each person (by id) the news, within the transaction of the act."""
    now = timezone.now()
    rows = [
        Notice(
            practice_id=news.practice_id,
            client_id=news.client_id,
            person_id=person,
            sprint_ref=news.sprint_ref,
            is_for_client=is_for_client,
            kind=news.kind,
            text=news.text[:300],
            url=news.url,
            dedup=news.dedup,
            at=now,
            mail_at=None if news.is_mailed else now + READ_FIRST,
        )
        for person in sorted(set(people))
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def is_to_mail() -> Q:
    """Nobody has read it, and its time for a mail has come."""
    return Q(read_at=None, mail_at__lte=timezone.now())


def next_mail_at(rhythm: str, after: datetime, zone: str) -> datetime | None:
    """The first moment after `after` at which that rhythm sends, in the person's time zone."""
    if rhythm == Rhythm.NONE:
        return None
    if rhythm == Rhythm.AT_ONCE:
        return after
    local = after.astimezone(ZoneInfo(zone))
    day = local.date()
    if local.time() >= MORNING:
        day += timedelta(days=1)
    if rhythm == Rhythm.WEEKLY:
        day += timedelta(days=-day.weekday() % WEEK_DAYS)
    return datetime.combine(day, MORNING, tzinfo=ZoneInfo(zone))
