"""A person's inbox on either side, and how often mail goes about it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.digests import (
    WEEKLY,
    choose,
    choose_weekly,
    read_token,
    rhythm_of,
    stop,
    unread_of,
    wants_weekly,
)
from accounts.models import Notice, Practice
from accounts.notices import Rhythm
from accounts.roles import Action, Role
from accounts.tenancy.models import PracticeQuerySet
from accounts.tenancy.scope import Actor, practice_scope

PAGE_SIZE = 30
WEEKLIES = (("on", "Every Monday at eight"), ("off", "Never"))


@require_safe
@allowed(Action.SEE)
def inbox(request: TenantRequest) -> HttpResponse:
    return _inbox(request, _own(request))


@require_POST
@allowed(Action.SEE)
def inbox_open(request: TenantRequest, notice_id: int) -> HttpResponse:
    return _open(_own(request), notice_id)


@require_POST
@allowed(Action.SEE)
def inbox_read(request: TenantRequest) -> HttpResponse:
    _own(request).filter(read_at=None).update(read_at=timezone.now())
    return redirect("inbox", request.practice.slug)


@require_POST
@allowed(Action.SEE)
def inbox_mail(request: TenantRequest) -> HttpResponse:
    _choose(request)
    return redirect("inbox", request.practice.slug)


@require_safe
@allowed(Action.SEE)
def client_inbox(request: TenantRequest, sprint_id: int) -> HttpResponse:
    return _inbox(request, _own(request).filter(sprint_ref=sprint_id), sprint_id)


@require_POST
@allowed(Action.SEE)
def client_inbox_open(request: TenantRequest, sprint_id: int, notice_id: int) -> HttpResponse:
    return _open(_own(request).filter(sprint_ref=sprint_id), notice_id)


@require_POST
@allowed(Action.SEE)
def client_inbox_read(request: TenantRequest, sprint_id: int) -> HttpResponse:
    unread = _own(request).filter(sprint_ref=sprint_id, read_at=None)
    unread.update(read_at=timezone.now())
    return redirect("client-inbox", sprint_id)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE)
def client_settings(request: TenantRequest, sprint_id: int) -> HttpResponse:
    assert request.client_org is not None  # noqa: S101 - below /c/ the middleware has found it
    if request.method == "POST":
        _choose_weekly(request)
        _choose(request)
        return redirect("client-settings", sprint_id)
    own = (request.practice.pk, request.user.pk, request.client_org.pk)
    shown = {
        "sprint_id": sprint_id,
        "rhythm": _rhythm(request),
        "rhythms": Rhythm.choices,
        "weekly": "on" if wants_weekly(*own) else "off",
        "weeklies": WEEKLIES if request.membership.role == Role.FOUNDER else (),
    }
    return render(request, "accounts/notice_settings.html", shown)


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notice_stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET only shows. POST ends the mails: also from a mail program, which has no session."""
    named = read_token(token)
    practice = Practice.objects.filter(pk=named.practice_id).first() if named else None
    if named is None or practice is None:
        raise Http404("No mail of ours carries this link.")
    if request.method == "POST":
        with practice_scope(practice.pk, actor=Actor.SYSTEM):
            stop(practice, named)
    shown = {
        "practice": practice,
        "is_done": request.method == "POST",
        "is_weekly": named.kind == WEEKLY,
        "is_client": named.client_id is not None,
    }
    return render(request, "accounts/notice_stop.html", shown)


def _own(request: TenantRequest) -> PracticeQuerySet[Notice]:
    """What the visitor was told on the side where they stand."""
    notices = Notice.objects.of(request.practice).filter(person=request.user)
    if request.client_org is None:
        return notices.filter(is_for_client=False)
    return notices.of_client(request.client_org).filter(is_for_client=True)


def _client_id(request: TenantRequest) -> int | None:
    return request.client_org.pk if request.client_org else None


def unread_count(request: TenantRequest, sprint_id: int | None = None) -> int:
    """For the bar: one query, in a scope of its own, since an error page is written outside
    of any. A client's side counts what its inbox in this sprint shows."""
    client_id = _client_id(request)
    with practice_scope(request.practice.pk, actor=request.actor, client_id=client_id):
        unread = unread_of(request.practice.pk, request.user.pk, client_id)
        shown = unread if sprint_id is None else unread.filter(sprint_ref=sprint_id)
        return shown.count()


def _rhythm(request: TenantRequest) -> str:
    return rhythm_of(request.practice.pk, request.user.pk, _client_id(request))


def _choose(request: TenantRequest) -> None:
    rhythm = request.POST.get("rhythm", "")
    if rhythm not in Rhythm.values:
        messages.error(request, "That is none of the four. Nothing was changed.")
        return
    choose(request.practice, request.user.pk, _client_id(request), rhythm)
    messages.success(request, f"Mail about what happens: {Rhythm(rhythm).label.lower()}.")


def _choose_weekly(request: TenantRequest) -> None:
    """What the form doesn’t ask, as a viewer’s, stays as it is."""
    wanted = request.POST.get("weekly", "")
    if wanted in dict(WEEKLIES) and request.client_org is not None:
        client_id = request.client_org.pk
        choose_weekly(request.practice, request.user.pk, client_id, is_on=wanted == "on")


def _open(notices: PracticeQuerySet[Notice], notice_id: int) -> HttpResponse:
    notice = get_object_or_404(notices, pk=notice_id)
    notices.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())
    return redirect(notice.url)


def _inbox(
    request: TenantRequest, notices: PracticeQuerySet[Notice], sprint_id: int | None = None
) -> HttpResponse:
    page = Paginator(notices.order_by("-at", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    shown = {
        "page": page,
        "unread": notices.filter(read_at=None).count(),
        "sprint_id": sprint_id,
        "rhythm": _rhythm(request),
        "rhythms": Rhythm.choices,
    }
    name = "accounts/notices.html" if sprint_id is None else "accounts/notices_client.html"
    return render(request, name, shown)
