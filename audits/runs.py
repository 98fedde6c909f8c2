"""Begin a run, carry it out, keep what it found."""

import hashlib
import json
import logging
import queue
from collections.abc import Coroutine, Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.scope import Actor, practice_scope
from audits.catalogue import BY_ID, CATALOGUE
from audits.changing import keep_changes
from audits.engine import Judged
from audits.examine import Progress, Report, examine
from audits.limits import over_the_days_limit
from audits.looking import Looking
from audits.models import LATENCY, MAX_ATTEMPTS, WHOLE, AuditRun, Finding
from audits.observations.names import registrable_domain
from audits.observations.target import Target
from audits.outcome import ORDER_OF_VERDICT
from audits.proofs import prove_again
from audits.reports.as_json import target_json, verdict_json
from audits.targets import granted_level, target_of
from audits.verdicts import Check, Consent, Verdict
from sprints.absorb import Absorbed, Look, Trouble, absorb, tell
from sprints.models import ItemRun, Sprint, StageItem
from sprints.models.activity import record
from sprints.submitting import tell_red

TELL_EVERY: Final = timedelta(seconds=1)
DIED_TOO_OFTEN: Final = (
    f"The audit stopped {MAX_ATTEMPTS} times before it could finish. "
    "Nothing was changed; start it again, and tell us if it happens twice."
)
TOO_LONG: Final = (
    "The audit took longer than two minutes without a first result, so it was stopped. "
    "Nothing was changed; start it again, and tell us if it happens twice."
)
UNSEEN: Final = frozenset({Verdict.UNKNOWN, Verdict.BLOCKED})
# Rows of these causes say nothing about the subject: nobody has looked.
NOT_LOOKED: Final = frozenset({"consent", "elsewhere"})

log = logging.getLogger(__name__)


def request_run(
    sprint: Sprint, *, by: User | None, checks: Sequence[str] = (), scope: str = ""
) -> tuple[AuditRun, bool]:
    """The run that now looks at `checks` (none: all), and whether it is a new one.

    Two clicks start one run: a run of the same scope that is waiting or at work is
    answered instead of a second.
    """
    wanted = scope or (checks[0] if len(checks) == 1 else ",".join(checks)[:80]) or WHOLE
    Sprint.objects.select_for_update().get(pk=sprint.pk)
    known = AuditRun.objects.at_work().filter(sprint=sprint, scope=wanted).first()
    if known is not None:
        return known, False
    last = AuditRun.objects.filter(sprint=sprint).aggregate(last=Max("number"))["last"] or 0
    run = AuditRun.objects.create(
        practice_id=sprint.practice_id,
        client_id=sprint.client_id,
        sprint=sprint,
        number=last + 1,
        domain=registrable_domain(sprint.project.domain) or sprint.project.domain,
        scope=wanted,
        check_ids=list(checks),
        requested_by=by,
    )
    if run.is_whole:
        record(sprint, "audit_requested", f"Audit {run.number}", actor=by)
    return run, True


def carry_out(run: AuditRun) -> None:
    """Look, judge and keep, for a run that this worker has claimed.

    The looking holds no transaction and no connection; progress is written once a
    second, which also extends the lease. At the task's soft limit what the first look
    knows is kept.
    """
    refused = over_the_days_limit(run)
    if refused:
        stop(run, refused)
        return
    target, level = _prepared(run)
    checks = _wanted(run)
    said: queue.SimpleQueue[Progress] = queue.SimpleQueue()
    firsts: list[Report] = []
    shown: dict[str, dict[str, Any]] = {}  # Any: JSON

    def look() -> Coroutine[Any, Any, Report]:  # Any: what a coroutine sends and yields
        return examine(
            target,
            consent=level,
            checks=checks,
            watch=said.put,
            keep_first=firsts.append,
            is_planning=True,
        )

    with Looking(look) as looking:
        try:
            if not _followed(run, looking, said, shown):
                log.warning("audit run %s is another worker's by now", run.pk)
                return
            report: Report | None = looking.report()
        except SoftTimeLimitExceeded:
            log.warning("audit run %s met the soft time limit", run.pk)
            report = firsts[-1] if firsts else None
    if report is None:
        stop(run, TOO_LONG)
        return
    keep(run, report, list(shown.values()))


def _prepared(run: AuditRun) -> tuple[Target, Consent]:
    """What to look at and how deep, with the proofs of control looked at again."""
    with practice_scope(run.practice_id, actor=Actor.SYSTEM):
        project = Sprint.objects.select_related("project").get(pk=run.sprint_id).project
    note = prove_again(project)
    with practice_scope(run.practice_id, actor=Actor.SYSTEM):
        target, level = target_of(project), granted_level(project)
        run.still_ours().update(consent_level=int(level), consent_note=note)
    return target, level


def _followed(
    run: AuditRun,
    looking: Looking,
    said: "queue.SimpleQueue[Progress]",
    shown: dict[str, dict[str, Any]],  # Any: JSON
) -> bool:
    """Tell how far it is until it is done; False where the claim was lost meanwhile."""
    while not looking.is_done:
        looking.wait(TELL_EVERY)
        _drain(said, shown)
        with practice_scope(run.practice_id, actor=Actor.SYSTEM):
            if not run.tell(list(shown.values())):
                return False
    _drain(said, shown)
    return True


def keep(run: AuditRun, report: Report, progress: list[dict[str, Any]]) -> bool:  # Any: JSON
    """Store the report and bring the risk list up to date, all or nothing.

    False where the claim was lost meanwhile: then nothing is written.
    """
    with practice_scope(run.practice_id, actor=Actor.SYSTEM):
        ours = run.still_ours().select_for_update().first()
        if ours is None:
            return False
        sprint = Sprint.objects.get(pk=run.sprint_id)
        absorbed = absorb_rows(ours, sprint, report.rows)
        keep_changes(ours, report.changes)
        _finish(ours, report, absorbed, progress)
        if ours.is_whole or absorbed.closed or absorbed.opened or absorbed.came_back:
            tell(sprint, run.number, absorbed)
    return True


def absorb_rows(run: AuditRun, sprint: Sprint, rows: Sequence[Judged]) -> Absorbed:
    """Keep `rows` as the run's findings; the risk list and the stages' items follow them."""
    Finding.objects.filter(run=run).delete()
    Finding.objects.bulk_create(_findings(run, rows))
    absorbed = absorb(
        sprint,
        audit_number=run.number,
        at=timezone.now(),
        troubles=[trouble_of(row) for row in rows if row.opens_risk],
        looks=looks_of(rows),
    )
    _feed_items(sprint, run, rows)
    return absorbed


def stop(run: AuditRun, why: str) -> None:
    """End a run that this worker has claimed, with a sentence; the risk list stays as it is."""
    with practice_scope(run.practice_id, actor=Actor.SYSTEM):
        run.still_ours().update(state=AuditRun.State.FAILED, finished_at=Now(), trouble=why[:300])


def crashed(run: AuditRun) -> None:
    """After a fault of ours: back into the queue at once, or the end after too many tries."""
    if run.attempts >= MAX_ATTEMPTS:
        stop(run, DIED_TOO_OFTEN)
        return
    with practice_scope(run.practice_id, actor=Actor.SYSTEM):
        run.release()


def give_up(run_id: int, practice_id: int) -> None:
    """Mark a run whose workers died too often as stopped."""
    with practice_scope(practice_id, actor=Actor.SYSTEM):
        AuditRun.objects.at_work().filter(
            pk=run_id, attempts__gte=MAX_ATTEMPTS, lease_until__lt=Now()
        ).update(state=AuditRun.State.FAILED, finished_at=Now(), trouble=DIED_TOO_OFTEN)


def trouble_of(row: Judged) -> Trouble:
    """The finding as the risk list takes it."""
    return Trouble(
        check_id=row.check.id,
        fingerprint=row.fingerprint,
        subject=row.subject,
        severity=int(row.severity),
        stage=row.check.stage,
        title=row.result.trouble or row.check.trouble,
        plain_summary=row.check.impact,
        observed=row.result.message,
        expected=row.check.title,
        evidence=tuple((item.label, item.value) for item in row.result.evidence),
        remedy=row.result.remedy or row.check.remedy,
        source=row.check.source,
        is_confirmed=row.result.confidence == "confirmed",
    )


def looks_of(rows: Iterable[Judged]) -> dict[str, Look]:
    """Per check: the subjects that were judged, and those that could not be seen."""
    judged: dict[str, set[str]] = {}
    unseen: dict[str, set[str]] = {}
    for row in rows:
        if row.result.cause in NOT_LOOKED:
            continue
        into = unseen if row.result.verdict in UNSEEN else judged
        into.setdefault(row.check.id, set()).add(row.subject)
    names = judged.keys() | unseen.keys()
    return {
        name: Look(frozenset(judged.get(name, ())), frozenset(unseen.get(name, ())))
        for name in names
    }


def _wanted(run: AuditRun) -> tuple[Check[Any], ...]:  # Any: checks of many observation types
    chosen = tuple(BY_ID[name] for name in run.check_ids if name in BY_ID)
    return chosen or CATALOGUE


def _findings(run: AuditRun, rows: Sequence[Judged]) -> list[Finding]:
    return [
        Finding(
            practice_id=run.practice_id,
            client_id=run.client_id,
            run=run,
            position=position,
            check_id=row.check.id,
            stage=row.check.stage,
            verdict=row.result.verdict,
            severity=int(row.severity),
            confidence=row.result.confidence,
            subject=row.subject[:300],
            cause=row.result.cause[:80],
            fingerprint=row.fingerprint,
            message=row.result.message[:1000],
            remedy=(row.result.remedy or row.check.remedy)[:1000],
            evidence=[[item.label, item.value[:600]] for item in row.result.evidence],
        )
        for position, row in enumerate(rows)
    ]


def _feed_items(sprint: Sprint, run: AuditRun, rows: Sequence[Judged]) -> None:
    """The verdict of a stage item is the worst of its checks (decisions.md 24)."""
    if not (run.is_whole or run.is_of_mails or run.scope == LATENCY):
        return
    by_item: dict[str, list[Judged]] = {}
    for row in rows:
        if row.check.item and row.result.cause != "elsewhere":
            by_item.setdefault(row.check.item, []).append(row)
    items = StageItem.objects.filter(stage__sprint=sprint, key__in=by_item)
    runs, red = [], []
    for item in items:
        verdict = worst(row.result.verdict for row in by_item[item.key])
        if verdict == Verdict.FAIL and item.verdict != verdict and not item.override_verdict:
            red.append(item)
        item.verdict, item.verdict_at = verdict, timezone.now()
        runs.append(_item_run(item, run, verdict, by_item[item.key]))
    StageItem.objects.bulk_update(items, ["verdict", "verdict_at"])
    ItemRun.objects.bulk_create(runs, ignore_conflicts=True)
    tell_red(red)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; info counts as pass."""
    found = min(verdicts, key=ORDER_OF_VERDICT.__getitem__)
    return Verdict.PASS if found == Verdict.INFO else found


def _item_run(item: StageItem, run: AuditRun, verdict: Verdict, rows: list[Judged]) -> ItemRun:
    result = {"checks": [[row.check.id, row.subject, str(row.result.verdict)] for row in rows]}
    canonical = json.dumps(result, sort_keys=True, separators=(",", ":"))
    return ItemRun(
        practice_id=run.practice_id,
        client_id=run.client_id,
        item=item,
        audit_number=run.number,
        verdict=verdict,
        at=timezone.now(),
        engine_version=run.engine_version or "1",
        result=result,
        sha256=hashlib.sha256(canonical.encode()).hexdigest(),
    )


def _finish(
    run: AuditRun,
    report: Report,
    absorbed: Absorbed,
    progress: list[dict[str, Any]],  # Any: JSON
) -> None:
    verdict = verdict_json(report.decision)
    AuditRun.objects.filter(pk=run.pk).update(
        state=AuditRun.State.DONE,
        finished_at=Now(),
        progress=progress,
        outcome=verdict["outcome"],
        coverage=verdict["coverage"],
        changes=absorbed.as_data(),
        vendors=[[vendor.role, vendor.name, vendor.signal] for vendor in report.vendors],
        consent_level=int(report.consent),
        target=target_json(report.target),
        dns_question_count=report.dns_question_count,
        request_count=report.request_count,
        elapsed_ms=report.elapsed_ms,
        engine_version=report.engine_version,
        catalogue_version=report.catalogue_version,
    )


# `Any`: JSON.
def _drain(said: "queue.SimpleQueue[Progress]", shown: dict[str, dict[str, Any]]) -> None:
    while True:
        try:
            progress = said.get_nowait()
        except queue.Empty:
            return
        shown[progress.family] = {
            "family": progress.family,
            "title": progress.title,
            "state": progress.state,
            "seen": progress.seen_count,
        }
