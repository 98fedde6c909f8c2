"""The founder's mail of a week: whose turn it is, and that nobody gets a second one.

What it says is told by the pages' own words (`config/weekly_letter.py`). A mail is promised,
its week is noted and the next look is planned in one transaction: where a worker dies between,
none of them has happened.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Q
from django.utils import timezone

from accounts.digests import WEEKLY, stop_url, wants_weekly
from accounts.mails import send
from accounts.models import ClientMembership, DigestRun, MemberStatus, Practice, User
from accounts.roles import Role
from accounts.weeks import WEEK, is_time, last_monday, look_after, morning_of

IS_FOUNDER: Final = Q(role=Role.FOUNDER, status=MemberStatus.ACTIVE)


@dataclass(frozen=True, slots=True)
class Turn:
    """One founder of one client, whose mail of the week that began on `monday` is due."""

    practice: Practice
    client_id: int
    person: User
    monday: date

    @property
    def since(self) -> datetime:
        """Eight o'clock a week ago: what happened since then is news."""
        return morning_of(self.monday - WEEK, self.person.time_zone)

    @property
    def period(self) -> str:
        return f"c{self.client_id}:week:{self.monday.isoformat()}"


@dataclass(frozen=True, slots=True)
class Letter:
    """The subject, the three lines, and in the second the one link with its word."""

    subject: str
    answer: str
    needs: str
    act: str
    url: str
    lately: str


def is_due() -> Q:
    """The founders for whom somebody has to look whether it is time."""
    return IS_FOUNDER & Q(weekly_at__lte=timezone.now())


def take_turn(membership_id: int) -> Turn | None:
    """Lock the founder and plan the next look; None where no mail is to go now."""
    now = timezone.now()
    rows = ClientMembership.objects.select_for_update(of=("self",)).filter(is_due())
    one = rows.select_related("user", "practice").filter(pk=membership_id).first()
    if one is None:
        return None
    zone = one.user.time_zone
    one.weekly_at = look_after(now, zone)
    one.save(update_fields=["weekly_at"])
    turn = Turn(one.practice, one.client_id, one.user, last_monday(now, zone))
    if not is_time(now, zone) or not wants_weekly(one.practice_id, one.user_id, one.client_id):
        return None
    had = DigestRun.objects.of(one.practice).filter(person=one.user, period=turn.period)
    return None if had.exists() else turn


def mail_letter(turn: Turn, letter: Letter) -> None:
    """Promise the mail; the week's second finds the first."""
    run, is_first = DigestRun.objects.get_or_create(
        practice=turn.practice, person=turn.person, period=turn.period
    )
    if not is_first:
        return
    words = {name: getattr(letter, name) for name in Letter.__slots__}
    words["stop_url"] = stop_url(turn.practice.pk, turn.person.pk, turn.client_id, WEEKLY)
    send(
        "weekly",
        turn.person.email,
        words,
        practice_id=turn.practice.pk,
        dedup_key=f"weekly:{run.pk}",
    )
