"""Mail that is promised together with what it tells about, and sent afterwards.

A row is written in the transaction of the act; a worker claims it for a minute, sends, and
marks it (monitoring.md 2.5). A crash between sending and marking repeats the mail under the
same Message-ID. The application may only add rows: it reads nobody's mail.
"""

import json
import logging
import uuid
from collections.abc import Mapping
from datetime import timedelta
from email.utils import formataddr, parseaddr
from typing import ClassVar, Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.db.models import Q
from django.dispatch import Signal
from django.utils import timezone

from accounts.keyring import Keyring, SealBrokenError, Spot
from accounts.tenancy.models import GlobalModel
from accounts.tenancy.tasks import ring

LEASE: Final = timedelta(seconds=60)
GIVE_UP_AFTER: Final = timedelta(hours=24)
# After the first, second, … failure; the last one repeats.
PAUSES: Final = (
    *(timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=45)),
    *(timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=30)),
)
PERMANENT_SMTP_CODE: Final = 500

log = logging.getLogger(__name__)

# A mail will never arrive: `dedup_key` and `practice_id` say what it was about.
given_up = Signal()


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def due(self) -> "OutgoingMailQuerySet":
        """What waits to be sent and is in nobody's hands."""
        now = timezone.now()
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        return self.filter(free, state=OutgoingMail.State.PENDING, due_at__lte=now)

    def claim(self) -> "OutgoingMail | None":
        """Take the oldest due mail for a minute; two workers never take the same one."""
        with transaction.atomic(using=self.db):
            mail = self.due().order_by("due_at").select_for_update(skip_locked=True).first()
            if mail is not None:
                mail.attempts += 1
                mail.lease_until = timezone.now() + LEASE
                mail.save(using=self.db, update_fields=["attempts", "lease_until"])
        return mail


class OutgoingMail(GlobalModel):
    """One mail to one address. What it says is sealed, and gone once it is sent."""

    class State(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        DEAD = "dead"

    app_rights: ClassVar[tuple[str, ...]] = ("INSERT",)
    ops_rights: ClassVar[tuple[str, ...]] = ("SELECT", "UPDATE", "DELETE")
    sealed_columns: ClassVar[tuple[str, ...]] = ("sealed",)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Whose mail it is; null for a sign-in code. No key: only lr_ops ever reads it.
    for_practice = models.BigIntegerField(null=True)
    dedup_key = models.CharField(max_length=200, unique=True)
    recipient = models.EmailField(max_length=254)
    sealed = models.TextField()
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="outgoing_mail_due")
        ]

    def __str__(self) -> str:
        return f"{self.dedup_key} ({self.state})"

    def spot(self, column: str = "sealed") -> Spot:
        return Spot("accounts_outgoingmail", column, self.for_practice, self.id)

    @property
    def message_id(self) -> str:
        """The same at every attempt, so that a repeated mail is known as one."""
        host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
        return f"<{self.id}@{host}>"

    def message(self) -> EmailMultiAlternatives:
        opened = Keyring.from_settings().open(self.sealed, self.spot())
        words: Mapping[str, str] = json.loads(opened)
        made = EmailMultiAlternatives(
            subject=words["subject"],
            body=words["text"],
            from_email=sender(words.get("sender", "")),
            to=[self.recipient],
            reply_to=[words["reply_to"]] if words["reply_to"] else None,
            headers={"Message-ID": self.message_id} | stop_headers(words.get("stop_url", "")),
        )
        if words["html"]:
            made.attach_alternative(words["html"], "text/html")
        return made


def post(  # noqa: PLR0913 - each is a part of the mail
    *,
    dedup_key: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    reply_to: str = "",
    sender_name: str = "",
    stop_url: str = "",
    practice_id: int | None = None,
) -> None:
    """Promise a mail within the current transaction. The same `dedup_key` is sent once.

    `stop_url` ends such mails: a GET shows a page, a POST does it.
    """
    mail = OutgoingMail(for_practice=practice_id, dedup_key=dedup_key, recipient=to)
    words = {"subject": subject, "text": text, "html": html, "reply_to": reply_to}
    words |= {"sender": sender_name, "stop_url": stop_url}
    mail.sealed = Keyring.from_settings().seal(json.dumps(words), mail.spot())
    # Nothing is read back: lr_app has INSERT alone.
    OutgoingMail.objects.bulk_create([mail], ignore_conflicts=True)
    from accounts.tasks import send_mails  # noqa: PLC0415 - the task sends by this module

    ring(send_mails)


def stop_headers(url: str) -> dict[str, str]:
    """What a mail program needs for its own button (RFC 8058)."""
    if not url:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def sender(name: str) -> str:
    """Our own address under the practice's name, so that SPF and DKIM stay ours."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return formataddr((name, address)) if name else settings.DEFAULT_FROM_EMAIL


def send_next() -> bool:
    """Claim one due mail and send it; False where none is due."""
    mail = OutgoingMail.objects.using("ops").claim()
    if mail is None:
        return False
    try:
        mail.message().send()
    except (OSError, SealBrokenError) as error:
        record_failure(mail, error)
    else:
        mark(mail, state=OutgoingMail.State.SENT, sent_at=timezone.now(), sealed="", trouble="")
    return True


def record_failure(mail: OutgoingMail, error: Exception) -> None:
    """Try again later, or give up: the receiving side refuses for good, or a day has passed."""
    now = timezone.now()
    pause = PAUSES[min(mail.attempts, len(PAUSES)) - 1]
    trouble = f"{type(error).__name__}: {error}"[:300]
    is_over = now + pause > mail.created_at + GIVE_UP_AFTER
    if is_permanent(error) or is_over:
        log.error("mail %s to a person is given up after %s attempts", mail.id, mail.attempts)
        mark(mail, state=OutgoingMail.State.DEAD, trouble=trouble, sealed="")
        given_up.send(OutgoingMail, dedup_key=mail.dedup_key, practice_id=mail.for_practice)
    else:
        mark(mail, due_at=now + pause, trouble=trouble)


def is_permanent(error: Exception) -> bool:
    """Whether the receiving server said a 5xx, or nobody can open the mail any more."""
    if isinstance(error, SealBrokenError):
        return True
    refused = getattr(error, "recipients", {})
    codes = [code for code, _ in refused.values()] or [getattr(error, "smtp_code", 0)]
    return bool(min(codes) >= PERMANENT_SMTP_CODE)


def mark(mail: OutgoingMail, **values: object) -> None:
    """Write the outcome, if the mail is still this worker's."""
    ours = OutgoingMail.objects.using("ops").filter(pk=mail.pk, lease_until=mail.lease_until)
    ours.update(lease_until=None, **values)


def due_count() -> int:
    return OutgoingMail.objects.using("ops").due().count()
