"""A change that somebody has made at their provider, and how far it has come since."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.models import OFFICE, ClientModel, PracticeQuerySet, TenantForeignKey
from accounts.tenancy.scope import Actor
from audits.changes.landing import Landing
from audits.changes.sets import ChangeSet, Place, from_data
from sprints.models import Risk

LOOKS_EVERY: Final = timedelta(seconds=60)
LASTS: Final = timedelta(minutes=30)


class WatchQuerySet(PracticeQuerySet["Watch"]):
    def claim(self, watch_id: int) -> "Watch | None":
        """Take the next look of this watch; None where it is over, or not due yet.

        The next look is set before this one begins: of two that come at once one looks,
        and a look whose worker dies is made up for by the one after it.
        """
        due = self.filter(pk=watch_id, state=Watch.State.WATCHING, next_look_at__lte=Now())
        taken = due.update(next_look_at=Now() + LOOKS_EVERY, look_count=F("look_count") + 1)
        return self.select_related("risk__sprint").filter(pk=watch_id).first() if taken else None


class Watch(ClientModel):
    """Looking every minute whether a change is live, for half an hour at most.

    `change` is the set as it was computed, so that it is known what to look for even when
    the next audit computes another. `landing` is what the last look saw.
    """

    class State(models.TextChoices):
        WATCHING = "watching", "watching"
        LANDED = "landed", "live"
        LATE = "late", "not live in time"

    seen_by: ClassVar[tuple[Actor, ...]] = (*OFFICE, Actor.CLIENT)
    written_by: ClassVar[tuple[Actor, ...]] = (*OFFICE, Actor.CLIENT)
    ops_rights = ("SELECT",)

    risk = TenantForeignKey(Risk, on_delete=models.CASCADE, related_name="watches")
    change = models.JSONField()
    state = models.CharField(max_length=8, choices=State, default=State.WATCHING)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    until_at = models.DateTimeField()
    next_look_at = models.DateTimeField(default=timezone.now)
    look_count = models.PositiveIntegerField(default=0)
    landing = models.JSONField(default=dict)
    looked_at = models.DateTimeField(null=True)
    # When the provider's servers, and when everybody, first showed it.
    provider_live_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # The number of the audit that ran the check again; None: none was begun yet.
    audit_number = models.PositiveIntegerField(null=True)
    filed_at = models.DateTimeField(null=True)

    objects = WatchQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "risk"],
                condition=Q(state="watching"),
                name="watch_once_per_risk",
                violation_error_message="This change is being watched already.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_look_at"], condition=Q(state="watching"), name="watch_next_look"
            ),
        ]

    def __str__(self) -> str:
        return f"Watch of {self.risk_id}"

    @property
    def is_over(self) -> bool:
        return self.state != self.State.WATCHING

    @property
    def set(self) -> ChangeSet:
        return from_data(self.change)

    @property
    def seen(self) -> Landing | None:
        """What the last look saw; None before the first."""
        if not self.landing:
            return None
        found = self.landing
        return Landing(found["provider"], found["here"], found["watchers"])

    @property
    def sentence(self) -> str:
        seen = self.seen
        return seen.sentence(is_registrar=self.set.place == Place.REGISTRAR) if seen else ""

    # `Any`: the fields of a row.
    def tell(self, **fields: Any) -> bool:
        """Write down what this look saw, unless the watch has ended or another look came."""
        rows = Watch.objects.filter(
            pk=self.pk, state=self.State.WATCHING, look_count=self.look_count
        )
        told = bool(rows.update(**fields))
        for name, value in fields.items():
            setattr(self, name, value)
        return told

    def is_late(self, now: datetime) -> bool:
        return now >= self.until_at
