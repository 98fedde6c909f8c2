"""Whether a change is live in what one server says, and how far it has come. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from audits.changes.sets import Act, ChangeSet, plain_value
from audits.observations.dns_answers import Answer, Answers, Question


def is_live(change: ChangeSet, answers: Answers) -> bool | None:
    """Whether every added value is there and every removed one gone; None where a question
    got no answer and nothing else speaks against it."""
    words = [_is_live(change, question, answers.get(question)) for question in change.questions]
    if False in words:
        return False
    return None if None in words or not words else True


def _is_live(change: ChangeSet, question: Question, answer: Answer | None) -> bool | None:
    if answer is None or not answer.is_known:
        return None
    have = {plain_value(question.rtype, value) for value in answer.values}
    here = [row for row in change.rows if row.question == question]
    added = {plain_value(r.rtype, r.value) for r in here if r.act == Act.ADD}
    removed = {plain_value(r.rtype, r.value) for r in here if r.act == Act.REMOVE}
    return added <= have and not (removed - added) & have


def is_touched(change: ChangeSet, answers: Answers) -> bool:
    """Whether anything was changed at all, be it otherwise than computed: one value to
    remove is gone, or one to add is there. Silence changes nothing."""
    for row in change.rows:
        answer = answers.get(row.question)
        if row.act == Act.KEEP or answer is None or not answer.is_known:
            continue
        have = {plain_value(row.rtype, value) for value in answer.values}
        if (plain_value(row.rtype, row.value) in have) == (row.act == Act.ADD):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Landing:
    """How far one look has seen the change: at the provider, by us, by each watcher."""

    provider: bool | None
    here: bool | None
    watchers: Mapping[str, bool | None]

    @property
    def seeing(self) -> int:
        return sum(word is True for word in self.watchers.values())

    @property
    def is_everywhere(self) -> bool:
        """True where the provider and every watcher show it; with no watcher our own
        resolver speaks for them."""
        return self.provider is True and all(self.others)

    @property
    def others(self) -> list[bool | None]:
        return list(self.watchers.values()) or [self.here]

    def sentence(self, *, is_registrar: bool = False) -> str:
        """`live at the provider, 2 of 4 resolvers see it`, in one line."""
        where = "registrar" if is_registrar else "provider"
        at = {
            True: f"live at the {where}",
            False: f"not at the {where} yet",
            None: f"the {where}’s servers did not answer",
        }[self.provider]
        return f"{at}, {_count(self.watchers.values())}" if self.watchers else at


def _count(words: Iterable[bool | None]) -> str:
    found = list(words)
    seeing = sum(word is True for word in found)
    verb = "sees" if seeing == 1 else "see"
    return f"{seeing} of {len(found)} resolvers {verb} it"
