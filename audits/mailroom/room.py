"""What becomes of a mail: a test's arrival, or a reply that is a comment."""

import hashlib
import logging
from datetime import UTC, datetime, timedelta
from typing import Final

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from accounts.guard import Guard
from accounts.reply_address import thread_of
from accounts.tenancy.scope import Actor, practice_scope
from audits.gather.mail_arrival import observe
from audits.mail_models import MOST_ARRIVALS, MailArrival, MailTest
from audits.mail_tests import judge_again
from audits.mailroom import replies
from audits.observations.mail_arrival import Arrival, Received
from audits.observations.mail_reading import ReadMail
from audits.observations.mail_stored import arrival_data
from audits.targets import target_of

MAX_LOCAL_PART: Final = 400

log = logging.getLogger(__name__)


class Mailroom:
    """The room behind the door, over all practices: addresses are looked up as lr_ops."""

    async def is_known(self, local_part: str) -> bool:
        return await sync_to_async(is_known)(local_part)

    async def take(self, local_part: str, mail: Received) -> bool:
        """Look at the mail and keep what it shows. False where the address ended meanwhile."""
        thread = thread_of(local_part)
        if thread is not None:
            await replies.take(thread, mail)
            return True
        found = await sync_to_async(prepared)(local_part)
        if found is None:
            return False
        test, domain = found
        took = took_since(test, mail)
        guard = Guard.from_settings()
        try:
            arrival, read = await observe(mail, guard, domain=domain, took=took)
        finally:
            await guard.aclose()
        await sync_to_async(keep_arrival)(test, mail, arrival, read)
        return True


def is_known(local_part: str) -> bool:
    close_old_connections()
    if len(local_part) > MAX_LOCAL_PART:
        return False
    return thread_of(local_part) is not None or open_test(local_part) is not None


def open_test(local_part: str) -> MailTest | None:
    """The test whose address this is, while it lives; a suspended practice has none."""
    text = local_part.lower()
    if not (text.isascii() and text.isalnum()):
        return None
    tests = MailTest.objects.using("ops").filter(local_part=text)
    found = tests.exclude(practice__status="suspended").first()
    return found if found is not None and found.is_open else None


def prepared(local_part: str) -> tuple[MailTest, str] | None:
    """The test and the domain of its app."""
    close_old_connections()
    found = open_test(local_part)
    if found is None:
        return None
    with practice_scope(found.practice_id, actor=Actor.SYSTEM):
        test = MailTest.objects.select_related("sprint__project").get(pk=found.pk)
        if MailArrival.objects.filter(test=test).count() >= MOST_ARRIVALS:
            return None
        return test, target_of(test.sprint.project).domain


def took_since(test: MailTest, mail: Received) -> timedelta | None:
    """From the start click to the last byte; None where nobody has clicked."""
    if test.asked_at is None:
        return None
    arrived = datetime.fromtimestamp(mail.at_seconds, tz=UTC)
    return max(arrived - test.asked_at, timedelta(0))


def keep_arrival(test: MailTest, mail: Received, arrival: Arrival, read: ReadMail) -> None:
    """Keep the facts once, and have an audit judge them."""
    at = datetime.fromtimestamp(mail.at_seconds, tz=UTC)
    with practice_scope(test.practice_id, actor=Actor.SYSTEM):
        _, is_new = MailArrival.objects.get_or_create(
            practice_id=test.practice_id,
            client_id=test.client_id,
            test_id=test.pk,
            digest=hashlib.sha256(mail.content).hexdigest(),
            defaults={
                "received_at": at,
                "facts": arrival_data(arrival),
                "headers": [list(pair) for pair in read.headers],
            },
        )
        if is_new:
            MailTest.objects.filter(pk=test.pk).update(arrived_at=at)
            judge_again(test)
