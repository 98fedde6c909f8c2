"""Which sprints of the portfolio are asked for, as it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from django.db.models import Count, Exists, F, Func, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Practice, User
from accounts.tenancy.models import PracticeQuerySet
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

OVER: Final = Q(state__in=(Sprint.State.CLOSED, Sprint.State.CANCELLED))
ARCHIVED: Final = OVER | ~Q(archived_at=None, project__archived_at=None, client__archived_at=None)


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

    def admits(self, me: User, today: date) -> Q:
        """The condition of the rows asked for."""
        return shows(me, today)[self.show] & self._looked_for()

    def _looked_for(self) -> Q:
        if not self.words:
            return Q()
        found = Q(project__name__icontains=self.words) | Q(client__name__icontains=self.words)
        found |= Q(project__domain__icontains=self.words.lower())
        spelled = ascii_name(self.words)
        return found | Q(project__domain__icontains=spelled) if spelled else found


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter, with the number of its sprints."""

    show: str
    name: str
    query: str
    count: int
    is_current: bool


def shows(me: User, today: date) -> dict[str, Q]:
    """The condition behind each filter."""
    at_work = ~ARCHIVED
    return {
        "all": at_work,
        "mine": at_work & Q(lead=me.pk),
        "blocked": at_work & Q(Exists(_blocking())),
        "week": at_work & Q(project__launch_on__range=(today, today + WEEK)),
        "archived": ARCHIVED,
    }


def chips(practice: Practice, asked: Asked, me: User, today: date) -> list[Chip]:
    """Every filter with its count, in one query."""
    counts = Sprint.objects.of(practice).aggregate(
        **{name: Count("pk", filter=condition) for name, condition in shows(me, today).items()}
    )
    return [
        Chip(name, title, asked.with_show(name), counts[name], name == asked.show)
        for name, title in SHOWS.items()
        if counts[name] or name in {"all", asked.show}
    ]


def asked_sprints(
    practice: Practice, asked: Asked, me: User, today: date
) -> PracticeQuerySet[Sprint]:
    """The sprints asked for: the next launch first, then what stands in its way."""
    found = Sprint.objects.of(practice).filter(asked.admits(me, today))
    counted = (
        _blocking()
        .order_by()
        .annotate(number_of=Func("pk", function="COUNT", output_field=IntegerField()))
    )
    blocking_count = Coalesce(Subquery(counted.values("number_of")), 0)
    return found.annotate(blocking_count=blocking_count).order_by(  # type: ignore[return-value]
        F("project__launch_on").asc(nulls_last=True), "-blocking_count", "pk"
    )


def _blocking() -> "PracticeQuerySet[Risk]":
    """The risks that stop the launch of the sprint of the outer query."""
    return Risk.objects.filter(
        practice=OuterRef("practice"),
        sprint=OuterRef("pk"),
        state__in=OPEN_STATES,
        score__gte=CRITICAL_FROM,
    )
