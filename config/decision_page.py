"""Decisions for staff: what is computed, what is recommended, what the founder will see."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from config.recommending import Asked
from sprints.accepting import ActRefusedError
from sprints.deciding import (
    holds_words,
    may_work,
    meet,
    recommend,
    withdraw_decision,
    words_of,
)
from sprints.mailing import first_name, founders_of
from sprints.models import Decision, DecisionCondition
from sprints.moments import ago, calendar_day
from sprints.views.finding import find_sprint, set_crumbs
from sprints.views.finding import words_of as url_words

INVALID = 422

# `Any` throughout: whatever a template reads.


@require_safe
@allowed(Action.SEE)
def decision_list(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """What holds now, with its conditions, and what was decided before."""
    sprint = find_sprint(request, sprint_id)
    set_crumbs(request, sprint, ("Decisions", ""))
    rows = Decision.objects.of(request.practice).filter(sprint=sprint)
    rows = rows.select_related("recommended_by", "confirmed_by")
    found = list(rows.prefetch_related("conditions__owner"))
    shown = [decision_row(one) for one in found]
    alive = (Decision.State.RECOMMENDED, Decision.State.CONFIRMED)
    words = url_words(sprint, request)
    context = {
        "sprint": sprint,
        "now": [row for row in shown if row["decision"].state in alive],
        "earlier": [row for row in shown if row["decision"].state not in alive],
        "may_work": may_work(sprint),
        "has_founder": bool(founders_of(sprint)),
        "create_url": reverse("sprints:decision-create", kwargs=words),
    }
    return render(request, "pages/decisions.html", context)


def decision_row(decision: Decision) -> dict[str, Any]:
    now = timezone.localtime()
    said = decision.confirmed_by or decision.recommended_by
    at = decision.ended_at or decision.confirmed_at or decision.recommended_at
    return {
        "decision": decision,
        "answer": words_of(decision),
        "computed": Decision.Outcome(decision.computed).label,
        "is_better": decision.computed != decision.outcome,
        "who": first_name(said),
        "when": ago(at, now),
        "holds": holds_words(decision) if decision.state == Decision.State.CONFIRMED else "",
        "conditions": [condition_row(one) for one in decision.conditions.all()],
    }


def condition_row(one: DecisionCondition) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "pk": one.pk,
        "text": one.text,
        "who": first_name(one.owner),
        "day": calendar_day(one.due_on, today),
        "is_met": one.met_at is not None,
        "is_late": one.met_at is None and one.due_on < today,
        "is_check": bool(one.check_id),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.RECOMMEND_DECISION)
def decision_create(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """Recommend: `kind` is start or launch; `act` is keep, preview or more (one row more)."""
    sprint = find_sprint(request, sprint_id)
    asked = Asked(request, sprint)
    if request.POST.get("act", "") == "keep" and asked.is_valid():
        try:
            recommend(sprint, asked.computed, asked.chosen(), by=request.user)
        except ActRefusedError as error:
            asked.refusal = str(error)
        else:
            messages.success(request, asked.kept_words())
            return redirect(reverse("sprints:decision-list", kwargs=url_words(sprint, request)))
    list_url = reverse("sprints:decision-list", kwargs=url_words(sprint, request))
    set_crumbs(request, sprint, ("Decisions", list_url), ("Recommend", ""))
    is_refused = request.method == "POST" and request.POST.get("act") == "keep"
    status = INVALID if is_refused else 200
    context = asked.context() | {"list_url": list_url, "sprint": sprint}
    return render(request, "pages/decision_create.html", context, status=status)


@require_POST
@allowed(Action.RECOMMEND_DECISION)
def decision_withdraw(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    """Take a recommendation back that nobody has answered."""
    sprint = find_sprint(request, sprint_id)
    rows = Decision.objects.of(request.practice).filter(sprint=sprint).select_related("sprint")
    try:
        withdraw_decision(get_object_or_404(rows, number=number), by=request.user)
        messages.success(request, "Your recommendation is taken back.")
    except ActRefusedError as error:
        messages.warning(request, str(error))
    return redirect(reverse("sprints:decision-list", kwargs=url_words(sprint, request)))


@require_POST
@allowed(Action.RECOMMEND_DECISION)
def condition_met(request: TenantRequest, sprint_id: int, condition_id: int) -> HttpResponse:
    """Say that a condition holds."""
    sprint = find_sprint(request, sprint_id)
    rows = DecisionCondition.objects.of(request.practice).filter(decision__sprint=sprint)
    found = get_object_or_404(rows.select_related("decision__sprint"), pk=condition_id)
    try:
        meet(found, by=request.user)
        messages.success(request, f"“{found.text}” is met.")
    except ActRefusedError as error:
        messages.warning(request, str(error))
    return redirect(reverse("sprints:decision-list", kwargs=url_words(sprint, request)))


SPRINT = "sprints/<int:sprint_id>"

# Pages of `sprints` that show what the audits know: config/urls.py adds them to its names.
sprint_patterns = [
    path(f"{SPRINT}/decisions/", decision_list, name="decision-list"),
    path(f"{SPRINT}/decisions/new/", decision_create, name="decision-create"),
    path(f"{SPRINT}/decisions/<int:number>/withdraw/", decision_withdraw, name="decision-withdraw"),
    path(f"{SPRINT}/conditions/<int:condition_id>/met/", condition_met, name="condition-met"),
]
