"""One look at a change: what the provider, our own resolver and each watcher say of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.guard import Guard
from audits.changes.landing import Landing, is_live, is_touched
from audits.changes.sets import ChangeSet
from audits.gather.authority import Authority, answer_at, answers_of
from audits.observations.dns_answers import Answer, Question


@dataclass(frozen=True, slots=True)
class Sighting:
    """How far it has come. `is_touched`: the provider and we see that something was changed,
    be it as computed or otherwise."""

    landing: Landing
    is_touched: bool = False

    @property
    def is_worth_a_check(self) -> bool:
        """Whether the check would see something new: it asks the resolver that we ask."""
        return self.is_touched or (self.landing.provider is True and self.landing.here is True)


async def see(guard: Guard, change: ChangeSet) -> Sighting:
    """Ask the zone's own servers, our resolver and every watcher, all at once.

    Each is one question per changed name and type. Never raises for the far side's faults.
    """
    questions = change.questions
    at_provider, here, watchers = await asyncio.gather(
        answers_of(Authority(guard), questions),
        _here(guard, questions),
        _watchers(guard, questions),
    )
    landing = Landing(
        provider=is_live(change, at_provider),
        here=is_live(change, here),
        watchers={name: is_live(change, answers) for name, answers in watchers.items()},
    )
    touched = is_touched(change, at_provider) and is_touched(change, here)
    return Sighting(landing, touched)


async def _here(guard: Guard, questions: Sequence[Question]) -> dict[Question, Answer]:
    replies = await asyncio.gather(*(guard.ask(one.name, one.rtype) for one in questions))
    return {one: answer_at(reply) for one, reply in zip(questions, replies, strict=True)}


async def _watchers(
    guard: Guard, questions: Sequence[Question]
) -> dict[str, dict[Question, Answer]]:
    """The answers of each watcher, by its place in the settings: `resolver 1` and so on."""
    asked = await asyncio.gather(*(guard.ask_watchers(one.name, one.rtype) for one in questions))
    found: dict[str, dict[Question, Answer]] = {}
    for question, replies in zip(questions, asked, strict=True):
        for number, reply in enumerate(replies, 1):
            found.setdefault(f"resolver {number}", {})[question] = answer_at(reply)
    return found
