"""Audit live domains from the command line; no database and no broker needed."""

import asyncio
import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from accounts.guard.exchange import TargetRefusedError
from audits.aim import NotANameError, aimed
from audits.catalogue import UnknownCheckError, chosen
from audits.examine import Progress, Report, Watcher, examine, unevaluable
from audits.observations.target import Target
from audits.outcome import Outcome
from audits.reports.as_json import as_json
from audits.reports.as_junit import as_junit
from audits.reports.as_markdown import as_markdown
from audits.reports.as_sarif import as_sarif
from audits.reports.as_table import as_table
from audits.verdicts import Check, Consent

NO_GO, USAGE, NOT_EVALUABLE = 1, 2, 3


class Command(BaseCommand):
    help = (
        "Audit live domains. Exit 0: go or conditional, 1: no-go, 2: wrong usage, "
        "3: could not be evaluated."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("hosts", nargs="+", metavar="HOST", help="host or URL to audit")
        parser.add_argument(
            "--format",
            choices=["table", "json", "sarif", "junit", "markdown"],
            default="table",
        )
        parser.add_argument("--stage", type=int, action="append", default=[], choices=range(1, 8))
        parser.add_argument("--check", action="append", default=[], metavar="ID")
        parser.add_argument("--host", action="append", default=[], help="one more intended host")
        parser.add_argument("--mail-domain", action="append", default=[], metavar="DOMAIN")
        parser.add_argument("--consent-level", type=int, default=1, choices=range(4))
        parser.add_argument("--strict", action="store_true", help="conditional exits 1 too")
        parser.add_argument("--all", action="store_true", help="list passes too (table)")

    def handle(self, *_args: str, **options: Any) -> None:  # Any: argparse's values
        targets, checks = _wanted(options)
        console = Console(stderr=True)
        reports = [
            _examined(target, Consent(options["consent_level"]), checks, console)
            for target in targets
        ]
        self._print(reports, options)
        sys.exit(_exit_code(reports, console, is_strict=options["strict"]))

    def _print(self, reports: Sequence[Report], options: dict[str, Any]) -> None:  # Any: as above
        form = options["format"]
        if form == "table":
            console = Console(file=sys.stdout)
            for report in reports:
                console.print(as_table(report, is_verbose=options["all"]))
            return
        made = {
            "json": lambda: _json(reports),
            "sarif": lambda: json.dumps(as_sarif(reports), indent=2),
            "junit": lambda: as_junit(reports),
            "markdown": lambda: as_markdown(reports),
        }[form]()
        self.stdout.write(made)


def _wanted(options: dict[str, Any]) -> tuple[list[Target], Sequence[Check[Any]]]:
    # Any: argparse's values; checks of many observation types.
    try:
        checks = chosen(stages=options["stage"], ids=options["check"])
    except UnknownCheckError as error:
        raise CommandError(str(error), returncode=USAGE) from error
    try:
        targets = aimed(
            options["hosts"], more_hosts=options["host"], mail_domains=options["mail_domain"]
        )
    except TargetRefusedError as error:
        raise CommandError(error.message, returncode=NOT_EVALUABLE) from error
    except NotANameError as error:
        raise CommandError(str(error), returncode=USAGE) from error
    return targets, checks


def _examined(
    target: Target,
    consent: Consent,
    checks: Sequence[Check[Any]],  # Any: checks of many observation types
    console: Console,
) -> Report:
    bars = _bars(console)
    with bars if isinstance(bars, Bars) else nullcontext():
        watch = _watcher(bars) if isinstance(bars, Bars) else None
        return asyncio.run(examine(target, consent=consent, checks=checks, watch=watch))


def _bars(console: Console) -> Bars | AbstractContextManager[None]:
    if not console.is_terminal:
        return nullcontext()
    return Bars(
        SpinnerColumn(finished_text="·"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def _watcher(bars: Bars) -> Watcher:
    tasks: dict[str, TaskID] = {}

    def watch(progress: Progress) -> None:
        if progress.family not in tasks:
            tasks[progress.family] = bars.add_task(progress.title, total=None)
        if progress.state != "looking":
            bars.update(
                tasks[progress.family],
                total=1,
                completed=1,
                description=f"{progress.title}: {progress.state}",
            )

    return watch


def _json(reports: Sequence[Report]) -> str:
    made = [as_json(report) for report in reports]
    return json.dumps(made[0] if len(made) == 1 else made, indent=2, ensure_ascii=False)


def _exit_code(reports: Sequence[Report], console: Console, *, is_strict: bool) -> int:
    outcomes = {report.decision.outcome for report in reports}
    if Outcome.NO_GO in outcomes:
        return NO_GO
    for report in reports:
        if sentence := unevaluable(report):
            console.print(sentence, style="magenta")
            return NOT_EVALUABLE
    return NO_GO if is_strict and Outcome.CONDITIONAL in outcomes else 0
