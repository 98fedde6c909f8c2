"""A decision as the founder meets it: the one sentence, why, what it asks, two buttons."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import stepup
from accounts.access import TenantRequest, allowed
from accounts.models import User
from accounts.roles import Action, may
from config.deciding_inputs import computed_now
from sprints.accepting import ActRefusedError
from sprints.deciding import ChangedError, confirm, holds_words, may_bind, talk_first
from sprints.forms_decisions import TalkForm
from sprints.mailing import first_name
from sprints.models import Decision, Sprint
from sprints.moments import calendar_day
from sprints.outcome import Computed, Line, differences, headed, is_better, lines_of
from sprints.views.acceptances import client_sprint_of

CONFLICT, FORBIDDEN, INVALID = 409, 403, 422

TITLES = {
    ("launch", "go"): "Yes, launch",
    ("launch", "conditional_go"): "Yes, launch, if this holds",
    ("launch", "no_go"): "Not yet",
    ("start", "go"): "Yes, work can start",
    ("start", "conditional_go"): "Yes, start, if this holds",
    ("start", "no_go"): "Work can’t start yet",
}
ACTS = {
    ("launch", "go"): "Yes, launch",
    ("launch", "conditional_go"): "Yes, launch if this holds",
    ("launch", "no_go"): "Agreed, not yet",
    ("start", "go"): "Yes, start",
    ("start", "conditional_go"): "Yes, start if this holds",
    ("start", "no_go"): "Agreed, not yet",
}
STATES = {
    "confirmed": "You said yes",
    "declined": "You wanted to talk first",
    "withdrawn": "Taken back",
    "superseded": "A newer answer holds",
    "lapsed": "No longer counts",
}

# `Any` throughout: whatever a template reads.


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.SEE, post=Action.CONFIRM_DECISION)
def client_decision(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    """Read it and, as a founder, say yes (`answer` is yes) or ask to talk."""
    sprint = client_sprint_of(request, sprint_id)
    decision = find(request, sprint, number)
    if request.method != "POST":
        return show(request, decision)
    refusal = may_bind(request)
    if refusal:
        return show(request, decision, refusal=refusal, status=FORBIDDEN)
    try:
        if request.POST.get("answer") == "yes":
            return said_yes(request, decision)
        return said_talk(request, decision)
    except ActRefusedError as error:
        again = find(request, sprint, number)
        return show(request, again, refusal=str(error), status=CONFLICT)


def said_yes(request: TenantRequest, decision: Decision) -> HttpResponse:
    is_launch = decision.kind == Decision.Kind.LAUNCH
    if is_launch and decision.outcome != Decision.Outcome.NO_GO:
        step = stepup.demand(request, f"say yes to the launch of {decision.sprint.project}")
        if step is not None:
            return step
    try:
        seen = request.POST.get("seen", "")
        kept = confirm(decision, seen=seen, now=computed_now(decision), by=request.user)
    except ChangedError:
        why = "Something changed while you read. Look at it once more, then answer."
        return show(request, decision, refusal=why, status=CONFLICT)
    until = holds_words(kept)
    messages.success(request, f"Your yes counts{f' {until}' if until else ''}.")
    return redirect(request.path)


def said_talk(request: TenantRequest, decision: Decision) -> HttpResponse:
    form = TalkForm(request.POST)
    if not form.is_valid():
        return show(request, decision, talk=form, status=INVALID)
    talk_first(decision, form.cleaned_data["words"], by=request.user)
    lead = first_name(decision.sprint.lead)
    messages.success(request, f"{lead} knows that you want to talk first and calls you.")
    return redirect(request.path)


def find(request: TenantRequest, sprint: Sprint, number: int) -> Decision:
    rows = Decision.objects.of(request.practice).of_client(sprint.client_id)
    shown = rows.filter(sprint=sprint).exclude(state=Decision.State.WITHDRAWN)
    related = shown.select_related("sprint__project", "sprint__lead", "recommended_by")
    found = get_object_or_404(related.prefetch_related("conditions__owner"), number=number)
    found.sprint = sprint
    return found


def show(
    request: TenantRequest,
    decision: Decision,
    *,
    refusal: str = "",
    talk: TalkForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """What it rests on now, where it still waits; what it rested on, where it is answered."""
    is_asked = decision.state == Decision.State.RECOMMENDED
    stored = lines_of(decision.inputs)
    now = computed_now(decision) if is_asked else Computed(decision.kind, stored)
    outcome, computed = decision.outcome, now.outcome if is_asked else decision.computed
    card = founder_card(decision.kind, outcome, computed, now.lines, decision.recommended_by)
    sprint = decision.sprint
    newer = Decision.objects.of(sprint.practice_id).filter(sprint=sprint, kind=decision.kind)
    current = newer.filter(state=Decision.State.CONFIRMED).exclude(pk=decision.pk).first()
    context = {
        "project": sprint.project.name,
        "back_url": reverse("client-sprint", kwargs={"sprint_id": sprint.pk}),
        "sprint": sprint,
        "decision": decision,
        "is_asked": is_asked,
        "may_answer": may(request.membership, Action.CONFIRM_DECISION),
        "unbound": may_bind(request),
        "is_stuck": is_better(outcome, now.outcome) and is_better(decision.computed, now.outcome),
        "changed": differences(stored, now.lines) if is_asked else [],
        "seen": now.digest,
        "refusal": refusal,
        "state": STATES.get(decision.state, ""),
        "holds": holds_words(decision) if decision.state == Decision.State.CONFIRMED else "",
        "current_number": current.number if current else 0,
        "talk": talk or TalkForm(),
        "card": card
        | {
            "is_answered": not is_asked,
            "rationale": decision.rationale,
            "change_words": decision.change_words,
            "conditions": conditions_of(decision),
        },
        "lead": first_name(sprint.lead),
    }
    return render(request, "pages/client_decision.html", context, status=status)


def founder_card(
    kind: str, outcome: str, computed: str, lines: Sequence[Line], by: User
) -> dict[str, Any]:
    """The sentence, the computed answer where it is another, and the reasons."""
    return {
        "over": "The start of work" if kind == Decision.Kind.START else "The launch",
        "who": first_name(by),
        "title": TITLES[kind, outcome],
        "act": ACTS[kind, outcome],
        "computed": TITLES[kind, computed] if computed != outcome else "",
        "tone": {"go": "good", "conditional_go": "warn", "no_go": "bad"}[outcome],
        "reasons": headed(lines, for_founder=True),
    }


def conditions_of(decision: Decision) -> list[dict[str, Any]]:
    today = timezone.localdate()
    return [
        {
            "text": one.text,
            "who": first_name(one.owner),
            "day": calendar_day(one.due_on, today),
            "is_met": one.met_at is not None,
        }
        for one in decision.conditions.all()
    ]


client_patterns = [
    path("c/s/<int:sprint_id>/decisions/<int:number>/", client_decision, name="client-decision"),
]
