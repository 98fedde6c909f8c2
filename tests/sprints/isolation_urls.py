"""The addresses of sprints, stages and risks."""

from tests.factories import Place
from tests.isolation_urls import ADDRESSES, CLIENT, Address, Words, practice
from tests.sprints import (
    isolation_decisions,  # noqa: F401 - adds its own
    isolation_founder,  # noqa: F401 - adds its own
    isolation_history,  # noqa: F401 - adds its own
    isolation_links,  # noqa: F401 - adds its own
    isolation_requests,  # noqa: F401 - adds its own
    isolation_risks,  # noqa: F401 - adds its own
    isolation_stages,  # noqa: F401 - adds its own
)
from tests.sprints.factories import make_risk, make_sprint


def of_sprint(place: Place) -> Words:
    return practice(place) | {"sprint_id": make_sprint(place).pk}


def of_stage(place: Place) -> Words:
    return of_sprint(place) | {"ordinal": 2}


def of_item(place: Place) -> Words:
    return of_stage(place) | {"key": "D2.1"}


def of_risk(place: Place) -> Words:
    risk = make_risk(place)
    return practice(place) | {"sprint_id": risk.sprint_id, "number": risk.number}


def edit_of(part: str):
    def build(place: Place) -> Words:
        return of_risk(place) | {"part": part}

    return build


def owner_form(place: Place) -> Words:
    return {"row_version": "1", "owner": str(place.founder.pk)}


def risk_form(place: Place) -> Words:
    return {
        "title": f"Seen by hand {place.canary}",
        "plain_summary": "Nobody can pay.",
        "stage": "3",
        "remedy": "Mend it.",
        "consequence": "4",
        "likelihood": "3",
        "recovery": "2",
    }


ADDRESSES.update(
    {
        "sprint": Address(of_sprint),
        "sprints:stage": Address(of_stage, plain=("ordinal",)),
        "sprints:stage-done": Address(
            of_stage, methods=("POST",), form=lambda _: {"to": "open"}, plain=("ordinal",)
        ),
        "sprints:item-done": Address(
            of_item,
            methods=("POST",),
            form=lambda place: {"hand_note": f"Written down {place.canary}"},
            plain=("ordinal", "key"),
        ),
        "sprints:risk-list": Address(of_sprint),
        "sprints:risk-detail": Address(of_risk, plain=("number",)),
        "sprints:risk-drawer": Address(of_risk, plain=("number",)),
        "sprints:risk-create": Address(of_sprint, methods=("GET", "POST"), form=risk_form),
        "sprints:risk-edit": Address(
            edit_of("owner"), methods=("POST",), form=owner_form, plain=("number", "part")
        ),
        "client-sprint": Address(lambda place: {"sprint_id": make_sprint(place).pk}, roles=CLIENT),
    }
)
