"""A tiny name service in memory: what is not in it does not exist."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from accounts.guard import Guard
from accounts.guard.exchange import DnsRecord, DnsReply, DnsStatus
from audits.gather.mail import look_at
from audits.gather.mail_questions import Step, answer_of
from audits.gather.site import Site
from audits.observations.dns_answers import Answer, Answers, Question
from audits.observations.seen import GatherFailure
from audits.observations.target import MailDomain, Target
from audits.verdicts import Check, Result
from tests.audits.judging import every

type Records = Mapping[str, Iterable[str] | DnsStatus]
type Seen = dict[type, object]


class World:
    """Answers from `records`, whose keys are "name TYPE".

    A value is a list, or a status for a server in trouble. A `CNAME` is followed. A name
    that has only other types, or names below it, is NODATA; `absent` says something else of
    whatever is not there. `asked` counts per question.
    """

    def __init__(
        self,
        records: Records,
        *,
        everything: Iterable[str] = (),
        absent: DnsStatus | None = None,
    ) -> None:
        self.records = dict(records)
        self.everything = tuple(everything)
        self.absent = absent
        self.asked: list[tuple[str, str]] = []
        self.memory: dict[tuple[str, str], DnsReply] = {}

    async def ask(self, name: str, rtype: str) -> DnsReply:
        await asyncio.sleep(0)
        key = (name, rtype)
        if key not in self.memory:
            self.asked.append(key)
            self.memory[key] = self.reply(name, rtype)
        return self.memory[key]

    def reply(self, name: str, rtype: str) -> DnsReply:
        chain: list[str] = []
        end = name
        while rtype != "CNAME" and (target := self.alias(end)) and len(chain) < 9:
            end = target
            chain.append(end)
        found = self.records.get(f"{end} {rtype}")
        if found is None and self.everything:
            found = self.everything
        if isinstance(found, DnsStatus):
            return DnsReply(name, rtype, found)
        if found is None:
            return DnsReply(name, rtype, self.absence(end), chain=tuple(chain))
        rows = tuple(DnsRecord(end, rtype, 300, value) for value in found)
        size = 30 + sum(len(row.value) + 12 for row in rows)
        return DnsReply(name, rtype, DnsStatus.NOERROR, rows, chain=tuple(chain), size_bytes=size)

    def alias(self, name: str) -> str:
        """The CNAME target of `name`, from a wildcard where nothing stands at the name."""
        found = self.records.get(f"{name} CNAME")
        if found is None and self.absence(name) == DnsStatus.NXDOMAIN:
            parents = name.split(".")
            stars = (f"*.{'.'.join(parents[cut:])} CNAME" for cut in range(1, len(parents)))
            found = next((self.records[star] for star in stars if star in self.records), None)
        return next(iter(found)).rstrip(".") if found else ""

    def absence(self, name: str) -> DnsStatus:
        if self.absent is not None:
            return self.absent
        names = [key.partition(" ")[0] for key in self.records]
        is_there = any(one == name or one.endswith(f".{name}") for one in names)
        return DnsStatus.NODATA if is_there else DnsStatus.NXDOMAIN

    def answer(self, question: Question) -> Answer:
        """For engines that are run without a loop."""
        return answer_of(self.reply(question.name, question.rtype))


class WorldSite(Site):
    """A site whose names are looked up in `world`; its guard has no resolver to ask."""

    def __init__(self, target: Target, world: World) -> None:
        super().__init__(target, Guard(resolvers=()))
        self.world = world

    async def ask(self, name: str, rtype: str) -> DnsReply:
        return await self.world.ask(name, rtype)


def settle[S: Step](step: Callable[[Answers], S], world: World, limit: int = 200) -> S:
    """Run a pure engine to its end against `world`; returns its last state."""
    answers: dict[Question, Answer] = {}
    for _ in range(limit):
        state = step(answers)
        if not state.missing:
            return state
        answers.update({question: world.answer(question) for question in state.missing})
    raise AssertionError("the engine never stops asking")


async def look(
    records: Records | World,
    domain: str = "example.test",
    *,
    is_sending: bool | None = None,
    selectors: tuple[str, ...] = (),
) -> Seen:
    world = records if isinstance(records, World) else World(records)
    rows = await look_at(MailDomain(domain, is_sending, selectors), world)
    return dict(rows)


def judged(check: Check[Any], seen: Seen) -> list[Result]:  # Any: rules of every observation type
    """The results of `check` over what a look has seen; [] where its part is missing."""
    value = seen[check.needs]
    return [] if isinstance(value, GatherFailure) else every(check, value)


def only(check: Check[Any], seen: Seen) -> Result:  # Any: as above
    results = judged(check, seen)
    assert len(results) == 1, results
    return results[0]
