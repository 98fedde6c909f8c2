"""The exact change for each trouble of a look: ask what is still needed, then compute."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from accounts.guard import Guard
from accounts.guard.exchange import DnsRecord
from audits.changes.known import Known, UnknownYetError
from audits.changes.makers import MAKERS, change_for
from audits.changes.sets import ChangeSet
from audits.engine import Judged
from audits.gather.authority import Authority
from audits.gather.mail_questions import answer_of
from audits.observations.dns_answers import Answer, Question
from audits.observations.seen import GatherFailure, Observations
from audits.verdicts import Check, Result

MAX_QUESTIONS = 120
MAX_ROUNDS = 25

log = logging.getLogger(__name__)


@dataclass
class Planner:
    """The questions of one look's changes, each asked once."""

    guard: Guard
    live: dict[Question, tuple[DnsRecord, ...] | None] = field(default_factory=dict)
    told: dict[Question, Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.authority = Authority(self.guard)

    async def plan(self, row: Judged, seen: Observations) -> ChangeSet | None:
        """The change for `row`; None where it can't be computed from what is live."""
        found = _origin(row, seen)
        if found is None:
            return None
        observation, result = found
        known, zone = Known(live=self.live, told=self.told), ""
        for _ in range(MAX_ROUNDS):
            try:
                change = change_for(
                    row.check, observation, result, known, zone=zone, subject=row.subject
                )
            except UnknownYetError as missing:
                if not await self._learn(missing):
                    return None
                continue
            return await self._placed(change, row, found) if change else None
        return None

    async def _learn(self, missing: UnknownYetError) -> bool:
        """Ask what is missing; False where the share of questions is used up."""
        if len(self.live) + len(self.told) > MAX_QUESTIONS:
            return False
        records, replies = await asyncio.gather(
            asyncio.gather(*(self.authority.records(one) for one in missing.live)),
            asyncio.gather(*(self.guard.ask(one.name, one.rtype) for one in missing.told)),
        )
        self.live.update(zip(missing.live, records, strict=True))
        self.told.update(
            (question, answer_of(reply))
            for question, reply in zip(missing.told, replies, strict=True)
        )
        return True

    async def _placed(
        self, change: ChangeSet, row: Judged, found: tuple[object, Result]
    ) -> ChangeSet | None:
        """The same change, named as the provider of its zone wants it. None where its rows
        lie in several zones, or nobody is known to hold them."""
        zones = {await self.authority.zone_of(question) for question in change.questions}
        zone = zones.pop() if len(zones) == 1 else None
        if zone is None:
            return None
        known = Known(sign=zone.sign, live=self.live, told=self.told)
        observation, result = found
        return change_for(
            row.check, observation, result, known, zone=zone.name, subject=row.subject
        )


async def plan_changes(
    guard: Guard, rows: Iterable[Judged], seen: Observations
) -> dict[str, ChangeSet]:
    """The change of each row that has one, by fingerprint. Nothing that goes wrong here
    may cost the report: a maker that stops on foreign data leaves its row without one.
    """
    planner, found = Planner(guard), {}
    for row in rows:
        if not row.opens_risk or row.check.id not in MAKERS:
            continue
        try:
            change = await planner.plan(row, seen)
        except Exception:
            # The same border as around a check: our fault must not lose the run.
            log.exception("no change could be computed for %s", row.check.id)
            continue
        if change is not None:
            found[row.fingerprint] = change
    return found


def _origin(row: Judged, seen: Observations) -> tuple[object, Result] | None:
    """The observation that `row` was judged from, and the result."""
    for sight in seen.of(row.check.needs):
        if isinstance(sight.value, GatherFailure):
            continue
        for result in _results(row.check, sight.value):
            subject = result.subject or sight.subject
            if (subject, result.cause) == (row.subject, row.result.cause):
                return sight.value, result
    return None


# `Any`: checks of many observation types.
def _results(rule: Check[Any], seen: object) -> list[Result]:
    made = rule.judge(seen)
    return [made] if isinstance(made, Result) else list(made)
