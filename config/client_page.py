"""A founder's page: whether the launch date holds, what needs them, what could stop it.

Nothing internal goes into the context: no ids of checks, no figures, no evidence, no address
of a person; an internal risk, or one without its plain sentence, stays away.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action, Role
from config.client_finding import (
    asked_of,
    client_people,
    client_risks,
    client_url,
    find_client_sprint,
    weighing,
)
from config.client_launch import launch_word
from config.client_needs import needs_of
from config.client_standing import most_urgent, standing_of
from config.founder_words import Asked, accepted_words, nothing_needed
from config.sprint_page import day_of_sprint
from sprints.grouping import Group
from sprints.models import Risk, Sprint, Stage
from sprints.models.risk import RiskQuerySet
from sprints.moments import calendar_day
from sprints.rail import RailStage, rail

SHOWN_BEFORE = 6
SHOWN_NEEDS = 4
STATE_WORDS = {
    "done": "Done",
    "regressed": "Came back",
    "review": "Needs your yes",
    "work": "In progress",
    "todo": "Later",
}

# `Any` below: whatever a template reads.


@require_safe
@allowed(Action.SEE)
def client_sprint(request: TenantRequest, sprint_id: int) -> HttpResponse:
    found = find_client_sprint(request, sprint_id)
    return render(request, "pages/client_sprint.html", client_context(request, found))


def client_context(request: TenantRequest, sprint: Sprint) -> dict[str, Any]:
    all_risks = client_risks(sprint)
    risks = list(weighing(all_risks))
    asked = asked_of(request, sprint)
    standing = standing_of(sprint, asked, risks)
    stops, before = standing.stops, standing.before
    return {
        "sprint": sprint,
        "project": sprint.project.name,
        "over": over(sprint),
        "lead": asked.lead,
        "answer": standing.answer,
        "launch": launch_word(sprint, asked, is_stopped=bool(stops)),
        **needs_part(request, sprint, asked, risks),
        "calm_next": nothing_needed(standing.steps),
        "stages": founder_stages(sprint),
        "stops": [shown(group, asked) for group in stops],
        "before": [shown(group, asked) for group in before[:SHOWN_BEFORE]],
        "before_more_count": max(len(before) - SHOWN_BEFORE, 0),
        "before_count": len(before),
        "waiting_count": len(standing.groups) - len(stops) - len(before),
        "accepted": accepted_words(accepted_days(all_risks), asked.today),
        "next": standing.steps,
        "links": links(sprint),
    }


def needs_part(
    request: TenantRequest, sprint: Sprint, asked: Asked, risks: Sequence[Risk]
) -> dict[str, Any]:
    """The card of what waits; a viewer reads it and has nothing to press."""
    may_act = request.membership.role == Role.FOUNDER
    owners = {asked.me} if may_act else client_people(sprint)
    needs = needs_of(sprint, asked, risks, owners=owners)
    return {
        "needs": needs[:SHOWN_NEEDS],
        "needs_more": needs[SHOWN_NEEDS:],
        "may_act": may_act,
    }


def links(sprint: Sprint) -> dict[str, str]:
    """The ways from the first page to the others."""
    names = {
        "risks": "client-risk-list",
        "raise": "client-risk-create",
        "requests": "client-requests",
        "acceptances": "client-acceptances",
        "mails": "client-mail-tests",
        "consent": "client-consent",
        "performance": "client-performance",
        "history": "client-history",
        "settings": "client-settings",
    }
    return {key: client_url(name, sprint) for key, name in names.items()}


def accepted_days(risks: RiskQuerySet) -> list[date]:
    """Until when each accepted risk no longer counts."""
    accepted = risks.filter(state=Risk.State.ACCEPTED, accepted_until__isnull=False)
    return [risk.accepted_until for risk in accepted if risk.accepted_until]


def over(sprint: Sprint) -> str:
    today, launch_on = timezone.localdate(), sprint.project.launch_on
    parts = [day_of_sprint(sprint).capitalize()]
    parts.append(f"launch on {calendar_day(launch_on, today)}" if launch_on else "")
    return " · ".join(part for part in parts if part)


def founder_stages(sprint: Sprint) -> Sequence[RailStage]:
    stages = list(
        Stage.objects.of(sprint.practice_id).filter(sprint=sprint).prefetch_related("items")
    )

    def url_of(ordinal: int) -> str:
        return client_url("client-stage", sprint, ordinal=ordinal)

    steps = rail(stages, url_of=url_of)
    for stage, step in zip(stages, steps, strict=True):
        if stage.state == Stage.State.IN_REVIEW:
            step["state"] = "review"
        step["note"] = STATE_WORDS[step["state"]]
    waiting = next((step for step in steps if step["state"] == "todo"), None)
    if waiting is not None:
        waiting["note"] = "Next"
    return steps


def shown(group: Group, asked: Asked) -> dict[str, Any]:
    """A risk as a founder reads it; several of one cause are one thing."""
    risk = most_urgent(group)
    facts = [asked.who(risk)]
    if len(group) > 1:
        facts.insert(0, f"On {len(group)} of your addresses")
    if risk.state == Risk.State.FIXED:
        facts.append("Fixed, we check it next")
    elif risk.state == Risk.State.IN_PROGRESS:
        facts.append("Being fixed")
    return {
        "url": client_url("client-risk", risk.sprint_id, number=risk.number),
        "title": risk.title,
        "why": group[0].plain_summary,
        "band": str(risk.band),
        "facts": facts,
        "alarm": "Came back" if any(one.came_back_count for one in group) else "",
        "status": risk.state,
    }
