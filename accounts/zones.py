"""The time zones that can be chosen, and a select for some five hundred of them.

Both are kept by the process: asking the machine for its zones reads some hundred files, and
Django draws each option of a select by a template of its own.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import groupby
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from django.utils.html import format_html, format_html_join

# Older names of places that stand in the list under today's, and what is no place.
LEFT_OUT: Final = ("Etc/", "SystemV/", "US/")
OPTION: Final = '<option value="{}">{}</option>'
CHOSEN: Final = '<option value="{}" selected>{}</option>'

type Choice = tuple[str, str]

UTC: Final[Choice] = ("UTC", "UTC")


@cache
def continents() -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    """The zones of each by their places: `("Asia", (("Asia/Tokyo", "Tokyo"), …))`."""
    names = sorted(name for name in available_timezones() if "/" in name and name[0].isupper()
                   and not name.startswith(LEFT_OUT))  # fmt: skip
    found = groupby(names, key=lambda name: name.partition("/")[0])
    return tuple((part, tuple((name, place_of(name)) for name in zones)) for part, zones in found)


def place_of(name: str) -> str:
    """`Buenos Aires, Argentina` of `America/Argentina/Buenos_Aires`."""
    return ", ".join(reversed(name.replace("_", " ").split("/")[1:]))


def zone_choices() -> list[Choice | tuple[str, tuple[Choice, ...]]]:
    """UTC, then the continents."""
    return [UTC, *continents()]


@lru_cache(maxsize=32)
def options(chosen: str) -> str:
    """UTC and every zone below its continent as options, `chosen` marked; as safe text."""
    drawn = _drawn([UTC], chosen)
    for continent, zones in continents():
        drawn += format_html('<optgroup label="{}">{}</optgroup>', continent, _drawn(zones, chosen))
    return drawn


def _drawn(zones: Iterable[Choice], chosen: str) -> str:
    drawn = (format_html(CHOSEN if zone[0] == chosen else OPTION, *zone) for zone in zones)
    return format_html_join("", "{}", ((one,) for one in drawn))


@cache
def _names() -> frozenset[str]:
    return frozenset(name for _, zones in continents() for name, _ in zones) | {"UTC"}


class ZoneSelect(forms.Select):
    """The options, drawn once for each zone that is chosen."""

    template_name = "django/forms/widgets/zones.html"

    # `Any`: Django's arguments of a widget, and what its template reads.
    def get_context(self, name: str, value: object, attrs: dict[str, Any] | None) -> dict[str, Any]:
        # Not the select's own, which makes a dictionary of each option. What is no zone marks
        # none, and each such text is not kept.
        context = forms.Widget.get_context(self, name, value, attrs)
        context["widget"]["options"] = options(str(value) if str(value) in _names() else "")
        return context


class ZoneField(forms.ChoiceField):
    """One of the time zones."""

    default_error_messages = {"required": "Choose the time zone that your clock shows."}

    # `Any`: Django's arguments of a field.
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="Time zone", choices=zone_choices, widget=ZoneSelect, **kwargs)
