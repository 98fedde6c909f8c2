"""The addresses of people: a practice's staff and settings, a client's people, oneself."""

from accounts.models import ClientMembership
from tests.factories import NUMBERS, Place, make_invitation, make_membership, make_notice
from tests.isolation_urls import (
    ADDRESSES,
    CLIENT,
    PERSONAL,
    PUBLIC,
    STAFF,
    Address,
    Words,
    practice,
)


def client(place: Place) -> Words:
    return {**practice(place), "client_id": place.client.pk}


def member(place: Place) -> Words:
    return {**practice(place), "member_id": make_membership(place).pk}


def client_person(place: Place) -> Words:
    person = ClientMembership.objects.get(client=place.client, user=place.viewer)
    return {**client(place), "person_id": person.pk}


def staff_invitation(place: Place) -> Words:
    made = make_invitation(place, role="consultant", client=None)
    return {**practice(place), "invitation_id": made.pk}


def client_invitation(place: Place) -> Words:
    return {**client(place), "invitation_id": make_invitation(place).pk}


def own_client(place: Place) -> Words:
    return {"client_id": place.client.pk}


def fresh_address(role: str) -> Words:
    return {"email": f"new{next(NUMBERS)}@people.example", "role": role}


def notice(place: Place) -> Words:
    return {**practice(place), "notice_id": make_notice(place).pk}


def sprint_of(place: Place) -> Words:
    from tests.sprints.factories import make_sprint

    return {"sprint_id": make_sprint(place).pk}


def client_notice(place: Place) -> Words:
    words = sprint_of(place)
    made = make_notice(
        place, person=place.founder, sprint_ref=words["sprint_id"], is_for_client=True
    )
    return {**words, "notice_id": made.pk}


def posts(build, roles=STAFF, form=lambda _: {}) -> Address:
    return Address(build, roles=roles, methods=("POST",), form=form)


ADDRESSES.update(
    {
        "inbox": Address(practice),
        "inbox-read": posts(practice),
        "inbox-mail": posts(practice, form=lambda _: {"rhythm": "daily"}),
        "inbox-open": posts(notice, roles=("consultant",)),
        "client-inbox": Address(sprint_of, roles=CLIENT),
        "client-inbox-read": posts(sprint_of, roles=CLIENT),
        "client-inbox-open": posts(client_notice, roles=("founder",)),
        "client-settings": Address(
            sprint_of,
            roles=CLIENT,
            methods=("GET", "POST"),
            form=lambda _: {"rhythm": "weekly"},
        ),
        "practice-settings": Address(
            practice,
            methods=("GET", "POST"),
            form=lambda place: {"name": place.practice.name, "time_zone": "Europe/Berlin"},
        ),
        "practice-people": Address(practice),
        "staff-invite": posts(practice, form=lambda _: fresh_address("consultant")),
        "departure": Address(practice, methods=("GET", "POST")),
        "staff-role": posts(member),
        "staff-suspension": posts(member),
        "staff-removal": posts(member),
        "staff-invitation-mail": posts(staff_invitation),
        "staff-invitation-revocation": posts(staff_invitation),
        "client-people": Address(
            client, methods=("GET", "POST"), form=lambda _: fresh_address("founder")
        ),
        "client-person-removal": posts(client_person),
        "client-person-role": posts(client_person),
        "client-invitation-link": posts(client_invitation),
        "client-invitation-mail": posts(client_invitation),
        "client-invitation-revocation": posts(client_invitation),
        "own-people": Address(
            own_client,
            roles=CLIENT,
            methods=("GET", "POST"),
            form=lambda _: fresh_address("viewer"),
        ),
    }
)

PUBLIC.update(
    {
        "brand-css": "a stylesheet made from the colour in its own name",
        "brand-logo": "a picture by the hash of its contents, which every visitor sees",
        "notice-stop": "whoever holds a mail of ours ends such mails; signed, for one person",
        "start-code": "the code that this browser asked for, to start a practice",
        "start-code-resend": "the same code anew",
        "invitation": "whoever holds the 256 bits of its link sees what is offered",
        "invitation-code": "the code to the invited address",
        "invitation-code-resend": "the same code anew",
        "demo-link": "a developer's machine alone, by a signed token",
        "mail-list": "a developer's machine alone",
        "mail-detail": "a developer's machine alone",
    }
)

PERSONAL.update(
    {
        "places": "where one belongs",
        "client-home": "one's own launches",
        "stepup": "one's own act that waits",
        "stepup-code": "a code to oneself",
        "stepup-passkey": "one's own passkeys",
        "stepup-resumption": "one's own act that waits",
        "account": "oneself",
        "address-change": "one's own address",
        "address-code": "one's own address",
        "second-factor": "one's own sign-in",
        "passkey-add": "one's own passkeys",
        "passkey-removal": "one's own passkeys",
        "app-add": "one's own authenticator app",
        "app-picture": "one's own authenticator app",
        "app-removal": "one's own authenticator app",
        "recovery-codes": "one's own codes",
        "session-end": "one's own sessions",
        "other-sessions-end": "one's own sessions",
    }
)
