"""A page that somebody without an account may open, until a day."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.models import ClientModel, TenantForeignKey
from sprints.models.sprint import Sprint


class ShareLink(ClientModel):
    """A report to read, or some risks for one named helper. Only the token's hash is kept."""

    class Kind(models.TextChoices):
        REPORT = "report", "report"
        HELPER = "helper", "help from a developer"

    # A link never lists links; the definer function `link_by_hash` finds the one.
    sprint = TenantForeignKey(Sprint, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=8, choices=Kind)
    token_hash = models.CharField(max_length=64, editable=False)
    name = models.CharField("for whom", max_length=80, blank=True)
    risk_numbers = models.JSONField(default=list, blank=True)
    # A report's facts as they were when it was made.
    snapshot = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, editable=False)
    last_opened_at = models.DateTimeField(null=True, editable=False)
    open_count = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["token_hash"], name="share_link_token_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
