"""The addresses of links: staff's below `/p/`, and those that a link itself opens."""

from tests.factories import Place
from tests.isolation_urls import ADDRESSES, PUBLIC, Address, Words, practice
from tests.sprints.factories import make_link, make_risk


def of_risky_sprint(place: Place) -> Words:
    return practice(place) | {"sprint_id": make_risk(place).sprint_id}


def of_risk(place: Place) -> Words:
    risk = make_risk(place)
    return practice(place) | {"sprint_id": risk.sprint_id, "number": risk.number}


def of_link(place: Place) -> Words:
    link = make_link(place)
    return practice(place) | {"sprint_id": link.sprint_id, "link_id": link.pk}


def agreement(place: Place) -> Words:
    return {"row_version": "1", "owner": str(place.founder.pk), "due_on": ""}


ADDRESSES.update(
    {
        "sprints:link-list": Address(of_risky_sprint),
        "sprints:bundle": Address(of_risky_sprint),
        "sprints:report-create": Address(of_risky_sprint, methods=("POST",)),
        "sprints:helper-create": Address(
            of_risky_sprint,
            methods=("POST",),
            form=lambda place: {"helper": f"Sam {place.canary}", "risk": "1"},
        ),
        "sprints:link-revocation": Address(of_link, methods=("POST",)),
        "sprints:call-view": Address(of_risky_sprint),
        "sprints:call-end": Address(of_risky_sprint, methods=("POST",)),
        "sprints:call-agreement": Address(
            of_risk, methods=("POST",), form=agreement, plain=("number",)
        ),
    }
)

# What a link opens: the kind it must be of, and the one method that is answered.
# tests/sprints/test_links.py walks them as every dead and every foreign link.
LINK_ADDRESSES = {
    "helper": ("helper", "GET"),
    "helper-comment": ("helper", "POST"),
    "helper-fixed": ("helper", "POST"),
    "report": ("report", "GET"),
}

PUBLIC.update(
    {
        "helper": "whoever holds the 256 bits of its link sees some risks of one client",
        "helper-comment": "the same link; written by a named function",
        "helper-fixed": "the same link; written by a named function",
        "report": "whoever holds the 256 bits of its link sees one report",
    }
)
