"""The form of a project with its three lists, as it is read, typed, judged and kept."""

from copy import copy
from dataclasses import dataclass, field
from typing import Final

from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict

from sprints.declaring import change_facts, declare, declared
from sprints.domains import live_domain
from sprints.forms_projects import ProjectForm
from sprints.forms_rows import FIELDS, SECTIONS, RowFormSet, Typed, shown_rows, typed_rows
from sprints.models import Project

# After saving, an empty row more would only be noise; a new project begins with one each.
BLANK: Final[Typed] = {}


@dataclass(frozen=True, slots=True)
class Fault:
    """One sentence about one field; without `id` it is about a whole list."""

    label: str
    sentence: str
    id: str = ""


@dataclass
class Entry:
    """`lists` holds one form set for each of hosts, mail and routes."""

    form: ProjectForm
    lists: dict[str, RowFormSet]
    # After a conflict: what the row says by now, as (label, value).
    now_says: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def read(cls, project: Project) -> "Entry":
        """As it stands; an empty list begins with one empty row."""
        rows = {
            section: [_shown(row, section) for row in declared(project, section)] if project.pk
            else [] for section in SECTIONS
        }  # fmt: skip
        lists = {name: shown_rows(name, found or [BLANK]) for name, found in rows.items()}
        return cls(ProjectForm(instance=project), lists)

    @classmethod
    def typed(cls, project: Project, data: QueryDict) -> "Entry":
        """As it was sent, to be judged."""
        lists: dict[str, RowFormSet] = {
            name: made(data, prefix=name) for name, made in SECTIONS.items()
        }
        for row in lists["routes"].forms:
            row.host = _host_in(data)
        # A copy: what was typed wrongly is not the project's.
        return cls(ProjectForm(data, instance=copy(project)), lists)

    @classmethod
    def changed(cls, project: Project, data: QueryDict, change: str) -> "Entry":
        """As it was sent, not judged, with a row more or less: `hosts:add`, `mail:remove:2`."""
        section, _, act = change.partition(":")
        rows = {name: typed_rows(data, name) for name in SECTIONS}
        if section in rows:
            rows[section] = _with_change(rows[section], act)
        initial = {name: data.get(name, "") for name in ProjectForm.base_fields}
        lists = {name: shown_rows(name, found) for name, found in rows.items()}
        form = ProjectForm(initial=initial, instance=project)
        form.fields["row_version"].initial = data.get("row_version")
        return cls(form, lists)

    @property
    def faults(self) -> list[Fault]:
        """What has to be mended, part by part, each with the field that it is about."""
        forms = [self.form, *(row for rows in self.lists.values() for row in rows)]
        found = [
            Fault(str(bound.label), str(sentence), bound.id_for_label)
            for form in forms
            if form.is_bound
            for bound in form
            for sentence in bound.errors
        ]
        lists = [rows for rows in self.lists.values() if rows.is_bound]
        return found + [Fault("", str(text)) for rows in lists for text in rows.non_form_errors()]

    def is_valid(self) -> bool:
        # Every part is judged, so that all faults show at once.
        judged = [self.form.is_valid(), *(rows.is_valid() for rows in self.lists.values())]
        return all(judged) and self._holds()

    def _holds(self) -> bool:
        """The constraints that a form leaves out, because practice and client aren't in it."""
        try:
            self.form.instance.validate_constraints()
        except ValidationError as error:
            self.form.add_error("domain", error.messages)
            return False
        return True

    def keep(self) -> Project:
        """Write what was typed; raises `StaleProjectError` where the row is a newer one."""
        project = self.form.instance
        if project.pk:
            facts = {name: self.form.cleaned_data[name] for name in self.form.Meta.fields}
            change_facts(project, facts, seen_version=self.form.seen_version)
        else:
            project.save()
        for section, rows in self.lists.items():
            declare(project, section, rows.rows)
        return project

    def meet(self, newer: Project) -> None:
        """After a conflict: take the newer version and say what differs; what was typed stays."""
        data = self.form.data.copy()  # type: ignore[attr-defined]
        data["row_version"] = str(newer.row_version)
        self.form.data = data
        self.now_says = [*_facts_that_differ(self.form, newer), *self._lists_that_differ(newer)]

    def _lists_that_differ(self, newer: Project) -> list[tuple[str, str]]:
        labels = {"hosts": "Hosts", "mail": "Mail domains", "routes": "Routes"}
        found = []
        for section, rows in self.lists.items():
            theirs = [_line(row, section) for row in declared(newer, section)]
            ours = [" ".join(_words(row[name]) for name in FIELDS[section]).strip()
                    for row in rows.rows]  # fmt: skip
            if sorted(theirs) != sorted(ours):
                found.append((labels[section], "; ".join(theirs) or "none"))
        return found


def _facts_that_differ(form: ProjectForm, newer: Project) -> list[tuple[str, str]]:
    theirs = {name: getattr(newer, name) for name in form.Meta.fields}
    return [
        (str(form.fields[name].label), _words(value) or "empty")
        for name, value in theirs.items()
        if value != form.cleaned_data.get(name)
    ]


def _line(row: models.Model, section: str) -> str:
    return " ".join(_words(getattr(row, name)) for name in FIELDS[section]).strip()


def _words(value: object) -> str:
    """A value as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _shown(row: models.Model, section: str) -> Typed:
    """A stored row as its form shows it."""
    return {name: _field(getattr(row, name)) for name in FIELDS[section]}


def _field(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _with_change(rows: list[Typed], act: str) -> list[Typed]:
    if act == "add":
        return [*rows, BLANK]
    number = act.removeprefix("remove:")
    kept = [row for place, row in enumerate(rows) if str(place) != number]
    return kept or [BLANK]


def _host_in(data: QueryDict) -> str:
    """The host that a route's bare path belongs to, where the domain typed is one."""
    try:
        live = live_domain(data.get("canonical_host") or data.get("domain", ""))
    except ValidationError:
        return ""
    return live.canonical_host or live.domain
