"""The table a person reads in a terminal."""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from audits.engine import Judged
from audits.examine import Report
from audits.outcome import Outcome, ranked
from audits.reports.as_markdown import HEADLINES
from audits.verdicts import Verdict

STYLES = {
    Verdict.FAIL: "bold red",
    Verdict.WARN: "yellow",
    Verdict.PASS: "green",
    Verdict.INFO: "cyan",
    Verdict.NA: "dim",
    Verdict.UNKNOWN: "magenta",
    Verdict.BLOCKED: "magenta",
}
OUTCOME_STYLES = {
    Outcome.GO: "bold green",
    Outcome.CONDITIONAL: "bold yellow",
    Outcome.NO_GO: "bold red",
}


def as_table(report: Report, *, is_verbose: bool = False) -> RenderableType:
    """What is wrong first, then what could not be looked at; the rest when verbose."""
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("check", no_wrap=True)
    table.add_column("where", overflow="fold", ratio=2)
    table.add_column("what was met, and what to do", overflow="fold", ratio=5)
    for row in ranked(report.rows):
        if is_verbose or row.result.verdict not in {Verdict.PASS, Verdict.INFO, Verdict.NA}:
            table.add_row(*_cells(row))
    return Group(_headline(report), table, _footer(report))


def _cells(row: Judged) -> tuple[Text, Text, Text, Text]:
    word = str(row.result.verdict)
    badge = f"{row.severity.name} {word}" if row.opens_risk else word
    what = Text(row.result.message)
    if row.opens_risk:
        what.append(f"\n{row.result.remedy or row.check.remedy}", style="dim")
    return (
        Text(badge, style=STYLES[row.result.verdict]),
        Text(row.check.id),
        Text(row.subject),
        what,
    )


def _headline(report: Report) -> Text:
    outcome = report.decision.outcome
    text = Text(f"{report.target.domain}  ", style="bold")
    text.append(HEADLINES[outcome], style=OUTCOME_STYLES[outcome])
    return text


def _footer(report: Report) -> Text:
    passed = sum(row.result.verdict == Verdict.PASS for row in report.rows)
    seconds = report.elapsed_ms / 1000
    return Text(
        f"{report.decision.coverage.sentence} {passed} passes. {report.dns_question_count} DNS "
        f"questions and {report.request_count} requests in {seconds:.1f} s.",
        style="dim",
    )
