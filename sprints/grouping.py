"""Risks that one cause put on the list several times, told once. Pure."""

from collections.abc import Iterable

from sprints.models import Risk

type Group = tuple[Risk, ...]


def grouped(risks: Iterable[Risk], *, by_owner: bool = False) -> list[Group]:
    """The risks with those of one check, title, band and state together.

    `risks` stand in their order; a group stands where its best one stood, and keeps the order
    inside. What a person added or put into other words stands alone. With `by_owner` each
    group is one person's to do.
    """
    groups: dict[tuple[object, ...], list[Risk]] = {}
    for risk in risks:
        groups.setdefault(_key(risk, by_owner=by_owner), []).append(risk)
    return [tuple(found) for found in groups.values()]


def _key(risk: Risk, *, by_owner: bool) -> tuple[object, ...]:
    if not risk.check_id:
        return (risk.pk,)
    key = (risk.check_id, risk.title, risk.band, risk.state)
    return (*key, risk.owner_id) if by_owner else key
