"""A latency baseline: who asked for it, how far it is, and every sample in short form."""

from datetime import timedelta
from typing import Any, ClassVar, Final, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.models import OFFICE, ClientModel, PracticeQuerySet, TenantForeignKey
from accounts.tenancy.scope import Actor
from audits.observations.latency import ALERT_MS, TARGET_MS, RouteTimes, unpack
from sprints.models import Sprint

MAX_ATTEMPTS: Final = 3
LEASE: Final = timedelta(seconds=60)


class LatencyQuerySet(PracticeQuerySet["LatencyRun"]):
    def at_work(self) -> "LatencyQuerySet":
        return self.filter(state__in=LatencyRun.AT_WORK)

    def claim(self, run_id: int) -> "LatencyRun | None":
        """Take this run for the calling worker, inside its practice's scope; None where it is
        done, another's, or was tried too often."""
        taken = self.filter(LatencyRun.FREE, pk=run_id).update(
            state=LatencyRun.State.RUNNING,
            attempts=F("attempts") + 1,
            started_at=Coalesce(F("started_at"), Now()),
            lease_until=Now() + LEASE,
        )
        return self.filter(pk=run_id).first() if taken else None


class LatencyRun(ClientModel):
    """Sixty requests per core route, slowly, for one sprint.

    `routes` maps each address asked for to its times in short form:
    `{"url", "is_page", "cold", "redirects", "stopped", "samples": [...]}`.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "waiting for a free worker"
        RUNNING = "running", "measuring"
        DONE = "done", "done"
        FAILED = "failed", "stopped"

    AT_WORK: Final = ("queued", "running")
    FREE: Final = Q(state="queued") | Q(
        state="running", lease_until__lt=Now(), attempts__lt=MAX_ATTEMPTS
    )
    seen_by: ClassVar[tuple[Actor, ...]] = (*OFFICE, Actor.CLIENT)
    written_by: ClassVar[tuple[Actor, ...]] = OFFICE
    ops_rights = ("SELECT",)

    sprint = TenantForeignKey(Sprint, on_delete=models.CASCADE, related_name="latency_runs")
    number = models.PositiveIntegerField()
    # The registrable domain, so that one site's baselines can be counted.
    domain = models.CharField(max_length=253)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    target_ms = models.PositiveIntegerField(default=TARGET_MS)
    alert_ms = models.PositiveIntegerField(default=ALERT_MS)
    # How long nobody of ours had asked the product before; None: never, or not known.
    idle_minutes = models.FloatField(null=True)
    wanted_count = models.PositiveIntegerField(default=0)
    sample_count = models.PositiveIntegerField(default=0)
    routes = models.JSONField(default=dict)
    # The number of the audit by which its findings entered the risk list.
    audit_number = models.PositiveIntegerField(null=True)
    trouble = models.CharField("why it stopped", max_length=300, blank=True)

    objects = LatencyQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "sprint", "number"], name="latency_number_unique_in_sprint"
            ),
            models.UniqueConstraint(
                fields=["practice", "sprint"],
                condition=Q(state__in=["queued", "running"]),
                name="latency_once_at_work",
                violation_error_message="This baseline is already under way.",
            ),
        ]
        indexes = [models.Index(fields=["practice", "domain", "requested_at"])]

    def __str__(self) -> str:
        return f"Baseline {self.number}"

    @property
    def is_finished(self) -> bool:
        return self.state not in self.AT_WORK

    def still_ours(self) -> models.QuerySet[Self]:
        """This row while this worker's claim holds; the fence against a late writer."""
        return type(self)._default_manager.filter(  # type: ignore[return-value]
            pk=self.pk, state=self.State.RUNNING, attempts=self.attempts
        )

    # `Any`: the routes as JSON.
    def tell(self, routes: dict[str, dict[str, Any]]) -> bool:
        """Keep the samples so far and extend the lease; False where another worker has it."""
        count = sum(len(route["samples"]) for route in routes.values())
        alive = self.still_ours().update(
            routes=routes, sample_count=count, lease_until=Now() + LEASE
        )
        return bool(alive)

    def times(self) -> list[RouteTimes]:
        """What was measured, route by route, in the order they were asked."""
        return [self._times(route) for route in self.routes.values()]

    def _times(self, route: dict[str, Any]) -> RouteTimes:  # Any: JSON
        return RouteTimes(
            url=route["url"],
            is_page=route["is_page"],
            cold=unpack(route["cold"]) if route["cold"] else None,
            samples=tuple(unpack(packed) for packed in route["samples"]),
            idle_minutes=self.idle_minutes,
            redirect_count=route["redirects"],
            stopped=route["stopped"],
            target_ms=self.target_ms,
            alert_ms=self.alert_ms,
        )

    def previous(self) -> "LatencyRun | None":
        """The finished baseline before this one, for the comparison."""
        return (
            LatencyRun.objects.filter(
                sprint_id=self.sprint_id, state=self.State.DONE, number__lt=self.number
            )
            .order_by("-number")
            .first()
        )
