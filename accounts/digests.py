"""The mail about what a person has not read: at once, or gathered by day or week."""

import re
from datetime import datetime
from typing import Final, NamedTuple

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from accounts.mails import one_line, send
from accounts.models import Client, ClientMembership, Membership, MemberStatus, Practice, User
from accounts.notices import DigestRun, Notice, NoticeChoice, Rhythm, is_to_mail, next_mail_at
from accounts.reply_address import Thread, reply_address
from accounts.tenancy.models import PracticeQuerySet

ABOUT_RISK: Final = re.compile(r"/risks/(\d{1,5})/")
SALT: Final = "accounts.notices.stop"
MOST_LINES: Final = 12
WEEKLY: Final = "weekly"


class Stop(NamedTuple):
    """Whose mails from which practice a link ends: all about what happens, or one kind."""

    practice_id: int
    person_id: int
    client_id: int | None
    kind: str = ""


def rhythm_of(practice_id: int, person_id: int, client_id: int | None) -> str:
    """How often the person wants mail; `client_id` is None for staff."""
    choices = NoticeChoice.objects.of(practice_id).filter(person=person_id, client=client_id)
    return choices.values_list("rhythm", flat=True).first() or Rhythm.AT_ONCE


def choose(practice: Practice, person_id: int, client_id: int | None, rhythm: str) -> None:
    """Keep the rhythm; what waits to be mailed goes by it from now on."""
    if rhythm not in Rhythm.values:
        raise ValueError(f"{rhythm!r} is no rhythm; choose one of {', '.join(Rhythm.values)}.")
    client = None if client_id is None else Client.objects.of(practice).get(pk=client_id)
    NoticeChoice.objects.update_or_create(
        practice=practice, person_id=person_id, client=client, defaults={"rhythm": rhythm}
    )
    if rhythm == Rhythm.NONE:
        unread_of(practice.pk, person_id, client_id).update(mail_at=None)


def wants_weekly(practice_id: int, person_id: int, client_id: int) -> bool:
    """Whether the person wants the three lines on Mondays; so long as nothing is chosen, yes."""
    choices = NoticeChoice.objects.of(practice_id).filter(person=person_id, client=client_id)
    is_on = choices.values_list("is_weekly_on", flat=True).first()
    return is_on is not False


def choose_weekly(practice: Practice, person_id: int, client_id: int, *, is_on: bool) -> None:
    """Keep whether the mail on Mondays comes."""
    client = Client.objects.of(practice).get(pk=client_id)
    NoticeChoice.objects.update_or_create(
        practice=practice, person_id=person_id, client=client, defaults={"is_weekly_on": is_on}
    )


def stop(practice: Practice, stopped: Stop) -> None:
    """End what the link stands for; the one of a digest ends every mail but those that ask."""
    if stopped.kind != WEEKLY:
        choose(practice, stopped.person_id, stopped.client_id, Rhythm.NONE)
    if stopped.client_id is not None:
        choose_weekly(practice, stopped.person_id, stopped.client_id, is_on=False)


def unread_of(practice_id: int, person_id: int, client_id: int | None) -> PracticeQuerySet[Notice]:
    """What the person has not read as staff, or as one of the client's people."""
    notices = Notice.objects.of(practice_id).filter(person=person_id, read_at=None)
    if client_id is None:
        return notices.filter(is_for_client=False)
    return notices.filter(is_for_client=True, client=client_id)


def mail_about(notice_id: int) -> None:
    """Mail what the notice's person has not read by now, or put it off to their next time."""
    notice = Notice.objects.filter(is_to_mail(), pk=notice_id).select_related("person").first()
    if notice is None:
        return
    client_id = notice.client_id if notice.is_for_client else None
    person, now = notice.person, timezone.now()
    waiting = unread_of(notice.practice_id, person.pk, client_id).filter(mail_at__lte=now)
    rows = list(waiting.select_for_update().order_by("at", "pk"))
    if not rows:
        return
    rhythm = rhythm_of(notice.practice_id, person.pk, client_id)
    when = next_mail_at(rhythm, rows[0].at, person.time_zone)
    if not is_here(notice.practice_id, person, client_id) or when is None:
        waiting.update(mail_at=None)
    elif when > now:
        waiting.update(mail_at=when)
    else:
        waiting.update(mail_at=None)
        _mail(rows, person, client_id, period_of(rhythm, rows[0], when))


def is_here(practice_id: int, person: User, client_id: int | None) -> bool:
    """Whether the person still belongs to the side that was told."""
    if client_id is None:
        members = Membership.objects.of(practice_id).filter(user=person)
        return members.filter(status=MemberStatus.ACTIVE).exists()
    theirs = ClientMembership.objects.of(practice_id).of_client(client_id).filter(user=person)
    return theirs.filter(status=MemberStatus.ACTIVE).exists()


def period_of(rhythm: str, first: Notice, when: datetime) -> str:
    """What at most one mail goes for: a notice, or the morning of a day."""
    side = f"c{first.client_id}" if first.is_for_client else "staff"
    if rhythm == Rhythm.AT_ONCE:
        return f"{side}:notice:{first.pk}"
    return f"{side}:{rhythm}:{when.date().isoformat()}"


def _mail(rows: list[Notice], person: User, client_id: int | None, period: str) -> None:
    run, is_first = DigestRun.objects.get_or_create(
        practice_id=rows[0].practice_id, person=person, period=period
    )
    if not is_first:
        return
    practice = Practice.objects.get(pk=rows[0].practice_id)
    words = {
        "first": rows[0].text,
        "more": len(rows) - 1,
        "lines": [{"text": one_line(one.text)} for one in rows[:MOST_LINES]],
        "left_out": max(len(rows) - MOST_LINES, 0),
        "inbox_url": absolute(inbox_path(practice, rows[0])),
        "stop_url": stop_url(practice.pk, person.pk, client_id),
    }
    send(
        "digest",
        person.email,
        words,
        practice_id=practice.pk,
        dedup_key=f"digest:{run.pk}",
        reply_to=reply_to(rows, person),
    )


def reply_to(rows: list[Notice], person: User) -> str:
    """Where an answer goes: to what all lines are about; "" where they are about several."""
    if len({one.sprint_ref for one in rows}) > 1:
        return ""
    risks = {int(found[1]) if (found := ABOUT_RISK.search(one.url)) else 0 for one in rows}
    number = risks.pop() if len(risks) == 1 else 0
    return reply_address(Thread(rows[0].practice_id, person.pk, rows[0].sprint_ref, number))


def inbox_path(practice: Practice, notice: Notice) -> str:
    if notice.is_for_client:
        return reverse("client-inbox", args=[notice.sprint_ref])
    return reverse("inbox", args=[practice.slug])


def absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def stop_url(practice_id: int, person_id: int, client_id: int | None, kind: str = "") -> str:
    """Where one click ends such mails."""
    token = stop_token(practice_id, person_id, client_id, kind)
    return absolute(reverse("notice-stop", args=[token]))


def stop_token(practice_id: int, person_id: int, client_id: int | None, kind: str = "") -> str:
    """Names one person at one practice; nobody else can make it."""
    return signing.dumps([practice_id, person_id, client_id, kind], salt=SALT)


def read_token(token: str) -> Stop | None:
    """What a token names that is ours."""
    try:
        return Stop(*signing.loads(token, salt=SALT))
    except signing.BadSignature:
        return None
