"""The risks as a founder reads them: the list by band, and one by itself."""

import re
from collections.abc import Sequence
from copy import copy
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action, may
from config.change_page import client_context
from config.client_check import act_context
from config.client_finding import (
    asked_of,
    client_people,
    client_risks,
    client_url,
    find_client_risk,
    find_client_sprint,
    first_name,
    is_theirs,
    mark_opened,
)
from config.client_history import history
from config.client_page import over, shown
from config.founder_words import Asked
from sprints.drawer import prompt_of
from sprints.forms_founder import FounderRiskForm
from sprints.grouping import grouped
from sprints.impact import Band
from sprints.models import Acceptance, Evidence, Risk, Sprint
from sprints.moments import calendar_day
from sprints.prompt import masked
from sprints.proofs import client_proofs
from sprints.raising import raise_risk
from sprints.rows import where
from sprints.threads import About, thread

SECTIONS = (
    ("Stops the launch", (Band.CRITICAL,)),
    ("Fix before the launch", (Band.HIGH, Band.MEDIUM)),
    ("Can wait", (Band.LOW,)),
)
OWNERS = ("yours",)
MAX_SEEN_CHARS = 300
# What stands between backticks for engineers is quoted for founders.
CODE = re.compile(r"`([^`]+)`")
# `Any` below: whatever a template reads.


@require_safe
@allowed(Action.SEE)
def client_risk_list(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_client_sprint(request, sprint_id)
    return render(request, "pages/client_risks.html", list_context(request, sprint))


def list_context(request: TenantRequest, sprint: Sprint) -> dict[str, Any]:
    asked, people = asked_of(request, sprint), client_people(sprint)
    everything = list(client_risks(sprint))
    is_yours = request.GET.get("owner") in OWNERS
    risks = [risk for risk in everything if not is_yours or is_theirs(risk, people)]
    counting = [risk for risk in risks if counts(risk)]
    rest = [risk for risk in risks if not counts(risk) and risk.state != Risk.State.INVALID]
    return {
        "sprint": sprint,
        "project": sprint.project.name,
        "over": over(sprint),
        "lead": asked.lead,
        "is_yours": is_yours,
        "all_count": sum(counts(risk) for risk in everything),
        "yours_count": sum(counts(risk) and is_theirs(risk, people) for risk in everything),
        "sections": sections(counting, asked),
        "rest": [settled(risk, asked) for risk in rest],
        **back_to(sprint),
        "may_raise": may(request.membership, Action.CREATE_RISK),
    }


def back_to(sprint: Sprint) -> dict[str, str]:
    return {"back_url": client_url("client-sprint", sprint)}


def counts(risk: Risk) -> bool:
    """Whether it weighs on the launch: open, and not agreed to lie outside the sprint."""
    return risk.is_unsettled and risk.outside_accepted_at is None


def sections(risks: Sequence[Risk], asked: Asked) -> list[dict[str, Any]]:
    """The bands that hold something, each with its cards."""
    groups = grouped(risks, by_owner=True)
    found = [
        (title, [shown(group, asked) for group in groups if group[0].band in bands])
        for title, bands in SECTIONS
    ]
    return [{"title": title, "risks": rows} for title, rows in found if rows]


def settled(risk: Risk, asked: Asked) -> dict[str, str]:
    """One line of what no longer counts, and why."""
    words = "Fixed and checked"
    if risk.state == Risk.State.ACCEPTED:
        until = risk.accepted_until
        words = f"Accepted until {calendar_day(until, asked.today)}" if until else "Accepted"
    elif risk.outside_accepted_at is not None:
        words = "Outside this sprint"
    url = client_url("client-risk", risk.sprint_id, number=risk.number)
    return {"title": risk.title, "words": words, "url": url}


@require_safe
@allowed(Action.SEE)
def client_risk(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    sprint = find_client_sprint(request, sprint_id)
    risk = find_client_risk(request, sprint, number)
    return render(request, "pages/client_risk.html", risk_context(request, sprint, risk))


@require_POST
@allowed(Action.SEE)
def client_risk_opened(request: TenantRequest, sprint_id: int, number: int) -> HttpResponse:
    """The page says by itself that it is being read: no GET changes a row."""
    risk = find_client_risk(request, find_client_sprint(request, sprint_id), number)
    mark_opened(risk)
    return HttpResponse(status=204)


def risk_context(request: TenantRequest, sprint: Sprint, risk: Risk) -> dict[str, Any]:
    asked = asked_of(request, sprint)
    return {
        **client_context(request, risk),
        **act_context(request, sprint, risk, asked),
        "project": sprint.project.name,
        "lead": asked.lead,
        "who": asked.who(risk),
        "seen": masked(risk.observed)[:MAX_SEEN_CHARS],
        "where": where(risk.subject),
        "remedy": CODE.sub(r"“\1”", risk.remedy),
        "others": others(risk),
        "prompt": founders_prompt(risk),
        "history": history(risk, timezone.localtime()),
        "back_url": client_url("client-risk-list", sprint),
        "back_name": "All that we found",
        "thread": thread(request, sprint, About(risk=risk)),
        "evidence": client_proofs(request, Evidence.objects.filter(risk=risk)),
        "may_show": may(request.membership, Action.UPLOAD_EVIDENCE),
        "show_url": client_url("client-risk-evidence-create", sprint, number=risk.number),
        "is_offered": risk.outside_offered_at is not None and counts(risk),
        "outside_url": client_url("client-outside", sprint, number=risk.number),
        "proposed": proposed(risk, asked),
        "may_agree": may(request.membership, Action.DECIDE_ACCEPTANCE),
    }


def proposed(risk: Risk, asked: Asked) -> dict[str, str] | None:
    """The acceptance that waits for the founder's word, if there is one."""
    found = Acceptance.objects.of(risk.practice_id).filter(
        risk=risk, state=Acceptance.State.PROPOSED
    )
    one = found.select_related("proposer").first()
    if one is None:
        return None
    until = calendar_day(one.expires_on, asked.today)
    return {
        "text": f"{first_name(one.proposer)} proposes to live with it until {until}.",
        "url": client_url("client-acceptance", risk.sprint_id, acceptance_id=one.pk),
    }


def others(risk: Risk) -> list[dict[str, str]]:
    """The other addresses at which the same cause shows."""
    if not risk.check_id:
        return []
    same = client_risks(risk.sprint).filter(check_id=risk.check_id, title=risk.title)
    return [
        {
            "name": where(one.subject) or one.title,
            "url": client_url("client-risk", one.sprint_id, number=one.number),
        }
        for one in same.unsettled().exclude(pk=risk.pk)[:12]
    ]


def founders_prompt(risk: Risk) -> str:
    """The fix prompt without the name of our check: a founder runs it by its button."""
    if not risk.remedy:
        return ""
    without = copy(risk)
    without.check_id = ""
    return prompt_of(without)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Action.CREATE_RISK)
def client_risk_create(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_client_sprint(request, sprint_id)
    form = FounderRiskForm(request.POST or None)
    if form.is_bound and form.is_valid():
        risk = raise_risk(sprint, form.save(commit=False), by=request.user)
        lead = asked_of(request, sprint).lead
        messages.success(request, f"Thank you, it is on the list. {lead} looks at it next.")
        return redirect(client_url("client-risk", sprint, number=risk.number))
    context = {"sprint": sprint, "project": sprint.project.name, "form": form}
    context |= {"lead": asked_of(request, sprint).lead, **back_to(sprint)}
    status = 422 if form.is_bound else 200
    return render(request, "pages/client_risk_create.html", context, status=status)
