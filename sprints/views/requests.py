"""What a sprint's staff have asked for, and what came back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints import asking, keybox, requesting
from sprints.asking_ways import WAYS
from sprints.forms_requests import QuestionForm
from sprints.mailing import founders_of
from sprints.models import KeyBox, Request, Risk, Sprint
from sprints.models.request import Request as Asked
from sprints.nudging import last_nudged, nudged_lately
from sprints.requesting import FACTS, RequestRefusedError, why_not_asked
from sprints.views.finding import find_sprint, set_crumbs, words_of

INVALID = 422
MOST_DIGITS = 9
OPEN = (Asked.State.DRAFT, Asked.State.SENT)
# Asking once more for what a founder answered with "not now".
DEEPER_TITLE = "May we look deeper at your app now?"
DEEPER_WHY = (
    "Some faults show only when somebody asks for files that must not be public. Your yes is one "
    "tick, under “How deep we may look” on your first page."
)
VENDORS = sorted(((word, way.name) for word, way in WAYS.items()), key=lambda one: one[1].lower())

# `Any` below: whatever a template reads.


@require_safe
@allowed(Action.SEE)
def request_list(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    return render(request, "sprints/requests.html", list_context(request, sprint))


def list_context(
    request: TenantRequest, sprint: Sprint, *, form: QuestionForm | None = None
) -> dict[str, Any]:
    rows = Request.objects.of(request.practice).filter(sprint=sprint)
    shown = list(rows.exclude(state=Asked.State.WITHDRAWN).select_related("answered_by", "risk"))
    boxes = KeyBox.objects.of(request.practice).filter(request__sprint=sprint)
    about, lately = _asked_about(request, sprint), nudged_lately(sprint)
    by_request = {box.request_id: box for box in boxes.select_related("reader").order_by("pk")}
    set_crumbs(request, sprint, ("Requests", ""))
    return {
        "sprint": sprint,
        "drafts": [one for one in shown if one.state == Asked.State.DRAFT],
        "waiting": [one for one in shown if one.state == Asked.State.SENT],
        "answered": [
            {"request": one, "box": by_request.get(one.pk), "is_new": one.noted_at is None}
            for one in shown
            if one.state not in OPEN
        ],
        "form": form or QuestionForm(initial=_initial(request)),
        "about": about,
        "about_refusal": why_not_asked(about) if about else "",
        "about_url": _risk_url(request, sprint, about) if about else "",
        "vendors": VENDORS,
        "reminded_at": last_nudged(sprint),
        "remindable": [person for person in founders_of(sprint) if person.pk not in lately],
        "me": request.user.pk,
    }


def _initial(request: TenantRequest) -> dict[str, str]:
    """What the address asks about: a field brings its own question, and so do deeper looks."""
    if request.GET.get("about") == "deeper":
        return {"kind": "question", "title": DEEPER_TITLE, "why": DEEPER_WHY}
    field = request.GET.get("field", "")
    known = field if field in FACTS else ""
    return {"kind": "question", "field": known, "title": FACTS.get(known, "")}


def _asked_about(request: TenantRequest, sprint: Sprint) -> Risk | None:
    """The risk that a form or an address names, or none."""
    number = request.POST.get("risk", "") or request.GET.get("risk", "")
    if not (number.isascii() and number.isdigit() and len(number) <= MOST_DIGITS):
        return None
    return get_object_or_404(Risk.objects.of(request.practice), sprint=sprint, number=int(number))


def _risk_url(request: TenantRequest, sprint: Sprint, risk: Risk) -> str:
    words = words_of(sprint, request) | {"number": risk.number}
    return reverse("sprints:risk-detail", kwargs=words)


@require_POST
@allowed(Action.EDIT_WORK)
def request_create(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """Draft one question; the next press sends it."""
    sprint, form = find_sprint(request, sprint_id), QuestionForm(request.POST)
    if form.is_valid():
        try:
            requesting.ask(
                sprint, by=request.user, risk=_asked_about(request, sprint), **form.cleaned_data
            )
        except RequestRefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Drafted. It goes out with the next “Send”.")
            return _back(request, sprint)
    shown = list_context(request, sprint, form=form)
    return render(request, "sprints/requests.html", shown, status=INVALID)


@require_POST
@allowed(Action.EDIT_WORK)
def request_vendor(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """Draft the request for access at a vendor that no audit can see."""
    sprint = find_sprint(request, sprint_id)
    try:
        one = asking.ask_at(sprint, request.POST.get("vendor", ""), by=request.user)
    except RequestRefusedError as error:
        messages.info(request, str(error))
    else:
        messages.success(request, f"{one.vendor} is drafted. It goes out with the next “Send”.")
    return _back(request, sprint)


@require_POST
@allowed(Action.EDIT_WORK)
def request_nudge(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """One short mail about all that is open, to each founder; never twice a day."""
    sprint = find_sprint(request, sprint_id)
    try:
        mailed = requesting.remind(sprint, by=request.user)
    except RequestRefusedError as error:
        messages.info(request, str(error))
    else:
        names = " and ".join(str(person) for person in mailed)
        one = "gets one short mail" if len(mailed) == 1 else "get one short mail each"
        messages.success(request, f"{names} {one}.")
    return _back(request, sprint)


@require_POST
@allowed(Action.EDIT_WORK)
def request_send(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    try:
        count = requesting.send(sprint, by=request.user)
    except RequestRefusedError as error:
        messages.info(request, str(error))
    else:
        words = "1 request is" if count == 1 else f"{count} requests are"
        messages.success(request, f"{words} {_way(sprint)}")
    return _back(request, sprint)


def _way(sprint: Sprint) -> str:
    if founders_of(sprint):
        return "on the way, in one mail."
    return "ready, but no mail went: no founder has joined yet. Invite one, they find it there."


@require_http_methods(["POST"])
@allowed(Action.EDIT_WORK)
def request_act(request: TenantRequest, sprint_id: int, request_id: int, act: str) -> HttpResponse:
    """`withdrawal`, `again` or `noted`."""
    sprint = find_sprint(request, sprint_id)
    asked = _request(request, sprint, request_id)
    acts = {
        "withdrawal": requesting.withdraw,
        "again": requesting.ask_again,
        "noted": requesting.note,
    }
    try:
        acts[act](asked, by=request.user)
    except RequestRefusedError as error:
        messages.info(request, str(error))
    return _back(request, sprint)


@never_cache
@require_POST
@allowed(Action.EDIT_WORK)
@sensitive_variables()
def key_read(request: TenantRequest, sprint_id: int, box_id: int) -> HttpResponse:
    """The key on a page that no browser keeps; afterwards it is gone."""
    sprint = find_sprint(request, sprint_id)
    boxes = KeyBox.objects.of(request.practice).filter(request__sprint=sprint)
    box = get_object_or_404(boxes.select_related("request__sprint", "reader"), pk=box_id)
    set_crumbs(request, sprint, ("Requests", _list_url(request, sprint)), ("Key", ""))
    shown: dict[str, Any] = {"sprint": sprint, "box": box}
    try:
        shown["secret"] = keybox.read_once(box, by=request.user)
    except RequestRefusedError as error:
        shown["refusal"] = str(error)
        return render(request, "sprints/key.html", shown, status=409)
    return render(request, "sprints/key.html", shown)


def _request(request: TenantRequest, sprint: Sprint, request_id: int) -> Request:
    rows = Request.objects.of(request.practice).filter(sprint=sprint)
    return get_object_or_404(rows.select_related("sprint"), pk=request_id)


def _list_url(request: TenantRequest, sprint: Sprint) -> str:
    return f"/p/{request.practice.slug}/sprints/{sprint.pk}/requests/"


def _back(request: TenantRequest, sprint: Sprint) -> HttpResponse:
    return redirect(_list_url(request, sprint))
