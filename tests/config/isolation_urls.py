"""The addresses of the portfolio, of clients and of projects."""

from django.utils import timezone

from tests.audits.factories import make_finding, make_run, make_watch, spf_change
from tests.factories import Place
from tests.isolation_urls import ADDRESSES, CLIENT, Address, Words, practice
from tests.sprints.factories import (
    make_host,
    make_project,
    make_request,
    make_risk,
    make_route,
    make_sending_domain,
    make_sprint,
)

NO_ROWS = {
    f"{section}-{name}": value
    for section in ("hosts", "mail", "routes")
    for name, value in (("TOTAL_FORMS", "0"), ("INITIAL_FORMS", "0"))
}


def of_client(place: Place) -> Words:
    make_project(place)
    return practice(place) | {"client_id": place.client.pk}


def of_project(place: Place) -> Words:
    project = make_project(place, domain=f"{place.canary}.test")
    for make in (make_host, make_sending_domain, make_route):
        make(place, project=project)
    return practice(place) | {"project_id": project.pk}


def of_portfolio(place: Place) -> Words:
    make_sprint(place)
    return practice(place)


def of_sprint(place: Place) -> Words:
    return practice(place) | {"sprint_id": make_sprint(place).pk}


def of_nudge(place: Place) -> Words:
    make_request(place, state="sent", sent_at=timezone.now())
    return of_sprint(place) | {"person_id": place.founder.pk}


def of_client_change(place: Place) -> Words:
    """A risk with its computed change and a watch that is over."""
    risk = make_risk(place, check_id="email.spf_multiple", fingerprint="c" * 64)
    run = make_run(place, sprint=risk.sprint, state="done")
    make_finding(place, run=run, fingerprint=risk.fingerprint, change=spf_change(place))
    make_watch(place, risk=risk, state="late")
    return {"sprint_id": risk.sprint_id, "number": risk.number}


def of_change(place: Place) -> Words:
    return practice(place) | of_client_change(place)


def start_form(place: Place) -> Words:
    return {"domain": "started.com", "client_name": place.client.name}


def project_form(place: Place) -> Words:
    return NO_ROWS | {
        "row_version": "1",
        "domain": "shop.com",
        "name": f"Shop {place.canary}",
        "hosts-TOTAL_FORMS": "1",
        "hosts-0-name": "www.shop.com",
        "hosts-0-kind": "web",
    }


def sprint_form(place: Place) -> Words:
    return {"lead": str(place.consultant.pk), "starts_on": "2026-12-01", "ends_on": "2026-12-07"}


ADDRESSES.update(
    {
        "nudge": Address(of_nudge, methods=("POST",)),
        "portfolio": Address(of_portfolio),
        "find": Address(of_portfolio),
        "quick-start": Address(practice, methods=("GET", "POST"), form=start_form),
        "sprints:client-list": Address(practice),
        "sprints:client-create": Address(
            practice,
            methods=("GET", "POST"),
            form=lambda place: {"name": f"New {place.canary}", "contact": "by phone"},
        ),
        "sprints:client-detail": Address(of_client),
        "sprints:client-edit": Address(
            of_client,
            methods=("GET", "POST"),
            form=lambda place: {"name": f"Renamed {place.canary}", "contact": ""},
        ),
        "sprints:client-archival": Address(of_client, methods=("POST",)),
        "sprints:client-deletion": Address(
            of_client,
            roles=("owner",),
            methods=("GET", "POST"),
            form=lambda place: {"typed_name": place.client.name},
        ),
        "sprints:project-create": Address(of_client, methods=("GET", "POST"), form=project_form),
        "sprints:project-detail": Address(of_project),
        "sprints:project-edit": Address(of_project, methods=("GET", "POST"), form=project_form),
        "sprints:project-archival": Address(of_project, methods=("POST",)),
        "sprints:project-deletion": Address(
            of_project,
            roles=("owner",),
            methods=("GET", "POST"),
            form=lambda place: {"typed_name": place.client.name},
        ),
        "sprints:sprint-archival": Address(of_sprint, methods=("POST",)),
        "sprints:sprint-deletion": Address(
            of_sprint,
            roles=("owner",),
            methods=("GET", "POST"),
            form=lambda place: {"typed_name": place.client.name},
        ),
        "sprints:sprint-state": Address(
            of_sprint, methods=("POST",), form=lambda _: {"to": "paused"}
        ),
        "sprints:sprint-create": Address(of_project, methods=("GET", "POST"), form=sprint_form),
    }
)

ADDRESSES.update(
    {
        "sprints:risk-change": Address(build=of_change, plain=("number",)),
        "sprints:risk-landing": Address(build=of_change, plain=("number",)),
        "sprints:risk-watch": Address(build=of_change, methods=("POST",), plain=("number",)),
        "sprints:risk-zone": Address(build=of_change, plain=("number",)),
        "client-risk-landing": Address(build=of_client_change, roles=CLIENT, plain=("number",)),
        "client-risk-watch": Address(
            build=of_client_change, roles=("founder",), methods=("POST",), plain=("number",)
        ),
        "client-risk-zone": Address(build=of_client_change, roles=CLIENT, plain=("number",)),
    }
)
