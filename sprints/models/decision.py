"""Whether work may start, and whether the product may launch."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.models import ClientModel, TenantForeignKey
from sprints.models.sprint import Sprint


class Decision(ClientModel):
    """Recommended by a consultant, confirmed by a founder; the newest confirmed one holds."""

    class Kind(models.TextChoices):
        START = "start", "start of work"
        LAUNCH = "launch", "launch"

    class Outcome(models.TextChoices):
        GO = "go", "yes"
        CONDITIONAL = "conditional_go", "yes, if"
        NO_GO = "no_go", "not yet"

    class State(models.TextChoices):
        RECOMMENDED = "recommended"
        CONFIRMED = "confirmed"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"
        SUPERSEDED = "superseded"
        LAPSED = "lapsed"

    sprint = TenantForeignKey(Sprint, on_delete=models.CASCADE, related_name="decisions")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    state = models.CharField(max_length=12, choices=State, default=State.RECOMMENDED)
    computed = models.CharField(max_length=16, choices=Outcome)
    outcome = models.CharField(max_length=16, choices=Outcome)
    rationale = models.CharField(max_length=600, blank=True)
    change_words = models.CharField("what would change it", max_length=400, blank=True)
    skipped_stages = models.JSONField(default=list, blank=True)
    inputs = models.JSONField(default=dict)
    inputs_sha256 = models.CharField(max_length=64)
    recommended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recommended_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, editable=False)
    answer_reason = models.CharField(max_length=400, blank=True)
    valid_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, editable=False)

    ops_rights = ("SELECT",)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "sprint", "number"], name="decision_number_unique_in_sprint"
            ),
            models.UniqueConstraint(
                fields=["practice", "sprint", "kind"],
                condition=models.Q(state="recommended"),
                name="decision_one_asked_per_kind",
            ),
            models.UniqueConstraint(
                fields=["practice", "sprint", "kind"],
                condition=models.Q(state="confirmed"),
                name="decision_one_in_force_per_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}: {self.outcome}"


class DecisionCondition(ClientModel):
    """One thing that must hold by a date: a check or a fact that anybody can see."""

    decision = TenantForeignKey(Decision, on_delete=models.CASCADE, related_name="conditions")
    text = models.CharField(max_length=280)
    check_id = models.CharField(max_length=60, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField("by")
    met_at = models.DateTimeField(null=True, editable=False)
    met_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.text
