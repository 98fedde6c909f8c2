"""Asking for one mail domain: each part has its share of questions, none is asked twice."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from accounts.guard.exchange import DnsReply, DnsStatus
from audits.observations.dns_answers import Answer, Answers, Question, Said, is_askable

MAX_AT_ONCE = 8
MAX_QUESTIONS_ALONE = 500  # for one name that a person asks about, far above every limit
UNASKED = Answer(Said.UNASKED, reason="left out: this domain's share of questions was used up")

SAID = {
    DnsStatus.NOERROR: Said.FOUND,
    DnsStatus.NODATA: Said.EMPTY,
    DnsStatus.NXDOMAIN: Said.NO_NAME,
}


class Asks(Protocol):
    """What can be asked; `audits.gather.site.Site` is one."""

    async def ask(self, name: str, rtype: str) -> DnsReply: ...


class Step(Protocol):
    """The state of an engine that still misses answers."""

    @property
    def missing(self) -> tuple[Question, ...]: ...


@dataclass
class Questions:
    """One part's questions. `asked` is shared by all parts of one mail domain."""

    asks: Asks
    limit: int
    asked: set[Question]
    answers: dict[Question, Answer] = field(default_factory=dict)

    async def ask(self, name: str, rtype: str) -> Answer:
        """The answer to one question; UNASKED once the share is used up. Never raises for
        the far side's faults. What another part has asked costs nothing."""
        question = Question(name, rtype)
        known = self.answers.get(question)
        if known is None:
            known = self.answers[question] = await self._fresh(question)
        return known

    async def settle[S: Step](self, step: Callable[[Answers], S]) -> S:
        """Run the engine `step`, answering what it misses, until nothing is missing."""
        while True:
            state = step(self.answers)
            if not state.missing:
                return state
            batch = state.missing[:MAX_AT_ONCE]
            await asyncio.gather(*(self.ask(one.name, one.rtype) for one in batch))

    async def _fresh(self, question: Question) -> Answer:
        if not is_askable(question.name):
            return Answer(Said.NO_NAME, reason="no valid name")
        if question not in self.asked:
            if self.limit <= 0:
                return UNASKED
            self.limit -= 1
            self.asked.add(question)
        return answer_of(await self.asks.ask(question.name, question.rtype))


def answer_of(reply: DnsReply) -> Answer:
    """The guard's reply as the engines read it; all that is no clear answer is silence."""
    said = SAID.get(reply.status, Said.SILENT)
    return Answer(
        said=said,
        values=reply.values if said == Said.FOUND else (),
        chain=reply.chain,
        size_bytes=reply.size_bytes,
        reason="" if said != Said.SILENT else f"{reply.rtype} {reply.name}: {reply.status}",
    )
