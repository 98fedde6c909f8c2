"""The time zones that can be chosen, and a select for some six hundred of them.

Both are made once per process: asking the machine for its zones reads some hundred files, and
Django draws each option of a select by a template of its own.
"""

from functools import cache
from itertools import groupby
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

OPTION: Final = '<option value="{}">{}</option>'
# Older names of places that stand in the list under today's, and what is no place.
LEFT_OUT: Final = ("Etc/", "SystemV/", "US/")

type Choice = tuple[str, str]


@cache
def zone_choices() -> tuple[Choice | tuple[str, tuple[Choice, ...]], ...]:
    """UTC, then every zone below its continent by its place: `("Asia", (("Asia/Tokyo", "Tokyo"),
    …))`."""
    names = sorted(name for name in available_timezones() if "/" in name and name[0].isupper()
                   and not name.startswith(LEFT_OUT))  # fmt: skip
    continents = groupby(names, key=lambda name: name.partition("/")[0])
    return (
        ("UTC", "UTC"),
        *((part, tuple((name, _place(name)) for name in found)) for part, found in continents),
    )


def _place(name: str) -> str:
    """`Buenos Aires, Argentina` of `America/Argentina/Buenos_Aires`."""
    return ", ".join(reversed(name.replace("_", " ").split("/")[1:]))


@cache
def _options() -> SafeString:
    first, *groups = zone_choices()
    drawn = format_html_join("", OPTION, [first])
    for continent, zones in groups:
        inside = format_html_join("", OPTION, zones)
        drawn += format_html('<optgroup label="{}">{}</optgroup>', continent, inside)
    return drawn


class ZoneSelect(forms.Select):
    """The options drawn once; the chosen one is marked in the text."""

    # `Any`: Django's arguments of a widget.
    def render(
        self,
        name: str,
        value: object,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002 - it is given by its name
    ) -> SafeString:
        plain = format_html('value="{}"', value)
        # The text comes whole from `_options` and `format_html`.
        options = mark_safe(_options().replace(f"{plain}>", f"{plain} selected>"))  # noqa: S308
        given = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>{}</select>', name, given, options)


class ZoneField(forms.ChoiceField):
    """One of the time zones."""

    # `Any`: Django's arguments of a field.
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="Time zone", choices=zone_choices, widget=ZoneSelect, **kwargs)
