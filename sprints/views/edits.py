"""Changing one thing about a risk, where it is read."""

from copy import copy
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints.filters import RiskFilter
from sprints.forms import RiskForm
from sprints.forms_triage import EDITS, TriageForm
from sprints.listing import place_of
from sprints.models import Risk
from sprints.models.risk import StaleRiskError
from sprints.rows import risk_row
from sprints.views.finding import find_risk, words_of
from sprints.views.risks import detail_context, drawer_context

CONFLICT: Final = 409
INVALID: Final = 422


@require_safe
@allowed(Action.SEE)
def risk_drawer(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    """The drawer and the line by themselves, as they are now: after a check has answered."""
    context = with_line(request, drawer_context(request, find_risk(request, sprint_id, number)))
    return render(request, "pages/risks.html#kept", context)


@require_POST
@allowed(Action.SCORE_RISK)
def risk_edit(request: TenantRequest, sprint_id: int, number: int, part: str) -> HttpResponse:
    """One part of the risk by one form; a newer row answers 409 with both values."""
    risk = find_risk(request, sprint_id, number)
    if part not in EDITS:
        raise Http404
    form = EDITS[part](request.POST, instance=copy(risk), by=request.user)
    if not form.is_valid():
        return refused(request, risk, form, INVALID)
    place = place_of(risk)
    try:
        form.keep(risk)
    except StaleRiskError:
        return refused(request, find_risk(request, sprint_id, number), form, CONFLICT)
    return kept(request, risk, part, place)


def kept(request: TenantRequest, risk: Risk, part: str, place: int) -> HttpResponse:
    """The page again; for htmx the drawer and the line, which does not jump."""
    if not request.htmx:
        words = words_of(risk.sprint, request, number=risk.number)
        query = RiskFilter.of(request.GET).query
        return redirect(reverse("sprints:risk-detail", kwargs=words) + query)
    moved = place_of(risk)
    context = drawer_context(request, risk)
    context |= {"edited": part, "moves_to": moved if moved != place else 0}
    return render(request, "pages/risks.html#kept", with_line(request, context))


# `Any`: whatever a template reads.
def with_line(request: TenantRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context with the risk's line of the list, to be put into its place."""
    url = context["risk_url"] + RiskFilter.of(request.GET).query
    line = risk_row(
        context["risk"],
        url=url,
        today=timezone.localdate(),
        is_selected=True,
        moves_to=context.get("moves_to", 0),
    )
    return context | {"line": line}


def refused(request: TenantRequest, risk: Risk, form: RiskForm, status: int) -> HttpResponse:
    """What was typed stays; after a conflict the other value stands beside it."""
    if status == CONFLICT:
        form = renewed(form, risk)
    if not request.htmx:
        context = detail_context(request, risk, bound=form)
        return render(request, "pages/risks.html", context, status=status)
    context = with_line(request, drawer_context(request, risk, bound=form))
    if isinstance(form, TriageForm):
        context["line"]["alarm"] = sorted_why_not(form)
    return render(request, "pages/risks.html#kept", context, status=status)


def sorted_why_not(form: TriageForm) -> str:
    """Why the word was not kept, for the row where its key was pressed."""
    if form.now_says:
        return "Somebody changed it meanwhile; press again if you still mean it."
    return next((str(why) for errors in form.errors.values() for why in errors), "")


def renewed(form: RiskForm, risk: Risk) -> RiskForm:
    """The same typed values on the newer row, with what it says now."""
    data = {name: form.data[name] for name in form.data} | {"row_version": str(risk.row_version)}
    again = type(form)(data, instance=copy(risk), by=form.by)
    again.now_says = now_says(again, risk)
    return again


def now_says(form: RiskForm, risk: Risk) -> str:
    """The row's own values, as the form's fields show them."""
    fresh = type(form)(instance=copy(risk), by=form.by)
    said = []
    for bound in fresh:
        if bound.is_hidden:
            continue
        value = bound.value()
        choices = dict(getattr(bound.field, "choices", ()) or ())
        said.append(str(choices.get(value, value)) if value not in (None, "") else "nothing")
    return "; ".join(said)
