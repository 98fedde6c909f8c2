"""The addresses of a founder's risks and of the founder's consent."""

from tests.factories import Place
from tests.isolation_urls import ADDRESSES, CLIENT, Address, Words
from tests.sprints.factories import make_risk, make_sprint


def of_client_sprint(place: Place) -> Words:
    return {"sprint_id": make_sprint(place).pk}


def of_own_risk(place: Place) -> Words:
    risk = make_risk(place, owner=place.founder)
    return {"sprint_id": risk.sprint_id, "number": risk.number}


def raised_form(place: Place) -> Words:
    return {"title": f"Wrong name {place.canary}", "plain_summary": "Invoices name another."}


ADDRESSES.update(
    {
        "client-risk-list": Address(of_client_sprint, roles=CLIENT),
        "client-risk-create": Address(
            of_client_sprint, roles=("founder",), methods=("GET", "POST"), form=raised_form
        ),
        "client-risk": Address(of_own_risk, roles=CLIENT, plain=("number",)),
        "client-risk-check": Address(of_own_risk, roles=CLIENT, plain=("number",)),
        "client-risk-opened": Address(
            of_own_risk, roles=CLIENT, methods=("POST",), plain=("number",)
        ),
        "client-risk-fixed": Address(
            of_own_risk, roles=("founder",), methods=("POST",), plain=("number",)
        ),
        "client-consent-refusal": Address(of_client_sprint, roles=("founder",), methods=("POST",)),
        "client-performance": Address(of_client_sprint, roles=CLIENT),
        "client-consent": Address(
            of_client_sprint,
            roles=CLIENT,
            methods=("GET", "POST"),
            form=lambda _: {"is_allowed": "on"},
        ),
    }
)
