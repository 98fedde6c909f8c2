"""Ask what receivers make of a domain's SPF record; no database and no broker needed."""

import asyncio
import json
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.guard import Guard
from audits.batch import BadLineError, answer_lines, text_of
from audits.gather.mail_questions import MAX_QUESTIONS_ALONE, Questions
from audits.gather.spf import check_sender, gather_spf
from audits.observations.spf_check import no_mail_domain
from audits.observations.spf_macro import clip_term
from audits.observations.spf_sender import (
    SenderError,
    SpfSender,
    checkable_domain,
    sender_of,
)
from audits.reports.spf_json import KEYS, check_as_json, tree_as_json

MAX_LINE_CHARS = 2_000
USAGE = 2

HELP = """\
Evaluate a domain's SPF record as RFC 7208 says, through the configured resolvers.

With --ip: the result for that sender (check_host). Without: the longest path, for a
sender that no term names, with every problem on it.

The answer has seven keys:
  result        none, neutral, pass, fail, softfail, temperror or permerror
  mechanism     the term that decided, "" for none
  explanation   the domain's own text for a fail (exp=), "" for none
  lookups       terms that count towards the ten of section 4.6.4
  void_lookups  terms that found nothing, of which two may
  tree          domain, record, result, terms: each term's text, target, outcome, and
                what an include or a redirect leads to
  errors        code, term and a sentence for whatever is wrong

--batch reads one JSON object per line (domain, ip, sender, helo) and writes one per
line, in the same order. Exit 0: answered, 2: wrong usage.
"""


class Command(BaseCommand):
    help = HELP
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Any: as Django's own signature.
        kwargs.setdefault("formatter_class", RawDescriptionHelpFormatter)
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", nargs="?", metavar="DOMAIN", help="the domain to check")
        parser.add_argument("--ip", default="", help="the address that connects, IPv4 or IPv6")
        parser.add_argument(
            "--sender", help="envelope sender; empty for a bounce (postmaster at the greeting)"
        )
        parser.add_argument("--helo", default="", help="the greeting; the domain if not given")
        parser.add_argument("--receiver", default="unknown", help="our name in explanations")
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument("--batch", action="store_true", help="answer lines of JSON on stdin")

    def handle(self, *_args: str, **options: Any) -> None:  # Any: argparse's values
        if options["batch"] == (options["domain"] is not None):
            raise CommandError(
                "Name one domain, or give --batch and lines of JSON on standard input.",
                returncode=USAGE,
            )
        if options["batch"]:
            asyncio.run(self._batch(options["receiver"]))
            return
        try:
            answer = asyncio.run(_one(options))
        except BadLineError as error:
            raise CommandError(str(error), returncode=USAGE) from error
        is_json = options["format"] == "json"
        self.stdout.write(json.dumps(answer, indent=2) if is_json else as_text(answer))

    async def _batch(self, receiver: str) -> None:
        guard = Guard.from_settings()
        try:
            await answer_lines(
                sys.stdin,
                self._line,
                lambda one: answered({"receiver": receiver} | one, guard),
                KEYS,
            )
        finally:
            await guard.aclose()

    def _line(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


async def answered(wanted: dict[str, Any], guard: Guard) -> dict[str, Any]:  # Any: JSON
    """The seven keys for one `wanted`. Raises BadLineError for what can't be asked."""
    sender = _sender(wanted) if text_of(wanted, "ip") else None
    domain = text_of(wanted, "domain") or _own_domain(wanted)
    questions = Questions(guard, MAX_QUESTIONS_ALONE, set())
    if sender is not None:
        return check_as_json(await check_sender(domain, sender, questions))
    name = checkable_domain(domain)
    return tree_as_json(await gather_spf(name, questions)) if name else _malformed(domain)


async def _one(options: dict[str, Any]) -> dict[str, Any]:  # Any: argparse's values, JSON
    guard = Guard.from_settings()
    try:
        return await answered(options, guard)
    finally:
        await guard.aclose()


def _malformed(domain: str) -> dict[str, Any]:  # Any: JSON
    return check_as_json(no_mail_domain(domain))


def _own_domain(wanted: dict[str, Any]) -> str:  # Any: JSON
    """Without a domain the sender's is checked, and for a bounce the greeting's."""
    if "domain" in wanted and wanted["domain"] is not None:
        return ""
    found = text_of(wanted, "sender").rpartition("@")[2].rstrip(">") or text_of(wanted, "helo")
    if not found:
        raise BadLineError("There is no domain to check: give domain, sender or helo.")
    return found


def _sender(wanted: dict[str, Any]) -> SpfSender:  # Any: JSON
    domain = text_of(wanted, "domain") or _own_domain(wanted)
    is_bounce = wanted.get("sender") is not None
    try:
        return sender_of(
            text_of(wanted, "ip"),
            domain=domain,
            sender=text_of(wanted, "sender") if is_bounce else f"@{domain}",
            helo=text_of(wanted, "helo"),
            receiver=text_of(wanted, "receiver", "unknown"),
            now_seconds=int(time.time()),
        )
    except SenderError as error:
        raise BadLineError(str(error)) from error


def as_text(answer: dict[str, Any]) -> str:  # Any: JSON
    """A few lines for a person; foreign text is printable ASCII."""
    lines = [f"{answer['result']}" + (f"  by {answer['mechanism']}" if answer["mechanism"] else "")]
    if answer["explanation"]:
        lines.append(f"explanation: {answer['explanation']}")
    lines.append(f"lookups: {answer['lookups']} of 10, finding nothing: {answer['void_lookups']}")
    lines += _tree_lines(answer["tree"], 0)
    lines += [f"! {one['message']}" for one in answer["errors"]]
    return "\n".join(clip_term(line, MAX_LINE_CHARS) for line in lines)


def _tree_lines(node: dict[str, Any], depth: int) -> list[str]:  # Any: JSON
    record = node["record"] if node["record"] is not None else "no record"
    lines = [f"{'  ' * depth}{node['domain']}: {record}"]
    for term in node["terms"]:
        if term["leads_to"]:
            lines += _tree_lines(term["leads_to"], depth + 1)
    return lines
