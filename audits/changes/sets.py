"""The shape of a change: rows to remove, add and keep, and where they are edited. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from audits.observations.dns_answers import Question

USUAL_TTL_SECONDS = 3600
MAX_ROWS = 60


class Act(StrEnum):
    """What to do with one record. KEEP rows are shown so that nobody deletes them."""

    REMOVE = "remove"
    ADD = "add"
    KEEP = "keep"


class Place(StrEnum):
    """Where the row is edited: at who keeps the DNS, or at who registered the name."""

    DNS = "dns"
    REGISTRAR = "registrar"


@dataclass(frozen=True, slots=True)
class Change:
    """One record. `name` is full, without the final dot; `value` is in presentation format,
    a TXT's strings joined without quotes. `is_proxied` None: the provider has no such switch.
    """

    act: Act
    rtype: str
    name: str
    value: str
    ttl_seconds: int = USUAL_TTL_SECONDS
    is_proxied: bool | None = None

    @property
    def question(self) -> Question:
        return Question(self.name, self.rtype)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a maker computed: rows, and sentences that a person must read with them."""

    rows: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    place: Place = Place.DNS


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The rows that make one check pass. `provider` and `console` are "" where not known;
    `name_style` is `relative`, `full` or "" as in the vendor table.
    """

    check_id: str
    subject: str
    zone: str
    rows: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    place: Place = Place.DNS
    provider: str = ""
    console: str = ""
    name_style: str = ""

    @property
    def questions(self) -> tuple[Question, ...]:
        """What to ask in order to see whether the change is live; KEEP rows don't count."""
        changed = (row.question for row in self.rows if row.act != Act.KEEP)
        return tuple(dict.fromkeys(changed))

    def of(self, act: Act) -> tuple[Change, ...]:
        return tuple(row for row in self.rows if row.act == act)


def as_data(change: ChangeSet) -> dict[str, Any]:  # Any: JSON
    """The set as JSON; `from_data` reads it back."""
    return {
        "check": change.check_id,
        "subject": change.subject,
        "zone": change.zone,
        "place": str(change.place),
        "provider": change.provider,
        "console": change.console,
        "name_style": change.name_style,
        "notes": list(change.notes),
        "rows": [
            {
                "act": str(row.act),
                "type": row.rtype,
                "name": row.name,
                "value": row.value,
                "ttl_seconds": row.ttl_seconds,
                "is_proxied": row.is_proxied,
            }
            for row in change.rows
        ],
    }


def from_data(data: dict[str, Any]) -> ChangeSet:  # Any: JSON
    """The set that `as_data` wrote."""
    return ChangeSet(
        check_id=data["check"],
        subject=data["subject"],
        zone=data["zone"],
        place=Place(data["place"]),
        provider=data["provider"],
        console=data["console"],
        name_style=data["name_style"],
        notes=tuple(data["notes"]),
        rows=tuple(
            Change(
                Act(row["act"]),
                row["type"],
                row["name"],
                row["value"],
                row["ttl_seconds"],
                row["is_proxied"],
            )
            for row in data["rows"]
        ),
    )


def same_value(rtype: str, one: str, other: str) -> bool:
    """Whether two presentation values are one record; names compare without case and dot."""
    return plain_value(rtype, one) == plain_value(rtype, other)


def plain_value(rtype: str, value: str) -> str:
    """`value` in the one form that is compared: TXT as it is, all else without case,
    doubled space and final dot (RFC 4343)."""
    if rtype in {"TXT", "CAA"}:
        return value
    return " ".join(word.rstrip(".") for word in value.lower().split())


def without(values: Iterable[str], rtype: str, removed: Iterable[str]) -> list[str]:
    """`values` less those that are among `removed`."""
    gone = {plain_value(rtype, value) for value in removed}
    return [value for value in values if plain_value(rtype, value) not in gone]
