"""A founder lives with a risk until a date."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.models import ClientModel, TenantForeignKey
from sprints.models.risk import Risk


class Acceptance(ClientModel):
    """Proposed by staff, decided by a founder; its date is never edited.

    `accepted` → `expired` | `revoked` | `voided`; `proposed` → `rejected` | `withdrawn`.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"
        REVOKED = "revoked"
        VOIDED = "voided"

    class Treatment(models.TextChoices):
        ACCEPT = "accept", "live with it"
        LATER = "later", "fix it later"
        TRANSFER = "transfer", "somebody else carries it"
        AVOID = "avoid", "switch the feature off"

    risk = TenantForeignKey(Risk, on_delete=models.CASCADE, related_name="acceptances")
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    treatment = models.CharField(max_length=10, choices=Treatment, default=Treatment.ACCEPT)
    rationale = models.CharField(max_length=400)
    control = models.CharField("what keeps it small", max_length=400, blank=True)
    conditions = models.JSONField(default=list, blank=True)
    expires_on = models.DateField("until")
    proposer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now, editable=False)
    decider = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    end_reason = models.CharField(max_length=280, blank=True)
    risk_sha256 = models.CharField(max_length=64)
    score_at = models.PositiveSmallIntegerField()
    band_at = models.CharField(max_length=10)
    # The last reminder that went out: 7 or 1 days before the date.
    reminded_days = models.PositiveSmallIntegerField(null=True, editable=False)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    ops_rights = ("SELECT",)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "risk"],
                condition=models.Q(state__in=["proposed", "accepted"]),
                name="acceptance_one_alive_per_risk",
            ),
        ]
        indexes = [
            models.Index(
                fields=["practice", "risk"],
                condition=models.Q(state="proposed"),
                name="acceptance_proposed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.risk_id} until {self.expires_on}"
