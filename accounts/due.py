"""What is due, over all practices: the one place that finds rows across tenants.

An app names a kind once (`register`); the beat asks `due(kind)` as lr_ops and receives ids
alone. The work itself runs inside each practice's scope.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from accounts.models import Practice
from accounts.tenancy.models import PracticeModel

MOST_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Kind:
    """Rows of `model` are due where `condition()` holds, oldest by `order` first."""

    model: type[PracticeModel]
    condition: Callable[[], Q]
    order: str


KINDS: dict[str, Kind] = {}


def register(
    name: str, model: type[PracticeModel], condition: Callable[[], Q], *, order: str
) -> None:
    """Name a kind of due row. The model's `ops_rights` must hold SELECT."""
    if name in KINDS:
        raise ValueError(f"The kind {name!r} is registered twice.")
    if "SELECT" not in model.ops_rights:
        raise ValueError(f"{model._meta.label}.ops_rights lacks SELECT, so lr_ops finds nothing.")
    KINDS[name] = Kind(model, condition, order)


def due(name: str, *, limit: int = MOST_AT_ONCE) -> list[tuple[int, int]]:
    """(practice id, row id) of what is due, oldest first; suspended practices are left alone."""
    kind = KINDS[name]
    rows = kind.model._base_manager.using("ops").filter(kind.condition())
    working = rows.exclude(practice__status=Practice.Status.SUSPENDED)
    return list(working.order_by(kind.order, "pk").values_list("practice_id", "pk")[:limit])
