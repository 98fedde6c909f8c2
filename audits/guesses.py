"""A first guess at a typed domain: stored, looked up by a task, shown in the form."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.guard import Guard
from accounts.guard.exchange import TargetRefusedError
from accounts.models import Practice, User
from accounts.tenancy.tasks import ring
from audits.aim import NotANameError, domain_of, host_of
from audits.gather.prefill import Guess, guess
from audits.models import DomainGuess
from audits.observations.target import Vendor

State = DomainGuess.State
BELL_LOST_AFTER: Final = timedelta(seconds=3)
GIVEN_UP_AFTER: Final = timedelta(seconds=30)
FRESH_FOR: Final = timedelta(minutes=2)
NO_ANSWER: Final = (
    "The name servers did not answer within 4 seconds. Fill the fields in by hand, or try again."
)
NOT_KNOWN: Final = (
    "No address answers for {domain} yet. If the name is right, go on: the audit will say so, too."
)
TOO_LATE: Final = "The look took too long. Fill the fields in by hand, or try again."


def ask(practice: Practice, text: str, *, by: User) -> DomainGuess:
    """The guess for what was typed; a fresh one of the same domain is used again.

    Raises `NotANameError` with a sentence where the text has no domain in it.
    """
    try:
        host = host_of(text)
    except TargetRefusedError as error:
        raise NotANameError(error.message) from error
    domain_of(host)
    known = DomainGuess.objects.of(practice).filter(
        domain=host, asked_at__gt=timezone.now() - FRESH_FOR
    )
    found = known.exclude(state=State.FAILED).order_by("-pk").first()
    if found is not None:
        return found
    made = DomainGuess.objects.create(practice=practice, domain=host, asked_by=by)
    _ring(made)
    return made


def make(guess_id: int) -> None:
    """Look and keep what the records suggest, if nobody has yet."""
    with transaction.atomic():
        row = DomainGuess.objects.filter(pk=guess_id, state=State.ASKED).first()
    if row is None:
        return
    found = asyncio.run(_look(row.domain))
    result, trouble = as_fields(found, row.domain), _trouble(found)
    with transaction.atomic():
        DomainGuess.objects.filter(pk=guess_id, state=State.ASKED).update(
            state=State.FAILED if trouble else State.DONE, result=result, trouble=trouble
        )


def is_waiting() -> Q:
    """Guesses whose bell was lost and that a person may still be waiting for."""
    now = timezone.now()
    return Q(
        state=State.ASKED, asked_at__lt=now - BELL_LOST_AFTER, asked_at__gt=now - GIVEN_UP_AFTER
    )


def is_too_late(row: DomainGuess) -> bool:
    """Whether nobody should wait for it any longer."""
    return row.state == State.ASKED and row.is_older_than(GIVEN_UP_AFTER)


def as_fields(found: Guess, domain: str) -> dict[str, Any]:  # Any: JSON
    """The guess by the names of the project's fields; a typed host that was not among the
    names asked for stands first."""
    hosts = [[host.name, str(host.kind)] for host in found.hosts]
    if domain != found.domain and domain not in [name for name, _ in hosts]:
        hosts.insert(0, [domain, "web"])
    return {
        "hosts": hosts,
        "mail_domains": [mail.name for mail in found.mail_domains],
        "hosting": _name(found.hosting),
        "mail_vendor": _name(found.mail_vendor),
        "dns": _name(found.dns_vendor),
        "senders": [vendor.name for vendor in found.senders],
        "has_wildcard": found.has_wildcard,
        "is_complete": found.is_complete,
    }


def _trouble(found: Guess) -> str:
    if found.hosts or found.dns_vendor or found.mail_domains:
        return ""
    return NOT_KNOWN.format(domain=found.domain) if found.is_complete else NO_ANSWER


def _name(vendor: Vendor | None) -> str:
    return vendor.name if vendor else ""


async def _look(domain: str) -> Guess:
    guard = Guard.from_settings()
    try:
        return await guess(domain, guard)
    finally:
        await guard.aclose()


def _ring(row: DomainGuess) -> None:
    from audits.tasks import make_guess  # noqa: PLC0415 - the tasks import this module

    ring(make_guess, row.pk)
