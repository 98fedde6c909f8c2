"""A sprint's page for staff: where it stands, what stops the launch, what to do next."""

from typing import Any, cast

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import TenantRequest, allowed
from accounts.models import ClientMembership, MemberStatus
from accounts.roles import Action, Role
from audits.catalogue import BY_ID
from audits.models import AuditRun, Finding
from config.launching import answer_of, coverage_sentence, last_whole_run
from sprints.drawer import prompt_of
from sprints.filters import RiskFilter
from sprints.forms import people_of
from sprints.launch import LaunchAnswer
from sprints.listing import lines_of, listing
from sprints.models import ActivityEvent, Risk, Sprint, Stage
from sprints.moments import ago, calendar_day, distance, working_days
from sprints.rail import rail
from sprints.rows import GroupRow, RiskRow, seen_rows
from sprints.telling import tell
from sprints.views.finding import find_sprint, set_crumbs, words_of

SHOWN_RISKS = 10
SHOWN_RUNS = 4
SHOWN_EVENTS = 6
# Why a check could not look, and what happens about it.
NEXT_STEPS = {
    "blocked": "The site’s own firewall stopped us. Let our bot in, then look again.",
    "unknown": "No answer came in time. The next audit asks again.",
}

# `Any` throughout: whatever a template reads.


@require_safe
@allowed(Action.SEE)
def sprint(request: TenantRequest, sprint_id: int) -> HttpResponse:
    found = find_sprint(request, sprint_id)
    set_crumbs(request, found)
    risks = list(lines_of(found))
    run = last_whole_run(found)
    answer = answer_of(risks, run)
    context = {
        "sprint": found,
        "head": head(found),
        "stages": stage_rail(request, found),
        "answer": answer,
        "reasons_url": reasons_url(request, found, answer),
        "coverage": coverage_sentence(run.coverage) if run else "",
        **risk_part(request, found, risks),
        **audit_part(request, found, run),
        "lately": lately(found),
    }
    return render(request, "pages/sprint.html", context)


def reasons_url(request: TenantRequest, sprint: Sprint, answer: LaunchAnswer) -> str:
    """The list of exactly what the answer counts; empty where it counts no risks."""
    if not answer.blocking and not answer.conditions:
        return ""
    asked = RiskFilter(show="stops" if answer.blocking else "first")
    return reverse("sprints:risk-list", kwargs=words_of(sprint, request)) + asked.query


def head(sprint: Sprint) -> dict[str, Any]:
    """The lines above and below the headline."""
    today = timezone.localdate()
    launch_on = sprint.project.launch_on
    founders = ClientMembership.objects.of(sprint.practice_id).of_client(sprint.client_id)
    founders = founders.filter(role=Role.FOUNDER, status=MemberStatus.ACTIVE)
    names = [str(one.user) for one in founders.select_related("user").order_by("pk")]
    return {
        "over": " · ".join(
            part
            for part in (sprint.client.name, f"Sprint {sprint.number}", day_of_sprint(sprint))
            if part
        ),
        "launch": f"Launch on {calendar_day(launch_on, today)}, {distance(launch_on, today)}"
        if launch_on
        else "",
        "founders": names,
    }


def day_of_sprint(sprint: Sprint) -> str:
    """`day 3 of 5`, counted in working days; empty where no days are set."""
    today = timezone.localdate()
    if not sprint.starts_on or not sprint.ends_on:
        return ""
    total = working_days(sprint.starts_on, sprint.ends_on)
    if today < sprint.starts_on:
        return f"begins {distance(sprint.starts_on, today)}"
    if today > sprint.ends_on:
        return f"planned to end {distance(sprint.ends_on, today)}"
    return f"day {max(working_days(sprint.starts_on, today), 1)} of {total}"


def stage_rail(request: TenantRequest, sprint: Sprint) -> list[Any]:
    words = words_of(sprint, request)

    def url_of(ordinal: int) -> str:
        return reverse("sprints:stage", kwargs=words | {"ordinal": ordinal})

    stages = Stage.objects.of(sprint.practice_id).filter(sprint=sprint).prefetch_related("items")
    return list(rail(list(stages), url_of=url_of))


def risk_part(request: TenantRequest, sprint: Sprint, risks: list[Risk]) -> dict[str, Any]:
    """The head of the risk list; the worst one stands open where nothing is filtered."""
    asked = RiskFilter.of(request.GET)
    words = words_of(sprint, request)

    def url_of(risk: Risk) -> str:
        return reverse("sprints:risk-detail", kwargs=words | {"number": risk.number}) + asked.query

    shown = listing(
        risks,
        asked,
        me=request.user.pk,
        people=people_of(sprint.client),
        url_of=url_of,
        size=SHOWN_RISKS,
    )
    worst = shown.page[0][0] if shown.rows and not asked.is_narrowed else None
    top = opened(worst) if worst else None
    if top:
        stand_open(shown.rows[0], top["seen"])
    list_url = reverse("sprints:risk-list", kwargs=words)
    create_url = reverse("sprints:risk-create", kwargs=words)
    return {
        "list": shown,
        "top": top,
        "list_url": list_url,
        "create_url": create_url,
    }


# `Any`: label and value, as the row draws them.
def stand_open(line: RiskRow | GroupRow, seen: list[dict[str, Any]]) -> None:
    """Show what was met below the first line; of several risks of one cause, the worst's."""
    row: RiskRow = line
    group = cast("GroupRow", line)
    if group.get("rows"):
        group["is_open"] = True
        row = group["rows"][0]
    row["is_selected"], row["seen"] = True, seen


def opened(risk: Risk) -> dict[str, Any]:
    """What the worst risk shows on the page itself."""
    full = Risk.objects.select_related("sprint__project").get(pk=risk.pk)
    return {"risk": full, "prompt": prompt_of(full), "seen": seen_rows(full)}


def audit_part(request: TenantRequest, sprint: Sprint, run: AuditRun | None) -> dict[str, Any]:
    """The last audits, whether one is at work, and what could not be seen."""
    runs = AuditRun.objects.of(request.practice).filter(sprint=sprint).order_by("-number")
    recent = list(runs.select_related("requested_by")[:SHOWN_RUNS])
    now = timezone.localtime()
    return {
        "at_work": next((one for one in recent if not one.is_finished and one.is_whole), None),
        "runs": [
            {
                "run": one,
                "what": run_words(one),
                "when": ago(one.finished_at or one.requested_at, now),
            }
            for one in recent
        ],
        "unseen": unseen(run) if run else [],
        "unconsented_count": len(run.coverage.get("not_consented", ())) if run else 0,
    }


def run_words(run: AuditRun) -> str:
    """What the run looked at and how it went, in a few words."""
    title = getattr(BY_ID.get(run.scope), "title", run.scope)
    what = "everything" if run.is_whole else f"“{title}”"
    if not run.is_finished:
        return f"Looks at {what}: {run.get_state_display()}"
    if run.state == AuditRun.State.FAILED:
        return f"Looked at {what} and stopped early"
    changes = {name: len(run.changes.get(name, ())) for name in ("opened", "closed", "came_back")}
    told = [
        f"{count} {word}"
        for count, word in (
            (changes["opened"], "new"),
            (changes["came_back"], "came back"),
            (changes["closed"], "gone"),
        )
        if count
    ]
    return f"Looked at {what}: {', '.join(told) or 'nothing new'}"


def unseen(run: AuditRun) -> list[dict[str, Any]]:
    """What the last whole run could not look at: per cause the checks, each once."""
    rows = Finding.objects.of(run.practice_id).filter(run=run, verdict__in=list(NEXT_STEPS))
    names: dict[str, dict[str, str]] = {verdict: {} for verdict in NEXT_STEPS}
    for check_id, verdict, subject in rows.values_list("check_id", "verdict", "subject"):
        title = BY_ID[check_id].title if check_id in BY_ID else check_id
        names[verdict].setdefault(title, subject)
    return [
        {"verdict": verdict, "next": NEXT_STEPS[verdict], "checks": list(found.items())}
        for verdict, found in names.items()
        if found
    ]


def lately(sprint: Sprint) -> list[Any]:
    events = ActivityEvent.objects.of(sprint.practice_id).filter(sprint=sprint).order_by("-seq")
    return list(tell(events[:SHOWN_EVENTS], timezone.localtime()))
