"""A worker that dies in the middle of its work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

WRITES = ("INSERT", "UPDATE", "DELETE")


class WorkerDiedError(BaseException):
    """What no handler catches."""


def die() -> None:
    raise WorkerDiedError


def kill() -> None:
    connection.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@contextmanager
def dying_after(writes: int, end: Callable[[], None] = die) -> Iterator[None]:
    """The worker ends after so many writes, before anything is committed."""
    seen = 0

    # `Any`: Django's arguments of an execute wrapper.
    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        result = run(sql, params, many, context)
        if sql.lstrip().upper().startswith(WRITES):
            seen += 1
            if seen == writes:
                end()
        return result

    with connection.execute_wrapper(execute):
        yield
