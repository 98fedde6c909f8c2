"""Erasing a person: their name and addresses go, what they decided stays."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.dispatch import Signal
from django.utils import timezone

from accounts.models import (
    ClientMembership,
    Invitation,
    Membership,
    MemberStatus,
    OutgoingMail,
    Practice,
    User,
)
from accounts.roles import Role
from accounts.tenancy.owner import OWNER

# A person is being erased: `user`. Receivers take the name out of their own rows, as lr_owner,
# inside the same transaction.
erasing = Signal()


class LastOwnerError(Exception):
    """Without this person nobody could change a practice."""

    def __init__(self, practices: list[Practice]) -> None:
        self.practices = practices
        super().__init__(", ".join(practice.slug for practice in practices))


def person_by_email(email: str) -> User | None:
    """Whoever signs in with the address or has proved it."""
    users = User.objects.using(OWNER)
    proved = EmailAddress.objects.using(OWNER).filter(email__iexact=email, verified=True)
    return users.filter(email__iexact=email).first() or users.filter(pk__in=_people(proved)).first()


def _people(addresses: "QuerySet[EmailAddress]") -> list[int]:
    return list(addresses.values_list("user_id", flat=True))


def owned_alone(user: User) -> list[Practice]:
    """The practices whose last active owner the person is."""
    owners = Membership.objects.using(OWNER).filter(role=Role.OWNER, status=MemberStatus.ACTIVE)
    mine = owners.filter(user=user).values_list("practice_id", flat=True)
    shared = owners.filter(practice_id__in=mine).exclude(user=user).values("practice_id")
    alone = Practice.objects.using(OWNER).filter(pk__in=mine).exclude(pk__in=shared)
    return list(alone.order_by("slug"))


def erase(user: User) -> User:
    """Take the person's name, addresses, sessions, factors and access, over all practices.

    Runs as lr_owner: no scope sees them all. The account stays as a number, because risks,
    consents and the history point at it. Raises LastOwnerError.
    """
    with transaction.atomic(using=OWNER):
        user = User.objects.using(OWNER).select_for_update().get(pk=user.pk)
        alone = owned_alone(user)
        if alone:
            raise LastOwnerError(alone)
        addresses = _addresses(user)
        _end_access(user)
        _forget_addresses(user, addresses)
        _forget_sign_in(user)
        erasing.send(User, user=user)
        user.name, user.email = "", f"erased-{user.pk}@invalid"
        user.time_zone, user.locale = "UTC", "en-gb"
        user.is_active, user.erased_at, user.last_login = False, timezone.now(), None
        user.set_unusable_password()
        user.save(using=OWNER)
    return user


def _addresses(user: User) -> set[str]:
    more = EmailAddress.objects.using(OWNER).filter(user=user).values_list("email", flat=True)
    return {user.email.lower(), *(email.lower() for email in more)}


def _end_access(user: User) -> None:
    for model in (Membership, ClientMembership):
        model._default_manager.using(OWNER).filter(user=user).update(status=MemberStatus.REMOVED)


def _forget_addresses(user: User, addresses: set[str]) -> None:
    """Everywhere an address of the person stands outside of their account."""
    invitations = Invitation.objects.using(OWNER).annotate(lower=Lower("email"))
    theirs = invitations.filter(lower__in=addresses)
    theirs.exclude(accepted_by=user).delete()
    theirs.update(email=f"erased-{user.pk}@invalid")
    mails = OutgoingMail.objects.using(OWNER).annotate(lower=Lower("recipient"))
    mails.filter(lower__in=addresses).delete()
    EmailAddress.objects.using(OWNER).filter(user=user).delete()


def _forget_sign_in(user: User) -> None:
    seen = UserSession.objects.using(OWNER).filter(user=user)
    keys = list(seen.values_list("session_key", flat=True))
    Session.objects.using(OWNER).filter(session_key__in=keys).delete()
    seen.delete()
    Authenticator.objects.using(OWNER).filter(user=user).delete()
