"""An examination beside the thread that keeps the database connection."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from audits.examine import Report

STOP_LIMIT = timedelta(seconds=5)


class Looking:
    """One examination in a thread of its own; leaving the block cancels what still runs.

    `look` is called inside the thread's event loop.
    """

    # `Any`: what a coroutine sends and yields.
    def __init__(self, look: Callable[[], Coroutine[Any, Any, Report]]) -> None:
        self._look = look
        self._future: Future[Report] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        # A daemon: a look that hangs in a library must not keep the worker from ending.
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._future.done():
            return
        loop, task = self._loop, self._task
        if loop is not None and task is not None and not loop.is_closed():
            loop.call_soon_threadsafe(task.cancel)
        self._thread.join(STOP_LIMIT.total_seconds())

    @property
    def is_done(self) -> bool:
        return self._future.done()

    def wait(self, limit: timedelta) -> None:
        """Until it is done, at most `limit`."""
        try:
            self._future.exception(timeout=limit.total_seconds())
        except TimeoutError:
            return

    def report(self) -> Report:
        """The report of a look that is done; raises what it raised."""
        return self._future.result()

    def _run(self) -> None:
        try:
            with asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                self._future.set_result(runner.run(self._main()))
        except BaseException as error:
            # Handed on to the waiting thread, which is the task.
            self._future.set_exception(error)

    async def _main(self) -> Report:
        self._task = asyncio.current_task()
        return await self._look()
