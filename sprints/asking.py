"""Drafting the requests for access: all that the audits met, or one vendor that staff know of."""

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from sprints.asking_catalogue import Asked, asked_by_name, asked_for
from sprints.asking_ways import WAYS
from sprints.models import Request, Sprint
from sprints.requesting import RequestRefusedError

State, Kind = Request.State, Request.Kind


def prepare(sprint: Sprint, vendors: Sequence[tuple[str, str]], *, by: User) -> int:
    """Draft what to ask for; a slot that stands already is left as it is. How many are new."""
    standing = {(one.slot, one.vendor) for one in _standing(sprint)}
    who = (sprint.lead or by).email
    made = [
        Request(**_access(sprint, one, who, by), position=position)
        for position, one in enumerate(asked_for(vendors, who))
        if not _stands(one, standing)
    ]
    Request.objects.bulk_create(made)
    return len(made)


def ask_at(sprint: Sprint, word: str, *, by: User) -> Request:
    """Draft the request for a vendor that staff know of, a key of WAYS.

    A draft in general words for the same thing becomes it. Raises RequestRefusedError.
    """
    if word not in WAYS:
        raise RequestRefusedError("Choose one of the vendors in the list.")
    who = (sprint.lead or by).email
    one = asked_by_name(word, who)
    kind = one.slot.partition("-")[0]
    standing = _standing(sprint)
    if any(it.vendor == one.vendor for it in standing):
        raise RequestRefusedError(f"{one.vendor} is asked for already; it stands in the list.")
    general = [it for it in standing if it.slot == kind and not it.vendor]
    drafts = [it.pk for it in general if it.state == State.DRAFT]
    Request.objects.of(sprint.practice_id).filter(pk__in=drafts).update(state=State.WITHDRAWN)
    return Request.objects.create(**_access(sprint, one, who, by), position=50)


def _standing(sprint: Sprint) -> list[Request]:
    """What is asked for already; the sprint is held until the end of the transaction."""
    Sprint.objects.select_for_update(of=("self",)).get(pk=sprint.pk)
    alive = Request.objects.of(sprint.practice_id).filter(sprint=sprint).exclude(slot="")
    return list(alive.exclude(state=State.WITHDRAWN))


def _stands(one: Asked, standing: set[tuple[str, str]]) -> bool:
    """Whether it is asked for: its slot, its vendor, or for a general one any of its kind."""
    slots = {slot for slot, _ in standing}
    if one.slot in slots:
        return True
    if one.vendor:
        return one.vendor in {vendor for _, vendor in standing}
    return any(slot.startswith(f"{one.slot}-") for slot in slots)


# `Any`: the row's fields.
def _access(sprint: Sprint, one: Asked, who: str, by: User) -> dict[str, Any]:
    return {
        "practice_id": sprint.practice_id,
        "client_id": sprint.client_id,
        "sprint": sprint,
        "kind": Kind.ACCESS,
        "slot": one.slot,
        "vendor": one.vendor[:80],
        "title": one.title[:160],
        "why": one.why[:280],
        "invite": who,
        "role_wanted": one.role[:120],
        "steps": list(one.steps),
        "created_by": by,
    }
