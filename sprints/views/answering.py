"""A founder answers what was asked, one at a time."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action, may
from sprints import keybox, requesting
from sprints.forms_requests import AnswerForm
from sprints.leaks import find_leak
from sprints.mailing import first_name
from sprints.models import Request, Sprint
from sprints.requesting import RequestRefusedError
from sprints.withholding import open_box

INVALID = 422
SHOWN = (
    Request.State.SENT,
    Request.State.DONE,
    Request.State.NOT_FOUND,
    Request.State.NOT_OURS,
)

# `Any` below: whatever a template reads.


@require_safe
@allowed(Action.SEE)
def client_requests(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = _sprint(request, sprint_id)
    rows = list(_rows(request, sprint))
    shown = _frame(sprint) | {
        "waiting": [one for one in rows if one.state == Request.State.SENT],
        "answered": [one for one in rows if one.state != Request.State.SENT],
    }
    return render(request, "sprints/client_requests.html", shown)


# The words beside a key could hold one, too.
@sensitive_post_parameters("key", "text")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE, post=Action.PROPOSE_FACTS)
@sensitive_variables()
def client_request(request: TenantRequest, sprint_id: int, request_id: int) -> HttpResponse:
    """One request with its steps and three answers; then on to the next."""
    sprint = _sprint(request, sprint_id)
    asked = get_object_or_404(_rows(request, sprint), pk=request_id)
    form = AnswerForm(request.POST or None, request=asked)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            _answer(request, asked, form.cleaned_data["text"])
        except RequestRefusedError as error:
            refusal = str(error)
        else:
            return _onward(request, sprint)
    shown = _frame(sprint) | {
        "asked": asked,
        "form": form,
        "refusal": refusal,
        "box": _box(sprint, form) if refusal else None,
        "is_open": asked.state == Request.State.SENT,
        "may_answer": may(request.membership, Action.PROPOSE_FACTS),
        **_place(_rows(request, sprint), asked),
        "by": first_name(asked.created_by),
        "back_url": reverse("client-requests", kwargs={"sprint_id": sprint.pk}),
        "back_name": "What we need from you",
    }
    status = INVALID if refusal or form.errors else 200
    return render(request, "sprints/client_request.html", shown, status=status)


def _box(sprint: Sprint, form: AnswerForm) -> Request | None:
    """Where the key goes that was typed into words."""
    return open_box(sprint) if find_leak(form.cleaned_data["text"]) else None


def _place(rows: QuerySet[Request], asked: Request) -> dict[str, int]:
    """`3 of 8`: how far the founder is; nothing for what is answered."""
    states = dict(rows.values_list("pk", "state"))
    waiting = [pk for pk, state in states.items() if state == Request.State.SENT]
    answered_count = len(states) - len(waiting)
    place = answered_count + waiting.index(asked.pk) + 1 if asked.pk in waiting else 0
    return {"place": place, "count": len(states)}


def _answer(request: TenantRequest, asked: Request, text: str) -> None:
    state = request.POST.get("answer", "")
    if asked.kind == Request.Kind.KEY and state == Request.State.DONE:
        # The words beside a key could hold a key, too; they are not kept.
        requesting.answer(asked, state, "", by=request.user)
        keybox.put(asked, request.POST.get("key", ""), by=request.user)
        return
    requesting.answer(asked, state, text, by=request.user)


def _onward(request: TenantRequest, sprint: Sprint) -> HttpResponse:
    left = _rows(request, sprint).filter(state=Request.State.SENT).first()
    if left is None:
        return redirect("client-requests", sprint_id=sprint.pk)
    return redirect("client-request", sprint_id=sprint.pk, request_id=left.pk)


def _rows(request: TenantRequest, sprint: Sprint) -> QuerySet[Request]:
    """What was sent; a draft is staff's, and so is what hangs on an internal risk."""
    rows = Request.objects.of(request.practice).filter(sprint=sprint, state__in=SHOWN)
    shown = rows.exclude(risk__is_internal=True).exclude(risk__plain_summary="")
    return shown.select_related("sprint__project", "created_by", "risk")


def _frame(sprint: Sprint) -> dict[str, Any]:
    return {
        "project": sprint.project.name,
        "sprint": sprint,
        "lead": first_name(sprint.lead),
        "back_url": reverse("client-sprint", kwargs={"sprint_id": sprint.pk}),
    }


def _sprint(request: TenantRequest, sprint_id: int) -> Sprint:
    assert request.client_org is not None  # noqa: S101 - below /c/ the middleware has found it
    sprints = Sprint.objects.of(request.practice).of_client(request.client_org)
    return get_object_or_404(sprints.select_related("project", "client", "lead"), pk=sprint_id)
