"""How much a practice may do before anybody has said who it is.

A practice is proven when the operator made it, or when it has proved control of a domain
(`prove`). Until then it can be tried in full, but not used to flood others.
"""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from accounts.models import Client, Invitation, Membership, Practice, User
from accounts.places import practices_of
from accounts.roles import Role
from accounts.tenancy.scope import Actor, practice_scope

MAX_CLIENTS: Final = 5
MAX_INVITATIONS_A_DAY: Final = 10
MAX_STAFF: Final = 5
MAX_UNPROVEN_PRACTICES: Final = 2
DAY: Final = timedelta(days=1)


class QuotaError(Exception):
    """An unproven practice is at its limit; the text is a sentence for the person."""


def prove(practice: Practice) -> None:
    """Lift the limits: somebody has shown who this practice is."""
    unproven = Practice.objects.filter(pk=practice.pk, proven_at=None)
    unproven.update(proven_at=timezone.now())


def check_clients(practice: Practice) -> None:
    """Raise `QuotaError` where the next client would be one too many."""
    _refuse(practice, Client.objects.of(practice).count(), MAX_CLIENTS, "clients")


def check_invitations(practice: Practice) -> None:
    """Raise `QuotaError` where today's next invitation would be one too many."""
    lately = Invitation.objects.of(practice).filter(created_at__gt=timezone.now() - DAY)
    _refuse(practice, lately.count(), MAX_INVITATIONS_A_DAY, "invitations a day")


def check_staff(practice: Practice) -> None:
    """Raise `QuotaError` where the next colleague would be one too many."""
    here = Membership.objects.of(practice).exclude(status="removed").count()
    _refuse(practice, here, MAX_STAFF, "people on the staff")


def check_practices(user: User) -> None:
    """Raise `QuotaError` where the person has started enough practices that nobody knows."""
    unproven = [practice for practice in practices_of(user) if practice.proven_at is None]
    if len([practice for practice in unproven if _is_owner(user, practice)]) >= (
        MAX_UNPROVEN_PRACTICES
    ):
        raise QuotaError(
            f"You own {MAX_UNPROVEN_PRACTICES} practices that are still being tried. Prove a "
            "domain in one of them, or ask the operator, before you start another."
        )


def _is_owner(user: User, practice: Practice) -> bool:
    with practice_scope(practice.pk, actor=Actor.SYSTEM):
        return Membership.objects.of(practice).filter(user=user, role=Role.OWNER).exists()


def _refuse(practice: Practice, count: int, most: int, noun: str) -> None:
    if practice.proven_at is None and count >= most:
        raise QuotaError(
            f"A new practice has at most {most} {noun}, so that nobody floods others with it. "
            "Prove control of one domain that you audit, and the limit is gone."
        )
