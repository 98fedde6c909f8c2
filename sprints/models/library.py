"""Write-ups that a practice uses again."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.models import PracticeModel
from sprints.impact import Effort


class RiskTemplate(PracticeModel):
    """One write-up. `revisit_when` makes it one of the things that can wait."""

    title = models.CharField(max_length=160)
    plain_summary = models.CharField(max_length=280)
    remedy = models.CharField(max_length=1000, blank=True)
    revisit_when = models.CharField(max_length=200, blank=True)
    stage = models.PositiveSmallIntegerField()
    consequence = models.PositiveSmallIntegerField(choices=[(n, n) for n in range(1, 6)])
    likelihood = models.PositiveSmallIntegerField(choices=[(n, n) for n in range(1, 6)])
    recovery = models.PositiveSmallIntegerField(choices=[(n, n) for n in range(1, 4)])
    effort = models.PositiveSmallIntegerField(
        choices=[(e.value, e.name) for e in Effort], default=Effort.M
    )
    version = models.PositiveIntegerField(default=1)
    # What each version before said: its number, until when it was the newest, its fields.
    earlier = models.JSONField(default=list, blank=True, editable=False)
    times_used = models.PositiveIntegerField(default=0, editable=False)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["stage", "title"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "title"],
                condition=models.Q(archived_at=None),
                name="template_title_unique_in_practice",
                violation_error_message="The library already has a write-up with this title.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def seen(self) -> str:
        """What is on somebody's screen: the version, with an `r` where it is retired."""
        return f"{self.version}r" if self.archived_at else str(self.version)
