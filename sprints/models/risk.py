"""The risk list: one row per cause, ranked by what it does to the launch."""

from datetime import date
from typing import Any, Final

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.models import ClientModel, PracticeQuerySet, TenantForeignKey
from sprints.impact import (
    CRITICAL_FROM,
    HIGH_FROM,
    MEDIUM_FROM,
    Band,
    Effort,
    Strength,
    Weight,
    band,
    score,
)
from sprints.models.activity import record
from sprints.models.sprint import Sprint

OPEN_STATES: Final = ("open", "in_progress", "fixed")

# What a person may say next. "Fixed and checked" is said by a passing run; where no check can
# look, by a person through `check_by_hand`.
MOVES: Final = {
    "open": ("in_progress", "fixed", "invalid"),
    "in_progress": ("open", "fixed", "invalid"),
    "fixed": ("in_progress",),
    "verified": (),
    "invalid": ("open",),
    "accepted": (),
}
VERB_OF_MOVE: Final = {
    "open": "risk_reopened",
    "in_progress": "risk_started",
    "fixed": "risk_fixed",
    "invalid": "risk_dismissed",
}
REASONS: Final = (
    ("misread", "The check misread the site"),
    ("meant", "It is meant to be like this"),
    ("covered", "Another risk covers it"),
    ("elsewhere", "It is not part of this sprint"),
)


# Why one person may both mend and check a risk that no check can see.
ALONE_REASONS: Final = (
    ("retried", "I tried it again the way a user would"),
    ("shown", "I showed it to the founder"),
    ("alone", "Nobody else works on this sprint"),
)


# What a founder accepts: a change of it ends what was agreed.
MATERIAL: Final = frozenset({"title", "plain_summary", "remedy", "score", "state"})


# A consultant's day reads the heaviest few of each kind over all sprints.
INDEXES_OF_THE_DAY: Final = (
    models.Index(
        fields=["practice", "-score", "id"],
        condition=Q(state="open", came_back_count__gt=0, outside_accepted_at=None),
        name="risk_came_back",
    ),
    models.Index(
        fields=["practice", "-score", "due_on", "id"],
        condition=Q(
            state__in=("open", "in_progress"), due_on__isnull=False, outside_accepted_at=None
        ),
        name="risk_promised",
    ),
    models.Index(
        fields=["practice", "-score", "id"],
        condition=Q(state="fixed", check_id="", outside_accepted_at=None),
        name="risk_to_check_by_hand",
    ),
)


def ref(number: int) -> str:
    """`R-001`, as a risk is called."""
    return f"R-{number:03}"


class StaleRiskError(Exception):
    """The risk was changed by somebody else since it was read."""


class RiskQuerySet(PracticeQuerySet["Risk"]):
    def unsettled(self) -> "RiskQuerySet":
        """Those that still weigh on the launch."""
        return self.filter(state__in=OPEN_STATES)

    def ranked(self, *first: str) -> "RiskQuerySet":
        """The total order: band, score, strength, stage, effort, reference; `first` before."""
        bands = Case(
            When(score__gte=CRITICAL_FROM, then=Value(0)),
            When(score__gte=HIGH_FROM, then=Value(1)),
            When(score__gte=MEDIUM_FROM, then=Value(2)),
            default=Value(3),
        )
        strengths = Case(
            *(When(strength=word, then=Value(n)) for n, word in enumerate(Strength)),
            default=Value(len(Strength)),
        )
        return self.order_by(
            *first, bands, F("score").desc(), strengths, "stage", "effort", "number"
        )


class Risk(ClientModel):
    """One line of the risk list. `number` is met as R-001 and never used again."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        IN_PROGRESS = "in_progress", "being fixed"
        FIXED = "fixed", "fixed, not checked yet"
        VERIFIED = "verified", "fixed and checked"
        INVALID = "invalid", "not a risk"
        ACCEPTED = "accepted", "accepted until a date"

    class Source(models.TextChoices):
        CHECK = "check"
        MANUAL = "manual"
        FOUNDER = "founder"
        SIGNAL = "signal"
        LIBRARY = "library"
        IMPORT = "import"

    sprint = TenantForeignKey(Sprint, on_delete=models.CASCADE, related_name="risks")
    number = models.PositiveIntegerField(editable=False)
    title = models.CharField(max_length=160)
    plain_summary = models.CharField(max_length=280, blank=True)
    observed = models.CharField(max_length=600, blank=True, editable=False)
    expected = models.CharField(max_length=300, blank=True, editable=False)
    evidence = models.JSONField(default=list, editable=False)
    remedy = models.CharField(max_length=1000, blank=True)
    stage = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=8, choices=Source, default=Source.CHECK)
    check_id = models.CharField(max_length=60, blank=True, editable=False)
    check_source = models.CharField(max_length=300, blank=True, editable=False)
    subject = models.CharField(max_length=300, blank=True, editable=False)
    fingerprint = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001 - null is unique
    consequence = models.PositiveSmallIntegerField(choices=[(n, n) for n in range(1, 6)])
    likelihood = models.PositiveSmallIntegerField(choices=[(n, n) for n in range(1, 6)])
    recovery = models.PositiveSmallIntegerField(choices=[(n, n) for n in range(1, 4)])
    score = models.PositiveSmallIntegerField(editable=False)
    strength = models.CharField(
        max_length=10, choices=[(s, s.value) for s in Strength], default=Strength.CONFIRMED
    )
    effort = models.PositiveSmallIntegerField(
        choices=[(e.value, e.name) for e in Effort], default=Effort.M
    )
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    due_on = models.DateField("due", null=True, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    # Internal: staff alone see it.
    is_internal = models.BooleanField(default=False)
    client_opened_at = models.DateTimeField(null=True, editable=False)
    raised_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    # While the state is `accepted`: the day until which the founder lives with it.
    accepted_until = models.DateField(null=True, editable=False)
    revisit_when = models.CharField(max_length=200, blank=True)
    # Outside this sprint: offered with a sentence, then accepted by the founder.
    outside_offer = models.CharField(max_length=280, blank=True)
    outside_offered_at = models.DateTimeField(null=True, editable=False)
    outside_accepted_at = models.DateTimeField(null=True, editable=False)
    outside_accepted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    is_title_ours = models.BooleanField(default=False, editable=False)
    is_weight_ours = models.BooleanField(default=False, editable=False)
    seen_count = models.PositiveIntegerField(default=0, editable=False)
    came_back_count = models.PositiveIntegerField(default=0, editable=False)
    first_seen_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now, editable=False)
    fixed_at = models.DateTimeField(null=True, editable=False)
    fixed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, editable=False)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    objects = RiskQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "sprint", "number"], name="risk_number_unique_in_sprint"
            ),
            models.UniqueConstraint(
                fields=["practice", "sprint", "fingerprint"],
                name="risk_fingerprint_unique_in_sprint",
            ),
            models.CheckConstraint(
                condition=Q(consequence__range=(1, 5), likelihood__range=(1, 5))
                & Q(recovery__range=(1, 3)),
                name="risk_weight_in_range",
                violation_error_message="Consequence and likelihood go from 1 to 5, "
                "recovery from 1 to 3.",
            ),
            models.CheckConstraint(condition=Q(stage__range=(1, 7)), name="risk_stage_1_to_7"),
        ]
        indexes = [
            models.Index(fields=["practice", "sprint", "state"]),
            # The portfolio reads those of many sprints at once; a policy reads the client.
            models.Index(
                fields=["practice", "sprint"],
                include=["score", "client"],
                condition=Q(state__in=OPEN_STATES, score__gte=HIGH_FROM),
                name="risk_weighing_on_launch",
            ),
            # How many stop each sprint's launch is counted along this one alone.
            models.Index(
                fields=["practice", "sprint"],
                include=["client"],
                condition=Q(
                    state__in=OPEN_STATES, score__gte=CRITICAL_FROM, outside_accepted_at=None
                ),
                name="risk_stopping_launch",
            ),
            *INDEXES_OF_THE_DAY,
            # A word is sought in every open title of the practice: along this one, the rows
            # themselves, which are some ten times as wide, stay unread.
            models.Index(
                fields=["practice", "sprint"],
                include=["title", "number", "state", "score", "client", "id"],
                condition=Q(state__in=OPEN_STATES),
                name="risk_open_titles",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    # `Any`: Django's own arguments of save.
    def save(self, *args: Any, **kwargs: Any) -> None:
        self.score = score(self.weight)
        super().save(*args, **kwargs)

    @property
    def ref(self) -> str:
        return ref(self.number)

    @property
    def weight(self) -> Weight:
        return Weight(self.consequence, self.likelihood, self.recovery)

    @property
    def band(self) -> Band:
        return band(self.score)

    @property
    def is_unsettled(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_blocking(self) -> bool:
        """Stops the launch: critical, not checked to be gone, not agreed to lie outside."""
        is_counting = self.is_unsettled and self.outside_accepted_at is None
        return is_counting and self.band == Band.CRITICAL

    @property
    def moves(self) -> tuple[str, ...]:
        """The states that a person may give it now; no run brings a handmade risk back."""
        if self.state == self.State.VERIFIED and self.is_by_hand:
            return (self.State.OPEN,)
        return MOVES[self.state]

    @property
    def is_by_hand(self) -> bool:
        """No check sees it: only a person can say that it is gone."""
        return not self.check_id

    @property
    def waits_for_a_person(self) -> bool:
        return self.is_by_hand and self.state == self.State.FIXED

    def needs_reason(self, by: User) -> bool:
        """Whoever fixed it may check it too, and says why nobody else does."""
        return self.fixed_by_id in (None, by.pk)

    def rename(self, title: str, *, by: User, seen_version: int) -> None:
        before = self.title
        self.change(seen_version, title=title, is_title_ours=True)
        self._tell("risk_renamed", by, before=before, after=title)

    def explain(self, plain_summary: str, *, by: User, seen_version: int) -> None:
        self.change(seen_version, plain_summary=plain_summary, is_title_ours=True)
        self._tell("risk_explained", by)

    def weigh(self, weight: Weight, *, by: User, seen_version: int, reason: str = "") -> None:
        before = self.score
        self.change(
            seen_version,
            consequence=weight.consequence,
            likelihood=weight.likelihood,
            recovery=weight.recovery,
            score=score(weight),
            is_weight_ours=True,
        )
        said = {"before": before, "after": self.score} | ({"reason": reason} if reason else {})
        self._tell("risk_weighed", by, is_internal=True, **said)

    def give(self, owner: User | None, *, by: User, seen_version: int) -> None:
        self.change(seen_version, owner=owner)
        self._tell("risk_given", by, owner=owner.pk if owner else None)

    def promise(self, due_on: date | None, *, by: User, seen_version: int) -> None:
        self.change(seen_version, due_on=due_on)
        self._tell("risk_promised", by, due=due_on.isoformat() if due_on else None)

    def move(self, to: str, *, by: User, seen_version: int, reason: str = "") -> None:
        """Give it the state `to`, which must be one of `moves`."""
        if to not in self.moves:
            raise ValueError(f"{self.ref} is {self.state}; nobody can make it {to} from there.")
        is_fixed = to == self.State.FIXED
        self.change(
            seen_version,
            state=to,
            fixed_at=timezone.now() if is_fixed else None,
            fixed_by=by if is_fixed else None,
            verified_at=None,
        )
        self._tell(VERB_OF_MOVE[to], by, reason=reason)

    def check_by_hand(self, *, by: User, seen_version: int, reason: str = "") -> None:
        """Say that it is gone, where no check can; who fixed it gives a reason."""
        if not self.waits_for_a_person:
            raise ValueError(f"{self.ref} is {self.state}; there is nothing to check by hand.")
        if self.needs_reason(by) and not reason:
            raise ValueError(f"{by} fixed {self.ref}; checking it too needs a reason.")
        self.change(seen_version, state=self.State.VERIFIED, verified_at=timezone.now())
        self._tell("risk_checked", by, reason=reason)

    # `Any`: the values of fields.
    def change(self, seen_version: int, **values: Any) -> None:
        """Write the values if the row is still the one that was seen."""
        rows = Risk.objects.filter(pk=self.pk, practice=self.practice_id, row_version=seen_version)
        if not rows.update(row_version=F("row_version") + 1, **values):
            raise StaleRiskError(self.ref)
        for name, value in values.items():
            setattr(self, name, value)
        self.row_version = seen_version + 1
        if MATERIAL & values.keys():
            from sprints.reconsidering import reconsider  # noqa: PLC0415 - it reads this model

            reconsider([self])

    # `Any`: JSON.
    def _tell(self, verb: str, by: User, *, is_internal: bool = False, **data: Any) -> None:
        is_internal = is_internal or self.is_internal or not self.plain_summary
        record(self.sprint, verb, self.ref, actor=by, data=data, is_internal=is_internal)


class RiskSighting(ClientModel):
    """One run's word on a risk: seen, gone, came back, or could not look."""

    is_append_only = True

    class Word(models.TextChoices):
        OPENED = "opened", "found"
        SEEN = "seen", "still there"
        GONE = "gone", "gone"
        CAME_BACK = "came_back", "came back"
        UNKNOWN = "unknown", "could not look"

    risk = TenantForeignKey(Risk, on_delete=models.CASCADE, related_name="sightings")
    audit_number = models.PositiveIntegerField("audit")
    at = models.DateTimeField()
    word = models.CharField(max_length=10, choices=Word)
    observed = models.CharField(max_length=600, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "risk", "audit_number"], name="sighting_unique_in_audit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.word} in audit {self.audit_number}"
