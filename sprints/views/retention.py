"""Finished work and how long it has been kept, beside the practice's own rule."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import TenantRequest, allowed, set_crumbs
from accounts.roles import Action
from sprints.models import Sprint

OVER = (Sprint.State.SIGNED, Sprint.State.CLOSED, Sprint.State.CANCELLED)
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Finished:
    """A sprint that is over, the day of its last event, and whether its time is past."""

    sprint: Sprint
    ended_on: date
    kept_days: int
    is_past: bool


def finished(sprint: Sprint, ended_on: date, *, today: date, kept: timedelta) -> Finished:
    """Past its time from the day after the last one of the practice's rule."""
    age = today - ended_on
    return Finished(sprint, ended_on, age.days, is_past=age > kept)


@require_safe
@allowed(Action.PRACTICE_SETTINGS)
def finished_work(request: TenantRequest) -> HttpResponse:
    over = Sprint.objects.of(request.practice).filter(
        Q(state__in=OVER) | Q(archived_at__isnull=False)
    )
    rows = over.select_related("project", "client").annotate(ended_at=Max("events__at"))
    kept = timedelta(days=request.practice.retention_days)
    today = timezone.localdate()
    found = [
        finished(one, timezone.localdate(one.ended_at or one.created_at), today=today, kept=kept)
        for one in rows.order_by("ended_at", "pk")[:MOST_SHOWN]
    ]
    set_crumbs(
        request, ("Settings", f"/p/{request.practice.slug}/settings/"), ("Finished work", "")
    )
    shown = {
        "past": [one for one in found if one.is_past],
        "kept": [one for one in found if not one.is_past],
        "kept_days": request.practice.retention_days,
    }
    return render(request, "sprints/finished.html", shown)
