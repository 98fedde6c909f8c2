"""Audit runs, what they found, and first guesses at a domain."""

from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.models import Practice, User
from accounts.tenancy.models import ClientModel, PracticeModel, PracticeQuerySet, TenantForeignKey
from audits.latency_models import LatencyRun  # noqa: F401 - Django looks for models here
from audits.mail_models import MailArrival, MailReply, MailTest  # noqa: F401 - as above
from audits.verdicts import Verdict
from audits.watch_models import Watch  # noqa: F401 - as above
from sprints.models import Sprint

MAX_ATTEMPTS: Final = 3
# How far back it counts whose turn it was.
SERVED_WITHIN: Final = timedelta(hours=1)
WHOLE: Final = "all"
AFTER_CONSENT: Final = "consent-2"
# A latency baseline enters the risk list as a run of its own.
LATENCY: Final = "latency"
# A mail of the app that came in is judged by a run of its own: "mails-" and the test's id.
MAILS: Final = "mails-"


def lease() -> timedelta:
    """A worker says every second that it lives; silent for this long, it counts as dead."""
    return timedelta(seconds=settings.AUDIT_LEASE_SECONDS)


class RunQuerySet(PracticeQuerySet["AuditRun"]):
    def at_work(self) -> "RunQuerySet":
        return self.filter(state__in=AuditRun.AT_WORK)

    def free(self) -> "RunQuerySet":
        """What a worker may take, over all practices, as lr_ops; nothing of a suspended one."""
        suspended = Practice.Status.SUSPENDED
        return self.using("ops").filter(AuditRun.FREE).exclude(practice__status=suspended)

    def claim_next(self) -> "AuditRun | None":
        """Take the next run for this worker, over all practices, as lr_ops.

        The practice with the fewest audits under way comes first, then the one that was
        served longest ago, then the oldest run: fifty audits of one practice don't starve
        another's one, even where a single worker takes them all. A run whose
        lease has passed is free again, up to `MAX_ATTEMPTS` times.
        """
        with transaction.atomic(using="ops"):
            run = self._next_free()
            if run is None:
                return None
            run.attempts += 1
            self.using("ops").filter(pk=run.pk).update(
                state=AuditRun.State.RUNNING,
                attempts=run.attempts,
                started_at=Coalesce(F("started_at"), Now()),
                lease_until=Now() + lease(),
            )
            return run

    def _next_free(self) -> "AuditRun | None":
        under_way = (
            AuditRun.objects.filter(
                practice=OuterRef("practice"), state=AuditRun.State.RUNNING, lease_until__gt=Now()
            )
            .order_by()
            .values("practice")
            .annotate(number_of=Count("pk"))
            .values("number_of")
        )
        served = (
            AuditRun.objects.filter(
                practice=OuterRef("practice"),
                started_at__isnull=False,
                requested_at__gt=Now() - SERVED_WITHIN,
            )
            .order_by("-started_at")
            .values("started_at")[:1]
        )
        return (
            self.free()
            .annotate(under_way=Coalesce(Subquery(under_way), 0), served_at=Subquery(served))
            .order_by("under_way", F("served_at").asc(nulls_first=True), "requested_at", "pk")
            .select_for_update(skip_locked=True, of=("self",))
            .first()
        )


class AuditRun(ClientModel):
    """One execution of the catalogue, or of some of its checks, for one sprint."""

    class State(models.TextChoices):
        QUEUED = "queued", "waiting for a free worker"
        RUNNING = "running", "looking"
        DONE = "done", "done"
        FAILED = "failed", "stopped"

    AT_WORK: Final = ("queued", "running")
    FREE: Final = Q(state="queued") | Q(
        state="running", lease_until__lt=Now(), attempts__lt=MAX_ATTEMPTS
    )
    ops_rights = ("SELECT", "UPDATE")

    sprint = TenantForeignKey(Sprint, on_delete=models.CASCADE, related_name="audits")
    number = models.PositiveIntegerField()
    # The registrable domain, so that one domain's audits can be counted over all practices.
    domain = models.CharField(max_length=253, blank=True)
    # What the run looks at, as one word: "all", a check's id, or "consent-2".
    scope = models.CharField(max_length=80, default=WHOLE)
    check_ids = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress = models.JSONField(default=list)
    consent_level = models.PositiveSmallIntegerField(default=1)
    consent_note = models.CharField(
        "why it looked less deep than allowed", max_length=300, blank=True
    )
    # The target as the export names it: domain, hosts, mail domains.
    target = models.JSONField(default=dict)
    outcome = models.CharField(max_length=12, blank=True)
    coverage = models.JSONField(default=dict)
    changes = models.JSONField(default=dict)
    vendors = models.JSONField(default=list)
    dns_question_count = models.PositiveIntegerField(default=0)
    request_count = models.PositiveIntegerField(default=0)
    elapsed_ms = models.PositiveIntegerField(default=0)
    engine_version = models.CharField(max_length=16, blank=True)
    catalogue_version = models.CharField(max_length=16, blank=True)
    trouble = models.CharField("why it stopped", max_length=300, blank=True)

    objects = RunQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "sprint", "number"], name="audit_number_unique_in_sprint"
            ),
            models.UniqueConstraint(
                fields=["practice", "sprint", "scope"],
                condition=Q(state__in=["queued", "running"]),
                name="audit_scope_once_at_work",
                violation_error_message="This audit is already under way.",
            ),
        ]
        indexes = [
            models.Index(fields=["practice", "state", "requested_at"]),
            models.Index(fields=["domain", "requested_at"]),
        ]

    def __str__(self) -> str:
        return f"Audit {self.number}"

    @property
    def is_finished(self) -> bool:
        return self.state not in self.AT_WORK

    @property
    def is_whole(self) -> bool:
        return self.scope == WHOLE

    @property
    def is_of_mails(self) -> bool:
        return self.scope.startswith(MAILS)

    @property
    def elapsed(self) -> timedelta:
        return timedelta(milliseconds=self.elapsed_ms)

    def still_ours(self) -> models.QuerySet[Self]:
        """This row while this worker's claim holds; the fence against a late writer."""
        return type(self)._default_manager.filter(  # type: ignore[return-value]
            pk=self.pk, state=self.State.RUNNING, attempts=self.attempts
        )

    # `Any`: the progress as JSON.
    def tell(self, progress: list[dict[str, Any]]) -> bool:
        """Show how far it is and extend the lease; False where another worker has it."""
        alive = self.still_ours().update(progress=progress, lease_until=Now() + lease())
        return bool(alive)

    def release(self) -> None:
        """Give the run back at once, so that the sweep need not wait for the lease."""
        self.still_ours().update(lease_until=Now())

    def previous(self) -> "AuditRun | None":
        """The whole run before this one, for the difference."""
        return (
            AuditRun.objects.filter(
                sprint_id=self.sprint_id, scope=WHOLE, state=self.State.DONE, number__lt=self.number
            )
            .order_by("-number")
            .first()
        )


class Finding(ClientModel):
    """One judged result of one run, as it stood then."""

    run = TenantForeignKey(AuditRun, on_delete=models.CASCADE, related_name="findings")
    position = models.PositiveIntegerField()
    check_id = models.CharField(max_length=60)
    stage = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=8, choices=[(v, v.value) for v in Verdict])
    severity = models.PositiveSmallIntegerField()
    confidence = models.CharField(max_length=10, default="confirmed")
    subject = models.CharField(max_length=300)
    cause = models.CharField(max_length=80, blank=True)
    fingerprint = models.CharField(max_length=64)
    message = models.CharField(max_length=1000)
    remedy = models.CharField(max_length=1000, blank=True)
    evidence = models.JSONField(default=list)
    # The exact change that mends it (audits/changes/sets.py); {} where none can be computed.
    change = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "run", "fingerprint"], name="finding_once_in_run"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_id} {self.verdict} {self.subject}"


class DomainGuess(PracticeModel):
    """What a typed domain tells by itself, gathered by a task and shown in the form."""

    ops_rights = ("SELECT",)

    class State(models.TextChoices):
        ASKED = "asked"
        DONE = "done"
        FAILED = "failed"

    domain = models.CharField(max_length=253)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    result = models.JSONField(default=dict)
    trouble = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.domain

    def is_older_than(self, age: timedelta, now: datetime | None = None) -> bool:
        return (now or timezone.now()) - self.asked_at > age
