"""Say whether addresses may be reached: `manage.py reach ADDRESS…`."""

import asyncio
import json
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterable, Iterator
from itertools import batched, chain
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.guard import Guard
from accounts.guard.hosts import shown
from accounts.guard.reaching import Reach, reach

ADDRESSES_AT_ONCE = 400
USAGE = 2


class Command(BaseCommand):
    help = (
        "Say of each address whether the guard admits it, and why not.\n"
        "An address is a URL, a host (read as https), host:port or an IP literal.\n"
        "Nothing is connected to but the resolvers.\n\n"
        "Exit codes: 0 all admitted, 1 at least one refused, 2 usage."
    )
    requires_system_checks = ()  # no database is needed; the lab's rule holds in the guard

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:  # Django's signature
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("addresses", nargs="*", metavar="ADDRESS")
        parser.add_argument(
            "--batch", action="store_true", help="read one address per line from standard input"
        )
        parser.add_argument(
            "--format",
            choices=("text", "json"),
            default="text",
            help="json: one object per address and line",
        )

    def handle(self, *, addresses: list[str], batch: bool, format: str, **_: object) -> None:
        entered = chain(addresses, _lines() if batch else ())
        try:
            seen, refused = asyncio.run(self._judge(entered, format))
        except ImproperlyConfigured as error:
            raise CommandError(str(error), returncode=USAGE) from error
        if not seen:
            raise CommandError(
                "No address was given, so nothing was judged. Name at least one, or pass "
                "--batch with one per line on standard input.",
                returncode=USAGE,
            )
        if refused:
            sys.exit(1)

    async def _judge(self, entered: Iterable[str], style: str) -> tuple[int, int]:
        """How many addresses were judged and how many refused; each is told in its turn."""
        seen = refused = 0
        async with Guard.from_settings() as guard:
            for some in batched(entered, ADDRESSES_AT_ONCE):
                answers = [asyncio.ensure_future(reach(guard, address)) for address in some]
                for answer in answers:
                    found = await answer
                    self.stdout.write(as_json(found) if style == "json" else as_text(found))
                    seen += 1
                    refused += not found.is_admitted
        return seen, refused


def _lines() -> Iterator[str]:
    """The lines of standard input that hold something; bytes that are no UTF-8 don't stop it."""
    for line in sys.stdin.buffer:
        text = line.decode("utf-8", errors="replace").strip(" \t\r\n")
        if text:
            yield text


def as_json(found: Reach) -> str:
    return json.dumps(
        {
            "address": found.address,
            "admitted": found.is_admitted,
            "code": found.code,
            "message": found.message,
            "host": found.host,
            "addresses": list(found.addresses),
        }
    )


def as_text(found: Reach) -> str:
    outcome = "admitted" if found.is_admitted else f"refused  {found.code}"
    return f"{shown(found.address)}  {outcome}\n  {found.message}"
