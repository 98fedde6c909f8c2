"""Begin a run, carry it out, keep what it found."""

import hashlib
import json
import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Any, Final

from asgiref.sync import async_to_sync
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.scope import Actor, practice_scope
from audits.catalogue import BY_ID, CATALOGUE
from audits.engine import Judged
from audits.examine import Progress, Report, examine
from audits.models import WHOLE, AuditRun, Finding
from audits.outcome import ORDER_OF_VERDICT
from audits.reports.as_json import verdict_json
from audits.targets import granted_level, target_of
from audits.verdicts import Check, Verdict
from sprints.absorb import Absorbed, Look, Trouble, absorb, tell
from sprints.models import ItemRun, Sprint, StageItem
from sprints.models.activity import record

TELL_EVERY_SECONDS: Final = 1.0
UNSEEN: Final = frozenset({Verdict.UNKNOWN, Verdict.BLOCKED})

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
    second, which also extends the lease.
    """
    with practice_scope(run.practice_id, actor=Actor.SYSTEM):
        project = Sprint.objects.select_related("project").get(pk=run.sprint_id).project
        target, level = target_of(project), granted_level(project)
    checks = _wanted(run)
    said: queue.SimpleQueue[Progress] = queue.SimpleQueue()
    looking = _in_thread(
        lambda: async_to_sync(examine)(target, consent=level, checks=checks, watch=said.put)
    )
    shown: dict[str, dict[str, Any]] = {}  # Any: JSON
    while not looking.done():
        _wait(looking)
        _drain(said, shown)
        with practice_scope(run.practice_id, actor=Actor.SYSTEM):
            if not run.tell(list(shown.values())):
                log.warning("audit run %s is another worker's by now", run.pk)
                return
    _drain(said, shown)
    keep(run, looking.result(), list(shown.values()))


def keep(run: AuditRun, report: Report, progress: list[dict[str, Any]]) -> bool:  # Any: JSON
    """Store the report and bring the risk list up to date, all or nothing.

    False where the claim was lost meanwhile: then nothing is written.
    """
    with practice_scope(run.practice_id, actor=Actor.SYSTEM):
        ours = run.still_ours().select_for_update().first()
        if ours is None:
            return False
        now = timezone.now()
        Finding.objects.filter(run=ours).delete()
        Finding.objects.bulk_create(_findings(ours, report.rows))
        sprint = Sprint.objects.get(pk=run.sprint_id)
        absorbed = absorb(
            sprint,
            audit_number=run.number,
            at=now,
            troubles=[trouble_of(row) for row in report.rows if row.opens_risk],
            looks=looks_of(report.rows),
        )
        _feed_items(sprint, ours, report.rows)
        _finish(ours, report, absorbed, progress)
        if ours.is_whole or absorbed.closed or absorbed.opened or absorbed.came_back:
            tell(sprint, run.number, absorbed)
    return True


def give_up(run_id: int, practice_id: int, why: str) -> None:
    """Mark a run that died too often as stopped, with a sentence."""
    with practice_scope(practice_id, actor=Actor.SYSTEM):
        AuditRun.objects.at_work().filter(pk=run_id).update(
            state=AuditRun.State.FAILED, finished_at=Now(), trouble=why[:300]
        )


def trouble_of(row: Judged) -> Trouble:
    """The finding as the risk list takes it."""
    return Trouble(
        check_id=row.check.id,
        fingerprint=row.fingerprint,
        subject=row.subject,
        severity=int(row.severity),
        stage=row.check.stage,
        title=row.check.trouble,
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
        if row.result.cause == "consent":
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
    if not run.is_whole:
        return
    by_item: dict[str, list[Judged]] = {}
    for row in rows:
        if row.check.item:
            by_item.setdefault(row.check.item, []).append(row)
    items = StageItem.objects.filter(stage__sprint=sprint, key__in=by_item)
    runs = []
    for item in items:
        verdict = worst(row.result.verdict for row in by_item[item.key])
        item.verdict, item.verdict_at = verdict, timezone.now()
        runs.append(_item_run(item, run, verdict, by_item[item.key]))
    StageItem.objects.bulk_update(items, ["verdict", "verdict_at"])
    ItemRun.objects.bulk_create(runs, ignore_conflicts=True)


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
        dns_question_count=report.dns_question_count,
        request_count=report.request_count,
        elapsed_ms=report.elapsed_ms,
        engine_version=report.engine_version,
        catalogue_version=report.catalogue_version,
    )


def _in_thread(look: Callable[[], Report]) -> Future[Report]:
    """Run the looking beside this thread, which keeps the database connection."""
    future: Future[Report] = Future()

    def run() -> None:
        try:
            future.set_result(look())
        except BaseException as error:
            # Handed on to the waiting thread, which is the task.
            future.set_exception(error)

    threading.Thread(target=run, name="audit", daemon=True).start()
    return future


def _wait(looking: Future[Report]) -> None:
    try:
        looking.exception(timeout=TELL_EVERY_SECONDS)
    except TimeoutError:
        return


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
