"""Rows of an engagement: project, sprint, stages, risks and what happened to them."""

from collections.abc import Callable
from itertools import count
from typing import Any

from django.db import models
from django.utils import timezone

from sprints.absorb import next_number
from sprints.models import (
    ActivityEvent,
    Consent,
    CoreRoute,
    DomainProof,
    ItemRun,
    Project,
    ProjectHost,
    Risk,
    RiskSighting,
    SendingDomain,
    Sprint,
    Stage,
    StageItem,
)
from sprints.models.activity import record
from sprints.models.consent import new_token
from tests.factories import FACTORIES, Place

NUMBERS = count(1)

# Throughout, `Any` stands for the fields of a model.


def ours(place: Place) -> dict[str, Any]:
    return {"practice": place.practice, "client": place.client}


def make_project(place: Place, **fields: Any) -> Project:
    number = next(NUMBERS)
    given = {"name": f"App {number} {place.canary}", "domain": f"app{number}.test"} | fields
    return Project.objects.create(**ours(place), **given)


def make_host(place: Place, **fields: Any) -> ProjectHost:
    project = fields.pop("project", None) or make_project(place)
    given = {"name": f"{place.canary}.app{next(NUMBERS)}.test"} | fields
    return ProjectHost.objects.create(project=project, **ours(place), **given)


def make_sending_domain(place: Place, **fields: Any) -> SendingDomain:
    project = fields.pop("project", None) or make_project(place)
    given = {"name": f"{place.canary}.mail{next(NUMBERS)}.test"} | fields
    return SendingDomain.objects.create(project=project, **ours(place), **given)


def make_route(place: Place, **fields: Any) -> CoreRoute:
    project = fields.pop("project", None) or make_project(place)
    given = {"url": f"https://app.test/{place.canary}"} | fields
    return CoreRoute.objects.create(project=project, **ours(place), **given)


def make_sprint(place: Place, **fields: Any) -> Sprint:
    """A sprint with its seven stages."""
    project = fields.pop("project", None) or make_project(place)
    given = {"number": 1, "lead": place.consultant} | fields
    sprint = Sprint.objects.create(project=project, **ours(place), **given)
    sprint.lay_stages()
    return sprint


def make_stage(place: Place, **fields: Any) -> Stage:
    sprint = fields.pop("sprint", None) or make_sprint(place)
    return Stage.objects.filter(sprint=sprint)[0]


def make_item(place: Place, **fields: Any) -> StageItem:
    return StageItem.objects.filter(stage=make_stage(place, **fields))[0]


def make_item_run(place: Place, **fields: Any) -> ItemRun:
    given = {
        "item": make_item(place),
        "audit_number": 1,
        "verdict": "pass",
        "at": timezone.now(),
        "engine_version": "1",
        "result": {"canary": place.canary},
        "sha256": "0" * 64,
    } | fields
    return ItemRun.objects.create(**ours(place), **given)


def make_risk(place: Place, **fields: Any) -> Risk:
    sprint = fields.pop("sprint", None) or make_sprint(place)
    given = {
        "number": next_number(sprint),
        "title": f"Two SPF records cancel each other {place.canary}",
        "plain_summary": f"Codes land in spam. {place.canary}",
        "stage": 6,
        "consequence": 4,
        "likelihood": 4,
        "recovery": 2,
    } | fields
    return Risk.objects.create(sprint=sprint, **ours(place), **given)


def make_sighting(place: Place, **fields: Any) -> RiskSighting:
    risk = fields.pop("risk", None) or make_risk(place)
    given = {
        "audit_number": 1,
        "at": timezone.now(),
        "word": "opened",
        "observed": place.canary,
    } | fields
    return RiskSighting.objects.create(risk=risk, **ours(place), **given)


def make_event(place: Place, **fields: Any) -> ActivityEvent:
    sprint = fields.pop("sprint", None) or make_sprint(place)
    return record(sprint, "noted", place.canary, actor=place.consultant, **fields)


def make_consent(place: Place, **fields: Any) -> Consent:
    project = fields.pop("project", None) or make_project(place)
    given = {"domain": project.domain, "level": 2, "given_by": place.founder} | fields
    return Consent.objects.create(project=project, **ours(place), **given)


def make_proof(place: Place, **fields: Any) -> DomainProof:
    project = fields.pop("project", None) or make_project(place)
    given = {
        "domain": project.domain,
        "method": "dns_txt",
        "token": new_token(),
        "answer": place.canary,
    } | fields
    return DomainProof.objects.create(project=project, **ours(place), **given)


SPRINT_FACTORIES: dict[type[models.Model], Callable[[Place], models.Model]] = {
    Project: make_project,
    ProjectHost: make_host,
    SendingDomain: make_sending_domain,
    CoreRoute: make_route,
    Sprint: make_sprint,
    Stage: make_stage,
    StageItem: make_item,
    ItemRun: make_item_run,
    Risk: make_risk,
    RiskSighting: make_sighting,
    ActivityEvent: make_event,
    Consent: make_consent,
    DomainProof: make_proof,
}
FACTORIES.update(SPRINT_FACTORIES)
