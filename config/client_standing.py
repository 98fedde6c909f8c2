"""Where a sprint stands as its founder reads it: the answer, what counts, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from config.founder_words import Asked, FounderAnswer, founder_answer, next_steps
from config.launching import answer_of, last_whole_run
from sprints.grouping import Group, grouped
from sprints.impact import Band
from sprints.models import Risk, Sprint


@dataclass(frozen=True, slots=True)
class Standing:
    """`groups` are all that weighs on the launch, `stops` and `before` parts of it."""

    answer: FounderAnswer
    groups: list[Group]
    stops: list[Group]
    before: list[Group]
    steps: list[dict[str, str]]


def standing_of(sprint: Sprint, asked: Asked, risks: Sequence[Risk]) -> Standing:
    """`risks` are those that the founder sees and that weigh on the launch, in their order."""
    answer = answer_of(risks, last_whole_run(sprint))
    groups = grouped(risks, by_owner=True)
    stops = [group for group in groups if group[0].band == Band.CRITICAL]
    before = [group for group in groups if group[0].band in (Band.HIGH, Band.MEDIUM)]
    has_audit = answer.answer != "not_known"
    return Standing(
        answer=founder_answer(
            answer.answer, urgent(stops), urgent(before), len(answer.unseen), asked
        ),
        groups=groups,
        stops=stops,
        before=before,
        steps=next_steps(urgent(stops or before), asked, has_audit=has_audit),
    )


def urgent(groups: list[Group]) -> list[Risk]:
    """Of each group the risk that is due first: they share title, state and owner."""
    return [most_urgent(group) for group in groups]


def most_urgent(group: Group) -> Risk:
    return min(group, key=lambda risk: risk.due_on or date.max)
