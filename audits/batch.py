"""One JSON object per line in, one per line out, in the same order, some at a time."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TextIO

MAX_AT_ONCE = 16
MAX_LINE_CHARS = 100_000

# Any: JSON.
type Answerer = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class BadLineError(ValueError):
    """A line, or what it holds, can't be answered; the message is a sentence."""


async def answer_lines(
    lines: TextIO, out: Callable[[str], None], answer: Answerer, keys: Iterable[str] = ()
) -> int:
    """Answer each line of `lines`; returns how many could not be read.

    A bad line gets `errors` at its place, with the other `keys` null, and the rest goes on.
    An answer is written as soon as all before it are, so that a program can talk line by
    line.
    """
    waiting: asyncio.Queue[asyncio.Task[tuple[dict[str, Any], bool]] | None] = asyncio.Queue(
        MAX_AT_ONCE  # Any: JSON
    )
    reader = asyncio.ensure_future(_read(lines, waiting, answer))
    blank, bad_count = dict.fromkeys(keys), 0
    while (task := await waiting.get()) is not None:
        value, is_bad = await task
        bad_count += is_bad
        out(json.dumps(blank | value, ensure_ascii=True))
    await reader
    return bad_count


async def _read(
    lines: TextIO,
    waiting: asyncio.Queue[asyncio.Task[tuple[dict[str, Any], bool]] | None],  # Any: JSON
    answer: Answerer,
) -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, lines.readline):
        if line.strip():
            await waiting.put(asyncio.ensure_future(_answered(line, answer)))
    await waiting.put(None)


async def _answered(line: str, answer: Answerer) -> tuple[dict[str, Any], bool]:  # Any: JSON
    try:
        return await answer(_parsed(line)), False
    except BadLineError as error:
        return {"errors": [{"code": "bad_input", "term": "", "message": str(error)}]}, True


def _parsed(line: str) -> dict[str, Any]:  # Any: JSON
    shape = 'one JSON object per line, such as {"domain": "example.com"}'
    if len(line) > MAX_LINE_CHARS:
        raise BadLineError(f"A line has {len(line)} characters; expected {shape}.")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLineError(f"{line.strip()[:60]!r} is no JSON; expected {shape}.") from error
    if not isinstance(value, dict):
        raise BadLineError(f"{line.strip()[:60]!r} is no object; expected {shape}.")
    return value


def text_of(value: dict[str, Any], key: str, default: str = "") -> str:  # Any: JSON
    """The text at `key`. Raises BadLineError where something else stands there."""
    found = value.get(key, default)
    if found is None:
        return default
    if not isinstance(found, str):
        raise BadLineError(f"{key} is {str(found)[:40]!r}; it must be a text.")
    return found
