"""The addresses of a sprint's history and pulse."""

from tests.factories import Place
from tests.isolation_urls import ADDRESSES, CLIENT, Address, Words, practice
from tests.sprints.factories import make_event, make_sprint


def of_sprint(place: Place) -> Words:
    return practice(place) | of_client(place)


def of_client(place: Place) -> Words:
    sprint = make_sprint(place)
    make_event(place, sprint=sprint)
    return {"sprint_id": sprint.pk}


def finished(place: Place) -> Words:
    make_sprint(place, state="closed")
    return practice(place)


ADDRESSES.update(
    {
        "sprints:finished-work": Address(finished, roles=("owner",)),
        "sprints:history": Address(of_sprint),
        "sprints:pulse": Address(of_sprint),
        "sprints:export": Address(of_sprint),
        "client-export": Address(of_client, roles=("founder",)),
        "client-history": Address(of_client, roles=CLIENT),
        "client-pulse": Address(of_client, roles=CLIENT),
    }
)
