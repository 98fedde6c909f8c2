"""Audit runs with their findings, and guesses at a domain."""

from collections.abc import Callable
from itertools import count
from typing import Any

from django.db import models
from django.db.models import Max

from audits.models import AuditRun, DomainGuess, Finding
from tests.factories import FACTORIES, Place
from tests.sprints.factories import make_sprint, ours

NUMBERS = count(1)

# Throughout, `Any` stands for the fields of a model.


def make_run(place: Place, **fields: Any) -> AuditRun:
    sprint = fields.pop("sprint", None) or make_sprint(place)
    last = AuditRun.objects.filter(sprint=sprint).aggregate(last=Max("number"))["last"] or 0
    given = {"number": last + 1, "requested_by": place.consultant} | fields
    return AuditRun.objects.create(sprint=sprint, **ours(place), **given)


def make_finding(place: Place, **fields: Any) -> Finding:
    run = fields.pop("run", None) or make_run(place)
    number = next(NUMBERS)
    given = {
        "position": number,
        "check_id": "dns.apex_address",
        "stage": 1,
        "verdict": "fail",
        "severity": 0,
        "subject": "app.test",
        "fingerprint": f"{number:064x}",
        "message": place.canary,
    } | fields
    return Finding.objects.create(run=run, **ours(place), **given)


def make_guess(place: Place, **fields: Any) -> DomainGuess:
    given = {"domain": f"{place.canary}.test", "asked_by": place.consultant} | fields
    return DomainGuess.objects.create(practice=place.practice, **given)


AUDIT_FACTORIES: dict[type[models.Model], Callable[[Place], models.Model]] = {
    AuditRun: make_run,
    Finding: make_finding,
    DomainGuess: make_guess,
}
FACTORIES.update(AUDIT_FACTORIES)
