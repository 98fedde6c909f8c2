"""The addresses of the audits, for the isolation suite."""

from django.utils import timezone

from tests.audits.factories import (
    make_finding,
    make_guess,
    make_latency,
    make_mail_arrival,
    make_run,
)
from tests.factories import Place
from tests.isolation_urls import ADDRESSES, CLIENT, Address, Words, practice
from tests.sprints.factories import make_consent, make_project, make_proof, make_sprint


def sprint(place: Place) -> Words:
    return practice(place) | {"sprint_id": make_sprint(place).pk}


def run(place: Place) -> Words:
    """A finished run with a finding, and an earlier one."""
    earlier = make_run(place, state="done", outcome="go")
    make_finding(place, run=earlier)
    made = make_run(place, sprint=earlier.sprint, state="done", outcome="no_go", domain="app.test")
    make_finding(place, run=made)
    return practice(place) | {"run_id": made.pk}


def baseline(place: Place) -> Words:
    """A sprint with a finished baseline."""
    return practice(place) | {"sprint_id": make_latency(place).sprint_id}


def check_run(place: Place) -> Words:
    made = make_run(place, state="done", scope="dns.apex_address", check_ids=["dns.apex_address"])
    make_finding(place, run=made)
    return practice(place) | {"run_id": made.pk}


def project(place: Place) -> Words:
    found = make_consent(place).project
    make_proof(place, project=found)
    return practice(place) | {"project_id": found.pk}


def proof(place: Place) -> Words:
    found = make_proof(place, project=make_project(place))
    return practice(place) | {"project_id": found.project_id, "proof_id": found.pk}


def mail_test(place: Place) -> Words:
    arrived = make_mail_arrival(place).test
    arrived.arrived_at = timezone.now()
    arrived.save()
    return practice(place) | {"sprint_id": arrived.sprint_id, "test_id": arrived.pk}


def client_sprint(place: Place) -> Words:
    return {"sprint_id": make_sprint(place).pk}


def client_mail_test(place: Place) -> Words:
    found = mail_test(place)
    return {"sprint_id": found["sprint_id"], "test_id": found["test_id"]}


def guess(place: Place) -> Words:
    return practice(place) | {"guess_id": make_guess(place).pk}


ADDRESSES.update(
    {
        "audits:run-list": Address(build=sprint, methods=("GET", "POST")),
        "audits:run-create": Address(build=sprint, methods=("GET", "POST")),
        "audits:performance": Address(
            build=baseline,
            methods=("GET", "POST"),
            form=lambda _: {"target_ms": "300", "alert_ms": "500"},
        ),
        "audits:performance-progress": Address(build=baseline),
        "audits:check-create": Address(
            build=sprint, methods=("POST",), form=lambda _: {"check": "dns.apex_address"}
        ),
        "audits:run-detail": Address(build=run),
        "audits:run-progress": Address(build=run),
        "audits:check-progress": Address(build=check_run),
        "audits:run-export": Address(
            build=lambda place: run(place) | {"form": "json"}, plain=("form",)
        ),
        "audits:consent": Address(
            build=project, methods=("GET", "POST"), form=lambda _: {"is_allowed": "on"}
        ),
        "audits:consent-withdrawal": Address(build=project, methods=("POST",)),
        "audits:proof-check": Address(build=proof, methods=("POST",)),
        "audits:proof-progress": Address(build=proof),
        "audits:mail-tests": Address(
            build=sprint, methods=("GET", "POST"), form=lambda _: {"kind": "sign_up"}
        ),
        "audits:mail-test-progress": Address(build=mail_test),
        "audits:mail-test-press": Address(build=mail_test, methods=("POST",)),
        "client-mail-tests": Address(
            client_sprint,
            roles=CLIENT,
            methods=("GET", "POST"),
            form=lambda _: {"kind": "sign_up"},
        ),
        "client-mail-test-progress": Address(client_mail_test, roles=CLIENT),
        "client-mail-test-press": Address(client_mail_test, roles=("founder",), methods=("POST",)),
        "audits:guess-create": Address(
            build=practice, methods=("POST",), form=lambda _: {"domain": "house.test"}
        ),
        "audits:guess-progress": Address(build=guess),
    }
)
