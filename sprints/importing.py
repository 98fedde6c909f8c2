"""Risks from a CSV file: first what would happen, line by line, then all of it or nothing."""

import csv
import io
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, Final

from accounts.models import User
from sprints.absorb import next_number
from sprints.exporting import AUDIENCES, fields_of, plain
from sprints.forms import NewRiskForm
from sprints.impact import Strength, Weight
from sprints.models import Risk, Sprint
from sprints.models.activity import record
from sprints.sharing import hide, share, why_not_hidden, why_not_shared

MAX_BYTES: Final = 1024 * 1024
MAX_LINES: Final = 500
NEEDED: Final = ("title",)
NUMBERS: Final = ("stage", "consequence", "likelihood", "recovery")
TAKEN: Final = ("title", "users_notice", "remedy", *NUMBERS, "due", "audience", "revisit_when")
# A line that leaves a number out means the usual.
USUAL: Final = {"stage": "1", **{name: str(n) for name, n in NewRiskForm.USUAL_WEIGHT.items()}}
MAX_REVISIT: Final = 200


class FileRefusedError(Exception):
    """The file can't be read at all; the message says why and what to do."""


@dataclass(slots=True)
class Line:
    """One line of the file: its number, what happens to it, and the sentence that says so."""

    number: int
    kind: str  # add, change, same, refuse
    words: str
    values: dict[str, str] = field(default_factory=dict)
    risk: Risk | None = None
    changes: tuple[str, ...] = ()


@dataclass(slots=True)
class Plan:
    """What a file would do to the list as it is now."""

    lines: list[Line]

    def count(self, kind: str) -> int:
        return sum(line.kind == kind for line in self.lines)

    @property
    def may_run(self) -> bool:
        return not self.count("refuse") and bool(self.count("add") + self.count("change"))

    @property
    def digest(self) -> str:
        """Differs when the file or the list has changed since the plan was shown."""
        said = [
            f"{one.kind} {one.words} {one.values} {one.risk.row_version if one.risk else 0}"
            for one in self.lines
        ]
        return sha256("\n".join(said).encode()).hexdigest()


def read(raw: bytes) -> str:
    """The file as text. Raises FileRefusedError."""
    if len(raw) > MAX_BYTES:
        raise FileRefusedError("The file is larger than 1 MB. Cut it into several.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefusedError(
            f"Byte {error.start} of the file is no UTF-8. Save it as “CSV UTF-8” and try again."
        ) from error


def plan(sprint: Sprint, text: str) -> Plan:
    """What each line would do; changes nothing. Raises FileRefusedError."""
    rows = _rows(text)
    risks = Risk.objects.filter(practice=sprint.practice_id, sprint=sprint).select_related("sprint")
    known = {risk.ref: risk for risk in risks}
    titles = {risk.title.casefold(): risk.ref for risk in known.values()}
    lines, met = [], set[str]()
    for number, row in rows:
        line = _line(number, row, known, titles)
        key = line.risk.ref if line.risk else line.values.get("title", "").casefold()
        if line.kind != "refuse" and key in met:
            line = Line(number, "refuse", "An earlier line says something about the same risk.")
        met.add(key)
        lines.append(line)
    return Plan(lines)


def run(sprint: Sprint, planned: Plan, *, by: User) -> None:
    """Do what was planned, inside the caller's transaction."""
    Sprint.objects.select_for_update().get(pk=sprint.pk)
    for line in planned.lines:
        if line.kind == "add":
            _add(sprint, line.values, by)
        elif line.kind == "change" and line.risk is not None:
            _change(line.risk, line.values, line.changes, by)
    told = f"{planned.count('add')} added, {planned.count('change')} changed"
    record(sprint, "risks_imported", actor=by, data={"reason": told}, is_internal=True)


def _rows(text: str) -> list[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [(name or "").strip().casefold() for name in reader.fieldnames or ()]
        if any(name not in names for name in NEEDED):
            raise FileRefusedError(
                "The first line names no column “title”. Take an exported file as the pattern."
            )
        reader.fieldnames = names
        found: list[tuple[int, dict[str, str]]] = []
        for row in reader:
            if len(found) == MAX_LINES:
                raise FileRefusedError(f"The file has more than {MAX_LINES} lines. Cut it.")
            cells = {name: plain(row.get(name) or "").strip() for name in ("ref", *TAKEN)}
            given = {name: value for name, value in cells.items() if name in names}
            found.append((reader.line_num, given))
    except csv.Error as error:
        raise FileRefusedError(
            f"Line {reader.line_num} can’t be read as CSV ({error}). Look at its quotes."
        ) from error
    if not found:
        raise FileRefusedError("The file has a head and no lines beneath it.")
    return found


def _line(number: int, row: dict[str, str], known: dict[str, Risk], titles: dict[str, str]) -> Line:
    risk = known.get(row.get("ref", "").upper())
    before = {name: str(value) for name, value in fields_of(risk).items()} if risk else USUAL
    given = {name: row.get(name) or before.get(name, "") for name in NUMBERS}
    given |= {name: row.get(name, before.get(name, "")) for name in TAKEN if name not in NUMBERS}
    why = _why_not(given, risk)
    if why:
        return Line(number, "refuse", why, given)
    if risk is None:
        same = titles.get(given["title"].casefold())
        if same:
            words = f"“{given['title']}” is on the list already, as {same}. Put that into “ref”."
            return Line(number, "refuse", words, given)
        lost = f" {row['ref']} is not on this list: it gets a new number." if row.get("ref") else ""
        return Line(number, "add", f"Adds “{given['title']}”.{lost}", given)
    given["audience"] = given["audience"] or before["audience"]
    changes = tuple(name for name in TAKEN if given[name] != before[name])
    if not changes:
        return Line(number, "same", f"{risk.ref} says this already.", given, risk)
    names = ", ".join(name.replace("_", " ") for name in changes)
    return Line(number, "change", f"Changes {risk.ref}: {names}.", given, risk, changes)


def _why_not(given: dict[str, str], risk: Risk | None) -> str:
    """Why the line can't be taken; nothing where it can."""
    form = NewRiskForm(given | {"plain_summary": given["users_notice"]})
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        return f"{name.replace('_', ' ')} “{given.get(name, '')[:40]}”: {next(iter(errors))}"
    try:
        date.fromisoformat(given["due"] or "2026-01-01")
    except ValueError:
        return f"due “{given['due'][:20]}” is no day. Write it as 2026-12-04."
    if len(given["revisit_when"]) > MAX_REVISIT:
        return f"revisit when is longer than {MAX_REVISIT} characters."
    if given["audience"] not in ("", *AUDIENCES.values()):
        return f"audience “{given['audience'][:20]}” is neither “client” nor “staff only”."
    if risk is None or given["audience"] in ("", AUDIENCES[risk.is_internal]):
        return ""
    return why_not_shared(risk) if risk.is_internal else why_not_hidden(risk)


def _add(sprint: Sprint, values: dict[str, str], by: User) -> None:
    risk = Risk(
        practice_id=sprint.practice_id,
        client_id=sprint.client_id,
        sprint=sprint,
        number=next_number(sprint),
        title=values["title"],
        plain_summary=values["users_notice"],
        remedy=values["remedy"],
        revisit_when=values["revisit_when"],
        due_on=date.fromisoformat(values["due"]) if values["due"] else None,
        is_internal=values["audience"] == AUDIENCES[True],
        source=Risk.Source.IMPORT,
        strength=Strength.REPORTED,
        is_title_ours=True,
        is_weight_ours=True,
        **{name: int(values[name]) for name in NUMBERS},
    )
    risk.save()
    is_hidden = risk.is_internal or not risk.plain_summary
    record(sprint, "risk_created", risk.ref, actor=by, is_internal=is_hidden)


def _change(risk: Risk, values: dict[str, str], changes: tuple[str, ...], by: User) -> None:
    if "title" in changes:
        risk.rename(values["title"], by=by, seen_version=risk.row_version)
    if "users_notice" in changes:
        risk.explain(values["users_notice"], by=by, seen_version=risk.row_version)
    if {"consequence", "likelihood", "recovery"} & set(changes):
        weight = Weight(*(int(values[name]) for name in NUMBERS[1:]))
        risk.weigh(weight, by=by, seen_version=risk.row_version, reason="import")
    if "due" in changes:
        due_on = date.fromisoformat(values["due"]) if values["due"] else None
        risk.promise(due_on, by=by, seen_version=risk.row_version)
    # `Any`: the values of fields.
    rest: dict[str, Any] = {
        name: values[name] for name in ("remedy", "revisit_when") if name in changes
    }
    if "stage" in changes:
        rest["stage"] = int(values["stage"])
    if rest:
        risk.change(risk.row_version, **rest)
    if "audience" in changes and values["audience"]:
        act = hide if values["audience"] == AUDIENCES[True] else share
        act(risk, by=by, seen_version=risk.row_version)
