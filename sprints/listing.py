"""The risk list of one sprint, filtered, sorted and cut into pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page, Paginator
from django.utils import timezone

from sprints.filters import Chip, RiskFilter, chips
from sprints.grouping import Group, grouped
from sprints.models import Risk, Sprint
from sprints.models.risk import RiskQuerySet
from sprints.rows import GroupRow, RiskRow, group_row, risk_row

# Lines, of which one may stand for several risks.
PAGE_SIZE = 30
# What no line of the list shows; the drawer reads it for one risk.
HEAVY = ("evidence", "observed", "expected", "remedy", "check_source")
OF_A_LINE = (
    *("sprint", "number", "title", "plain_summary", "subject", "check_id", "stage", "score"),
    *("owner", "due_on", "state", "is_internal", "came_back_count", "accepted_until"),
    *("outside_offered_at", "outside_accepted_at", "row_version"),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list as asked for."""

    asked: RiskFilter
    chips: list[Chip]
    page: Page[Group]
    rows: list[RiskRow | GroupRow]
    open_count: int
    verified_count: int
    found_count: int
    total_count: int


def risks_of(sprint: Sprint) -> RiskQuerySet:
    """Every risk of the sprint in its order, light enough for a long list; the few people who
    own them are read once each, not once per risk."""
    risks: RiskQuerySet = Risk.objects.of(sprint.practice_id)  # type: ignore[assignment]
    return risks.filter(sprint=sprint).prefetch_related("owner").defer(*HEAVY).ranked()


def lines_of(sprint: Sprint) -> RiskQuerySet:
    """`risks_of` with nothing but what a staff list shows, filters, counts and groups by."""
    return risks_of(sprint).only(*OF_A_LINE)


def risks_for_client(sprint: Sprint) -> RiskQuerySet:
    """Those that the client may see: nothing internal, and no draft without plain words."""
    return risks_of(sprint).filter(is_internal=False).exclude(plain_summary="")


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
    """The page asked for, `size` lines long; with `selected`, the one that shows it."""
    found = [risk for risk in risks if asked.admits(risk, me=me)]
    today = timezone.localdate()
    groups = grouped(found)
    if selected is not None:
        places = (place for place, group in enumerate(groups) if selected in group)
        page = str(next(places, 0) // size + 1)
    shown = Paginator(groups, size).get_page(page)
    return Listing(
        asked=asked,
        chips=chips(asked, risks, me=me, people=people),
        page=shown,
        rows=[
            line(group, url_of=url_of, today=today, selected=selected.pk if selected else None)
            for group in shown
        ],
        open_count=sum(risk.is_unsettled and risk.outside_accepted_at is None for risk in risks),
        verified_count=sum(risk.state == Risk.State.VERIFIED for risk in risks),
        found_count=len(found),
        total_count=len(risks),
    )


def line(
    group: Group, *, url_of: Callable[[Risk], str], today: date, selected: int | None
) -> RiskRow | GroupRow:
    """One line of the list: a single risk, or several of one cause."""
    if len(group) > 1:
        return group_row(group, url_of=url_of, today=today, selected=selected)
    risk = group[0]
    return risk_row(risk, url=url_of(risk), today=today, is_selected=risk.pk == selected)


def place_of(risk: Risk) -> int:
    """The line that the risk has among the open ones, from 1; 0 for a settled one."""
    risks: RiskQuerySet = Risk.objects.of(risk.practice_id)  # type: ignore[assignment]
    ranked = risks.filter(sprint=risk.sprint_id).unsettled().ranked()
    light = ranked.only("check_id", "title", "score", "state")
    places = (place for place, group in enumerate(grouped(light), start=1) if risk in group)
    return next(places, 0)
