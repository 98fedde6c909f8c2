"""The addresses about what is asked of a founder."""

from tests.factories import Place
from tests.isolation_urls import ADDRESSES, CLIENT, Address, Words, practice
from tests.sprints.factories import make_key_box, make_request, make_sprint


def of_sprint(place: Place) -> Words:
    return practice(place) | {"sprint_id": make_sprint(place).pk}


def of_request(place: Place) -> Words:
    asked = make_request(place)
    return practice(place) | {"sprint_id": asked.sprint_id, "request_id": asked.pk}


def of_act(place: Place) -> Words:
    return of_request(place) | {"act": "withdrawal"}


def of_box(place: Place) -> Words:
    box = make_key_box(place)
    return practice(place) | {"sprint_id": box.request.sprint_id, "box_id": box.pk}


def by_client(place: Place) -> Words:
    words = of_request(place)
    return {name: words[name] for name in ("sprint_id", "request_id")}


def sprint_of_client(place: Place) -> Words:
    return {"sprint_id": make_request(place).sprint_id}


ADDRESSES.update(
    {
        "sprints:request-list": Address(of_sprint),
        "sprints:request-prepare": Address(of_sprint, methods=("POST",)),
        "sprints:request-vendor": Address(
            of_sprint, methods=("POST",), form=lambda _: {"vendor": "stripe"}
        ),
        "sprints:request-nudge": Address(of_sprint, methods=("POST",)),
        "sprints:request-send": Address(of_sprint, methods=("POST",)),
        "sprints:request-create": Address(
            of_sprint,
            methods=("POST",),
            form=lambda place: {"title": f"Who pays? {place.canary}", "kind": "question"},
        ),
        "sprints:request-act": Address(of_act, methods=("POST",), plain=("act",)),
        "sprints:key-read": Address(of_box, methods=("POST",)),
        "client-requests": Address(sprint_of_client, roles=CLIENT),
        "client-request": Address(
            by_client,
            roles=CLIENT,
            methods=("GET", "POST"),
            form=lambda _: {"answer": "not_found", "text": ""},
        ),
    }
)
