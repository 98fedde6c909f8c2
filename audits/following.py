"""How far a run is, family by family, in words."""

from datetime import datetime, timedelta
from typing import Any, Final

from audits.catalogue import BY_ID, CATALOGUE
from audits.gather.families import FAMILIES
from audits.models import AuditRun
from audits.observations.target import Surroundings

LONG_WAIT: Final = timedelta(seconds=45)
CUT_SHORT: Final = frozenset({"late", "crashed"})
ENDED: Final = CUT_SHORT | {"done"}
RUN_OF_STATE: Final = {
    "waiting": "waiting",
    "looking": "running",
    "done": "done",
    "late": "partial",
    "crashed": "partial",
}
NOTES: Final = {
    "late": "It ran out of its time. What came in is kept; the rest counts as not known.",
    "crashed": "It met an answer that it can’t read. That is our fault, and no finding of yours.",
}

# `Any` throughout: whatever a template reads.


def following(run: AuditRun, now: datetime) -> dict[str, Any]:
    """What `components/progress.html` shows of a run that is at work."""
    rows = families_of(run)
    ended = sum(row["state"] in ENDED for row in rows)
    return {
        "title": title_of(run),
        "value": ended,
        "total": len(rows),
        "sentence": sentence(run, ended, len(rows), now),
        "families": [_row(row) for row in rows],
    }


def title_of(run: AuditRun) -> str:
    domain = run.domain or run.sprint.project.domain
    return f"Auditing {domain}" if run.is_whole else f"Looking again at {domain}"


def sentence(run: AuditRun, ended: int, total: int, now: datetime) -> str:
    """What happens, since when, and what happens next."""
    if run.started_at is None:
        if now - run.requested_at < LONG_WAIT:
            return "Waiting for a free worker; usually a few seconds."
        return (
            f"Waiting for a free worker for {span(now - run.requested_at)} now. It begins by "
            "itself as soon as one is free; you can leave this page."
        )
    so_far = f"{span(now - run.started_at)} so far, {ended} of {total} areas looked at."
    if run.attempts > 1:
        return f"{so_far} A worker stopped on the way, so this is try {run.attempts}."
    return f"{so_far} It ends after a minute at the latest; this page updates itself."


def families_of(run: AuditRun) -> list[dict[str, Any]]:
    """Every family that the run wants, with what it said last."""
    said = {row["family"]: row for row in run.progress}
    checks = [BY_ID[name] for name in run.check_ids if name in BY_ID] or CATALOGUE
    wanted = {rule.needs for rule in checks if rule.consent <= run.consent_level}
    if not run.check_ids:
        wanted.add(Surroundings)
    names = [family for family in FAMILIES if wanted.intersection(family.provides)]
    return [
        said.get(family.name)
        or {"family": family.name, "title": family.title, "state": "waiting", "seen": 0}
        for family in names
    ]


def _row(row: dict[str, Any]) -> dict[str, Any]:
    state = row["state"]
    return {
        "name": row["title"],
        "run": RUN_OF_STATE.get(state, "waiting"),
        "count": _count(state, row["seen"]),
        "note": NOTES.get(state, ""),
    }


def _count(state: str, seen: int) -> str:
    if state == "waiting":
        return "waiting"
    if state == "looking":
        return "looking"
    what = f"{seen} look" if seen == 1 else f"{seen} looks"
    return {"done": what, "late": f"out of time, {what}", "crashed": f"stopped, {what}"}[state]


def span(passed: timedelta) -> str:
    """`9 s`, `1 min 12 s`."""
    seconds = max(int(passed.total_seconds()), 0)
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
