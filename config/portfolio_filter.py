"""Which sprints of the portfolio are asked for, and in which order.

Everything that decides it is read once, light enough for thousands of sprints; only those of
the page shown are loaded whole.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from django.db.models import Count

from accounts.models import Practice
from sprints.domains import ascii_name
from sprints.impact import CRITICAL_FROM
from sprints.models import Risk, Sprint
from sprints.models.risk import OPEN_STATES

SHOWS: Final = {
    "all": "At work",
    "mine": "Mine",
    "blocked": "Can’t launch yet",
    "week": "Launching within a week",
    "archived": "Archived",
}
MAX_WORDS_CHARS: Final = 80
WEEK: Final = timedelta(days=7)
OVER: Final = (Sprint.State.CLOSED, Sprint.State.CANCELLED)
AT_WORK: Final = (Sprint.State.ACTIVE, Sprint.State.HANDOVER)


@dataclass(frozen=True, slots=True)
class Entry:
    """What decides whether and where a sprint is listed."""

    pk: int
    project: str
    lead: int | None
    launch_on: date | None
    words: str
    is_archived: bool
    is_at_work: bool
    blocking_count: int

    @property
    def place(self) -> tuple[date, int, int]:
        """The next launch first, then what stands in its way; without a date last."""
        return (self.launch_on or date.max, -self.blocking_count, self.pk)


@dataclass(frozen=True, slots=True)
class Asked:
    """`show` is a key of SHOWS; `words` is looked for in names and domains."""

    show: str = "all"
    words: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Asked":
        show = query.get("show", "all")
        return cls(show if show in SHOWS else "all", query.get("q", "").strip()[:MAX_WORDS_CHARS])

    def with_show(self, show: str) -> str:
        """The query of the chip `show`, which keeps what is looked for."""
        words = {"show": show if show != "all" else "", "q": self.words}
        return "?" + urlencode({name: value for name, value in words.items() if value})

    def admits(self, entry: Entry, *, me: int, today: date) -> bool:
        return self._has_words(entry) and is_shown(entry, self.show, me=me, today=today)

    def _has_words(self, entry: Entry) -> bool:
        if not self.words:
            return True
        spelled = ascii_name(self.words)
        plain = self.words.lower() in entry.words
        return plain or bool(spelled and spelled in entry.words)


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter, with the number of its sprints."""

    show: str
    name: str
    query: str
    count: int
    is_current: bool


def is_shown(entry: Entry, show: str, *, me: int, today: date) -> bool:
    """Whether the filter `show` lets the sprint through."""
    if entry.is_archived or show == "archived":
        return entry.is_archived and show == "archived"
    if show == "mine":
        return entry.lead == me
    if show == "blocked":
        return entry.blocking_count > 0
    if show == "week":
        return entry.launch_on is not None and today <= entry.launch_on <= today + WEEK
    return True


def chips(entries: Iterable[Entry], asked: Asked, *, me: int, today: date) -> list[Chip]:
    """Every filter with its count; those that hold nothing are left out."""
    counts = dict.fromkeys(SHOWS, 0)
    for entry in entries:
        for show in SHOWS:
            counts[show] += is_shown(entry, show, me=me, today=today)
    return [
        Chip(show, title, asked.with_show(show), counts[show], show == asked.show)
        for show, title in SHOWS.items()
        if counts[show] or show in {"all", asked.show}
    ]


def entries_of(practice: Practice) -> list[Entry]:
    """Every sprint of the practice, in two queries."""
    blocking = Risk.objects.of(practice).filter(
        state__in=OPEN_STATES, score__gte=CRITICAL_FROM, outside_accepted_at=None
    )
    # `*`: the index holds no other column, and is read alone.
    counts = dict(blocking.values_list("sprint").annotate(many=Count("*")).order_by())
    rows = Sprint.objects.of(practice).values_list(
        *("pk", "lead", "state", "archived_at", "project__archived_at", "client__archived_at"),
        *("project__launch_on", "project__name", "project__domain", "client__name"),
    )
    return [
        Entry(
            pk=pk,
            project=names[0],
            lead=lead,
            launch_on=launch_on,
            words=" ".join(names).lower(),
            is_archived=state in OVER or any(archived),
            is_at_work=state in AT_WORK and not any(archived),
            blocking_count=counts.get(pk, 0),
        )
        for pk, lead, state, *archived, launch_on, names in ((*row[:7], row[7:]) for row in rows)
    ]
