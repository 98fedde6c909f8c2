"""Mails of the app that were tried: the address that was given out, and what came in."""

import secrets
from datetime import timedelta
from typing import Final

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.models import OFFICE, ClientModel, TenantForeignKey
from accounts.tenancy.scope import Actor
from audits.observations.mail_arrival import MAIL_OF_KIND, MailKind
from sprints.models import Sprint

LIVES: Final = timedelta(minutes=30)
# A mail that has not come by now counts as one that doesn't come.
GIVEN_UP_AFTER: Final = timedelta(minutes=10)
KEPT_FOR: Final = timedelta(days=7)
MOST_ARRIVALS: Final = 10
LOCAL_PART_BYTES: Final = 16
KINDS: Final = [(kind.value, MAIL_OF_KIND[kind]) for kind in MailKind]


def new_local_part() -> str:
    """128 random bits in lower case: some senders fold the case of an address."""
    return secrets.token_hex(LOCAL_PART_BYTES)


class MailTest(ClientModel):
    """One kind of mail that somebody makes the app send to an address of its own."""

    seen_by = (*OFFICE, Actor.CLIENT)
    written_by = (*OFFICE, Actor.CLIENT)
    ops_rights = ("SELECT",)

    sprint = TenantForeignKey(Sprint, on_delete=models.CASCADE, related_name="mail_tests")
    kind = models.CharField(max_length=12, choices=KINDS)
    # Forgotten together with what came in.
    local_part = models.CharField(max_length=64, null=True, default=new_local_part)  # noqa: DJ001 - null is unique
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    # When the button in the app was pressed, as whoever pressed it says.
    asked_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    # When it was noted that nothing came.
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["local_part"], name="mail_test_local_part"),
        ]

    def __str__(self) -> str:
        return MAIL_OF_KIND[MailKind(self.kind)]

    @property
    def is_open(self) -> bool:
        """Whether a mail to its address is still taken in."""
        return self.local_part is not None and self.expires_at > timezone.now()

    @classmethod
    def overdue(cls) -> Q:
        """Tests whose mail doesn't come and of which that isn't noted yet."""
        return Q(
            asked_at__lt=timezone.now() - GIVEN_UP_AFTER,
            arrived_at=None,
            given_up_at=None,
            local_part__isnull=False,
        )

    @classmethod
    def forgettable(cls) -> Q:
        return Q(started_at__lt=timezone.now() - KEPT_FOR, local_part__isnull=False)


class MailArrival(ClientModel):
    """A mail that came in, without what it says: facts, results, times."""

    seen_by = (*OFFICE, Actor.CLIENT)
    written_by = OFFICE

    test = TenantForeignKey(MailTest, on_delete=models.CASCADE, related_name="arrivals")
    # SHA-256 of the whole mail: the same one, delivered twice, is one.
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    facts = models.JSONField(default=dict)
    # Names and values that staff may read, masked.
    headers = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "test", "digest"], name="mail_arrival_once_in_test"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.test}, {self.received_at:%H:%M}"


class MailReply(ClientModel):
    """A reply to one of our mails that became a comment; the same one, sent twice, is one."""

    seen_by = OFFICE
    written_by = OFFICE

    sprint = TenantForeignKey(Sprint, on_delete=models.CASCADE, related_name="mail_replies")
    # SHA-256 of the Message-ID.
    digest = models.CharField(max_length=64)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "sprint", "digest"], name="mail_reply_once_in_sprint"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.taken_at:%H:%M}"
