"""Watching a change land: begin, look every minute, check again, close, keep what was."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.guard import Guard
from accounts.models import User
from accounts.tenancy.tasks import ring
from audits import watch_models
from audits.begin import begin_run
from audits.changes.landing import Landing
from audits.changes.sets import Act, ChangeSet, as_data
from audits.changing import change_of
from audits.landing import Sighting, see
from audits.models import AuditRun
from audits.watch_models import Watch
from sprints.evidencing import EvidenceRefusedError, Given, hand_in
from sprints.models import Risk, Sprint, StageItem
from sprints.models.activity import record

State = Watch.State
# After a check was begun the next look comes soon, to see how it ended.
SOON: Final = timedelta(seconds=10)
AGAIN_AFTER: Final = timedelta(seconds=50)
MAIL_RECORDS: Final = "D6.1"
MAX_TEXT_CHARS: Final = 3_900


class NoChangeError(Exception):
    """There is nothing to watch; the sentence says why."""


def latest(risk: Risk) -> Watch | None:
    """The newest watch of `risk`."""
    return Watch.objects.of(risk.practice_id).filter(risk=risk).order_by("-pk").first()


def begin_watch(risk: Risk, *, by: User) -> Watch:
    """The watch that is now under way. Two clicks begin one. Raises NoChangeError."""
    from audits.tasks import look_at_watch  # noqa: PLC0415 - the tasks import this module

    Risk.objects.select_for_update().get(pk=risk.pk)
    known = Watch.objects.filter(risk=risk, state=State.WATCHING).first()
    if known is not None:
        return known
    before = latest(risk)
    change = change_of(risk) or (before.set if before and risk.is_unsettled else None)
    if change is None:
        raise NoChangeError(
            f"{risk.ref} has no computed change any more, so there is nothing to watch. "
            "Run its check again to see how it stands."
        )
    now = timezone.now()
    made = Watch.objects.create(
        practice_id=risk.practice_id,
        client_id=risk.client_id,
        risk=risk,
        change=as_data(change),
        asked_by=by,
        asked_at=now,
        next_look_at=now,
        until_at=now + watch_models.LASTS,
    )
    ring(look_at_watch, made.pk)
    return made


def is_due() -> Q:
    return Q(state=State.WATCHING, next_look_at__lte=timezone.now())


def look(watch_id: int) -> None:
    """One look, if it is due. Safe to run twice: the second finds it taken."""
    with transaction.atomic():
        watch = Watch.objects.claim(watch_id)
    if watch is None:
        return
    sighting = asyncio.run(_seen(watch.set))
    with transaction.atomic():
        keep(watch, sighting, timezone.now())


def keep(watch: Watch, sighting: Sighting, now: datetime) -> None:
    """Write down what was seen, check again where it helps, and end what is over."""
    landing = sighting.landing
    live_at = watch.provider_live_at or (now if landing.provider else None)
    told = watch.tell(landing=_as_json(landing), looked_at=now, provider_live_at=live_at)
    if not told:
        return
    risk = Risk.objects.select_for_update().select_related("sprint").get(pk=watch.risk_id)
    if not risk.is_unsettled:
        _file(watch, risk, now)
        _end_where_done(watch, sighting, now)
    elif sighting.is_worth_a_check:
        _check_again(watch, risk, sighting, now)
    elif watch.is_late(now):
        _end(watch, State.LATE, now)


def _check_again(watch: Watch, risk: Risk, sighting: Sighting, now: datetime) -> None:
    """Run the check, once a minute at most, until it no longer sees the trouble."""
    run = _run_of(watch)
    is_answered = run is not None and run.is_finished
    if sighting.landing.is_everywhere and is_answered:
        _end(watch, State.LANDED, now)  # live everywhere, and the check still sees trouble
    elif watch.is_late(now):
        _end(watch, State.LATE, now)
    elif run is None or (is_answered and run.requested_at <= now - AGAIN_AFTER):
        run, _ = begin_run(risk.sprint, by=watch.asked_by, checks=[risk.check_id])
        watch.tell(audit_number=run.number, next_look_at=min(watch.next_look_at, now + SOON))
    elif not is_answered:
        watch.tell(next_look_at=min(watch.next_look_at, now + SOON))


def _run_of(watch: Watch) -> AuditRun | None:
    if watch.audit_number is None:
        return None
    sprint_id = watch.risk.sprint_id
    return AuditRun.objects.filter(sprint=sprint_id, number=watch.audit_number).first()


def _end_where_done(watch: Watch, sighting: Sighting, now: datetime) -> None:
    """The risk is closed: done once everybody sees it, or where it was changed otherwise
    than computed, so that there is nothing left to see."""
    if sighting.landing.is_everywhere or sighting.landing.provider is False:
        _end(watch, State.LANDED, now)
    elif watch.is_late(now):
        _end(watch, State.LATE, now)


def _end(watch: Watch, state: str, now: datetime) -> None:
    watch.tell(state=state, ended_at=now)


def _file(watch: Watch, risk: Risk, now: datetime) -> None:
    """Keep before and after, once: mail records as evidence of the stage's item, all else
    in the history."""
    if watch.filed_at is not None or not watch.tell(filed_at=now):
        return
    before, after = before_and_after(watch.set)
    record(
        risk.sprint,
        "change_landed",
        risk.ref,
        actor=watch.asked_by,
        data={"before": before[:1000], "after": after[:1000]},
        is_internal=not risk.plain_summary or risk.is_internal,
    )
    if not risk.check_id.startswith("email."):
        return
    item = _mail_item(risk.sprint)
    if item is None:
        return
    text = f"Before:\n{before}\n\nAfter:\n{after}"[:MAX_TEXT_CHARS]
    given = Given(title=f"{risk.ref} {risk.title}"[:80], text=text)
    try:
        with transaction.atomic():
            hand_in(item.stage, item, given, by=watch.asked_by)
    except EvidenceRefusedError:
        return  # a record that looks like a secret stays out of the evidence


def _mail_item(sprint: Sprint) -> StageItem | None:
    items = StageItem.objects.select_related("stage__sprint")
    return items.filter(stage__sprint=sprint, key=MAIL_RECORDS).first()


def before_and_after(change: ChangeSet) -> tuple[str, str]:
    """The records of the changed names before and after, one a line."""
    kept = [_line(row.name, row.rtype, row.value) for row in change.of(Act.KEEP)]
    old = [_line(row.name, row.rtype, row.value) for row in change.of(Act.REMOVE)]
    new = [_line(row.name, row.rtype, row.value) for row in change.of(Act.ADD)]
    return "\n".join([*old, *kept]) or "(none)", "\n".join([*new, *kept]) or "(none)"


def _line(name: str, rtype: str, value: str) -> str:
    return f"{name} {rtype} {value}"


def _as_json(landing: Landing) -> dict[str, Any]:  # Any: JSON
    watchers = dict(landing.watchers)
    return {"provider": landing.provider, "here": landing.here, "watchers": watchers}


async def _seen(change: ChangeSet) -> Sighting:
    guard = Guard.from_settings()
    try:
        return await see(guard, change)
    finally:
        await guard.aclose()
