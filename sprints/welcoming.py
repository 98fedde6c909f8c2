"""Who joins a client's side after questions were sent hears of those that are still open."""

from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from accounts.models import ClientMembership
from accounts.roles import Role
from sprints.mailing import to_people
from sprints.models import Request, Sprint

HIDDEN = Q(risk__is_internal=True) | Q(risk__plain_summary="")


# `Any`: what a signal passes besides.
def tell_what_is_open(membership: ClientMembership, **_: Any) -> None:
    """One mail for each sprint at work, with what was asked before the person came.

    Whoever leaves and joins again has had it.
    """
    sprints = Sprint.objects.of(membership.practice_id).of_client(membership.client_id)
    at_work = sprints.filter(state=Sprint.State.ACTIVE, archived_at=None)
    for sprint in at_work.select_related("project", "lead").order_by("pk"):
        count = open_count(sprint)
        if count:
            to_people(
                "requests" if membership.role == Role.FOUNDER else "requests_viewer",
                sprint,
                [membership.user],
                key="requests-joined",
                count=f"{count} thing" + ("" if count == 1 else "s"),
                url=f"{settings.PUBLIC_URL}{reverse('client-requests', args=[sprint.pk])}",
            )


def open_count(sprint: Sprint) -> int:
    """How much was asked and not answered, of what the client's side sees."""
    sent = Request.objects.of(sprint.practice_id).filter(sprint=sprint, state=Request.State.SENT)
    return sent.exclude(HIDDEN).count()
