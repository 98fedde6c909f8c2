"""Ask which DMARC policy holds for mail from a name; no database and no broker needed."""

import asyncio
import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.guard import Guard
from audits.batch import BadLineError, answer_lines, text_of
from audits.gather.dmarc import gather_existence, gather_walk
from audits.gather.mail_questions import MAX_QUESTIONS_ALONE, Questions
from audits.observations.dns_answers import is_askable
from audits.observations.names import a_labels
from audits.observations.spf_macro import clip_term
from audits.reports.dmarc_json import KEYS, walk_as_json

USAGE = 2
MAX_LINE_CHARS = 2_000

HELP = """\
Find the DMARC policy for mail from DOMAIN by the tree walk of RFC 9989, through the
configured resolvers.

The answer has six keys:
  queried                the names that were asked, in order (eight at most)
  organizational_domain  what alignment compares; null where a silent name hides it
  record_domain          where the record that applies stands; null for none
  record                 its text; null for none
  policy                 the effective policy for this name: none, quarantine or reject,
                         after sp or np and test mode; null where no DMARC applies
  errors                 code, term and a sentence for whatever is wrong

--batch reads one JSON object per line (domain) and writes one per line, in the same
order. Exit 0: answered, 2: wrong usage.
"""


class Command(BaseCommand):
    help = HELP
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Any: as Django's own signature.
        kwargs.setdefault("formatter_class", RawDescriptionHelpFormatter)
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", nargs="?", metavar="DOMAIN", help="the From domain")
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument("--batch", action="store_true", help="answer lines of JSON on stdin")

    def handle(self, *_args: str, **options: Any) -> None:  # Any: argparse's values
        if options["batch"] == (options["domain"] is not None):
            raise CommandError(
                "Name one domain, or give --batch and lines of JSON on standard input.",
                returncode=USAGE,
            )
        try:
            asyncio.run(self._answer(options))
        except BadLineError as error:
            raise CommandError(str(error), returncode=USAGE) from error

    async def _answer(self, options: dict[str, Any]) -> None:  # Any: argparse's values
        guard = Guard.from_settings()
        try:
            if options["batch"]:
                await answer_lines(sys.stdin, self._line, lambda one: answered(one, guard), KEYS)
                return
            answer = await answered(options, guard)
        finally:
            await guard.aclose()
        is_json = options["format"] == "json"
        self.stdout.write(json.dumps(answer, indent=2) if is_json else as_text(answer))

    def _line(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


async def answered(wanted: dict[str, Any], guard: Guard) -> dict[str, Any]:  # Any: JSON
    """The six keys for one name. Raises BadLineError for what is no name."""
    typed = text_of(wanted, "domain")
    name = a_labels(typed)
    if not name or not is_askable(name):
        raise BadLineError(
            f"{clip_term(typed)!r} is no domain name, so there is nothing to ask. Give the "
            "domain after the @ of the From address, such as example.com."
        )
    questions = Questions(guard, MAX_QUESTIONS_ALONE, set())
    walk = await gather_walk(name, questions)
    return walk_as_json(walk, is_existing=await gather_existence(walk, questions))


def as_text(answer: dict[str, Any]) -> str:  # Any: JSON
    """A few lines for a person; foreign text is printable ASCII."""
    lines = [
        f"policy: {answer['policy'] or 'no DMARC applies'}",
        f"record: {answer['record'] or 'none'}",
        f"record domain: {answer['record_domain'] or 'none'}",
        f"organizational domain: {answer['organizational_domain'] or 'not known'}",
        f"asked: {' '.join(answer['queried'])}",
    ]
    lines += [f"! {one['message']}" for one in answer["errors"]]
    return "\n".join(clip_term(line, MAX_LINE_CHARS) for line in lines)
