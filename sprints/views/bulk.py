"""Saying one thing about all ticked risks, and a founder's yes to what lies outside."""

from datetime import date
from typing import Final

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts import stepup
from accounts.access import TenantRequest, allowed
from accounts.models import User
from accounts.roles import Action
from sprints.bulk import (
    STATES,
    Act,
    BulkRefusedError,
    apply,
    giving,
    moving,
    offering,
    picked,
    promising,
    showing,
    sorting,
)
from sprints.filters import RiskFilter
from sprints.forms import people_of
from sprints.impact import Band
from sprints.models import Risk, Sprint
from sprints.models.risk import StaleRiskError
from sprints.outside import agree
from sprints.triage import Word
from sprints.views.finding import find_sprint, set_crumbs, words_of
from sprints.views.risks import list_context

INVALID: Final = 422
MAX_DIGITS: Final = 9


@require_POST
@allowed(Action.SCORE_RISK)
def risk_bulk(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """To all or to none; what was ticked and typed stays where it is refused."""
    sprint = find_sprint(request, sprint_id)
    chosen = picked(request.POST.getlist("risk"))
    try:
        count = apply(sprint, chosen, asked_act(request, sprint))
    except BulkRefusedError as refusal:
        set_crumbs(request, sprint, ("Risks", ""))
        context = list_context(request, sprint)
        context |= {
            "refusals": refusal.sentences,
            "ticked": {one.number for one in chosen},
            "typed": request.POST,
        }
        return render(request, "pages/risks.html", context, status=INVALID)
    messages.success(request, f"Done for {count} risk{'' if count == 1 else 's'}.")
    query = RiskFilter.of(request.GET).query
    return redirect(reverse("sprints:risk-list", kwargs=words_of(sprint, request)) + query)


def asked_act(request: TenantRequest, sprint: Sprint) -> Act:
    """What the pressed button asks for. Raises BulkRefusedError with what is missing."""
    sent, by = request.POST, request.user
    act = sent.get("act", "")
    if act == "owner":
        return giving(asked_owner(sent.get("owner", ""), sprint), by)
    if act == "due":
        return promising(asked_day(sent.get("due_on", "")), by)
    if act == "state" and sent.get("state") in STATES:
        return moving(str(sent["state"]), by)
    if act in ("client", "internal"):
        return showing(act, by)
    if act in tuple(Word):
        return sorting(Word(act), by)
    if act == "outside" and sent.get("words", "").strip():
        return offering(sent["words"], by)
    missing = {
        "state": "No state is chosen. Choose one beside the button.",
        "outside": "The founder agrees to a sentence, and there is none yet. Write why these "
        "lie outside and what you offer.",
    }
    raise BulkRefusedError([missing.get(act, "Nothing was asked for. Press one of the buttons.")])


def asked_owner(text: str, sprint: Sprint) -> User | None:
    if not text:
        return None
    people = people_of(sprint.client)
    if not text.isdecimal() or len(text) > MAX_DIGITS or int(text) not in people:
        raise BulkRefusedError(["Only people of this sprint can have a risk. Choose one."])
    return User.objects.get(pk=int(text))


def asked_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BulkRefusedError([f"“{text[:20]}” is no day. Write it as 2026-12-04."]) from error


@require_POST
@allowed(Action.DECIDE_ACCEPTANCE)
def client_outside(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    """The founder agrees, in one tap; for what stops the launch they prove who they are."""
    assert request.client_org is not None  # noqa: S101 - below /c/ the middleware has found it
    risks = Risk.objects.of(request.practice).of_client(request.client_org)
    shown = risks.filter(Q(is_internal=False) & ~Q(plain_summary=""), sprint=sprint_id)
    risk = get_object_or_404(shown.select_related("sprint"), number=number)
    words = {"sprint_id": sprint_id, "number": number}
    back = reverse("client-risk", kwargs=words)
    offered = risk.outside_offered_at.isoformat() if risk.outside_offered_at else ""
    if request.POST.get("offered", offered) != offered:
        messages.warning(request, "The offer was changed since you read it. Here is the new one.")
        return redirect(back)
    if risk.band == Band.CRITICAL and offered and risk.outside_accepted_at is None:
        step = stepup.demand(request, "leave something outside that would stop the launch")
        if step is not None:
            return step
    try:
        agree(risk, by=request.user, seen_version=risk.row_version)
        messages.success(request, "Agreed: this lies outside the sprint.")
    except ValueError as why:
        messages.warning(request, str(why))
    except StaleRiskError:
        messages.warning(request, "It was changed this very moment. Read it again.")
    return redirect(back)
