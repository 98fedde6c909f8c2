"""Whether a sprint's risks allow the launch. Pure.

Source: engagement specification, section 2.4 (rule engine); decisions 21, 22.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sprints.impact import Band


class Answer(StrEnum):
    GO = "go"
    CONDITIONAL = "conditional"
    NO_GO = "no_go"
    NOT_KNOWN = "not_known"


HEADLINES = {
    Answer.GO: "Ready to launch",
    Answer.CONDITIONAL: "Ready with conditions",
    Answer.NO_GO: "Not ready to launch",
    Answer.NOT_KNOWN: "Not looked at yet",
}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A risk as the decision sees it."""

    ref: str
    title: str
    band: Band
    is_unsettled: bool
    is_accepted: bool = False


@dataclass(frozen=True, slots=True)
class Unseen:
    """A check that could stop the launch and could not look."""

    check_id: str
    title: str
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class LaunchAnswer:
    """The computed answer with its reasons, and the smallest set of fixes that lifts it."""

    answer: Answer
    blocking: tuple[Weighed, ...]
    conditions: tuple[Weighed, ...]
    unseen: tuple[Unseen, ...]
    smallest_fix: tuple[str, ...]
    next_answer: Answer | None
    # What would stop or bind the launch and is lived with until a date.
    accepted: tuple[Weighed, ...] = ()

    @property
    def headline(self) -> str:
        return HEADLINES[self.answer]

    @property
    def reason(self) -> str:
        """Why, in one sentence."""
        if self.answer == Answer.NOT_KNOWN:
            return "No audit has looked at this domain yet."
        if self.blocking:
            return f"{_counted(self.blocking)} {_verb(self.blocking, 'stop')} the launch."
        if self.conditions:
            return f"{_counted(self.conditions)} should be fixed or accepted first."
        if self.unseen:
            return f"{_count(self.unseen, 'look')} that could stop the launch did not get through."
        if self.accepted:
            left = _count(self.accepted, "risk")
            verb = "is" if len(self.accepted) == 1 else "are"
            return f"Nothing open stops the launch; {left} {verb} accepted until a date."
        return "Nothing that we can see stops the launch."

    @property
    def way_up(self) -> str:
        """What would change the answer, in one sentence; empty where nothing would."""
        if not self.smallest_fix or self.next_answer is None:
            return ""
        causes = _causes(self.blocking or self.conditions)
        shown = "it" if causes == 1 else f"these {causes}"
        return f"Fixing {shown} would make it {WORDS[self.next_answer]}."


WORDS = {Answer.GO: "ready", Answer.CONDITIONAL: "ready with conditions"}


def answer_launch(
    risks: Iterable[Weighed], unseen: Iterable[Unseen], *, has_audit: bool
) -> LaunchAnswer:
    """No-go while a critical risk is open; conditional while a high one is open and not
    accepted, or while a check of severity S0 could not look; else go."""
    listed = list(risks)
    open_risks = [risk for risk in listed if risk.is_unsettled and not risk.is_accepted]
    blocking = tuple(risk for risk in open_risks if risk.band == Band.CRITICAL)
    conditions = tuple(risk for risk in open_risks if risk.band == Band.HIGH)
    missing = tuple(unseen)
    answer = _answer(blocking, conditions, missing, has_audit=has_audit)
    return LaunchAnswer(
        answer=answer,
        blocking=blocking,
        conditions=conditions,
        unseen=missing,
        smallest_fix=tuple(risk.ref for risk in blocking or conditions),
        next_answer=_next(answer, conditions, missing),
        accepted=tuple(
            risk for risk in listed if risk.is_accepted and risk.band in (Band.CRITICAL, Band.HIGH)
        ),
    )


def _answer(
    blocking: Sequence[Weighed],
    conditions: Sequence[Weighed],
    unseen: Sequence[Unseen],
    *,
    has_audit: bool,
) -> Answer:
    if blocking:
        return Answer.NO_GO
    if not has_audit:
        return Answer.NOT_KNOWN
    return Answer.CONDITIONAL if conditions or unseen else Answer.GO


def _next(answer: Answer, conditions: Sequence[Weighed], unseen: Sequence[Unseen]) -> Answer | None:
    if answer == Answer.NO_GO:
        return Answer.CONDITIONAL if conditions or unseen else Answer.GO
    if answer == Answer.CONDITIONAL and conditions:
        return None if unseen else Answer.GO
    return None


def _count(things: Sequence[object], noun: str) -> str:
    return f"{len(things)} {noun}" if len(things) == 1 else f"{len(things)} {noun}s"


def _counted(risks: Sequence[Weighed]) -> str:
    """`3 risks`, or `19 risks from 12 causes` where one cause shows in several places."""
    causes = _causes(risks)
    counted = _count(risks, "risk")
    if causes == len(risks):
        return counted
    return f"{counted} from {causes} cause{'' if causes == 1 else 's'}"


def _causes(risks: Sequence[Weighed]) -> int:
    """How many there are to mend: one cause has one title wherever it shows."""
    return len({risk.title for risk in risks})


def _verb(things: Sequence[object], verb: str) -> str:
    return f"{verb}s" if len(things) == 1 else verb
