"""Watching changes land without a database: for one domain, from the command line."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from accounts.guard import Guard
from audits.changes.makers import MAKERS
from audits.changes.naming import asked_name, asked_value, proxied_words
from audits.changes.sets import Act, Change, ChangeSet, Place
from audits.examine import Report, examine
from audits.landing import Sighting, see
from audits.observations.spf_macro import clip_term
from audits.observations.target import Target
from audits.verdicts import Check, Consent

MAX_LINE_CHARS = 2_000
LIVE, OTHERWISE = "live everywhere", "changed in another way, and the check passes"

type Say = Callable[[str], None]


@dataclass
class Waiting:
    """One change that is not live yet, and the last line that was said about it."""

    change: ChangeSet
    rule: Check[Any]  # Any: checks of many observation types
    said: str = ""

    @property
    def label(self) -> str:
        return f"{self.rule.id} {self.change.subject}"


@dataclass(frozen=True, slots=True)
class Pace:
    every: timedelta = timedelta(seconds=60)
    lasts: timedelta = timedelta(minutes=30)


async def watch(
    target: Target,
    rules: Sequence[Check[Any]],  # Any: as above
    say: Say,
    pace: Pace,
) -> bool:
    """Compute the changes that `rules` have for `target`, say them, and look until all are
    live. False where the time is over first.
    """
    report = await _looked(target, [rule for rule in rules if rule.id in MAKERS])
    waiting = _waiting(report)
    for row in report.rows:
        if row.opens_risk and row.fingerprint not in report.changes:
            say(_line(f"{row.check.id} {row.subject}: no change can be computed from outside."))
    if not waiting:
        say(f"{target.domain}: nothing to watch.")
        return True
    for one in waiting:
        for text in described(one.change):
            say(_line(text))
    return await _land(target, waiting, say, pace)


async def _land(target: Target, waiting: list[Waiting], say: Say, pace: Pace) -> bool:
    """Look at each until it has landed; False where the time is over first."""
    deadline = time.monotonic() + pace.lasts.total_seconds()
    while True:
        waiting = [one for one in waiting if not await _has_landed(target, one, say)]
        left = deadline - time.monotonic()
        if not waiting or left <= 0:
            break
        await asyncio.sleep(min(pace.every.total_seconds(), left))
    for one in waiting:
        say(_line(f"{one.label}: the time is over; last seen: {one.said}"))
    return not waiting


def _waiting(report: Report) -> list[Waiting]:
    rows = {row.fingerprint: row for row in report.rows}
    return [Waiting(change, rows[key].check) for key, change in report.changes.items()]


async def _has_landed(target: Target, one: Waiting, say: Say) -> bool:
    guard = Guard.from_settings()
    try:
        sighting = await see(guard, one.change)
    finally:
        await guard.aclose()
    word = await _word(target, one, sighting)
    if word != one.said:
        say(_line(f"{time.strftime('%H:%M:%S')} {one.label}: {word}"))
    one.said = word
    return word in {LIVE, OTHERWISE}


async def _word(target: Target, one: Waiting, sighting: Sighting) -> str:
    if sighting.landing.is_everywhere:
        return LIVE
    if sighting.landing.provider is False and sighting.is_touched:
        again = await _looked(target, [one.rule])
        subjects = {row.subject for row in again.rows if row.opens_risk}
        if one.change.subject not in subjects:
            return OTHERWISE
    return sighting.landing.sentence(is_registrar=one.change.place == Place.REGISTRAR)


# `Any`: checks of many observation types.
async def _looked(target: Target, rules: Sequence[Check[Any]]) -> Report:
    return await examine(target, consent=Consent.L1, checks=rules, is_planning=True)


def described(change: ChangeSet) -> list[str]:
    """The change as lines: where, each row, and what must be known with it."""
    where = change.provider or (
        "the registrar" if change.place == Place.REGISTRAR else f"the DNS of {change.zone}"
    )
    rows = [row for act in (Act.REMOVE, Act.ADD, Act.KEEP) for row in change.of(act)]
    return [
        f"{change.check_id} {change.subject}, at {where}:",
        *(_described(change, row) for row in rows),
        *(f"  note: {note}" for note in change.notes),
    ]


def _described(change: ChangeSet, row: Change) -> str:
    name = asked_name(change, row) or "(empty)"
    more = f"  TTL {row.ttl_seconds}" if row.act == Act.ADD else ""
    proxied = f"  {proxied_words(row)}" if row.is_proxied is not None else ""
    return f"  {row.act:<6} {row.rtype:<5} {name}  {asked_value(row)}{more}{proxied}"


def _line(text: str) -> str:
    """Foreign text is printable ASCII in a terminal."""
    return clip_term(text, MAX_LINE_CHARS)
