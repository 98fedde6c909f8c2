"""Rows of an engagement: project, sprint, stages, risks and what happened to them."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from itertools import count
from secrets import token_hex
from typing import Any

from django.db import models
from django.utils import timezone

from sprints.absorb import next_number
from sprints.models import (
    Acceptance,
    ActivityEvent,
    Comment,
    Consent,
    CoreRoute,
    Decision,
    DecisionCondition,
    DomainProof,
    Evidence,
    EvidenceRevision,
    ItemRun,
    KeyBox,
    Project,
    ProjectHost,
    Request,
    Risk,
    RiskSighting,
    RiskTemplate,
    SendingDomain,
    ShareLink,
    Sprint,
    Stage,
    StageItem,
    StageSubmission,
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


def make_request(place: Place, **fields: Any) -> Request:
    sprint = fields.pop("sprint", None) or make_sprint(place)
    given = {
        "title": f"Invite me to the registrar {place.canary}",
        "state": "sent",
        "sent_at": timezone.now(),
        "created_by": place.consultant,
    } | fields
    return Request.objects.create(sprint=sprint, **ours(place), **given)


def make_key_box(place: Place, **fields: Any) -> KeyBox:
    given = {
        "request": fields.pop("request", None) or make_request(place, kind="key"),
        "reader": place.consultant,
        "put_by": place.founder,
        "expires_at": timezone.now() + timedelta(hours=48),
    } | fields
    return KeyBox.objects.create(**ours(place), **given)


def make_comment(place: Place, **fields: Any) -> Comment:
    sprint = fields.pop("sprint", None) or make_sprint(place)
    given = {
        "text": f"Seen it {place.canary}",
        "author": place.consultant,
        "author_name": str(place.consultant),
    } | fields
    return Comment.objects.create(sprint=sprint, **ours(place), **given)


def make_acceptance(place: Place, **fields: Any) -> Acceptance:
    risk = fields.pop("risk", None) or make_risk(place)
    given = {
        "rationale": f"It costs more than it saves {place.canary}",
        "expires_on": timezone.localdate() + timedelta(days=14),
        "proposer": place.consultant,
        "risk_sha256": "0" * 64,
        "score_at": risk.score,
        "band_at": risk.band.value,
    } | fields
    return Acceptance.objects.create(risk=risk, **ours(place), **given)


def make_decision(place: Place, **fields: Any) -> Decision:
    sprint = fields.pop("sprint", None) or make_sprint(place)
    given = {
        "number": next(NUMBERS) % 30000,
        "kind": "launch",
        "computed": "no_go",
        "outcome": "no_go",
        "rationale": place.canary,
        "inputs_sha256": "0" * 64,
        "recommended_by": place.consultant,
    } | fields
    return Decision.objects.create(sprint=sprint, **ours(place), **given)


def make_condition(place: Place, **fields: Any) -> DecisionCondition:
    given = {
        "decision": fields.pop("decision", None) or make_decision(place),
        "text": place.canary,
        "owner": place.founder,
        "due_on": timezone.localdate(),
    } | fields
    return DecisionCondition.objects.create(**ours(place), **given)


def make_evidence(place: Place, **fields: Any) -> Evidence:
    item = fields.pop("item", None) or make_item(place)
    given = {
        "kind": "note",
        "title": f"Seen at the provider {place.canary}",
        "created_by": place.consultant,
    } | fields
    return Evidence.objects.create(item=item, stage=item.stage, **ours(place), **given)


def make_revision(place: Place, **fields: Any) -> EvidenceRevision:
    given = {
        "evidence": fields.pop("evidence", None) or make_evidence(place),
        "number": 1,
        "text": place.canary,
        "sha256": "0" * 64,
        "by": place.consultant,
    } | fields
    return EvidenceRevision.objects.create(**ours(place), **given)


def make_submission(place: Place, **fields: Any) -> StageSubmission:
    given = {
        "stage": fields.pop("stage", None) or make_stage(place),
        "number": 1,
        "snapshot": {"canary": place.canary},
        "snapshot_sha256": "0" * 64,
        "requester": place.consultant,
    } | fields
    return StageSubmission.objects.create(**ours(place), **given)


def make_template(place: Place, **fields: Any) -> RiskTemplate:
    given = {
        "title": f"Secrets in the page {next(NUMBERS)} {place.canary}",
        "plain_summary": "Strangers can spend your money.",
        "stage": 1,
        "consequence": 5,
        "likelihood": 5,
        "recovery": 3,
    } | fields
    return RiskTemplate.objects.create(practice=place.practice, **given)


def make_link(place: Place, **fields: Any) -> ShareLink:
    sprint = fields.pop("sprint", None) or make_sprint(place)
    given = {
        "kind": "report",
        "token_hash": sha256(token_hex(16).encode()).hexdigest(),
        "name": place.canary[:80],
        "created_by": place.consultant,
        "expires_at": timezone.now() + timedelta(days=7),
    } | fields
    return ShareLink.objects.create(sprint=sprint, **ours(place), **given)


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
    Request: make_request,
    KeyBox: make_key_box,
    Comment: make_comment,
    Acceptance: make_acceptance,
    Decision: make_decision,
    DecisionCondition: make_condition,
    Evidence: make_evidence,
    EvidenceRevision: make_revision,
    StageSubmission: make_submission,
    RiskTemplate: make_template,
    ShareLink: make_link,
}
FACTORIES.update(SPRINT_FACTORIES)
