"""The sprint, its seven stages and their items."""

from typing import Final

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.models import ClientModel, TenantForeignKey
from sprints.models.project import Project
from sprints.template import STAGES, TEMPLATE_VERSION, ItemKind, ItemPart

SETTLED: Final = ("pass", "warn", "na")
VERDICTS: Final = ("unknown", "pass", "warn", "fail", "na", "blocked")


class Sprint(ClientModel):
    """One engagement for one project."""

    class State(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"
        HANDOVER = "handover"
        SIGNED = "signed"
        CLOSED = "closed"
        CANCELLED = "cancelled"

    project = TenantForeignKey(Project, on_delete=models.CASCADE, related_name="sprints")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.ACTIVE)
    template_version = models.PositiveIntegerField(default=TEMPLATE_VERSION)
    lead = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField("planned end", null=True, blank=True)
    risk_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "project", "number"], name="sprint_number_unique_in_project"
            ),
            models.UniqueConstraint(
                fields=["practice", "project"],
                condition=Q(state__in=["active", "handover"]),
                name="sprint_one_at_work_in_project",
                violation_error_message="This project already has a sprint at work. "
                "Close or pause it before a new one begins.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} sprint {self.number}"

    def lay_stages(self) -> None:
        """Copy the built-in template into this sprint."""
        ours = {"practice_id": self.practice_id, "client_id": self.client_id}
        stages = Stage.objects.bulk_create(
            Stage(sprint=self, ordinal=made.ordinal, name=made.name, goal=made.goal, **ours)
            for made in STAGES
        )
        StageItem.objects.bulk_create(
            StageItem(
                stage=stage,
                key=item.key,
                title=item.title,
                why=item.why,
                part=item.part,
                kind=item.kind,
                is_required=item.is_required,
                position=position,
                **ours,
            )
            for stage, made in zip(stages, STAGES, strict=True)
            for position, item in enumerate(made.items)
        )


class Stage(ClientModel):
    """One of the seven stages. Done is said by staff (decisions.md 25)."""

    class State(models.TextChoices):
        NOT_STARTED = "not_started", "not started"
        IN_PROGRESS = "in_progress", "in progress"
        IN_REVIEW = "in_review", "with the founder"
        CHANGES = "changes", "changes asked for"
        DONE = "done", "done"

    sprint = TenantForeignKey(Sprint, on_delete=models.CASCADE, related_name="stages")
    ordinal = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    goal = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State, default=State.NOT_STARTED)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)
    regressed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "sprint", "ordinal"], name="stage_ordinal_unique_in_sprint"
            ),
        ]
        indexes = [
            models.Index(
                fields=["practice", "sprint"],
                condition=models.Q(ordinal=7, state="done"),
                name="stage_last_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ordinal} {self.name}"


class StageItem(ClientModel):
    """A check, a deliverable or a failure signal of a stage."""

    stage = TenantForeignKey(Stage, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=8)
    title = models.CharField(max_length=120)
    why = models.CharField(max_length=240, blank=True)
    part = models.CharField(max_length=12, choices=[(part, part.value) for part in ItemPart])
    kind = models.CharField(max_length=8, choices=[(kind, kind.value) for kind in ItemKind])
    is_required = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField()
    verdict = models.CharField(
        max_length=8, choices=[(word, word) for word in VERDICTS], default="unknown"
    )
    verdict_at = models.DateTimeField(null=True, blank=True, editable=False)
    hand_note = models.CharField("what shows it", max_length=200, blank=True)
    hand_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    hand_at = models.DateTimeField(null=True, editable=False)
    # A person's word beside the machine's, with its reason; both stay to be seen.
    override_verdict = models.CharField(
        max_length=8, blank=True, choices=[(word, word) for word in VERDICTS]
    )
    override_reason = models.CharField(max_length=280, blank=True)
    override_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    override_at = models.DateTimeField(null=True, editable=False)
    # A failure signal that somebody saw, and that was seen to be over.
    observed_at = models.DateTimeField(null=True, editable=False)
    cleared_at = models.DateTimeField(null=True, editable=False)
    # The risk that stands for the signal in the list.
    risk = TenantForeignKey(
        "sprints.Risk", on_delete=models.CASCADE, null=True, editable=False, related_name="signals"
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "stage", "key"], name="item_key_unique_in_stage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"

    @property
    def is_done_by_hand(self) -> bool:
        """A person says so, and no run has seen it fail since."""
        if self.hand_at is None:
            return False
        if self.verdict != "fail" or self.verdict_at is None:
            return True
        return self.verdict_at <= self.hand_at

    @property
    def counts_as(self) -> str:
        """The verdict in force: a person's word, where there is one, else the machine's."""
        return self.override_verdict or self.verdict

    @property
    def is_settled(self) -> bool:
        if self.override_verdict:
            return self.override_verdict in SETTLED
        return self.verdict in SETTLED or self.is_done_by_hand

    @property
    def is_seen(self) -> bool:
        """A failure signal that somebody saw, and nobody has said to be over since."""
        return self.observed_at is not None and self.cleared_at is None


class ItemRun(ClientModel):
    """One machine verdict of an item, as an audit wrote it. Never changed."""

    is_append_only = True

    item = TenantForeignKey(StageItem, on_delete=models.CASCADE, related_name="runs")
    audit_number = models.PositiveIntegerField("audit")
    verdict = models.CharField(max_length=8, choices=[(word, word) for word in VERDICTS])
    at = models.DateTimeField()
    engine_version = models.CharField(max_length=16)
    result = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "item", "audit_number"], name="item_run_unique_in_audit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.verdict}"
