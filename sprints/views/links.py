"""The links of a sprint for staff: make, hand on, take back; and the bundle as one text."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import TenantRequest, allowed
from accounts.roles import Action
from sprints.bundling import MOST_RISKS, Reader
from sprints.forms import people_of
from sprints.linking import (
    Kind,
    LinkRefusedError,
    bundle_of,
    is_alive,
    open_helper_link,
    revoke,
    shareable,
    url_of,
)
from sprints.models import Risk, ShareLink, Sprint
from sprints.moments import ago, calendar_day
from sprints.rows import where
from sprints.template import STAGES
from sprints.views.finding import find_sprint, set_crumbs, words_of

STAGE_NAMES = {stage.ordinal: stage.name for stage in STAGES}
SHOWN_LINKS = 40
MOST_NUMBER_CHARS = 6

# `Any` below: whatever a template reads.


@require_safe
@allowed(Action.EDIT_WORK)
def link_list(request: TenantRequest, sprint_id: int) -> HttpResponse:
    return render(
        request, "sprints/links.html", list_context(request, find_sprint(request, sprint_id))
    )


@require_POST
@allowed(Action.EDIT_WORK)
def helper_create(request: TenantRequest, sprint_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    numbers = [int(text) for text in request.POST.getlist("risk") if is_number(text)]
    name = request.POST.get("helper", "")
    try:
        link, token = open_helper_link(sprint, name=name, numbers=numbers, by=request.user)
    except LinkRefusedError as refusal:
        context = list_context(request, sprint, chosen=numbers)
        context |= {"refused": str(refusal), "helper": name}
        return render(request, "sprints/links.html", context, status=422)
    return made(request, sprint, link, token)


@require_POST
@allowed(Action.EDIT_WORK)
def link_revocation(request: TenantRequest, sprint_id: int, link_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    links = ShareLink.objects.of(request.practice).filter(sprint=sprint)
    link = get_object_or_404(
        links.select_related("sprint").select_for_update(of=["self"]), pk=link_id
    )
    try:
        revoke(link, by=request.user)
    except LinkRefusedError as refusal:
        messages.info(request, str(refusal))
    return redirect(reverse("sprints:link-list", kwargs=words_of(sprint, request)))


def made(request: TenantRequest, sprint: Sprint, link: ShareLink, token: str) -> HttpResponse:
    """The link, this once: it can't be looked up later."""
    list_url = reverse("sprints:link-list", kwargs=words_of(sprint, request))
    set_crumbs(request, sprint, ("Links", list_url), ("New link", ""))
    context = {
        "sprint": sprint,
        "link": link,
        "url": url_of(link, token),
        "until": calendar_day(timezone.localdate(link.expires_at), timezone.localdate()),
        "list_url": list_url,
    }
    response = render(request, "sprints/link_made.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def list_context(
    request: TenantRequest, sprint: Sprint, *, chosen: list[int] | None = None
) -> dict[str, Any]:
    set_crumbs(request, sprint, ("Links", ""))
    words = words_of(sprint, request)
    links = ShareLink.objects.of(request.practice).filter(sprint=sprint).order_by("-pk")
    wanted = chosen or [int(text) for text in request.GET.getlist("risk") if is_number(text)]
    return {
        "sprint": sprint,
        "links": [
            link_row(request, link) for link in links.select_related("created_by")[:SHOWN_LINKS]
        ],
        "risks": [
            {"risk": risk, "where": where(risk.subject), "is_chosen": risk.number in wanted}
            for risk in shareable(sprint).unsettled()
        ],
        "most": MOST_RISKS,
        "helper_url": reverse("sprints:helper-create", kwargs=words),
        "report_url": reverse("sprints:report-create", kwargs=words),
        "bundle_url": reverse("sprints:bundle", kwargs=words),
    }


def link_row(request: TenantRequest, link: ShareLink) -> dict[str, Any]:
    now = timezone.localtime()
    until = calendar_day(timezone.localdate(link.expires_at), now.date())
    opened = f"Opened {link.open_count} time{'' if link.open_count == 1 else 's'}"
    if link.last_opened_at:
        opened += f", last {ago(link.last_opened_at, now)}"
    if link.revoked_at:
        state = f"Taken back {ago(link.revoked_at, now)}"
    else:
        state = f"Works until {until}" if is_alive(link) else f"Ended {until}"
    refs = ", ".join(f"R-{number:03}" for number in link.risk_numbers)
    words = {"practice_slug": request.practice.slug, "sprint_id": link.sprint_id}
    return {
        "title": f"For {link.name}" if link.kind == Kind.HELPER else "Report",
        "note": refs or "What the audit found, in plain words",
        "state": state,
        "opened": opened if link.open_count else "Not opened yet",
        "by": f"{link.created_by}, {ago(link.created_at, now)}",
        "is_alive": is_alive(link),
        "revoke_url": reverse("sprints:link-revocation", kwargs=words | {"link_id": link.pk}),
    }


@require_safe
@allowed(Action.EDIT_WORK)
def bundle(request: TenantRequest, sprint_id: int) -> HttpResponse:
    """One text for the risks of an owner or a stage, eight at a time."""
    sprint = find_sprint(request, sprint_id)
    list_url = reverse("sprints:link-list", kwargs=words_of(sprint, request))
    set_crumbs(request, sprint, ("Links", list_url), ("One text", ""))
    risks = list(shareable(sprint).unsettled())
    owner, stage = request.GET.get("owner", ""), request.GET.get("stage", "")
    found = [risk for risk in risks if is_asked(risk, owner, stage)]
    page = Paginator(found, MOST_RISKS).get_page(request.GET.get("part"))
    asked = request.GET.get("for", "")
    reader = Reader(asked) if asked in list(Reader) else Reader.CLAUDE_CODE
    narrowed = f"owner={owner}&" if is_number(owner) or owner == "nobody" else ""
    narrowed += f"stage={stage}&" if is_number(stage) else ""
    context = {
        "sprint": sprint,
        "owners": owner_chips(sprint, risks, owner),
        "stages": stage_chips(risks, stage),
        "page": page,
        "bundle": bundle_of(list(page.object_list), domain=sprint.project.domain, reader=reader)
        if found
        else "",
        "readers": [(one.value, one.label, one is reader) for one in Reader],
        "narrowed": narrowed,
        "query": f"{narrowed}part={page.number}&",
        "reader": reader.value,
        "list_url": list_url,
        "risk_query": "&".join(f"risk={risk.number}" for risk in page),
    }
    return render(request, "sprints/link_bundles.html", context)


def is_asked(risk: Risk, owner: str, stage: str) -> bool:
    if is_number(owner) and risk.owner_id != int(owner):
        return False
    if owner == "nobody" and risk.owner_id is not None:
        return False
    return not is_number(stage) or risk.stage == int(stage)


def owner_chips(sprint: Sprint, risks: list[Risk], asked: str) -> list[tuple[str, str, int, bool]]:
    """(value, words, how many, is asked) of everybody who has open risks."""
    people = people_of(sprint.client)
    counts: dict[int | None, int] = {}
    for risk in risks:
        counts[risk.owner_id] = counts.get(risk.owner_id, 0) + 1
    chips = [
        (str(pk or "nobody"), people.get(pk, "Somebody who left") if pk else "Nobody yet", number)
        for pk, number in counts.items()
    ]
    return [(value, words, number, value == asked) for value, words, number in chips]


def stage_chips(risks: list[Risk], asked: str) -> list[tuple[str, str, int, bool]]:
    """(value, words, how many, is asked) of every stage with open risks."""
    counts: dict[int, int] = {}
    for risk in risks:
        counts[risk.stage] = counts.get(risk.stage, 0) + 1
    return [
        (str(stage), STAGE_NAMES[stage], number, str(stage) == asked)
        for stage, number in sorted(counts.items())
    ]


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MOST_NUMBER_CHARS
