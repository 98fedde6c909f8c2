"""What happened in a sprint, in an order that nobody can change afterwards."""

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, models
from django.dispatch import Signal
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.models import ClientModel, PracticeQuerySet, TenantForeignKey

if TYPE_CHECKING:
    from sprints.models.sprint import Sprint

GENESIS: Final = "0" * 64
# The first key of the advisory lock under which a sprint's chain grows.
CHAIN_LOCK: Final = 7301
# Sent with `event` and `sprint` in the transaction of the act.
recorded = Signal()


class ActivityQuerySet(PracticeQuerySet["ActivityEvent"]):
    def first_broken(self) -> int | None:
        """The first `seq` whose link does not hold, or None; over one sprint's events."""
        previous, expected = GENESIS, 1
        for event in self.order_by("seq"):
            if (event.seq, event.prev_hash, event.hash) != (
                expected,
                previous,
                event.link(previous),
            ):
                return expected
            previous, expected = event.hash, expected + 1
        return None


class ActivityEvent(ClientModel):
    """One thing that happened. Append-only; each row holds the hash of the one before."""

    is_append_only = True

    class Visibility(models.TextChoices):
        CLIENT = "client"
        INTERNAL = "internal"

    sprint = TenantForeignKey("sprints.Sprint", on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=120)
    verb = models.CharField(max_length=40)
    subject = models.CharField(max_length=200, blank=True)
    visibility = models.CharField(max_length=8, choices=Visibility, default=Visibility.CLIENT)
    data = models.JSONField(default=dict)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = ActivityQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "sprint", "seq"], name="activity_seq_unique_in_sprint"
            ),
        ]
        indexes = [
            models.Index(
                fields=["practice", "at"],
                condition=models.Q(verb="nudged"),
                name="activity_nudged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb} {self.subject}"

    def link(self, previous: str) -> str:
        """SHA-256 over the previous hash and this event's canonical fields.

        A person stands in it by number, so that their name can be erased and the chain holds.
        """
        fields = {
            "sprint": self.sprint_id,
            "seq": self.seq,
            "at": self.at.isoformat(),
            "actor": self.actor_id,
            "actor_name": "" if self.actor_id else self.actor_name,
            "verb": self.verb,
            "subject": self.subject,
            "visibility": str(self.visibility),
            "data": self.data,
        }
        canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256((previous + canonical).encode()).hexdigest()


def record(
    sprint: "Sprint",
    verb: str,
    subject: str = "",
    *,
    actor: User | None = None,
    data: dict[str, Any] | None = None,  # Any: JSON
    is_internal: bool = False,
) -> ActivityEvent:
    """Write the next event of the sprint's chain, inside the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CHAIN_LOCK, sprint.pk])
    last = ActivityEvent.objects.filter(sprint=sprint).order_by("-seq").first()
    event = ActivityEvent(
        practice_id=sprint.practice_id,
        client_id=sprint.client_id,
        sprint=sprint,
        seq=last.seq + 1 if last else 1,
        at=timezone.now(),
        actor=actor,
        actor_name=str(actor) if actor else "Launch Ready",
        verb=verb,
        subject=subject[:200],
        visibility="internal" if is_internal else "client",
        data=data or {},
        prev_hash=last.hash if last else GENESIS,
    )
    event.hash = event.link(event.prev_hash)
    event.save(force_insert=True)
    recorded.send(ActivityEvent, event=event, sprint=sprint)
    return event
