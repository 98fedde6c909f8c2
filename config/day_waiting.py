"""Whom a consultant waits for, since when, and the short mail that says so."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.contrib import messages
from django.db.models import Count, F, Min, Value
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import TenantRequest, allowed
from accounts.models import ClientMembership, MemberStatus, Practice, User
from accounts.roles import Action, Role
from sprints.day import Waiting
from sprints.models import Acceptance, ActivityEvent, Decision, Request, StageSubmission
from sprints.nudging import A_DAY, NUDGED, NudgeRefusedError, nudge
from sprints.views.finding import find_sprint

# What only a founder can answer: its word, how it leads to the sprint, since when it was asked.
ASKED = (
    ("request", Request, "sprint", "sent_at", {"state": Request.State.SENT}),
    ("decision", Decision, "sprint", "recommended_at", {"state": Decision.State.RECOMMENDED}),
    ("acceptance", Acceptance, "risk__sprint", "proposed_at",
     {"state": Acceptance.State.PROPOSED}),
    ("stage", StageSubmission, "stage__sprint", "requested_at",
     {"state": StageSubmission.State.PENDING}),
)  # fmt: skip


class Asked(NamedTuple):
    """How many things of one kind wait for the founder of one sprint, the oldest since when."""

    kind: str
    sprint: int
    client: int
    many: int
    since: datetime


def waiting_for(
    practice: Practice, projects: dict[int, str], *, most: int | None = None
) -> list[Waiting]:
    """Each founder of a sprint in `projects` with what they were asked, the longest first."""
    asked: dict[int, list[Asked]] = defaultdict(list)
    for one in _asked(practice):
        if one.sprint in projects:
            asked[one.sprint].append(one)
    since = {sprint: min(one.since for one in ours) for sprint, ours in asked.items()}
    founders, nudged = _founders(practice, asked.values()), _nudged(practice)
    in_turn = (
        Waiting(
            sprint_id=sprint,
            project=projects[sprint],
            person_id=person,
            person=name,
            things=[counted(one.kind, one.many) for one in asked[sprint]],
            since=since[sprint],
            nudged_at=nudged.get((sprint, person)),
        )
        for sprint in sorted(since, key=lambda sprint: (since[sprint], sprint))
        for person, name in founders.get(asked[sprint][0].client, ())
    )
    return list(islice(in_turn, most))


def _asked(practice: Practice) -> list[Asked]:
    """All that only a founder can answer, in one query, in the order of ASKED."""
    kinds = [
        model.objects.of(practice)
        .filter(**given, **{f"{since}__isnull": False})
        .order_by()
        .annotate(word=Value(word), at_sprint=F(path))
        .values("word", "at_sprint", "client")
        .annotate(many=Count("*"), oldest=Min(since))
        .values_list("word", "at_sprint", "client", "many", "oldest")
        for word, model, path, since, given in ASKED
    ]
    order = {kind: place for place, (kind, *_) in enumerate(ASKED)}
    rows = map(Asked._make, kinds[0].union(*kinds[1:], all=True).order_by())
    return sorted(rows, key=lambda one: order[one.kind])


def _founders(practice: Practice, asked: Iterable[list[Asked]]) -> dict[int, list[tuple[int, str]]]:
    """The founders of each client that was asked something."""
    members = ClientMembership.objects.of(practice).filter(
        client__in={ours[0].client for ours in asked},
        role=Role.FOUNDER, status=MemberStatus.ACTIVE,
    )  # fmt: skip
    people: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = members.order_by("user").values_list("client", "user", "user__name", "user__email")
    for client, person, name, email in rows:
        people[client].append((person, name or email))
    return people


def _nudged(practice: Practice) -> dict[tuple[int, int], datetime]:
    """When each person had a short mail about a sprint within the last day."""
    events = ActivityEvent.objects.of(practice).filter(verb=NUDGED, at__gt=timezone.now() - A_DAY)
    rows = events.order_by("at").values_list("sprint", "data__person", "at")
    return {(sprint, person): at for sprint, person, at in rows}


def counted(kind: str, many: int) -> str:
    """`2 requests`, `1 decision`."""
    return f"{many} {kind}{'' if many == 1 else 's'}"


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
