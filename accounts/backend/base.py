"""PostgreSQL with the practice's scope told at every BEGIN and SAVEPOINT.

The one place that sets `app.practice_id`, `app.actor` and `app.client_id`, and always for
the transaction alone: a session's setting would leak through a pooler.
"""

import atexit
from types import TracebackType
from typing import Any

import psycopg
from django.db import OperationalError, connections
from django.db.backends.postgresql import base
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property

from accounts.tenancy.scope import NoPracticeContextError, Scope, current_scope

TELL = (
    "SELECT set_config('app.practice_id', %s, true), set_config('app.actor', %s, true), "
    "set_config('app.client_id', %s, true)"
)
NO_PRACTICE = (
    "A tenant table was asked outside any practice's scope, so PostgreSQL refused to guess "
    "whose rows are meant. Open practice_scope(practice_id, actor=…) around the query; in a "
    "view or a task begin a transaction.atomic()."
)


@atexit.register
def close_pools() -> None:
    """Else a process that used a pool waits ten seconds for its threads at the end."""
    for connection in connections.all(initialized_only=True):
        if isinstance(connection, DatabaseWrapper):
            connection.close_pool()


class TenantErrorWrapper(DatabaseErrorWrapper):
    """Django's translation of driver errors, plus one name for a missing scope."""

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(exc_value, psycopg.Error) and is_missing_scope(exc_value):
            raise NoPracticeContextError(NO_PRACTICE) from exc_value
        super().__exit__(exc_type, exc_value, traceback)


def is_missing_scope(error: psycopg.Error) -> bool:
    """Whether a policy stumbled over a setting that nobody made."""
    if isinstance(error, psycopg.errors.UndefinedObject):
        return '"app.' in str(error)
    empty = 'invalid input syntax for type bigint: ""'
    return isinstance(error, psycopg.errors.InvalidTextRepresentation) and empty in str(error)


class DatabaseWrapper(base.DatabaseWrapper):
    # The stubs leave out the four hooks, hence their `ignore[misc]`.

    # `Any`: Django hands its settings dictionary through.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._told: Scope | None = None
        self._told_before: dict[str, Scope | None] = {}

    @cached_property
    def wrap_database_errors(self) -> TenantErrorWrapper:
        return TenantErrorWrapper(self)

    # `Any`: keyword arguments of psycopg.connect.
    def get_connection_params(self) -> dict[str, Any]:
        if self.settings_dict["NAME"] == "":
            raise OperationalError(
                f"No address is set for the database {self.alias!r}. Set DATABASE_URL (the "
                "application), DATABASE_OWNER_URL (migrations) and DATABASE_OPS_URL, or let "
                "`make run` start PostgreSQL."
            )
        return super().get_connection_params()

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        self._told = None
        self._told_before.clear()
        if not autocommit:
            self._tell(current_scope())

    def _savepoint(self, sid: str) -> None:
        self._told_before[sid] = self._told
        super()._savepoint(sid)  # type: ignore[misc]
        self._tell(current_scope())

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._told = self._told_before.get(sid)

    def _savepoint_commit(self, sid: str) -> None:
        super()._savepoint_commit(sid)  # type: ignore[misc]
        self._tell(self._told_before.pop(sid, None))

    def _tell(self, scope: Scope | None) -> None:
        """Tell PostgreSQL the scope if it was last told another one."""
        if scope == self._told:
            return
        words = ("", "", "")
        if scope is not None:
            words = (str(scope.practice_id), scope.actor.value, str(scope.client_id or ""))
        with self.wrap_database_errors:
            self.connection.execute(TELL, words)
        self._told = scope
