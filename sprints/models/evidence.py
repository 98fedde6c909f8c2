"""What shows that something is so, and the handing-in of a whole stage."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.models import ClientModel, PracticeQuerySet, TenantForeignKey
from sprints.models.comment import Audience
from sprints.models.risk import Risk
from sprints.models.sprint import Stage, StageItem


class EvidenceQuerySet(PracticeQuerySet["Evidence"]):
    def for_client(self) -> "EvidenceQuerySet":
        """What the client may see: never what shows a risk that is staff's own or a draft."""
        shown = models.Q(risk__is_internal=False) & ~models.Q(risk__plain_summary="")
        return self.filter(models.Q(risk=None) | shown, audience=Audience.CLIENT)


class Evidence(ClientModel):
    """A file, picture, link or note at an item or a risk; its contents are revisions."""

    class Kind(models.TextChoices):
        FILE = "file", "a file"
        SCREENSHOT = "screenshot", "a picture"
        LINK = "link", "a link"
        NOTE = "note", "a note"
        RUN = "run", "an audit"

    class State(models.TextChoices):
        SUBMITTED = "submitted", "waits to be looked at"
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "sent back"
        EXPIRED = "expired", "too old"

    stage = TenantForeignKey(Stage, on_delete=models.CASCADE, related_name="evidence")
    item = TenantForeignKey(StageItem, on_delete=models.CASCADE, null=True, related_name="evidence")
    risk = TenantForeignKey(Risk, on_delete=models.CASCADE, null=True, related_name="proofs")
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=160)
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.CLIENT)
    state = models.CharField(max_length=10, choices=State, default=State.SUBMITTED)
    state_reason = models.CharField(max_length=280, blank=True)
    judged_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    judged_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    captured_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    ops_rights = ("SELECT",)

    objects = EvidenceQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(
                fields=["practice", "created_at"],
                condition=models.Q(state="submitted"),
                name="evidence_to_look_at",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class EvidenceRevision(ClientModel):
    """One state of an evidence's contents. Written once."""

    is_append_only = True

    evidence = TenantForeignKey(Evidence, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    # A file lies in the storage backend under this key; a link or note is `text`.
    storage_key = models.CharField(max_length=120, blank=True)
    filename = models.CharField(max_length=120, blank=True)
    text = models.TextField(max_length=4000, blank=True)
    mime = models.CharField(max_length=80, blank=True)
    size_bytes = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "evidence", "number"], name="revision_unique_in_evidence"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evidence_id} revision {self.number}"


class StageSubmission(ClientModel):
    """A stage handed in for the founder's yes, with everything as it was then."""

    class State(models.TextChoices):
        PENDING = "pending", "waits for an answer"
        APPROVED = "approved", "approved"
        CHANGES = "changes", "changes asked for"
        WITHDRAWN = "withdrawn", "taken back"
        VOIDED = "voided", "no longer counts"

    stage = TenantForeignKey(Stage, on_delete=models.CASCADE, related_name="submissions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    snapshot = models.JSONField()
    snapshot_sha256 = models.CharField(max_length=64)
    note = models.CharField(max_length=400, blank=True)
    requester = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    approver = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, editable=False)
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "stage", "number"], name="submission_unique_in_stage"
            ),
            models.UniqueConstraint(
                fields=["practice", "stage"],
                condition=models.Q(state="pending"),
                name="submission_one_pending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage_id} submission {self.number}"
