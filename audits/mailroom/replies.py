"""A reply to one of our mails becomes a comment, or is let go with a line in the log.

Nothing is ever answered: a bounce would go to whoever a forger names.
"""

import hashlib
import logging

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from accounts.guard import Guard
from accounts.models import ClientMembership, Membership, MemberStatus, User
from accounts.reply_address import Thread
from accounts.roles import Action, may
from accounts.tenancy.scope import Actor, practice_scope
from audits.gather.mail_arrival import observe
from audits.mail_models import MailReply
from audits.observations.mail_arrival import Arrival, Received
from audits.observations.mail_reading import ReadMail
from audits.observations.mail_reply import is_automatic, reply_text
from sprints.commenting import CommentRefusedError, comment, is_shared
from sprints.models import Risk, Sprint
from sprints.models.comment import COMMENT_LENGTH, Audience

log = logging.getLogger(__name__)


async def take(thread: Thread, mail: Received) -> None:
    """Make a comment of the reply where its sender is proved to be the thread's person."""
    if is_automatic(mail.content):
        log.info("A machine's reply was let go")
        return
    guard = Guard.from_settings()
    try:
        arrival, read = await observe(mail, guard, domain="", took=None, with_links=False)
    finally:
        await guard.aclose()
    refused = await sync_to_async(keep)(thread, mail, arrival, read)
    if refused:
        log.info("A reply was let go: %s", refused)


def keep(thread: Thread, mail: Received, arrival: Arrival, read: ReadMail) -> str:
    """The comment, once; else why not, without a word of the mail."""
    close_old_connections()
    text = reply_text(mail.content)[:COMMENT_LENGTH]
    if not text:
        return "it says nothing above what it quotes"
    person = User.objects.filter(pk=thread.person_id, is_active=True).first()
    if person is None or not is_from(person, arrival, read):
        return "its sender is not proved to be the person whom the address was given to"
    with practice_scope(thread.practice_id, actor=Actor.SYSTEM):
        sprint = Sprint.objects.filter(pk=thread.sprint_id, archived_at=None).first()
        actor = None if sprint is None else actor_of(person, sprint)
    if sprint is None or actor is None:
        return "the person may not write there any more"
    client_id = sprint.client_id if actor == Actor.CLIENT else None
    try:
        with practice_scope(thread.practice_id, actor=Actor.SYSTEM):
            if not is_first(sprint, person, read):
                return "it has come before"
            with practice_scope(thread.practice_id, actor=actor, client_id=client_id):
                said(thread, sprint, text, person, actor)
    except CommentRefusedError as error:
        return str(error)
    return ""


def is_from(person: User, arrival: Arrival, read: ReadMail) -> bool:
    """The one author is the person's own address, and its domain vouches for the mail."""
    own = tuple(address.casefold() for address in read.author_addresses)
    return own == (person.email.casefold(),) and arrival.is_proved is True


def actor_of(person: User, sprint: Sprint) -> Actor | None:
    """As whom the person may comment in the sprint today, None for not at all."""
    staff = Membership.objects.of(sprint.practice_id).filter(
        user=person, status=MemberStatus.ACTIVE
    )
    if any(may(one, Action.COMMENT) for one in staff):
        return Actor.STAFF
    theirs = ClientMembership.objects.of(sprint.practice_id).of_client(sprint.client_id)
    theirs = theirs.filter(user=person, status=MemberStatus.ACTIVE)
    return Actor.CLIENT if any(may(one, Action.COMMENT) for one in theirs) else None


def is_first(sprint: Sprint, person: User, read: ReadMail) -> bool:
    """Note the reply by its Message-ID; False where it is noted already."""
    digest = hashlib.sha256(read.message_id.encode()).hexdigest()
    _, is_new = MailReply.objects.get_or_create(
        practice_id=sprint.practice_id,
        client_id=sprint.client_id,
        sprint_id=sprint.pk,
        digest=digest,
        defaults={"person": person},
    )
    return is_new


def said(thread: Thread, sprint: Sprint, text: str, person: User, actor: Actor) -> None:
    """The comment: a client's goes to both sides, staff's to staff until they post it."""
    risk = None
    if thread.risk_number:
        risk = Risk.objects.filter(sprint=sprint, number=thread.risk_number).first()
        if risk is None or (actor == Actor.CLIENT and not is_shared(risk)):
            raise CommentRefusedError("what it is about is not there for its sender")
    audience = Audience.CLIENT if actor == Actor.CLIENT else Audience.INTERNAL
    comment(sprint, text, by=person, audience=audience, risk=risk)
