"""The addresses of acceptances and decisions."""

from datetime import timedelta

from django.utils import timezone

from tests.factories import Place
from tests.isolation_urls import ADDRESSES, CLIENT, Address, Words, practice
from tests.sprints.factories import (
    make_acceptance,
    make_condition,
    make_decision,
    make_risk,
    make_sprint,
)


def of_sprint(place: Place) -> Words:
    return practice(place) | {"sprint_id": make_sprint(place).pk}


def of_risk(place: Place) -> Words:
    risk = make_risk(place)
    return practice(place) | {"sprint_id": risk.sprint_id, "number": risk.number}


def of_acceptance(place: Place) -> Words:
    return practice(place) | client_acceptance(place)


def client_acceptance(place: Place) -> Words:
    made = make_acceptance(place)
    return {"sprint_id": made.risk.sprint_id, "acceptance_id": made.pk}


def client_acceptances(place: Place) -> Words:
    return {"sprint_id": make_acceptance(place).risk.sprint_id}


def of_decision(place: Place) -> Words:
    return practice(place) | client_decision(place)


def client_decision(place: Place) -> Words:
    made = make_decision(place)
    return {"sprint_id": made.sprint_id, "number": made.number}


def of_condition(place: Place) -> Words:
    made = make_condition(place)
    return practice(place) | {"sprint_id": made.decision.sprint_id, "condition_id": made.pk}


def proposal_form(place: Place) -> Words:
    return {
        "reason": "few",
        "words": f"Said so {place.canary}",
        "until": "7",
        "treatment": "accept",
    }


def decision_form(place: Place) -> Words:
    return {
        "kind": "launch",
        "act": "keep",
        "outcome": "conditional_go",
        "reason": "small",
        "words": f"A small group {place.canary}",
        "rows": "1",
        "c0-text": "The test mail arrives",
        "c0-owner": str(place.founder.pk),
        "c0-due_on": (timezone.localdate() + timedelta(days=3)).isoformat(),
    }


ADDRESSES.update(
    {
        "sprints:acceptance-create": Address(
            of_risk, methods=("GET", "POST"), form=proposal_form, plain=("number",)
        ),
        "sprints:acceptance-withdraw": Address(of_acceptance, methods=("POST",)),
        "sprints:decision-list": Address(of_sprint),
        "sprints:decision-create": Address(of_sprint, methods=("GET", "POST"), form=decision_form),
        "sprints:decision-withdraw": Address(of_decision, methods=("POST",), plain=("number",)),
        "sprints:condition-met": Address(of_condition, methods=("POST",)),
        "client-acceptances": Address(client_acceptances, roles=CLIENT, methods=("GET", "POST")),
        "client-acceptance": Address(client_acceptance, roles=CLIENT, methods=("GET", "POST")),
        "client-decision": Address(
            client_decision,
            roles=CLIENT,
            methods=("GET", "POST"),
            form=lambda place: {"answer": "talk", "words": f"Call me {place.canary}"},
            plain=("number",),
        ),
    }
)
