"""Finding what an address below `/c/s/<sprint>/` names, as a founder or viewer may see it.

Nothing internal comes out of here: no internal risk, and none without its plain sentence,
which is still a draft.
"""

from typing import Any

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from accounts.access import TenantRequest
from accounts.models import ClientMembership, MemberStatus, User
from config.founder_words import Asked
from sprints.listing import risks_of
from sprints.models import Risk, Sprint
from sprints.models.risk import RiskQuerySet

SHOWN = Q(is_internal=False) & ~Q(plain_summary="")


# `Any`: values of an address.
def client_url(name: str, sprint: Sprint | int, **words: Any) -> str:
    """An address below the sprint's own."""
    sprint_id = sprint.pk if isinstance(sprint, Sprint) else sprint
    return reverse(name, kwargs={"sprint_id": sprint_id, **words})


def find_client_sprint(request: TenantRequest, sprint_id: int) -> Sprint:
    assert request.client_org is not None  # noqa: S101 - below /c/ the middleware has found it
    sprints = Sprint.objects.of(request.practice).of_client(request.client_org)
    return get_object_or_404(sprints.select_related("project", "client", "lead"), pk=sprint_id)


def find_client_risk(request: TenantRequest, sprint: Sprint, number: int) -> Risk:
    risks = Risk.objects.of(request.practice).filter(SHOWN, sprint=sprint)
    with_all = risks.select_related("sprint__project", "sprint__lead", "owner", "raised_by")
    return get_object_or_404(with_all, number=number)


def client_risks(sprint: Sprint) -> RiskQuerySet:
    """Every risk of the sprint that its founder may see, in the order of the list."""
    return risks_of(sprint).filter(SHOWN)


def weighing(risks: RiskQuerySet) -> RiskQuerySet:
    """Those that still weigh on the launch: open, and not agreed to lie outside the sprint."""
    return risks.unsettled().filter(outside_accepted_at=None)


def first_name(person: User | None) -> str:
    """Never an address: somebody without a name is the consultant."""
    return person.name.split()[0] if person and person.name.strip() else "Your consultant"


def client_people(sprint: Sprint) -> set[int]:
    """The users of the client's side."""
    members = ClientMembership.objects.of(sprint.practice_id).of_client(sprint.client_id)
    return set(members.filter(status=MemberStatus.ACTIVE).values_list("user_id", flat=True))


def is_theirs(risk: Risk, people: set[int]) -> bool:
    """Whether the client's side has the risk: it owns it, or raised it and nobody took it."""
    if risk.owner_id is not None:
        return risk.owner_id in people
    return risk.raised_by_id in people


def asked_of(request: TenantRequest, sprint: Sprint) -> Asked:
    """Who reads, who leads and when the launch is to be."""
    return Asked(
        me=request.user.pk,
        lead=first_name(sprint.lead),
        launch_on=sprint.project.launch_on,
        today=timezone.localdate(),
    )


def mark_opened(risk: Risk) -> None:
    """Write down, once, when the client's side first read it: from then on it stays visible."""
    fresh = Risk.objects.of(risk.practice_id).filter(pk=risk.pk, client_opened_at=None)
    fresh.update(client_opened_at=timezone.now())
