"""lr_owner's connection: named by the operator's commands that delete or erase for good, and
put in the place of `default` for as long as the schema changes.

Migrations of libraries ask `default` whatever `--database` says, and half of a migration
run as lr_app would fail on tables that it was not granted yet.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections

OWNER = "owner"


def has_owner() -> bool:
    """Whether this process was given lr_owner's connection; web and workers never are."""
    return bool(connections.settings[OWNER]["NAME"])


@contextmanager
def default_as_owner() -> Iterator[None]:
    """Inside, `default` is lr_owner; without DATABASE_OWNER_URL nothing changes."""
    settings = connections.settings
    ours = settings[DEFAULT_DB_ALIAS]
    if not has_owner():
        yield
        return
    _replace({**settings[OWNER], "ATOMIC_REQUESTS": ours["ATOMIC_REQUESTS"]})
    try:
        yield
    finally:
        _replace(ours)


def _replace(settings: dict[str, object]) -> None:
    connections[DEFAULT_DB_ALIAS].close()
    del connections[DEFAULT_DB_ALIAS]
    connections.settings[DEFAULT_DB_ALIAS] = settings
