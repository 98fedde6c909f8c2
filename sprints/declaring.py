"""What is declared about a project, kept as one: its facts and the three lists below it."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import F

from sprints.models import CoreRoute, Project, ProjectHost, SendingDomain

# `Any` throughout: the values of a model's fields.
type Row = dict[str, Any]

# `Any`: one of three models, each with a project and a key.
LISTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "hosts": (ProjectHost, ("name",)),
    "mail": (SendingDomain, ("name",)),
    "routes": (CoreRoute, ("method", "url")),
}


class StaleProjectError(Exception):
    """The project was changed by somebody else since it was read."""


def change_facts(project: Project, facts: Row, *, seen_version: int) -> None:
    """Write the facts if the row is still the one that was seen."""
    rows = Project.objects.filter(
        pk=project.pk, practice=project.practice_id, row_version=seen_version
    )
    if not rows.update(row_version=F("row_version") + 1, **facts):
        raise StaleProjectError(str(project))


def declare(project: Project, section: str, rows: Iterable[Row]) -> None:
    """Make the section's list say exactly `rows`; what stays the same keeps its row."""
    model, key = LISTS[section]
    known = {key_of(row, key): row for row in declared(project, section)}
    wanted = {tuple(row[name] for name in key): row for row in rows}
    gone = [row.pk for found, row in known.items() if found not in wanted]
    model.objects.filter(practice=project.practice_id, pk__in=gone).delete()
    for found, values in wanted.items():
        if found in known:
            _change(known[found], values)
        else:
            ours = {"practice_id": project.practice_id, "client_id": project.client_id}
            model.objects.create(project=project, **ours, **values)


def declared(project: Project, section: str) -> list[Any]:
    """The rows of a section as they stand, in the order of their making."""
    model, _ = LISTS[section]
    found = model.objects.filter(practice=project.practice_id, project=project)
    return list(found.order_by("pk"))


def key_of(row: models.Model, key: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in key)


def _change(row: models.Model, values: Row) -> None:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save(update_fields=changed)
