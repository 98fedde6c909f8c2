"""A founder's page: whether the launch date holds, what could stop it, who does what next.

Read only. Nothing internal goes into the context: no ids of checks, no figures, no evidence,
no address of a person; a risk without its plain sentence is still a draft and stays away.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import TenantRequest, allowed
from accounts.models import User
from accounts.roles import Action
from config.founder_words import Asked, founder_answer, next_steps
from config.launching import answer_of, last_whole_run
from config.sprint_page import day_of_sprint
from sprints.grouping import Group, grouped
from sprints.impact import Band
from sprints.listing import risks_of
from sprints.models import Risk, Sprint, Stage
from sprints.moments import calendar_day
from sprints.rail import RailStage, rail

SHOWN_BEFORE = 6
MOST_BEFORE = 60
STATE_WORDS = {"done": "Done", "regressed": "Came back", "work": "In progress", "todo": "Later"}

# `Any` below: whatever a template reads.


@require_safe
@allowed(Action.SEE)
def client_sprint(request: TenantRequest, sprint_id: int) -> HttpResponse:
    assert request.client_org is not None  # noqa: S101 - below /c/ the middleware has found it
    sprints = Sprint.objects.of(request.practice).of_client(request.client_org)
    found = get_object_or_404(sprints.select_related("project", "client", "lead"), pk=sprint_id)
    return render(request, "pages/client_sprint.html", client_context(request, found))


def client_context(request: TenantRequest, sprint: Sprint) -> dict[str, Any]:
    visible = [risk for risk in risks_of(sprint).unsettled() if risk.plain_summary]
    answer = answer_of(visible, last_whole_run(sprint))
    asked = Asked(
        me=request.user.pk,
        lead=first_name(sprint.lead),
        launch_on=sprint.project.launch_on,
        today=timezone.localdate(),
    )
    groups = grouped(visible, by_owner=True)
    stops = [group for group in groups if group[0].band == Band.CRITICAL]
    before = [group for group in groups if group[0].band in (Band.HIGH, Band.MEDIUM)]
    return {
        "project": sprint.project.name,
        "over": over(sprint),
        "lead": asked.lead,
        "answer": founder_answer(
            answer.answer, urgent(stops), urgent(before), len(answer.unseen), asked
        ),
        "stages": founder_stages(sprint),
        "stops": [shown(group, asked) for group in stops],
        "before": [shown(group, asked) for group in before[:SHOWN_BEFORE]],
        "before_more": [shown(group, asked) for group in before[SHOWN_BEFORE:MOST_BEFORE]],
        "before_count": len(before),
        "waiting_count": len(groups) - len(stops) - len(before),
        "next": next_steps(urgent(stops or before), asked, has_audit=answer.answer != "not_known"),
    }


def urgent(groups: list[Group]) -> list[Risk]:
    """Of each group the risk that is due first: they share title, state and owner."""
    return [most_urgent(group) for group in groups]


def most_urgent(group: Group) -> Risk:
    return min(group, key=lambda risk: risk.due_on or date.max)


def over(sprint: Sprint) -> str:
    today, launch_on = timezone.localdate(), sprint.project.launch_on
    parts = [day_of_sprint(sprint).capitalize()]
    parts.append(f"launch on {calendar_day(launch_on, today)}" if launch_on else "")
    return " · ".join(part for part in parts if part)


def first_name(person: User | None) -> str:
    """Never an address: somebody without a name is the consultant."""
    return person.name.split()[0] if person and person.name.strip() else "Your consultant"


def founder_stages(sprint: Sprint) -> Sequence[RailStage]:
    stages = Stage.objects.of(sprint.practice_id).filter(sprint=sprint).prefetch_related("items")
    steps = rail(list(stages), url_of=lambda _: "")
    for step in steps:
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
        "title": risk.title,
        "why": group[0].plain_summary,
        "band": str(risk.band),
        "facts": facts,
        "alarm": "Came back" if any(one.came_back_count for one in group) else "",
        "status": risk.state,
    }
