"""The risk list of one sprint, filtered, sorted and cut into pages."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.utils import timezone

from sprints.filters import Chip, RiskFilter, chips
from sprints.models import Risk, Sprint
from sprints.models.risk import RiskQuerySet
from sprints.rows import RiskRow, risk_row

PAGE_SIZE = 40
# What no line of the list shows; the drawer reads it for one risk.
HEAVY = ("evidence", "observed", "expected", "remedy", "check_source")


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list as asked for."""

    asked: RiskFilter
    chips: list[Chip]
    page: Page[Risk]
    rows: list[RiskRow]
    open_count: int
    verified_count: int
    found_count: int
    total_count: int


def risks_of(sprint: Sprint) -> RiskQuerySet:
    """Every risk of the sprint in its order, light enough for a long list."""
    risks: RiskQuerySet = Risk.objects.of(sprint.practice_id)  # type: ignore[assignment]
    return risks.filter(sprint=sprint).select_related("owner").defer(*HEAVY).ranked()


def listing(
    risks: list[Risk],
    asked: RiskFilter,
    *,
    me: int,
    people: dict[int, str],
    url_of: Callable[[Risk], str],
    page: str = "1",
    selected: Risk | None = None,
    size: int = PAGE_SIZE,
) -> Listing:
    """The page asked for; with `selected`, the one that shows it."""
    found = [risk for risk in risks if asked.admits(risk, me=me)]
    today = timezone.localdate()
    paginator = Paginator(found, size)
    places = {risk.pk: place for place, risk in enumerate(found)}
    if selected is not None and selected.pk in places:
        page = str(places[selected.pk] // size + 1)
    shown = paginator.get_page(page)
    chosen = selected.pk if selected else None
    return Listing(
        asked=asked,
        chips=chips(asked, risks, me=me, people=people),
        page=shown,
        rows=[
            risk_row(risk, url=url_of(risk), today=today, is_selected=risk.pk == chosen)
            for risk in shown
        ],
        open_count=sum(risk.is_unsettled for risk in risks),
        verified_count=sum(risk.state == Risk.State.VERIFIED for risk in risks),
        found_count=len(found),
        total_count=len(risks),
    )


def place_of(risk: Risk) -> int:
    """Where the risk stands among the open ones, from 1; 0 for a settled one."""
    risks: RiskQuerySet = Risk.objects.of(risk.practice_id)  # type: ignore[assignment]
    ranked = risks.filter(sprint=risk.sprint_id).unsettled().ranked()
    keys = list(ranked.values_list("pk", flat=True))
    return keys.index(risk.pk) + 1 if risk.pk in keys else 0
