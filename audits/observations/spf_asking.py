"""What an SPF evaluation may ask: known answers, the limits, and macros that ask. Pure.

Source: RFC 7208 sections 4.6.4 (limits), 5.5 (validated names) and 7 (macros).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from audits.observations.dns_answers import (
    Answer,
    Answers,
    Question,
    addresses_in,
    is_askable,
    plain_name,
)
from audits.observations.spf_macro import MacroString, clip_term, expand_domain
from audits.observations.spf_record import SpfProblem
from audits.observations.spf_result import SpfResult, Tested
from audits.observations.spf_sender import UNKNOWN, SpfSender
from audits.observations.spf_tree import MAX_LOOKUPS, MAX_VOID_LOOKUPS

MAX_PTR_NAMES = 10
BY_LOCAL_PART = frozenset("sl")


class MissingError(Exception):
    """The next step needs answers that are not known yet."""

    def __init__(self, questions: Iterable[Question]) -> None:
        super().__init__()
        self.questions = tuple(questions)


class EndedError(Exception):
    """The evaluation ends with an error, wherever it stands (sections 4.4 to 4.6)."""

    def __init__(self, result: SpfResult, problem: SpfProblem) -> None:
        super().__init__(problem.message)
        self.result = result
        self.problem = problem


@dataclass
class Asking:
    """The questions of one evaluation and what they have used up."""

    sender: SpfSender
    answers: Answers
    lookups: int = 0
    voids: int = 0
    has_asked_ptr: bool = False

    def address(self, name: str) -> Question:
        return Question(name, self.sender.address_rtype)

    def answer(self, question: Question) -> Answer:
        self.need((question,))
        return self.answers[question]

    def need(self, questions: Iterable[Question]) -> None:
        missing = dict.fromkeys(one for one in questions if one not in self.answers)
        if missing:
            raise MissingError(missing)

    def count(self, tested: Tested) -> None:
        """One more of the ten terms that may ask (section 4.6.4)."""
        self.lookups += 1
        if self.lookups > MAX_LOOKUPS:
            why = f"{clip_term(tested.term)} is lookup {self.lookups}; {MAX_LOOKUPS} are allowed."
            raise voided("lookup_limit", tested.term, why, tested)

    def void(self, tested: Tested) -> None:
        """One more of the two terms that may find nothing (section 4.6.4)."""
        self.voids += not tested.is_void
        tested.is_void = True
        if self.voids > MAX_VOID_LOOKUPS:
            why = (
                f"{clip_term(tested.term)} finds nothing, like {MAX_VOID_LOOKUPS} terms before it."
            )
            raise voided("void_limit", tested.term, why, tested)

    def found(self, question: Question, tested: Tested) -> tuple[str, ...]:
        """The values; a void answer is counted, silence ends in temperror (section 5)."""
        answer = self.answer(question)
        if not answer.is_known:
            tested.outcome = "error"
            raise silent(tested.term, answer)
        if answer.is_void:
            self.void(tested)
        return answer.values

    def validated(self, ptr: Answer) -> list[str]:
        """The sender's names that lead back to it. Ten are looked at; an error fails a name
        and nothing else. Source: RFC 7208 sections 4.6.4 and 5.5."""
        names = [plain_name(value) for value in ptr.values[:MAX_PTR_NAMES]]
        questions = [self.address(name) for name in names if is_askable(name)]
        self.need(questions)
        return [
            one.name for one in questions if self.sender.ip in addresses_in(self.answer(one).values)
        ]

    def target(
        self, macro: MacroString, domain: str, *, is_explanation: bool = False
    ) -> str | None:
        """The expanded name; None where RFC 8616 section 4 lets the term match nobody."""
        if BY_LOCAL_PART & macro.letters and not self.sender.local.isascii():
            return None
        values = self.sender.values(domain)
        if "p" in macro.letters:
            values["p"] = self.validated_name(domain, is_counted=not is_explanation)
        return expand_domain(macro, values)

    def validated_name(self, domain: str, *, is_counted: bool) -> str:
        """The value of %{p}: the domain itself, else a name below it, else any (7.3)."""
        if is_counted and not self.has_asked_ptr:
            self.has_asked_ptr = True
            self.count(Tested("%{p}"))  # section 4.6.4 counts the PTR question of the macro
        names = self.validated(self.answer(Question(self.sender.ptr_name, "PTR")))
        below = [name for name in names if is_within(name, domain)]
        return domain if domain in below else next(iter([*below, *names]), UNKNOWN)


def voided(code: str, met: str, message: str, tested: Tested | None = None) -> EndedError:
    if tested is not None:
        tested.outcome = "error"
    return EndedError(SpfResult.PERMERROR, SpfProblem(code, clip_term(met), message))


def silent(met: str, answer: Answer) -> EndedError:
    message = f"Nobody answered for {clip_term(met)} ({clip_term(answer.reason)})."
    return EndedError(SpfResult.TEMPERROR, SpfProblem("dns_error", clip_term(met), message))


def is_within(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")
