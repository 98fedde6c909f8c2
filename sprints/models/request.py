"""What a consultant asks of a founder: an access, a fact, a key that travels once."""

from datetime import timedelta
from typing import Final
from uuid import uuid4

from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.models import User
from accounts.tenancy.models import ClientModel, TenantForeignKey
from sprints.models.risk import Risk
from sprints.models.sprint import Sprint

BOX_LIFETIME: Final = timedelta(hours=48)


class Request(ClientModel):
    """One thing that only the founder can give; answered one at a time."""

    class Kind(models.TextChoices):
        ACCESS = "access", "an access"
        QUESTION = "question", "a question"
        KEY = "key", "a key"

    class State(models.TextChoices):
        DRAFT = "draft", "not sent yet"
        SENT = "sent", "asked"
        DONE = "done", "done"
        NOT_FOUND = "not_found", "can’t find it"
        NOT_OURS = "not_ours", "don’t have this"
        WITHDRAWN = "withdrawn", "no longer needed"

    sprint = TenantForeignKey(Sprint, on_delete=models.CASCADE, related_name="requests")
    risk = TenantForeignKey(Risk, on_delete=models.CASCADE, null=True, related_name="requests")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ACCESS)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    # What it is about, once per sprint: `registrar`, `dns`, `hosting`, …; empty for a question.
    slot = models.CharField(max_length=20, blank=True)
    vendor = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=160)
    why = models.CharField(max_length=280, blank=True)
    invite = models.CharField("whom to invite", max_length=254, blank=True)
    role_wanted = models.CharField("with which role", max_length=120, blank=True)
    steps = models.JSONField(default=list, blank=True)
    # The project's field into which the answer is written, for a question about a fact.
    field = models.CharField(max_length=40, blank=True)
    answer = models.TextField(max_length=2000, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, editable=False)
    # When staff have seen the answer.
    noted_at = models.DateTimeField(null=True, editable=False)
    nudged_at = models.DateTimeField(null=True, editable=False)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    ops_rights = ("SELECT",)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "sprint", "slot"],
                condition=~models.Q(slot="") & ~models.Q(state="withdrawn"),
                name="request_slot_once_in_sprint",
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "sprint", "state"]),
            models.Index(
                fields=["practice", "answered_at"],
                condition=models.Q(
                    state__in=("done", "not_found", "not_ours"),
                    noted_at=None,
                    answered_at__isnull=False,
                ),
                name="request_answer_to_read",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def answer_words(self) -> str:
        """The answer as people say it: `Sun 6 Dec 2026`, `Yes`, else as it was typed."""
        day = parse_date(self.answer) if self.field == "launch_on" else None
        if day is not None:
            return f"{day:%a} {day.day} {day:%b %Y}"
        return self.answer.capitalize() if self.answer in ("yes", "no") else self.answer


class KeyBox(ClientModel):
    """A key on its way: sealed, readable once by one consultant, then gone."""

    request = TenantForeignKey(Request, on_delete=models.CASCADE, related_name="boxes")
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # The keyring binds what is sealed to this.
    spot = models.UUIDField(default=uuid4, editable=False)
    sealed = models.TextField(blank=True, editable=False)
    put_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    put_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, editable=False)
    destroyed_at = models.DateTimeField(null=True, editable=False)

    ops_rights = ("SELECT",)

    def __str__(self) -> str:
        return f"key for request {self.request_id}"
