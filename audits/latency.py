"""The latency baseline: begin one, measure it slowly, judge it, bring it into the risk list."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.guard import Guard
from accounts.models import User
from accounts.tenancy.scope import Actor, practice_scope
from accounts.tenancy.tasks import ring
from audits import engine
from audits.catalogue import CATALOGUE_VERSION
from audits.checks import perf_baseline
from audits.gather.latency import PACE, First, ask_in_turn, first_of, routes_of
from audits.latency_models import MAX_ATTEMPTS, LatencyRun
from audits.models import LATENCY, AuditRun
from audits.observations.latency import ALERT_MS, TARGET_MS, TOO_MANY, RouteTimes, pack
from audits.observations.names import registrable_domain
from audits.observations.seen import Observations
from audits.outcome import decide
from audits.reports.as_json import target_json, verdict_json
from audits.runs import absorb_rows
from audits.targets import target_of
from audits.verdicts import Consent
from sprints.absorb import tell
from sprints.models import Sprint
from sprints.models.activity import record

SAMPLES: Final = 60
BATCH: Final = 8
ERRORS_IN_A_ROW: Final = 5
# At two requests a second four routes take two minutes; a slow product takes longer, and is
# measured in several sittings, each shorter than the broker's patience.
LONGEST: Final = timedelta(minutes=8)
SITTING: Final = timedelta(minutes=3)
SOFT_LIMIT_SECONDS: Final = 220
HARD_LIMIT_SECONDS: Final = 235
BELL_LOST_AFTER: Final = timedelta(seconds=5)
RUNS_OF_DOMAIN_PER_HOUR: Final = 3
RUNS_OF_PRACTICE_PER_HOUR: Final = 10
HOUR: Final = timedelta(hours=1)
DIED_TOO_OFTEN: Final = (
    f"Measuring stopped {MAX_ATTEMPTS} times before it could finish. Start it again, and tell us "
    "if it happens twice."
)
NOT_ANSWERED: Final = (
    "No route answered at all, so there is nothing to measure. See whether the product is up and "
    "lets us in, then measure again."
)

log = logging.getLogger(__name__)

# `Any` throughout: the routes as JSON.
type Routes = dict[str, dict[str, Any]]


def begin(
    sprint: Sprint, *, by: User | None, target_ms: int = TARGET_MS, alert_ms: int = ALERT_MS
) -> tuple[LatencyRun, bool]:
    """The baseline that now measures, and whether it is a new one: two clicks start one."""
    from audits.tasks import measure_latency  # noqa: PLC0415 - the tasks import this module

    Sprint.objects.select_for_update().get(pk=sprint.pk)
    ours = LatencyRun.objects.filter(sprint=sprint)
    known = ours.at_work().first()
    if known is not None:
        return known, False
    domain = registrable_domain(sprint.project.domain) or sprint.project.domain
    run = LatencyRun.objects.create(
        practice_id=sprint.practice_id,
        client_id=sprint.client_id,
        sprint=sprint,
        number=(ours.aggregate(last=Max("number"))["last"] or 0) + 1,
        domain=domain,
        requested_by=by,
        target_ms=target_ms,
        alert_ms=alert_ms,
        idle_minutes=_idle_minutes(sprint, domain),
    )
    record(sprint, "latency_requested", str(run), actor=by)
    ring(measure_latency, run.pk)
    return run, True


def refusal(sprint: Sprint) -> str:
    """Why no baseline may begin now, or ""."""
    recent = LatencyRun.objects.of(sprint.practice_id).filter(
        requested_at__gt=timezone.now() - HOUR
    )
    domain = registrable_domain(sprint.project.domain) or sprint.project.domain
    if recent.filter(domain=domain).count() >= RUNS_OF_DOMAIN_PER_HOUR:
        return (
            f"{domain} was measured {RUNS_OF_DOMAIN_PER_HOUR} times within an hour, which is the "
            "most that one product should bear. Measure it again later."
        )
    if recent.count() >= RUNS_OF_PRACTICE_PER_HOUR:
        return f"{RUNS_OF_PRACTICE_PER_HOUR} baselines were measured within an hour. Wait a little."
    if AuditRun.objects.at_work().filter(practice=sprint.practice_id, sprint=sprint).exists():
        return "An audit asks the same product just now, which would slow it. Measure after it."
    return ""


def is_waiting() -> Q:
    """Baselines whose bell was lost, whose worker died, or that died too often."""
    lost = Q(state=LatencyRun.State.QUEUED, requested_at__lt=timezone.now() - BELL_LOST_AFTER)
    return lost | Q(state=LatencyRun.State.RUNNING, lease_until__lt=Now())


def measure(run_id: int, *, count: int = SAMPLES, pace: timedelta = PACE) -> None:
    """Carry out the run, or go on with what another worker left. Safe to call twice.

    Network is looked at outside of any transaction; after each batch the samples are kept.
    """
    with transaction.atomic():
        _end_if_dead(run_id)
        run = LatencyRun.objects.claim(run_id)
    if run is None:
        return
    try:
        routes = _measured(run, count=count, pace=pace)
    except SoftTimeLimitExceeded:
        log.warning("latency run %s met the soft time limit", run.pk)
        with transaction.atomic():
            routes = LatencyRun.objects.get(pk=run.pk).routes
    if routes is not None:
        keep(run, routes)


def _measured(run: LatencyRun, *, count: int, pace: timedelta) -> Routes | None:
    """Every sample; None where the claim was lost, or another sitting takes the rest."""
    up_at = time.monotonic() + SITTING.total_seconds()
    begun = run.started_at or timezone.now()
    routes = _opened_routes(run, count)
    if routes is None:
        return None
    while plan := _plan(routes, count):
        if timezone.now() - begun > LONGEST:
            _stop_all(routes, count)
            break
        if time.monotonic() > up_at:
            _put_back(run)
            return None
        asked = asyncio.run(_look(partial(ask_in_turn, urls=plan, pace=pace)))
        by_url = {route["url"]: route for route in routes.values()}
        for url, sample in asked:
            by_url[url]["samples"].append(pack(sample))
        _rest_where_due(routes)
        if not _told(run, routes):
            return None
    return routes


# `Any`: what the coroutine brings.
async def _look(ask: Callable[[Guard], Any]) -> Any:  # noqa: ANN401
    async with Guard.from_settings() as guard:
        return await ask(guard)


def _told(run: LatencyRun, routes: Routes) -> bool:
    with transaction.atomic():
        return run.tell(routes)


def _opened_routes(run: LatencyRun, count: int) -> Routes | None:
    """Every route with its first request made; None where the claim was lost meanwhile."""
    with transaction.atomic():
        sprint = Sprint.objects.select_related("project").get(pk=run.sprint_id)
        urls = routes_of(target_of(sprint.project))
        LatencyRun.objects.filter(pk=run.pk).update(wanted_count=count * len(urls))
    routes: Routes = dict(run.routes)
    for url in urls:
        if url not in routes:
            routes[url] = _opened(asyncio.run(_look(partial(first_of, url=url))))
            if not _told(run, routes):
                return None
    return routes


def _put_back(run: LatencyRun) -> None:
    """Into the queue again: this worker is no dead one, so its try isn't counted."""
    from audits.tasks import measure_latency  # noqa: PLC0415 - the tasks import this module

    with transaction.atomic():
        run.still_ours().update(state=LatencyRun.State.QUEUED, attempts=F("attempts") - 1)
        ring(measure_latency, run.pk)


def _opened(first: First) -> dict[str, Any]:
    return {
        "url": first.url,
        "is_page": first.is_page,
        "cold": pack(first.sample),
        "redirects": first.redirect_count,
        "stopped": "" if first.sample.status else "errors",
        "samples": [],
    }


def _plan(routes: Routes, count: int) -> list[str]:
    """The next addresses to ask, each route in its turn."""
    left = {
        route["url"]: count - len(route["samples"])
        for route in routes.values()
        if not route["stopped"]
    }
    turns: list[str] = []
    while len(turns) < BATCH and any(missing > 0 for missing in left.values()):
        turns += [url for url, missing in left.items() if missing > 0]
        left = {url: missing - 1 for url, missing in left.items()}
    return turns[:BATCH]


def _rest_where_due(routes: Routes) -> None:
    """A route that refuses us, or that doesn't answer any more, is left alone."""
    for route in routes.values():
        statuses = [packed[0] for packed in route["samples"]]
        if TOO_MANY in statuses:
            route["stopped"] = "rate_limit"
        elif len(statuses) >= ERRORS_IN_A_ROW and not any(statuses[-ERRORS_IN_A_ROW:]):
            route["stopped"] = "errors"


def _stop_all(routes: Routes, count: int) -> None:
    for route in routes.values():
        if not route["stopped"] and len(route["samples"]) < count:
            route["stopped"] = "time"


def keep(run: LatencyRun, routes: Routes) -> bool:
    """Judge, and bring the risk list up to date, all or nothing.

    False where the claim was lost meanwhile: then nothing is written.
    """
    with practice_scope(run.practice_id, actor=Actor.SYSTEM):
        ours = run.still_ours().select_for_update().first()
        if ours is None:
            return False
        ours.routes = routes
        times = ours.times()
        if not any(one.samples for one in times):
            run.still_ours().update(
                state=LatencyRun.State.FAILED, finished_at=Now(), trouble=NOT_ANSWERED
            )
            return True
        ours.audit_number = _absorbed(ours, times)
        ours.state, ours.finished_at = LatencyRun.State.DONE, timezone.now()
        ours.save()
    return True


def _absorbed(run: LatencyRun, times: Sequence[RouteTimes]) -> int:
    """The findings as a run of the audit's own kind; its number."""
    seen = Observations()
    for one in times:
        seen.add(one, subject=one.url.partition("?")[0])
    rules = perf_baseline.CHECKS
    rows = engine.judge_all(rules, seen, granted=Consent.L1, domain=run.domain)
    sprint = (
        Sprint.objects.select_for_update(of=("self",))
        .select_related("project")
        .get(pk=run.sprint_id)
    )
    verdict = verdict_json(decide(rows))
    audits = AuditRun.objects.filter(sprint=sprint)
    audit = AuditRun.objects.create(
        practice_id=run.practice_id,
        client_id=run.client_id,
        sprint=sprint,
        number=(audits.aggregate(last=Max("number"))["last"] or 0) + 1,
        domain=run.domain,
        scope=LATENCY,
        check_ids=[rule.id for rule in rules],
        state=AuditRun.State.DONE,
        requested_by_id=run.requested_by_id,
        requested_at=run.requested_at,
        started_at=run.started_at,
        finished_at=timezone.now(),
        request_count=sum(len(one.samples) + 1 for one in times),
        elapsed_ms=_elapsed_ms(run),
        outcome=verdict["outcome"],
        coverage=verdict["coverage"],
        target=target_json(target_of(sprint.project)),
        engine_version=engine.ENGINE_VERSION,
        catalogue_version=CATALOGUE_VERSION,
    )
    absorbed = absorb_rows(audit, sprint, rows)
    audit.changes = absorbed.as_data()
    audit.save(update_fields=["changes"])
    tell(sprint, audit.number, absorbed)
    return audit.number


def _elapsed_ms(run: LatencyRun) -> int:
    if run.started_at is None:
        return 0
    return round((timezone.now() - run.started_at) / timedelta(milliseconds=1))


def _end_if_dead(run_id: int) -> None:
    LatencyRun.objects.filter(
        pk=run_id,
        state=LatencyRun.State.RUNNING,
        lease_until__lt=Now(),
        attempts__gte=MAX_ATTEMPTS,
    ).update(state=LatencyRun.State.FAILED, finished_at=Now(), trouble=DIED_TOO_OFTEN)


def _idle_minutes(sprint: Sprint, domain: str) -> float | None:
    """How long ago somebody of this practice last asked the product; None for never."""
    ended = [
        model.objects.of(sprint.practice_id)
        .filter(domain=domain, finished_at__isnull=False)
        .aggregate(last=Max("finished_at"))["last"]
        for model in (AuditRun, LatencyRun)
    ]
    last = max((moment for moment in ended if moment is not None), default=None)
    return None if last is None else (timezone.now() - last) / timedelta(minutes=1)


def counts_of(times: Sequence[RouteTimes]) -> Counter[str]:
    """How many routes were stopped, and why."""
    return Counter(one.stopped for one in times if one.stopped)
