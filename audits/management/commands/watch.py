"""Watch a change land, from the command line; no database and no broker needed."""

import asyncio
import sys
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.guard.exchange import TargetRefusedError
from audits.aim import NotANameError, aimed
from audits.catalogue import UnknownCheckError, chosen
from audits.watching_alone import Pace, watch

TIME_IS_OVER, USAGE = 1, 2
MOST_SECONDS = 86_400

HELP = """\
Print the exact change for each failing DNS and mail check of a domain, computed from the
live records, then ask the zone's own servers and the WATCH_RESOLVERS every 60 seconds for up
to 30 minutes, one line whenever something moves.

Exit 0: all is live (or nothing is to change), 1: the time is over, 2: wrong usage.
"""


class Command(BaseCommand):
    help = HELP
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Any: as Django's own signature.
        kwargs.setdefault("formatter_class", RawDescriptionHelpFormatter)
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", metavar="DOMAIN", help="the domain whose records change")
        parser.add_argument(
            "--check", action="append", default=[], metavar="ID", help="a check or a family of them"
        )
        parser.add_argument("--host", action="append", default=[], help="one more intended host")
        parser.add_argument("--mail-domain", action="append", default=[], metavar="DOMAIN")
        parser.add_argument("--every", type=_seconds, default=60.0, metavar="SECONDS")
        parser.add_argument("--for", type=_seconds, default=1800.0, metavar="SECONDS", dest="lasts")

    def handle(self, *_args: str, **options: Any) -> None:  # Any: argparse's values
        try:
            rules = chosen(stages=(), ids=options["check"])
            (target, *_) = aimed(
                [options["domain"]],
                more_hosts=options["host"],
                mail_domains=options["mail_domain"],
            )
        except TargetRefusedError as error:
            raise CommandError(error.message, returncode=USAGE) from error
        except (NotANameError, UnknownCheckError) as error:
            raise CommandError(str(error), returncode=USAGE) from error
        pace = Pace(timedelta(seconds=options["every"]), timedelta(seconds=options["lasts"]))
        is_live = asyncio.run(watch(target, rules, self._say, pace))
        sys.exit(0 if is_live else TIME_IS_OVER)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 < found <= MOST_SECONDS:
        raise ArgumentTypeError(f"{text!r} is no number of seconds between 0 and {MOST_SECONDS}.")
    return found
