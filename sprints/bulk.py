"""The same said about several risks at once: to all of them, or to none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from accounts.models import User
from sprints.models import Risk, Sprint
from sprints.models.risk import StaleRiskError
from sprints.outside import offer
from sprints.sharing import hide, share
from sprints.triage import WORDS, Word, triaged, word_of

MOST: Final = 200
MAX_DIGITS: Final = 9
STATES: Final = {"open": "open", "in_progress": "being fixed", "fixed": "fixed, not checked yet"}


@dataclass(frozen=True, slots=True)
class Picked:
    """A risk as it was ticked: its number, and the version that was on the screen."""

    number: int
    version: int


class BulkRefusedError(Exception):
    """Nothing was changed; `sentences` say why, one for each risk that stood in the way."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


type Act = Callable[[Risk, int], None]


def picked(values: Iterable[str]) -> list[Picked]:
    """`7:3` is R-007 as of its version 3; what reads otherwise is left out."""
    found: dict[int, Picked] = {}
    for value in values:
        number, _, version = value.partition(":")
        if all(_is_number(part) for part in (number, version)):
            found[int(number)] = Picked(int(number), int(version))
    return list(found.values())


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS


def apply(sprint: Sprint, chosen: list[Picked], act: Act) -> int:
    """Do `act` to each; how many. Inside the caller's transaction, which a refusal must undo.

    Raises BulkRefusedError with every sentence, so that nobody presses twice to read two.
    """
    if not chosen:
        raise BulkRefusedError(["No risk is ticked. Tick some in the list first."])
    if len(chosen) > MOST:
        raise BulkRefusedError([f"{len(chosen)} risks are ticked, and {MOST} go at once."])
    rows = Risk.objects.select_for_update(of=("self",)).filter(
        practice=sprint.practice_id, sprint=sprint, number__in=[one.number for one in chosen]
    )
    by_number = {risk.number: risk for risk in rows.select_related("sprint").order_by("pk")}
    refusals = []
    for one in chosen:
        risk = by_number.get(one.number)
        try:
            if risk is None:
                raise ValueError(f"R-{one.number:03} is not on this list.")
            act(risk, one.version)
        except ValueError as why:
            refusals.append(str(why))
        except StaleRiskError:
            refusals.append(f"R-{one.number:03} was changed by somebody else meanwhile.")
    if refusals:
        raise BulkRefusedError(refusals)
    return len(chosen)


def giving(owner: User | None, by: User) -> Act:
    return lambda risk, version: risk.give(owner, by=by, seen_version=version)


def promising(due_on: date | None, by: User) -> Act:
    return lambda risk, version: risk.promise(due_on, by=by, seen_version=version)


def moving(to: str, by: User) -> Act:
    return lambda risk, version: risk.move(to, by=by, seen_version=version)


def showing(to: str, by: User) -> Act:
    act = share if to == "client" else hide
    return lambda risk, version: act(risk, by=by, seen_version=version)


def offering(words: str, by: User) -> Act:
    return lambda risk, version: offer(risk, words, by=by, seen_version=version)


def sorting(word: Word, by: User) -> Act:
    return partial(_sort, word, by)


def _sort(word: Word, by: User, risk: Risk, version: int) -> None:
    if word_of(risk.score) == word:
        raise ValueError(f"{risk.ref} stands there already: {WORDS[word]}.")
    risk.weigh(triaged(risk.weight, word), by=by, seen_version=version, reason="triage")
