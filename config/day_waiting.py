"""Whom a consultant waits for, since when, and the short mail that says so."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import TenantRequest, allowed
from accounts.models import ClientMembership, MemberStatus, Practice, User
from accounts.roles import Action, Role
from sprints.day import Waiting, longest_first
from sprints.models import Acceptance, ActivityEvent, Decision, Request, Sprint, StageSubmission
from sprints.nudging import A_DAY, NUDGED, NudgeRefusedError, nudge
from sprints.views.finding import find_sprint

type Asked = tuple[int, str, datetime]


def waiting_for(practice: Practice, projects: dict[int, str]) -> list[Waiting]:
    """Each founder of a sprint in `projects` with what they were asked, the longest first."""
    things: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    for sprint_id, kind, since in _asked(practice):
        if sprint_id in projects:
            things[sprint_id].append((kind, since))
    founders, nudged = _founders(practice, things), _nudged(practice)
    return longest_first(
        Waiting(
            sprint_id=sprint_id,
            project=projects[sprint_id],
            person_id=person,
            person=name,
            things=counted(kind for kind, _ in asked),
            since=min(since for _, since in asked),
            nudged_at=nudged.get((sprint_id, person)),
        )
        for sprint_id, asked in things.items()
        for person, name in founders.get(sprint_id, ())
    )


def _asked(practice: Practice) -> Iterable[Asked]:
    """(sprint, kind of thing, since) of all that only a founder can answer."""
    requests = Request.objects.of(practice).filter(state=Request.State.SENT)
    decisions = Decision.objects.of(practice).filter(state=Decision.State.RECOMMENDED)
    acceptances = Acceptance.objects.of(practice).filter(state=Acceptance.State.PROPOSED)
    submissions = StageSubmission.objects.of(practice).filter(state=StageSubmission.State.PENDING)
    for sprint_id, sent_at in requests.values_list("sprint", "sent_at"):
        if sent_at is not None:
            yield sprint_id, "request", sent_at
    for sprint_id, since in decisions.values_list("sprint", "recommended_at"):
        yield sprint_id, "decision", since
    for sprint_id, since in acceptances.values_list("risk__sprint", "proposed_at"):
        yield sprint_id, "acceptance", since
    for sprint_id, since in submissions.values_list("stage__sprint", "requested_at"):
        yield sprint_id, "stage", since


def _founders(practice: Practice, sprints: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
    clients = dict(
        Sprint.objects.of(practice).filter(pk__in=list(sprints)).values_list("pk", "client")
    )
    members = ClientMembership.objects.of(practice).filter(
        client__in=set(clients.values()), role=Role.FOUNDER, status=MemberStatus.ACTIVE
    )
    people: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for member in members.select_related("user").order_by("pk"):
        people[member.client_id].append((member.user_id, str(member.user)))
    return {sprint: people[client] for sprint, client in clients.items()}


def _nudged(practice: Practice) -> dict[tuple[int, int], datetime]:
    """When each person had a short mail about a sprint within the last day."""
    events = ActivityEvent.objects.of(practice).filter(verb=NUDGED, at__gt=timezone.now() - A_DAY)
    rows = events.order_by("at").values_list("sprint", "data__person", "at")
    return {(sprint, person): at for sprint, person, at in rows}


def counted(kinds: Iterable[str]) -> list[str]:
    """`["2 requests", "1 decision"]`."""
    counts: dict[str, int] = defaultdict(int)
    for kind in kinds:
        counts[kind] += 1
    return [f"{many} {kind}{'' if many == 1 else 's'}" for kind, many in counts.items()]


@require_POST
@allowed(Action.EDIT_WORK)
def nudge_create(request: TenantRequest, sprint_id: int, person_id: int) -> HttpResponse:
    sprint = find_sprint(request, sprint_id)
    members = ClientMembership.objects.of(request.practice).of_client(sprint.client_id)
    person: User = get_object_or_404(
        members.filter(status=MemberStatus.ACTIVE).select_related("user"), user=person_id
    ).user
    waits = waiting_for(request.practice, {sprint.pk: sprint.project.name})
    mine = next((one for one in waits if one.person_id == person.pk), None)
    if mine is None:
        messages.info(request, f"{person} has answered everything; no mail was sent.")
        return redirect("portfolio", request.practice.slug)
    try:
        nudge(sprint, person, by=request.user, things=f"Open for you: {' and '.join(mine.things)}.")
    except NudgeRefusedError as error:
        messages.info(request, str(error))
    else:
        messages.success(request, f"{person} gets one short mail about {sprint.project.name}.")
    return redirect("portfolio", request.practice.slug)
