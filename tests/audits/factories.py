"""Audit runs with their findings, and guesses at a domain."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import models
from django.db.models import Max
from django.utils import timezone

from audits.latency_models import LatencyRun
from audits.mail_models import MailArrival, MailReply, MailTest
from audits.models import AuditRun, DomainGuess, Finding
from audits.observations.mail_arrival import Arrival
from audits.observations.mail_stored import arrival_data
from audits.observations.spf_result import SpfResult
from audits.watch_models import LASTS, Watch
from tests.factories import FACTORIES, Place
from tests.sprints.factories import make_risk, make_sprint, ours

NUMBERS = count(1)
ARRIVAL = Arrival(
    author="app.test",
    connected_from="192.0.2.7",
    spf_domain="app.test",
    spf=SpfResult.PASS,
    is_spf_aligned=True,
    policy="reject",
    took=timedelta(seconds=12),
)

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


def make_latency(place: Place, **fields: Any) -> LatencyRun:
    """A finished baseline of one API route: 60 answers of 100 to 159 ms."""
    sprint = fields.pop("sprint", None) or make_sprint(place)
    last = LatencyRun.objects.filter(sprint=sprint).aggregate(last=Max("number"))["last"] or 0
    given = {
        "number": last + 1,
        "domain": f"{place.canary}.test",
        "requested_by": place.consultant,
        "state": "done",
        "wanted_count": 60,
        "sample_count": 60,
        "finished_at": timezone.now(),
        "routes": {"https://api.app.test/": route_times(range(100, 160))},
    } | fields
    return LatencyRun.objects.create(sprint=sprint, **ours(place), **given)


def route_times(
    waits_ms: Iterable[float], *, url: str = "https://api.app.test/", is_page: bool = False
) -> dict[str, Any]:
    """A route of a baseline as it is stored, each answer after this wait for its first byte."""
    samples = [[200, 2.0, 4.0, 8.0, wait + 4.0, wait + 18.0, 0] for wait in waits_ms]
    return {
        "url": url,
        "is_page": is_page,
        "cold": [200, 9.0, 5.0, 11.0, 400.0, 430.0, 0],
        "redirects": 0,
        "stopped": "",
        "samples": samples,
    }


def make_watch(place: Place, **fields: Any) -> Watch:
    risk = fields.pop("risk", None) or make_risk(place)
    given = {"change": spf_change(place), "asked_by": place.consultant} | fields
    given.setdefault("until_at", timezone.now() + LASTS)
    return Watch.objects.create(risk=risk, **ours(place), **given)


def spf_change(place: Place) -> dict[str, Any]:
    """Two SPF records that become one, as JSON."""
    rows = [
        {"act": act, "type": "TXT", "name": "app.test", "value": value, "ttl_seconds": 300,
         "is_proxied": None}
        for act, value in (
            ("remove", "v=spf1 include:a.test ~all"),
            ("add", "v=spf1 include:a.test include:b.test ~all"),
            ("keep", place.canary),
        )
    ]  # fmt: skip
    return {
        "check": "email.spf_multiple", "subject": "app.test", "zone": "app.test", "place": "dns",
        "provider": "Cloudflare", "console": "dash.cloudflare.com", "name_style": "relative",
        "notes": ["The record then needs 2 of 10 lookups."], "rows": rows,
    }  # fmt: skip


def make_mail_test(place: Place, **fields: Any) -> MailTest:
    sprint = fields.pop("sprint", None) or make_sprint(place)
    given = {
        "kind": "sign_up",
        "started_by": place.founder,
        "expires_at": timezone.now() + timedelta(minutes=30),
    } | fields
    return MailTest.objects.create(sprint=sprint, **ours(place), **given)


def make_mail_arrival(place: Place, **fields: Any) -> MailArrival:
    test = fields.pop("test", None) or make_mail_test(place)
    number = next(NUMBERS)
    given = {
        "digest": f"{number:064x}",
        "received_at": timezone.now(),
        "facts": arrival_data(ARRIVAL),
        "headers": [["Subject", place.canary]],
    } | fields
    return MailArrival.objects.create(test=test, **ours(place), **given)


def make_mail_reply(place: Place, **fields: Any) -> MailReply:
    sprint = fields.pop("sprint", None) or make_sprint(place)
    given = {"digest": f"{next(NUMBERS):064x}", "person": place.founder} | fields
    return MailReply.objects.create(sprint=sprint, **ours(place), **given)


AUDIT_FACTORIES: dict[type[models.Model], Callable[[Place], models.Model]] = {
    AuditRun: make_run,
    Finding: make_finding,
    DomainGuess: make_guess,
    MailTest: make_mail_test,
    MailArrival: make_mail_arrival,
    MailReply: make_mail_reply,
    Watch: make_watch,
    LatencyRun: make_latency,
}
FACTORIES.update(AUDIT_FACTORIES)
