"""Deleting for good, append-only rows included: by functions of lr_owner alone.

`purge_client`, `purge_project` and `purge_sprint` ask the database once more whether an owner
of the practice acts inside it; `purge_practice` is the operator's, on the owner's connection.
Each leaves a row here, which tells what was deleted, and nothing of what it said.
"""

import json
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from django.db import connection, connections, models, transaction
from django.dispatch import Signal
from django.utils import timezone

from accounts.tenancy.models import GlobalModel
from accounts.tenancy.owner import OWNER

if TYPE_CHECKING:
    from accounts.models import User


# A practice is gone for good, `practice_id`: receivers delete what lies outside the database.
practice_purged = Signal()


class Root(StrEnum):
    """What an owner can delete together with everything that hangs on it."""

    CLIENT = "client"
    PROJECT = "project"
    SPRINT = "sprint"


class Purge(GlobalModel):
    """One deletion for good, for the operator: "client 17 of harbour-works", rows per table."""

    app_rights: ClassVar[tuple[str, ...]] = ()
    ops_rights: ClassVar[tuple[str, ...]] = ("SELECT",)

    what = models.CharField(max_length=12)
    name = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=40)
    counts = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name


def purge(root: Root, row_id: int, *, practice_id: int, by: "User") -> dict[str, int]:
    """Delete the row and everything below it; the number of rows deleted from each table.

    Runs inside the practice's scope as staff. Raises DatabaseError where `by` is no owner of
    the practice, or the practice has no such row.
    """
    with connection.cursor() as cursor:
        statement = f"SELECT purge_{root.value}(%s, %s, %s)"
        cursor.execute(statement, [practice_id, row_id, by.pk])
        counts: dict[str, int] = json.loads(cursor.fetchone()[0])
    return counts


def purge_practice(practice_id: int) -> dict[str, int]:
    """Delete a practice with every row of it, as lr_owner; the number of rows of each table."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT purge_practice(%s)", [practice_id])
        counts: dict[str, int] = json.loads(cursor.fetchone()[0])
    transaction.on_commit(
        partial(practice_purged.send, Purge, practice_id=practice_id), using=OWNER, robust=True
    )
    return counts
