"""Markdown for a pull request or a mail."""

import re
from collections.abc import Sequence

from audits.engine import Judged
from audits.examine import Report
from audits.outcome import Outcome, ranked
from audits.verdicts import Verdict

HEADLINES = {
    Outcome.GO: "Ready to launch",
    Outcome.CONDITIONAL: "Ready with conditions",
    Outcome.NO_GO: "Not ready to launch",
}
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!])")


def as_markdown(reports: Sequence[Report]) -> str:
    """Each report as a heading, the result in a sentence, and a table of what is wrong."""
    return "\n\n".join(_report(report) for report in reports) + "\n"


def literal(text: str) -> str:
    """`text` as it stands: no Markdown or HTML of a foreign page comes to life."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _report(report: Report) -> str:
    troubles = [row for row in ranked(report.rows) if row.opens_risk]
    return "\n".join(
        [
            f"# {literal(report.target.domain)}: {HEADLINES[report.decision.outcome]}",
            "",
            f"{report.decision.coverage.sentence} "
            f"{len(troubles)} {'risk' if len(troubles) == 1 else 'risks'} found.",
            *_table(troubles),
            *_unseen(report.rows),
        ]
    )


def _table(rows: Sequence[Judged]) -> list[str]:
    if not rows:
        return []
    head = ["", "| | check | where | what | remedy |", "| --- | --- | --- | --- | --- |"]
    return head + [
        f"| {row.severity.name} | `{row.check.id}` | {literal(row.subject)} "
        f"| {literal(row.result.message)} | {literal(row.result.remedy or row.check.remedy)} |"
        for row in rows
    ]


def _unseen(rows: Sequence[Judged]) -> list[str]:
    unseen = [row for row in rows if row.result.verdict in {Verdict.UNKNOWN, Verdict.BLOCKED}]
    if not unseen:
        return []
    lines = [
        f"- `{row.check.id}` {literal(row.subject)}: {literal(row.result.message)}"
        for row in unseen
    ]
    return ["", "## Could not be looked at", "", *lines]
