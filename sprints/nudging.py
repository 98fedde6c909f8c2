"""One short mail to somebody who was asked and has not answered; never twice a day."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.mails import short_name
from accounts.models import User
from accounts.tenancy.models import PracticeQuerySet
from sprints.mailing import founders_of, to_people
from sprints.models import Request, Sprint
from sprints.models.activity import ActivityEvent, record

A_DAY: Final = timedelta(hours=24)
NUDGED: Final = "nudged"


class NudgeRefusedError(ValueError):
    """The person was nudged today, or isn't a founder of this sprint."""


def nudge(sprint: Sprint, person: User, *, by: User | None, things: str = "") -> None:
    """Mail `person` once; `by` is None for the automatic one. Raises NudgeRefusedError."""
    held = Sprint.objects.select_for_update(of=("self",)).get(pk=sprint.pk)
    if person.pk not in {one.pk for one in founders_of(held)}:
        raise NudgeRefusedError(
            f"{person} isn’t a founder of this sprint any more, so nothing was sent."
        )
    now = timezone.now()
    if was_nudged(held, person):
        raise NudgeRefusedError(
            f"{person} had a reminder within the last day. The next may go tomorrow."
        )
    path = reverse("client-sprint", kwargs={"sprint_id": held.pk})
    to_people(
        "nudge",
        sprint,
        [person],
        key=f"nudge:{now.isoformat()}",
        by=by or sprint.lead,
        things=things or "Something only you can answer waits for you.",
        url=f"{settings.PUBLIC_URL}{path}",
    )
    _sent(held).update(nudged_at=now)
    record(
        held, NUDGED, short_name(person.name or "the founder"), actor=by,
        data={"person": person.pk}, is_internal=True,
    )  # fmt: skip


def was_nudged(sprint: Sprint, person: User) -> bool:
    """Whether the person had such a mail about this sprint within a day, by hand or by itself."""
    return person.pk in nudged_lately(sprint)


def nudged_lately(sprint: Sprint) -> set[int]:
    """Ids of those who had such a mail about this sprint within a day."""
    said = ActivityEvent.objects.of(sprint.practice_id).filter(
        sprint=sprint, verb=NUDGED, at__gt=timezone.now() - A_DAY
    )
    return set(said.values_list("data__person", flat=True))


def last_nudged(sprint: Sprint) -> datetime | None:
    """When a mail of this kind last went to anybody of the sprint; a mark alone is no mail."""
    said = ActivityEvent.objects.of(sprint.practice_id).filter(sprint=sprint, verb=NUDGED)
    return said.order_by("-at").values_list("at", flat=True).first()


def _sent(sprint: Sprint) -> PracticeQuerySet[Request]:
    return Request.objects.of(sprint.practice_id).filter(sprint=sprint, state=Request.State.SENT)
