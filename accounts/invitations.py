"""Inviting people and letting them in (security.md X1).

The token is 256 bits and stored as its hash; the address, the role and the client are fixed in
the row. Looking never consumes; joining needs a proved address equal to the invited one.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.dispatch import Signal
from django.urls import reverse
from django.utils import timezone

from accounts import mails
from accounts.gate import ask_second_factor
from accounts.models import (
    INVITATION_LIFETIME,
    INVITATION_MAX_SENDS,
    Client,
    ClientMembership,
    Invitation,
    Membership,
    MemberStatus,
    Practice,
    User,
    token_hash,
)
from accounts.quotas import check_invitations, check_staff
from accounts.roles import Role
from accounts.tenancy.scope import Actor, practice_scope

# Sent with the `membership` of a client's new person, in the transaction of joining.
joined = Signal()
MEANING = {
    Role.OWNER: "You will work on every launch, invite colleagues and change the practice.",
    Role.CONSULTANT: "You will work on the practice's launches.",
    Role.FOUNDER: "You will see how ready the launch is, and decide about it.",
    Role.VIEWER: "You will see how ready the launch is.",
}


class InvitationError(Exception):
    """It can't be done; the text is a sentence for the person."""


@dataclass(frozen=True)
class Offer:
    """What an open invitation offers, as its holder may see it."""

    invitation: Invitation
    practice: Practice
    client: Client | None
    inviter: str

    @property
    def place(self) -> str:
        return self.client.name if self.client else self.practice.name

    @property
    def meaning(self) -> str:
        return MEANING[Role(self.invitation.role)]

    @property
    def masked_email(self) -> str:
        """Enough for the right person to know the address, too little for anybody else."""
        local, _, domain = self.invitation.email.partition("@")
        return f"{local[:1]}•••@{domain}"


def invite(
    practice: Practice, *, by: User, email: str, role: Role, client: Client | None = None
) -> Invitation:
    """Make and mail an invitation, within the practice's scope; raises a sentence if it can't."""
    check_invitations(practice)
    if client is None:
        check_staff(practice)
    _refuse_members(practice, email, client)
    invitation = Invitation(
        practice=practice, email=email.lower(), role=role, client=client, invited_by=by
    )
    stale = Invitation.objects.of(practice).filter(email__iexact=email, client=client)
    stale.filter(state=Invitation.State.PENDING, expires_at__lte=timezone.now()).update(
        state=Invitation.State.REVOKED
    )
    try:
        invitation.validate_constraints()
    except ValidationError as error:
        raise InvitationError(" ".join(error.messages)) from error
    made, token = Invitation.objects.invite(
        practice=practice, email=email.lower(), role=role, client=client, invited_by=by
    )
    if client is not None:
        ask_second_factor(practice)
    _mail(made, practice, token, by)
    return made


def send_again(invitation: Invitation, practice: Practice, by: User) -> None:
    """Mail it with a fresh secret; the link of the former mail stops working."""
    if invitation.sent_count >= INVITATION_MAX_SENDS:
        raise InvitationError(
            f"This invitation was sent {INVITATION_MAX_SENDS} times already. Take it back and "
            "invite again, perhaps by another address."
        )
    token = invitation.renew()
    _mail(invitation, practice, token, by)


def hand_over(invitation: Invitation, by: User) -> str:
    """A fresh link to show once, as a picture or to copy; a mailed link stops working.

    Whoever opens it still proves the invited mailbox by a code (decisions.md 17).
    """
    token = invitation.renew()
    now = timezone.now()
    Invitation.objects.filter(pk=invitation.pk).update(handed_over_at=now, handed_over_by=by)
    return f"{settings.PUBLIC_URL}{reverse('invitation', kwargs={'token': token})}"


def note_bounce(dedup_key: str, practice_id: int | None, **_given: object) -> None:
    """The mail of an invitation came back for good: say so where it is listed."""
    kind, _, rest = dedup_key.partition(":")
    pk = rest.partition(":")[0]
    if kind != "invitation" or practice_id is None or not pk.isdigit():
        return
    with practice_scope(practice_id, actor=Actor.SYSTEM):
        Invitation.objects.filter(pk=int(pk), state=Invitation.State.PENDING).update(
            state=Invitation.State.BOUNCED
        )


def revoke(invitation: Invitation) -> None:
    """Take it back; its link answers as if it had never been."""
    alive = [Invitation.State.PENDING, Invitation.State.BOUNCED]
    Invitation.objects.filter(pk=invitation.pk, state__in=alive).update(
        state=Invitation.State.REVOKED
    )


def find(token: str) -> Offer | None:
    """The open invitation of a token. Expired, revoked, used and unknown look alike."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT practice_id, id FROM invitation_by_hash(%s)", [token_hash(token)])
        row = cursor.fetchone()
    if row is None:
        return None
    practice_id, pk = row
    with practice_scope(practice_id, actor=Actor.SYSTEM):
        open_ones = Invitation.objects.of(practice_id).open()  # type: ignore[attr-defined]
        found = open_ones.select_related("practice", "client", "invited_by").filter(pk=pk).first()
    if found is None or found.practice.status != Practice.Status.ACTIVE:
        return None
    return Offer(found, found.practice, found.client, str(found.invited_by))


def accept(offer: Offer, user: User, proved_email: str) -> None:
    """Let the person in, once; raises `InvitationError`."""
    if proved_email.lower() != offer.invitation.email.lower():
        raise InvitationError("This invitation is for another address.")
    practice = offer.practice
    try:
        with practice_scope(practice.pk, actor=Actor.SYSTEM):
            taken = Invitation.objects.filter(
                pk=offer.invitation.pk,
                state=Invitation.State.PENDING,
                expires_at__gt=timezone.now(),
            ).update(state=Invitation.State.ACCEPTED, accepted_by=user)
            if not taken:
                raise InvitationError("This invitation doesn’t work any more.")
            _join(offer, user)
    except IntegrityError as error:
        if "four_eyes" not in str(error):
            raise
        raise InvitationError(
            f"You already work on {practice.name}’s other side. Nobody can be founder and staff "
            "of one practice, because nobody may approve their own work."
        ) from error


def _join(offer: Offer, user: User) -> None:
    """Make the membership, or revive a former one. One that is in force is left as it is."""
    values = {"role": offer.invitation.role, "status": MemberStatus.ACTIVE}
    if offer.client is None:
        staff = Membership.objects.of(offer.practice).filter(user=user)
        _refuse_active(offer, is_active=staff.filter(status=MemberStatus.ACTIVE).exists())
        if not staff.update(**values):
            Membership.objects.create(practice=offer.practice, user=user, **values)
        return
    people = ClientMembership.objects.of(offer.practice).of_client(offer.client).filter(user=user)
    _refuse_active(offer, is_active=people.filter(status=MemberStatus.ACTIVE).exists())
    if not people.update(**values):
        ClientMembership.objects.create(
            practice=offer.practice, client=offer.client, user=user, **values
        )
    joined.send(ClientMembership, membership=people.select_related("user", "practice").get())


def _refuse_active(offer: Offer, *, is_active: bool) -> None:
    if is_active:
        raise InvitationError(f"You already belong to {offer.place}. Just sign in.")


def _refuse_members(practice: Practice, email: str, client: Client | None) -> None:
    if client is None:
        here = Membership.objects.of(practice)
        is_here = here.filter(user__email__iexact=email, status=MemberStatus.ACTIVE).exists()
        place = practice.name
    else:
        there = ClientMembership.objects.of(practice).of_client(client)
        is_here = there.filter(user__email__iexact=email, status=MemberStatus.ACTIVE).exists()
        place = client.name
    if is_here:
        raise InvitationError(f"{email} already belongs to {place}.")


def _mail(invitation: Invitation, practice: Practice, token: str, by: User) -> None:
    sent = Invitation.objects.filter(pk=invitation.pk)
    invitation.sent_count += 1
    sent.update(sent_count=invitation.sent_count)
    place = invitation.client.name if invitation.client else practice.name
    if invitation.client:
        place = f"{place} at {practice.name}"
    path = reverse("invitation", kwargs={"token": token})
    words = {
        "inviter": mails.short_name(str(by)),
        "place": mails.one_line(place)[: 2 * mails.MAX_NAME_CHARS],
        "role": invitation.role,
        "what": MEANING[Role(invitation.role)],
        "url": f"{settings.PUBLIC_URL}{path}",
        "until": f"{timezone.now() + INVITATION_LIFETIME:%-d %B}",
    }
    key = f"invitation:{invitation.pk}:{invitation.sent_count}"
    mails.send("invitation", invitation.email, words, practice_id=practice.pk, dedup_key=key)
