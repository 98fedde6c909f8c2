"""The lists of a project: hosts, mail domains, routes. One row each, added and removed at will.

A row carries no id: it is known by what it names, so that no form can point at another's row.
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from accounts.guard.addresses import parse_literal
from sprints.domains import host_name, route_url
from sprints.forms_projects import name_input
from sprints.models import CoreRoute, ProjectHost, SendingDomain

MAX_ROWS: Final = 60
MOST_DIGITS: Final = 9
SELECTOR = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_-]+)*")

type Typed = dict[str, str]


class HostForm(forms.ModelForm[ProjectHost]):
    class Meta:
        model = ProjectHost
        fields: ClassVar[list[str]] = ["name", "kind", "points_to"]
        labels: ClassVar[dict[str, str]] = {"kind": "For"}
        help_texts: ClassVar[dict[str, str]] = {"points_to": ""}
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "name": name_input(placeholder="app.brightchat.app"),
            "points_to": name_input(placeholder="not declared"),
        }
        error_messages: ClassVar[dict[str, dict[str, str]]] = {
            "name": {"required": "Name the host, or remove this row."},
            "kind": {"required": "Choose what the host is for."},
        }

    def clean_name(self) -> str:
        return host_name(self.cleaned_data["name"])

    def clean_points_to(self) -> str:
        parts = [part.strip() for part in str(self.cleaned_data["points_to"]).split(",")]
        for part in parts:
            self._judge(part)
        return ", ".join(part for part in parts if part)

    def _judge(self, part: str) -> None:
        """An address must be one that the internet can reach; names and providers pass."""
        literal = parse_literal(part)
        if literal is not None and not literal.is_global:
            raise ValidationError(
                f"{part} is an address inside some network. Visitors can’t reach it, so no "
                "record of a live host may name it; enter the public one."
            )


class MailForm(forms.ModelForm[SendingDomain]):
    is_sending = forms.NullBooleanField(
        label="Sends mail",
        required=False,
        widget=forms.Select(choices=[("", "not said"), ("true", "yes"), ("false", "no")]),
    )

    class Meta:
        model = SendingDomain
        fields: ClassVar[list[str]] = ["name", "is_sending", "dkim_selectors"]
        help_texts: ClassVar[dict[str, str]] = {"dkim_selectors": ""}
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "name": name_input(placeholder="mail.brightchat.app"),
            "dkim_selectors": name_input(placeholder="resend, google"),
        }
        error_messages: ClassVar[dict[str, dict[str, str]]] = {
            "name": {"required": "Name the mail domain, or remove this row."}
        }

    def clean_name(self) -> str:
        typed = str(self.cleaned_data["name"]).strip()
        return host_name(typed.rpartition("@")[2] if "://" not in typed else typed)

    def clean_dkim_selectors(self) -> str:
        parts = [part.strip() for part in str(self.cleaned_data["dkim_selectors"]).split(",")]
        bad = next((part for part in parts if part and not SELECTOR.fullmatch(part)), None)
        if bad is not None:
            raise ValidationError(
                f"“{bad}” is no DKIM selector. It is the short word before ._domainkey in the "
                "mail service’s records, such as google or s1."
            )
        return ", ".join(part for part in parts if part)


class RouteForm(forms.ModelForm[CoreRoute]):
    # The host that a path alone belongs to.
    host = ""

    class Meta:
        model = CoreRoute
        fields: ClassVar[list[str]] = ["method", "url", "expected_status", "must_say"]
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "url": name_input(placeholder="/api/chat"),
            "expected_status": forms.NumberInput(attrs={"min": "100", "max": "599"}),
        }
        error_messages: ClassVar[dict[str, dict[str, str]]] = {
            "url": {"required": "Enter the address, or remove this row."},
            "method": {"required": "Choose how it is asked; GET is the usual one."},
            "expected_status": {"required": "Enter the status that it should answer, such as 200."},
        }

    def clean_url(self) -> str:
        return route_url(self.cleaned_data["url"], host=self.host)

    def clean_expected_status(self) -> int:
        status = int(self.cleaned_data["expected_status"])
        if not 100 <= status <= 599:  # noqa: PLR2004 - HTTP's own classes
            raise ValidationError("An HTTP status lies between 100 and 599.")
        return status


type RowForm = HostForm | MailForm | RouteForm


class RowFormSet(forms.BaseFormSet[Any]):  # Any: RowForm, which the stubs can't take
    """A list of rows. An empty row is left out; two rows for one thing are told apart."""

    keys: ClassVar[tuple[str, ...]] = ("name",)
    repeated: ClassVar[str] = ""

    # `Any`: Django's own arguments.
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:  # noqa: ARG002 - Django's
        """A row that says nothing is no fault."""
        return {"empty_permitted": True, "use_required_attribute": False}

    # `Any`: cleaned values of a row.
    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows that say something, cleaned."""
        return [form.cleaned_data for form in self.forms if form.cleaned_data]

    def clean(self) -> None:
        seen = set()
        for form in self.forms:
            said = getattr(form, "cleaned_data", {})
            key = tuple(said.get(name) for name in self.keys)
            if all(key) and key in seen:
                form.add_error(self.keys[-1], self.repeated)
            seen.add(key)


class HostRows(RowFormSet):
    repeated = "This host is already in the list."


class MailRows(RowFormSet):
    repeated = "This mail domain is already in the list."


class RouteRows(RowFormSet):
    keys = ("method", "url")
    repeated = "This route is already in the list."


FORMS: Final = {"hosts": HostForm, "mail": MailForm, "routes": RouteForm}
SETS: Final = {"hosts": HostRows, "mail": MailRows, "routes": RouteRows}
# `Any`: the stubs know no form set of a class of ours.
SECTIONS: Final[dict[str, Any]] = {
    name: forms.formset_factory(form, SETS[name], extra=0, max_num=MAX_ROWS, validate_max=True)
    for name, form in FORMS.items()
}
FIELDS: Final = {
    "hosts": ("name", "kind", "points_to"),
    "mail": ("name", "is_sending", "dkim_selectors"),
    "routes": ("method", "url", "expected_status", "must_say"),
}


def typed_rows(data: QueryDict, section: str) -> list[Typed]:
    """What stands in the rows of a section, as typed."""
    total = data.get(f"{section}-TOTAL_FORMS", "0")
    is_number = total.isascii() and total.isdigit() and len(total) <= MOST_DIGITS
    count = min(int(total), MAX_ROWS) if is_number else 0
    return [
        {name: data.get(f"{section}-{number}-{name}", "") for name in FIELDS[section]}
        for number in range(count)
    ]


def shown_rows(section: str, rows: Sequence[Typed]) -> RowFormSet:
    """The section with these rows in it, not judged yet."""
    made: RowFormSet = SECTIONS[section](prefix=section, initial=list(rows))
    return made
