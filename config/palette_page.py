"""The palette's one address: a page of its own, and for htmx the list beneath the field."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from accounts import access
from accounts.access import TenantRequest, allowed
from accounts.roles import Action, Role
from config.palette import MAX_WORDS_CHARS, Seeker, found
from sprints.models import Sprint

MOST_DIGITS = 12


@require_safe
@allowed(Action.SEE)
def find(request: TenantRequest) -> HttpResponse:
    # PostgreSQL takes no NUL.
    words = request.GET.get("q", "").replace("\0", " ").strip()[:MAX_WORDS_CHARS]
    sprint = _sprint(request)
    is_owner = request.membership.role == Role.OWNER
    groups = found(Seeker(request.practice, request.user, is_owner, sprint), words)
    count = sum(len(group.hits) for group in groups)
    shown = {"asked": words, "groups": groups, "count": count, "sprint": sprint}
    if request.htmx:
        return render(request, "pages/_found.html", shown)
    access.set_crumbs(request, ("Go to", ""))
    return render(request, "pages/find.html", shown)


def _sprint(request: TenantRequest) -> Sprint | None:
    """The sprint from which one looks; one that is not the practice's is as good as none."""
    asked = request.GET.get("sprint", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) <= MOST_DIGITS):
        return None
    rows = Sprint.objects.of(request.practice).select_related("project", "client", "lead")
    return rows.filter(pk=int(asked)).first()


urlpatterns = [path("p/<slug:practice_slug>/find/", find, name="find")]
