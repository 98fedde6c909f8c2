"""The practice's first page: every sprint, and the way to the next one."""

from collections.abc import Iterable

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import FETCH_RAISE
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import TenantRequest, allowed
from accounts.quotas import QuotaError
from accounts.roles import Action
from config.day_page import day_context
from config.portfolio_filter import Asked, Entry, chips, entries_of
from config.portfolio_rows import portfolio_rows
from config.quickstart import DomainKnownError, QuickStartForm, Started, quick_start
from sprints.models import Project, Sprint

PAGE_SIZE = 25


@require_safe
@allowed(Action.SEE)
def portfolio(request: TenantRequest) -> HttpResponse:
    entries = entries_of(request.practice)
    if not entries:
        return render(request, "pages/portfolio_start.html", {"form": QuickStartForm()})
    asked, today, me = Asked.of(request.GET), timezone.localdate(), request.user.pk
    filters = chips(entries, asked, me=me, today=today)
    found = [entry for entry in entries if asked.admits(entry, me=me, today=today)]
    found.sort(key=lambda entry: entry.place)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        **(day_context(request, at_work(entries)) if page.number == 1 and not request.GET else {}),
        "asked": asked,
        "chips": filters,
        "headline": headline({chip.show: chip.count for chip in filters}),
        "page": page,
        "rows": portfolio_rows(request.practice, loaded(request, page), me=request.user),
        "form": QuickStartForm(),
    }
    return render(request, "pages/portfolio.html", context)


def at_work(entries: Iterable[Entry]) -> dict[int, str]:
    """The project's name of each sprint that is at work."""
    return {entry.pk: entry.project for entry in entries if entry.is_at_work}


def loaded(request: TenantRequest, entries: Iterable[Entry]) -> list[Sprint]:
    """The sprints of the page in its order; whatever is not loaded here can't be asked for."""
    sprints = Sprint.objects.of(request.practice).select_related("project", "client", "lead")
    by_pk = sprints.fetch_mode(FETCH_RAISE).in_bulk([entry.pk for entry in entries])
    return [by_pk[entry.pk] for entry in entries]


def headline(counts: dict[str, int]) -> str:
    """The answer before the detail: `4 sprints at work. 2 can’t launch yet.`"""
    at_work, blocked = counts.get("all", 0), counts.get("blocked", 0)
    if not at_work:
        return "No sprint is at work."
    first = "1 sprint at work." if at_work == 1 else f"{at_work} sprints at work."
    if not blocked:
        return f"{first} No known risk stops a launch."
    if at_work == 1:
        return f"{first} It can’t launch yet."
    if blocked == at_work:
        return f"{first} None can launch yet."
    return f"{first} {blocked} can’t launch yet."


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.EDIT_WORK)
def quick_start_create(request: TenantRequest) -> HttpResponse:
    form = QuickStartForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return _start_page(request, form)
    started = _started(request, form) if form.is_valid() else None
    if not isinstance(started, Started):
        return _start_page(request, form, known=started)
    _tell(request, started)
    if started.run is None:
        return redirect("sprint", request.practice.slug, started.sprint.pk)
    return redirect("audits:run-detail", request.practice.slug, started.run.pk)


def _started(request: TenantRequest, form: QuickStartForm) -> Started | Project | None:
    """What was made; the project that has the domain already, or None with a sentence."""
    try:
        return quick_start(
            request.practice,
            by=request.user,
            live=form.live,
            client_name=form.cleaned_data["client_name"],
        )
    except DomainKnownError as error:
        form.add_error("domain", str(error))
        return error.project
    except QuotaError as error:
        form.add_error("client_name", str(error))
        return None


def _tell(request: TenantRequest, started: Started) -> None:
    project = started.sprint.project
    client = f"{project.client}, a new client" if started.is_new_client else project.client
    back = " The client was archived and is back." if started.is_client_back else ""
    messages.success(request, f"{project} is set up for {client}.{back}")
    if started.wait:
        messages.warning(request, started.wait)


def _start_page(
    request: TenantRequest, form: QuickStartForm, *, known: Project | None = None
) -> HttpResponse:
    words = {"practice_slug": request.practice.slug}
    known_url = ""
    if known is not None:
        known_url = reverse("sprints:project-detail", kwargs=words | {"project_id": known.pk})
    context = {"form": form, "known": known, "known_url": known_url}
    part = "#form" if request.htmx and form.is_bound else ""
    status = 422 if form.is_bound else 200
    return render(request, f"pages/portfolio_start.html{part}", context, status=status)
