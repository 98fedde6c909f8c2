"""Print the catalogue of checks, generated from the registry."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from audits.catalogue import CATALOGUE, CATALOGUE_VERSION, STAGES
from audits.reports.as_markdown import literal
from audits.verdicts import Check


class Command(BaseCommand):
    help = "Print the catalogue of checks."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["markdown", "json"], default="markdown")

    def handle(self, *_args: str, **options: Any) -> None:  # Any: argparse's values
        made = as_markdown() if options["format"] == "markdown" else json.dumps(as_list(), indent=2)
        self.stdout.write(made)


def as_list() -> list[dict[str, Any]]:  # Any: JSON
    return [
        {
            "id": rule.id,
            "title": rule.title,
            "family": rule.family,
            "stage": rule.stage,
            "severity": rule.severity.name,
            "consent_level": int(rule.consent),
            "item": rule.item,
            "needs": rule.needs.__name__,
            "source": rule.source,
            "impact": rule.impact,
            "remedy": rule.remedy,
        }
        for rule in CATALOGUE
    ]


def as_markdown() -> str:
    stages = sorted({rule.stage for rule in CATALOGUE})
    parts = [f"# Checks\n\n{len(CATALOGUE)} checks, catalogue {CATALOGUE_VERSION}.\n"]
    return "\n".join([*parts, *(_stage(number) for number in stages)])


def _stage(number: int) -> str:
    rules = [rule for rule in CATALOGUE if rule.stage == number]
    head = f"## Stage {number}: {STAGES[number]}\n\n"
    columns = "| id | what must hold | severity | consent | source | remedy |\n"
    return head + columns + "| --- | --- | --- | --- | --- | --- |\n" + _rows(rules)


def _rows(rules: list[Check[Any]]) -> str:  # Any: checks of many observation types
    return "".join(
        f"| `{rule.id}` | {literal(rule.title)} | {rule.severity.name} | L{int(rule.consent)} "
        f"| {literal(rule.source)} | {literal(rule.remedy)} |\n"
        for rule in rules
    )
