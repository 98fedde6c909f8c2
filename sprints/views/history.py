"""What happened in a sprint: the whole of it for staff, their part for founders and viewers."""

from collections.abc import Iterable
from copy import copy
from datetime import date, datetime, time
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Max
from django.http import FileResponse, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action, may
from sprints.archive import write_archive
from sprints.as_of import Line, list_as_of
from sprints.models import ActivityEvent, Risk, Sprint
from sprints.models.activity import ActivityQuerySet
from sprints.sharing import as_client_reads, events_for_client
from sprints.telling import tell
from sprints.views.finding import find_sprint, set_crumbs, words_of

PAGE_LENGTH = 50
TAG_HEADER = "HX-PTag"

# `Any` below: whatever a template reads.


@require_safe
@allowed(Action.SEE)
def history(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    set_crumbs(request, sprint, ("History", ""))
    url = reverse("sprints:history", kwargs=words_of(sprint, request))
    return render(request, "sprints/history.html", _context(request, sprint, url))


@require_safe
@allowed(Action.SEE)
def client_history(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = _client_sprint(request, sprint_id)
    url = reverse("client-history", kwargs={"sprint_id": sprint.pk})
    return render(request, "sprints/client_history.html", _context(request, sprint, url))


def _context(request: TenantRequest, sprint: Sprint, url: str) -> dict[str, Any]:
    """`?check=1` walks the chain; `?on=2026-11-24` adds the list as it stood that evening."""
    events = _visible(request, sprint)
    page = Paginator(events.order_by("-seq"), PAGE_LENGTH).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "sprint": sprint,
        "page": page,
        "told": tell(_read_by(request, sprint, page.object_list), timezone.localtime()),
        "history_url": url,
        "may_export": may(request.membership, Action.EXPORT_CLIENT),
        "asked_on": request.GET.get("on", ""),
        "today": timezone.localdate().isoformat(),
    }
    if "check" in request.GET:
        whole = ActivityEvent.objects.of(request.practice).filter(sprint=sprint)
        context |= {"was_checked": True, "broken_at": whole.first_broken()}  # type: ignore[attr-defined]
        context["length"] = whole.count()
    if context["asked_on"]:
        context |= _as_of(request, sprint, context["asked_on"])
    return context


def _as_of(request: TenantRequest, sprint: Sprint, asked: str) -> dict[str, Any]:
    day = _day(asked)
    if day is None:
        return {"day_trouble": f"“{asked}” isn’t a day that we can read, so no list is shown. "
                "Choose one in the calendar."}  # fmt: skip
    evening = timezone.make_aware(datetime.combine(day, time.max))
    risks = Risk.objects.of(request.practice).filter(sprint=sprint)
    if request.client_org is not None:
        risks = risks.filter(is_internal=False).exclude(plain_summary="")
    now = [Line(risk.ref, risk.title, risk.score, risk.state) for risk in risks]
    # The whole history is replayed: a founder's list depends on weights that only staff see
    # changing, and shows no more than the three words.
    whole = ActivityEvent.objects.of(request.practice).filter(sprint=sprint).order_by("seq")
    lines = list_as_of(now, whole, evening)
    return {
        "day": day,
        "lines": [line for line in lines if line.is_unsettled],
        "settled_count": sum(not line.is_unsettled for line in lines),
    }


def _day(asked: str) -> date | None:
    try:
        return parse_date(asked)
    except ValueError:
        return None


@never_cache
@require_safe
@allowed(Action.SEE)
def pulse(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """Whether anything has happened since the page was made; 304 where nothing has."""
    return _pulse(request, find_sprint(request, sprint_id))


@never_cache
@require_safe
@allowed(Action.SEE)
def client_pulse(request: TenantRequest, sprint_id: int) -> HttpResponse:
    return _pulse(request, _client_sprint(request, sprint_id))


def _pulse(request: TenantRequest, sprint: Sprint) -> HttpResponse:
    tag = str(_visible(request, sprint).aggregate(last=Max("seq"))["last"] or 0)
    known = request.headers.get(TAG_HEADER)
    if known == tag:
        unchanged = HttpResponseNotModified()
        unchanged[TAG_HEADER] = tag
        return unchanged
    response = HttpResponse(headers={TAG_HEADER: tag})
    if known is not None:
        response["HX-Trigger"] = "sprint-changed"
    return response


@require_safe
@allowed(Action.EXPORT_SPRINT)  # type: ignore[arg-type]  # a stream
def export(request: TenantRequest, sprint_id: int) -> FileResponse:
    """Everything of the sprint as one archive."""
    return _archive(find_sprint(request, sprint_id), for_client=False)


@require_safe
@allowed(Action.EXPORT_CLIENT)  # type: ignore[arg-type]  # a stream
def client_export(request: TenantRequest, sprint_id: int) -> FileResponse:
    """The founder's part of the sprint as one archive."""
    return _archive(_client_sprint(request, sprint_id), for_client=True)


def _archive(sprint: Sprint, *, for_client: bool) -> FileResponse:
    name = f"{slugify(sprint.project.name) or 'sprint'}-sprint-{sprint.number}.zip"
    made = write_archive(sprint, for_client=for_client)
    response = FileResponse(made, as_attachment=True, filename=name)
    response["Cache-Control"] = "no-store"
    return response


def _visible(request: TenantRequest, sprint: Sprint) -> ActivityQuerySet:
    """All events for staff; for the client's side those that are theirs to see."""
    if request.client_org is not None:
        return events_for_client(sprint)
    return ActivityEvent.objects.of(request.practice).filter(sprint=sprint)  # type: ignore[return-value]


def _read_by(
    request: TenantRequest, sprint: Sprint, events: Iterable[ActivityEvent]
) -> Iterable[ActivityEvent]:
    if request.client_org is None:
        return events
    return _by_title(sprint, as_client_reads(sprint, events))


def _by_title(sprint: Sprint, events: Iterable[ActivityEvent]) -> list[ActivityEvent]:
    """The client's pages name a risk by its title: its number stands on none of them."""
    risks = Risk.objects.of(sprint.practice_id).filter(sprint=sprint).only("number", "title")
    titles = {risk.ref: f"“{risk.title}”" for risk in risks}
    named = [copy(event) for event in events]
    for event in named:
        event.subject = titles.get(event.subject, event.subject)
    return named


def _client_sprint(request: TenantRequest, sprint_id: int) -> Sprint:
    assert request.client_org is not None  # noqa: S101 - below /c/ the middleware has found it
    sprints = Sprint.objects.of(request.practice).of_client(request.client_org)
    return get_object_or_404(sprints.select_related("project", "client", "lead"), pk=sprint_id)
