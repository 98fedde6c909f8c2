"""Tasks that work for one practice, and the doorbell that calls them."""

import logging
from functools import partial
from typing import Any, Final

from celery import Task
from celery.result import AsyncResult
from celery.signals import task_prerun
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.tenancy.scope import Actor, Scope, bound, current_scope, required_scope

log = logging.getLogger(__name__)

HEADER: Final = "practice_id"


class PracticeTask(Task[..., Any]):
    """A task of one practice: `@shared_task(base=PracticeTask, …)`.

    The practice travels in the headers. Inside, every `transaction.atomic()` sees that
    practice's rows as the system; a query outside of one raises.
    """

    abstract = True

    # `Any`: the arguments of the task are its own.
    def apply_async(  # type: ignore[override]
        self,
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
        **options: Any,
    ) -> AsyncResult[Any]:
        headers = dict(options.pop("headers", None) or {})
        if HEADER not in headers:
            headers[HEADER] = required_scope().practice_id
        return super().apply_async(args, kwargs, headers=headers, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the task's own
        if self.request.called_directly:
            required_scope()
            return self.run(*args, **kwargs)
        with bound(Scope(self.practice_id(), Actor.SYSTEM)):
            return self.run(*args, **kwargs)

    def practice_id(self) -> int:
        """The practice that the message names."""
        found = (self.request.headers or {}).get(HEADER) or self.request.get(HEADER)
        if not isinstance(found, int):
            raise RuntimeError(
                f"The message of {self.name} names no practice ({HEADER}={found!r}); it was not "
                "sent by this task's apply_async or by ring()."
            )
        return found


@task_prerun.connect
# `Any`: whatever the task answers.
def refuse_left_scope(task: Task[..., Any] | None = None, **_: object) -> None:
    """No scope of an earlier task may be left when the next begins."""
    if task is not None and not task.request.is_eager and current_scope() is not None:
        raise SystemExit(
            f"{task.name} would have run in {current_scope()}, left by an earlier task. "
            "The worker stops here, before it mixes two practices."
        )


# `Any`: the arguments of the task are its own.
def ring(task: Task[..., Any], *args: Any) -> None:
    """Call `task` after the commit. If the broker is away, the sweep finds the row."""
    scope = current_scope()
    headers = {HEADER: scope.practice_id} if scope is not None else {}
    transaction.on_commit(partial(_ring, task, args, headers), robust=True)


# `Any`: as above.
def _ring(task: Task[..., Any], args: tuple[Any, ...], headers: dict[str, Any]) -> None:
    try:
        task.apply_async(args, headers=headers, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("The broker did not take %s: %s. The sweep will find it.", task.name, error)
