"""One audit from beginning to end: look, judge, look again at what would stop the launch.

Needs no database and no broker; the task and the command line both call it.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.guard import Guard
from audits import engine
from audits.catalogue import CATALOGUE, CATALOGUE_VERSION
from audits.changes.sets import ChangeSet
from audits.engine import ENGINE_VERSION, Judged
from audits.gather.families import FAMILIES
from audits.gather.site import Family, Site
from audits.observations.seen import FailureKind, GatherFailure, Observations
from audits.observations.target import Surroundings, Target, Vendor
from audits.outcome import Decision, decide
from audits.planning import plan_changes
from audits.verdicts import Check, Consent, Severity, Verdict

HARD_STOP = timedelta(seconds=60)
# Both looks together (decisions.md 6).
MAX_REQUESTS = 250
BETWEEN_LOOKS = timedelta(seconds=2)
# The second look needs room before the hard stop; without it a fail stays unconfirmed.
SECOND_LOOK_RESERVE = timedelta(seconds=18)
# The exact changes are the last thing; a slow name server costs a report its changes only.
PLANNING_LIMIT = timedelta(seconds=10)

NO_CHANGES: Mapping[str, ChangeSet] = {}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one family stands: `waiting looking done late crashed`, and how much it saw."""

    family: str
    title: str
    state: str
    seen_count: int = 0


type Watcher = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one audit found, with what is needed to explain it later.

    `changes` are the exact changes by fingerprint, where they were asked for.
    """

    target: Target
    rows: tuple[Judged, ...]
    decision: Decision
    vendors: tuple[Vendor, ...]
    started_at: datetime
    elapsed_ms: int
    dns_question_count: int
    request_count: int
    consent: Consent
    engine_version: str = ENGINE_VERSION
    catalogue_version: str = CATALOGUE_VERSION
    vantage: str = "here"
    changes: Mapping[str, ChangeSet] = field(default_factory=dict)


@dataclass
class Examination:
    """The state of one running audit."""

    target: Target
    consent: Consent
    checks: tuple[Check[Any], ...]  # Any: checks of many observation types
    watch: Watcher
    deadline: float
    counts: dict[str, int] = field(default_factory=lambda: {"dns": 0, "requests": 0})

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())

    @property
    def wanted(self) -> frozenset[type]:
        return frozenset(rule.needs for rule in self.checks if rule.consent <= self.consent)


async def examine(
    target: Target,
    *,
    consent: Consent = Consent.L1,
    checks: Sequence[Check[Any]] | None = None,  # Any: checks of many observation types
    watch: Watcher | None = None,
    keep_first: Callable[[Report], None] | None = None,
    hard_stop: timedelta = HARD_STOP,
    is_planning: bool = False,
) -> Report:
    """Look at `target` and judge what `checks` ask (None: the whole catalogue).

    A fail of severity S0 or S1 is looked at a second time, at least two seconds later,
    through another resolver where there is one. After `hard_stop` what was not seen is
    `unknown` and the rest stands. `keep_first` is handed what the first look alone knows
    (its weighty fails unconfirmed), for whoever is stopped before the second. With
    `is_planning` the exact change is computed for each trouble that has one.
    """
    started_at, begun = datetime.now(UTC), time.monotonic()
    examination = Examination(
        target=target,
        consent=consent,
        checks=tuple(CATALOGUE if checks is None else checks),
        watch=watch or _unwatched,
        deadline=begun + hard_stop.total_seconds(),
    )
    around = {Surroundings} if checks is None or len(checks) == len(CATALOGUE) else set()
    first = await _look(examination, examination.wanted | around, attempt=0)
    looked_at = time.monotonic()

    def report(rows: Iterable[Judged], changes: Mapping[str, ChangeSet] = NO_CHANGES) -> Report:
        once = tuple(_each_once(rows))
        return Report(
            target=target,
            rows=once,
            decision=decide(once),
            vendors=_vendors(first),
            started_at=started_at,
            elapsed_ms=round((time.monotonic() - begun) * 1000),
            dns_question_count=examination.counts["dns"],
            request_count=examination.counts["requests"],
            consent=consent,
            changes=changes,
        )

    rows = _judge(examination, examination.checks, first)
    if keep_first is not None:
        keep_first(report(engine.settle(rows, ())))
    confirmed = await _confirmed(examination, rows, looked_at)
    return report(confirmed, await _planned(examination, confirmed, first) if is_planning else {})


async def _planned(
    examination: Examination, rows: list[Judged], first: Observations
) -> Mapping[str, ChangeSet]:
    """The exact change of each row that has one; none at all where the time runs out."""
    guard = Guard.from_settings(max_requests=1)
    limit = min(PLANNING_LIMIT.total_seconds(), max(0.1, examination.seconds_left))
    try:
        async with asyncio.timeout(limit):
            return await plan_changes(guard, rows, first)
    except TimeoutError:
        return NO_CHANGES
    finally:
        examination.counts["dns"] += guard.dns_question_count
        await guard.aclose()


async def _confirmed(
    examination: Examination, rows: list[Judged], looked_at: float
) -> list[Judged]:
    """`rows` after the second look at whatever would weigh on the launch."""
    doubted = {row.check.id for row in rows if engine.needs_second_look(row)}
    if not doubted:
        return rows
    again = tuple(rule for rule in examination.checks if rule.id in doubted)
    rest = BETWEEN_LOOKS.total_seconds() - (time.monotonic() - looked_at)
    await asyncio.sleep(max(0.0, min(rest, examination.seconds_left)))
    second = await _look(examination, frozenset(rule.needs for rule in again), attempt=1)
    return engine.settle(rows, _judge(examination, again, second))


async def _look(examination: Examination, wanted: frozenset[type], *, attempt: int) -> Observations:
    """Let every family that provides a wanted type look, all at once, each within its limit."""
    guard = Guard.from_settings(max_requests=max(1, MAX_REQUESTS - examination.counts["requests"]))
    site = Site(
        target=examination.target,
        guard=guard,
        consent=int(examination.consent),
        attempt=attempt,
        wanted=wanted,
    )
    families = [family for family in FAMILIES if wanted.intersection(family.provides)]
    reserve = SECOND_LOOK_RESERVE.total_seconds() if attempt == 0 else 1.0
    budget = max(1.0, examination.seconds_left - reserve)
    watch = examination.watch if attempt == 0 else _unwatched
    try:
        await asyncio.gather(*(_run_family(family, site, budget, watch) for family in families))
    finally:
        examination.counts["dns"] += guard.dns_question_count
        examination.counts["requests"] += guard.request_count
        await guard.aclose()
    return site.seen


def _unwatched(progress: Progress) -> None:
    """The second look is part of the first in a person's eyes."""


async def _run_family(family: Family, site: Site, budget: float, watch: Watcher) -> None:
    allowed = min(budget, family.limit.total_seconds())
    watch(Progress(family.name, family.title, "looking"))
    state = "done"
    try:
        async with asyncio.timeout(allowed):
            await family.gather(site)
    except TimeoutError:
        state = "late"
        _miss_rest(family, site, FailureKind.OUT_OF_TIME, f"ran out of its {allowed:.0f} seconds")
    except Exception:
        # The task's own boundary: one family's fault must not lose the whole run.
        state = "crashed"
        log.exception("gatherer %s crashed", family.name)
        _miss_rest(family, site, FailureKind.CRASHED, "stopped on an answer that it can't read")
    seen_count = sum(sight.wanted in family.provides for sight in site.seen.sights)
    watch(Progress(family.name, family.title, state, seen_count))


def _miss_rest(family: Family, site: Site, kind: FailureKind, what: str) -> None:
    failure = GatherFailure(kind, f"{family.title}: the look {what}, so this is not known.")
    for wanted in family.provides:
        if not site.seen.has(wanted):
            site.seen.miss(wanted, failure, subject=site.target.domain)


def _judge(
    examination: Examination,
    checks: Iterable[Check[Any]],  # Any: checks of many observation types
    seen: Observations,
) -> list[Judged]:
    domain = examination.target.domain
    rows: list[Judged] = []
    for rule in checks:
        try:
            rows += engine.judge(rule, seen, granted=examination.consent, domain=domain)
        except Exception:
            # Foreign data that our own rule can't read is "not known", never a fail.
            log.exception("check %s crashed", rule.id)
            rows.append(engine.crashed(rule, domain))
    return rows


def _each_once(rows: Iterable[Judged]) -> list[Judged]:
    """One row per fingerprint: the first, which the check put first."""
    kept: dict[str, Judged] = {}
    for row in rows:
        kept.setdefault(row.fingerprint, row)
    return list(kept.values())


def _vendors(seen: Observations) -> tuple[Vendor, ...]:
    met = [vendor for around in seen.values(Surroundings) for vendor in around.vendors]
    return tuple(dict.fromkeys(met))


def unevaluable(report: Report) -> str:
    """Why `report` says nothing about the launch, or "" where it does (decisions 22)."""
    judged = [row for row in report.rows if row.result.verdict != Verdict.NA]
    if any(row.check.id == "dns.domain_exists" and _is_unseen(row) for row in judged):
        return f"No resolver answered for {report.target.domain}, so nothing could be judged."
    weighty = [row for row in judged if row.check.severity == Severity.S0] or judged
    if weighty and all(_is_unseen(row) for row in weighty):
        return "None of the checks that could stop the launch could look."
    return ""


def _is_unseen(row: Judged) -> bool:
    return row.result.verdict in {Verdict.UNKNOWN, Verdict.BLOCKED}
