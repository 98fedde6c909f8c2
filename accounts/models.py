"""Who works, and for whom."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.brand import BrandFile
from accounts.notices import DigestRun, Notice, NoticeChoice
from accounts.outbox import OutgoingMail
from accounts.purging import Purge
from accounts.roles import Role
from accounts.tenancy.models import (
    OFFICE,
    ClientModel,
    GlobalModel,
    PracticeModel,
    PracticeQuerySet,
    TenantForeignKey,
)
from accounts.tenancy.scope import Actor
from accounts.weeks import first_look

__all__ = [
    "BrandFile",
    "Client",
    "ClientMembership",
    "DigestRun",
    "Invitation",
    "Membership",
    "Notice",
    "NoticeChoice",
    "OutgoingMail",
    "Practice",
    "Purge",
    "User",
]

INVITATION_LIFETIME: Final = timedelta(days=7)
INVITATION_MAX_SENDS: Final = 5


class UserManager(BaseUserManager["User"]):
    # `Any`: the fields of a user.
    def create_user(self, email: str, **fields: Any) -> "User":
        """Make a user who signs in by a mailed code; nobody has a password."""
        user = self.model(email=email.strip(), **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, GlobalModel):
    """A person who can sign in. Knows nothing of practices."""

    email = models.EmailField("e-mail address", max_length=254)
    name = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField("time zone", max_length=64, default="UTC")
    locale = models.CharField(max_length=16, default="en-gb")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message="Somebody already signs in with this address.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class Practice(GlobalModel):
    """The tenant: a consulting practice."""

    ops_rights = ("SELECT",)

    class Status(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"
        CLOSING = "closing"

    slug = models.SlugField("address", max_length=48, unique=True)
    name = models.CharField(max_length=120)
    brand = models.JSONField(default=dict, blank=True)
    locale = models.CharField(max_length=16, default="en-gb")
    time_zone = models.CharField("time zone", max_length=64, default="UTC")
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    retention_days = models.PositiveIntegerField(default=730)
    staff_2fa_required = models.BooleanField(default=False)
    is_stage_approval_on = models.BooleanField("founders approve each stage", default=False)
    # Until the operator or a proof of control says who this is, quotas.py holds it small.
    proven_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The first invited client or stored secret; from then on gate.py asks owners for a factor.
    second_factor_since = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "suspended", "closing"]),
                name="practice_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(retention_days__gte=30),
                name="practice_retention_at_least_30_days",
                violation_error_message="Keep finished work for at least 30 days.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MemberStatus(models.TextChoices):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


class Membership(PracticeModel):
    """A person on a practice's staff. Clients may see who leads their sprint."""

    class StaffRole(models.TextChoices):
        OWNER = Role.OWNER.value
        CONSULTANT = Role.CONSULTANT.value

    seen_by = (*OFFICE, Actor.CLIENT, Actor.LINK)

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=StaffRole)
    status = models.CharField(max_length=12, choices=MemberStatus, default=MemberStatus.ACTIVE)
    may_sign = models.BooleanField("may sign for the practice", default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "user"],
                name="membership_unique_in_practice",
                violation_error_message="This person is already on the staff.",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "consultant"]),
                name="membership_role_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "suspended", "removed"]),
                name="membership_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    @property
    def is_active(self) -> bool:
        return self.status == MemberStatus.ACTIVE

    def leave(self) -> None:
        """End the membership; the last active owner of a practice can't."""
        self._refuse_last_owner()
        self.status = MemberStatus.REMOVED
        self.save(update_fields=["status"])

    def suspend(self) -> None:
        """Shut the person out until `resume`."""
        self._refuse_last_owner()
        self.status = MemberStatus.SUSPENDED
        self.save(update_fields=["status"])

    def resume(self) -> None:
        self.status = MemberStatus.ACTIVE
        self.save(update_fields=["status"])

    def change_role(self, role: Role) -> None:
        """Make the person owner or consultant; the last active owner stays one."""
        if role != Role.OWNER:
            self._refuse_last_owner()
        self.role = role
        self.save(update_fields=["role"])

    def _refuse_last_owner(self) -> None:
        others = Membership.objects.of(self.practice_id).exclude(pk=self.pk)
        is_last = not others.filter(role=Role.OWNER, status=MemberStatus.ACTIVE).exists()
        if self.is_active and self.role == Role.OWNER and is_last:
            raise ValidationError(
                f"{self.user} is the last owner of {self.practice}. A practice without an "
                "owner could be changed by nobody: make somebody else an owner first.",
                code="last_owner",
            )


class Client(PracticeModel):
    """The practice's customer."""

    seen_by = (*OFFICE, Actor.CLIENT, Actor.LINK)
    client_column = "id"

    name = models.CharField(max_length=120)
    contact = models.CharField(max_length=200, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.F("practice"),
                Lower("name"),
                name="client_name_unique_in_practice",
                violation_error_message="This practice already has a client of this name.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ClientMembership(ClientModel):
    """A person on the client's side: a founder decides, a viewer reads."""

    ops_rights = ("SELECT",)

    class ClientRole(models.TextChoices):
        FOUNDER = Role.FOUNDER.value
        VIEWER = Role.VIEWER.value

    written_by = OFFICE

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="client_memberships")
    role = models.CharField(max_length=12, choices=ClientRole)
    status = models.CharField(max_length=12, choices=MemberStatus, default=MemberStatus.ACTIVE)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # When to look whether the week's mail is due; for founders alone.
    weekly_at = models.DateTimeField(default=first_look, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "client", "user"],
                name="client_membership_unique",
                violation_error_message="This person already belongs to this client.",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["founder", "viewer"]),
                name="client_membership_role_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "suspended", "removed"]),
                name="client_membership_status_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["weekly_at"],
                condition=models.Q(role="founder", status="active"),
                name="client_membership_weekly",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    @property
    def is_active(self) -> bool:
        return self.status == MemberStatus.ACTIVE

    def change_role(self, role: Role) -> None:
        """Make a viewer decide, or a founder look; from the next request on."""
        self.role = role
        self.save(update_fields=["role"])

    def leave(self) -> None:
        """End the membership; from the next request on nothing of the client is seen."""
        self.status = MemberStatus.REMOVED
        self.save(update_fields=["status"])


def token_hash(token: str) -> str:
    """The SHA-256, in hex, under which a secret of an invitation's link is stored."""
    return sha256(token.encode()).hexdigest()


class InvitationQuerySet(PracticeQuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Those that can still be accepted."""
        return self.filter(state=Invitation.State.PENDING, expires_at__gt=timezone.now())

    # `Any`: the fields of an invitation.
    def invite(self, **fields: Any) -> "tuple[Invitation, str]":
        """Make an invitation and the secret of its link, which is stored nowhere."""
        token = secrets.token_urlsafe(32)
        expires_at = timezone.now() + INVITATION_LIFETIME
        made = self.create(token_hash=token_hash(token), expires_at=expires_at, **fields)
        return made, token


class Invitation(PracticeModel):
    """An offer to join, bound to one address; role and client are fixed in the row."""

    class State(models.TextChoices):
        PENDING = "pending"
        ACCEPTED = "accepted"
        REVOKED = "revoked"
        BOUNCED = "bounced"

    seen_by = (*OFFICE, Actor.CLIENT)
    written_by = (*OFFICE, Actor.CLIENT)
    client_column = "client_id"

    email = models.EmailField("e-mail address", max_length=254)
    role = models.CharField(max_length=12, choices=[(role.value, role.value) for role in Role])
    client = TenantForeignKey(
        Client, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    accepted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    sent_count = models.PositiveSmallIntegerField(default=0, editable=False)
    # When its link was last shown to be handed over by hand, and by whom.
    handed_over_at = models.DateTimeField(null=True, editable=False)
    handed_over_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(editable=False)

    objects = InvitationQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "consultant"], client=None)
                | models.Q(role__in=["founder", "viewer"], client__isnull=False),
                name="invitation_client_fits_role",
                violation_error_message="Founders and viewers are invited to a client, "
                "staff to the practice.",
            ),
            models.CheckConstraint(
                condition=models.Q(sent_count__lte=INVITATION_MAX_SENDS),
                name="invitation_sent_at_most_5_times",
                violation_error_message="This invitation was sent five times already. "
                "Revoke it and invite again.",
            ),
            models.UniqueConstraint(
                "practice",
                Lower("email"),
                "client",
                condition=models.Q(state="pending"),
                nulls_distinct=False,
                name="invitation_pending_once",
                violation_error_message="This address already has an open invitation.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.PENDING and timezone.now() < self.expires_at

    def renew(self) -> str:
        """Give it a new secret and seven days more; the former link stops working."""
        token = secrets.token_urlsafe(32)
        self.token_hash = token_hash(token)
        self.expires_at = timezone.now() + INVITATION_LIFETIME
        self.state = self.State.PENDING
        self.save(update_fields=["token_hash", "expires_at", "state"])
        return token
