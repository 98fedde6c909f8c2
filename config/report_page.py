"""The day-one report: what an audit found, in plain words, on at most two printed pages.

Its facts are taken when the link is made and stay as they were; after the sprint the same page
shows what became of them. Only what the client sees goes in: no figures, no names of checks'
files, nothing internal. A risk that was hidden since is left out.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.brand import Brand
from accounts.roles import Action
from config.founder_words import Asked, count, founder_answer
from config.launching import answer_of, last_whole_run
from config.sprint_page import unseen
from sprints.grouping import Group, grouped
from sprints.impact import Band
from sprints.linking import Kind, note_opening, open_report_link, shareable
from sprints.mailing import first_name
from sprints.models import Risk, Sprint
from sprints.moments import calendar_day
from sprints.rows import state_words
from sprints.views.finding import find_sprint, words_of
from sprints.views.link_door import LinkRequest, by_link
from sprints.views.links import made

TOP: Final = 5
SHOWN_STEPS: Final = 3
SHOWN_WAITING: Final = 4
SHOWN_UNSEEN: Final = 4
AFTER: Final = (Sprint.State.HANDOVER, Sprint.State.SIGNED, Sprint.State.CLOSED)

# `Any` below: JSON, and whatever a template reads.


@require_POST
@allowed(Action.EDIT_WORK)
def report_create(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """The report of the newest whole audit, and its link, shown this once."""
    sprint = find_sprint(request, sprint_id)
    if last_whole_run(sprint) is None:
        messages.warning(request, "There is no finished audit to report on yet. Run one first.")
        return redirect(reverse("sprints:link-list", kwargs=words_of(sprint, request)))
    link, token = open_report_link(sprint, snapshot=facts_of(sprint), by=request.user)
    return made(request, sprint, link, token)


@require_safe
@by_link(Kind.REPORT)
def report(request: LinkRequest, token: str) -> HttpResponse:
    note_opening(token)
    link = request.link
    sprint, practice = link.sprint, link.practice
    risks = {risk.number: risk for risk in shareable(sprint)}
    today = timezone.localdate()
    made_on = date.fromisoformat(link.snapshot["on"])
    context = {
        "brand": Brand.of(practice.brand),
        "place": practice.name,
        "project": sprint.project,
        "made_on": calendar_day(made_on, today),
        "until": calendar_day(timezone.localdate(link.expires_at), today),
        "facts": still_shown(link.snapshot, risks),
        "after": after(sprint, link.snapshot, risks) if sprint.state in AFTER else None,
    }
    return render(request, "pages/report.html", context)


def facts_of(sprint: Sprint) -> dict[str, Any]:
    """The report's facts as they are now, as JSON."""
    run = last_whole_run(sprint)
    open_ones = [risk for risk in shareable(sprint).unsettled() if not risk.outside_accepted_at]
    groups = grouped(open_ones)
    stops = [group for group in groups if group[0].band == Band.CRITICAL]
    before = [group for group in groups if group[0].band in (Band.HIGH, Band.MEDIUM)]
    waiting = [group for group in groups if group[0].band == Band.LOW]
    asked = Asked(
        me=0,
        lead=first_name(sprint.lead),
        launch_on=sprint.project.launch_on,
        today=timezone.localdate(),
    )
    answer = answer_of(open_ones, run)
    said = founder_answer(
        answer.answer,
        [group[0] for group in stops],
        [group[0] for group in before],
        len(answer.unseen),
        asked,
    )
    urgent = stops + before
    return {
        "on": asked.today.isoformat(),
        "title": said.title,
        "text": said.text,
        "tone": said.tone,
        "top": [told(group) for group in (urgent + waiting)[:TOP]],
        "more_count": max(len(urgent) - TOP, 0),
        "steps": [step(group, asked) for group in urgent[:SHOWN_STEPS]],
        "lead": asked.lead,
        "again": asked.before_launch,
        "waiting": [
            {"number": group[0].number, "title": group[0].title}
            for group in waiting[:SHOWN_WAITING]
        ],
        "waiting_count": len(waiting),
        "unseen": [unseen_line(one) for one in unseen(run)] if run else [],
        "unconsented_count": len(run.coverage.get("not_consented", ())) if run else 0,
    }


def told(group: Group) -> dict[str, Any]:
    risk = group[0]
    return {
        "number": risk.number,
        "title": risk.title,
        "why": risk.plain_summary,
        "band": str(risk.band),
        "where": f"On {len(group)} of your addresses" if len(group) > 1 else "",
    }


def step(group: Group, asked: Asked) -> dict[str, Any]:
    risk = group[0]
    verb = "checks again" if risk.state == Risk.State.FIXED else "fixes"
    return {
        "number": risk.number,
        "who": asked.name_of(risk),
        "what": f"{verb} “{risk.title}”",
        "when": asked.when(risk),
    }


def unseen_line(found: dict[str, Any]) -> dict[str, Any]:
    """`{titles, more_count, next}` of one reason why we could not look."""
    titles = [title for title, _ in found["checks"]]
    return {
        "titles": titles[:SHOWN_UNSEEN],
        "more_count": max(len(titles) - SHOWN_UNSEEN, 0),
        "next": found["next"],
    }


def still_shown(facts: dict[str, Any], risks: dict[int, Risk]) -> dict[str, Any]:
    """The facts without the risks that the client does not see any more."""
    lists = ("top", "steps", "waiting")
    return facts | {name: [one for one in facts[name] if one["number"] in risks] for name in lists}


def after(sprint: Sprint, facts: dict[str, Any], risks: dict[int, Risk]) -> dict[str, Any]:
    """What became of the report's first lines, and the answer now."""
    today = timezone.localdate()
    rows = [
        {
            "title": one["title"],
            "was": one["band"],
            "now": state_words(risks[one["number"]], today),
            "is_gone": risks[one["number"]].state == Risk.State.VERIFIED,
        }
        for one in facts["top"]
        if one["number"] in risks
    ]
    return {"rows": rows, "summary": gone_words(rows), "now": facts_of(sprint)}


def gone_words(rows: Sequence[dict[str, Any]]) -> str:
    """`4 of the first 5 things are gone.`"""
    gone = sum(row["is_gone"] for row in rows)
    verb = "is" if gone == 1 else "are"
    return f"{gone} of the first {count(len(rows), 'thing')} {verb} fixed and checked."


report_patterns = [path("r/<str:token>/", report, name="report")]
sprint_patterns = [
    path("sprints/<int:sprint_id>/links/report/", report_create, name="report-create"),
]
