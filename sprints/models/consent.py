"""What the owner of a domain has allowed us to look at, and how we know it is the owner."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.tenancy.models import ClientModel, PracticeQuerySet, TenantForeignKey
from sprints.models.project import Project

PROOF_LIFETIME: Final = timedelta(days=30)
TOKEN_BYTES: Final = 16


class Consent(ClientModel):
    """One tick: who allowed which level for which domain, on what words."""

    project = TenantForeignKey(Project, on_delete=models.CASCADE, related_name="consents")
    domain = models.CharField(max_length=253)
    level = models.PositiveSmallIntegerField()
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=timezone.now, editable=False)
    words_version = models.PositiveSmallIntegerField(default=1)
    address = models.GenericIPAddressField("given from", null=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(level__gte=2, level__lte=3),
                name="consent_level_2_or_3",
                violation_error_message="Only deeper looks (level 2 and 3) are asked for.",
            ),
            models.UniqueConstraint(
                fields=["practice", "project", "domain", "level"],
                condition=Q(withdrawn_at=None),
                name="consent_in_force_once",
            ),
        ]

    def __str__(self) -> str:
        return f"L{self.level} for {self.domain}"


class ProofQuerySet(PracticeQuerySet["DomainProof"]):
    def in_force(self, now: datetime | None = None) -> "ProofQuerySet":
        """Those that were confirmed and have not lapsed."""
        return self.filter(verified_at__isnull=False, lapses_at__gt=now or timezone.now())


class DomainProof(ClientModel):
    """A way in which the owner shows control of a domain, and whether it was found.

    `dns_txt` covers the domain and everything below it, `file` exactly that host,
    `login` the registrable domain of a founder's own address (never for level 3).
    """

    ops_rights = ("SELECT",)

    class Method(models.TextChoices):
        DNS_TXT = "dns_txt", "a DNS record"
        FILE = "file", "a file on the site"
        LOGIN = "login", "your login address"

    project = TenantForeignKey(Project, on_delete=models.CASCADE, related_name="proofs")
    domain = models.CharField(max_length=253)
    method = models.CharField(max_length=8, choices=Method)
    token = models.CharField(max_length=32, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    asked_at = models.DateTimeField(null=True, editable=False)
    looked_at = models.DateTimeField(null=True, editable=False)
    answer = models.CharField(max_length=400, blank=True, editable=False)
    verified_at = models.DateTimeField(null=True, editable=False)
    lapses_at = models.DateTimeField(null=True, editable=False)

    objects = ProofQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "project", "domain", "method"],
                name="proof_unique_in_project",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} for {self.domain}"

    @property
    def is_in_force(self) -> bool:
        return bool(self.verified_at and self.lapses_at and self.lapses_at > timezone.now())

    @property
    def is_waiting(self) -> bool:
        """Asked for, and no look has come back since."""
        return bool(self.asked_at and (self.looked_at is None or self.looked_at < self.asked_at))

    @property
    def record_name(self) -> str:
        return f"_launchready.{self.domain}"

    @property
    def record_value(self) -> str:
        return f"lr-verify={self.token}"

    @property
    def file_url(self) -> str:
        return f"https://{self.domain}/.well-known/launch-ready-{self.token[:8]}.txt"

    def confirm(self, answer: str) -> None:
        """The proof was found; it holds for 30 days."""
        now = timezone.now()
        self.looked_at, self.verified_at, self.lapses_at = now, now, now + PROOF_LIFETIME
        self.answer = answer[:400]
        self.save(update_fields=["looked_at", "verified_at", "lapses_at", "answer"])

    def lapse(self, answer: str) -> None:
        """The domain's own servers say that it is gone: it counts no longer."""
        now = timezone.now()
        self.looked_at, self.lapses_at, self.answer = now, now, answer[:400]
        self.save(update_fields=["looked_at", "lapses_at", "answer"])

    def miss(self, answer: str) -> None:
        """The look found nothing; an earlier proof stands until it lapses."""
        self.looked_at, self.answer = timezone.now(), answer[:400]
        self.save(update_fields=["looked_at", "answer"])


def new_token() -> str:
    """32 hex digits that nobody can guess."""
    return secrets.token_hex(TOKEN_BYTES)
