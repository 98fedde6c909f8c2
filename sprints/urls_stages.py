"""Addresses of stages and of what shows that they are done."""

from django.urls import path

from sprints.views import client_stage, evidence, stages, submissions

SPRINT = "sprints/<int:sprint_id>"
STAGE = f"{SPRINT}/stages/<int:ordinal>"
ITEM = f"{STAGE}/items/<str:key>"
EVIDENCE = f"{SPRINT}/evidence/<int:evidence_id>"
CLIENT_STAGE = "c/s/<int:sprint_id>/stages/<int:ordinal>"
CLIENT_EVIDENCE = "c/s/<int:sprint_id>/evidence/<int:evidence_id>"

urlpatterns = [
    path(f"{STAGE}/", stages.stage, name="stage"),
    path(f"{STAGE}/done/", stages.stage_done, name="stage-done"),
    path(f"{STAGE}/submission/", submissions.stage_submit, name="stage-submit"),
    path(f"{ITEM}/done/", stages.item_done, name="item-done"),
    path(f"{ITEM}/verdict/", stages.item_override, name="item-override"),
    path(f"{ITEM}/signal/", stages.item_signal, name="item-signal"),
    path(f"{ITEM}/evidence/", evidence.evidence_create, name="evidence-create"),
    path(
        f"{SPRINT}/risks/<int:number>/evidence/",
        evidence.risk_evidence_create,
        name="risk-evidence-create",
    ),
    path(f"{EVIDENCE}/again/", evidence.evidence_again, name="evidence-again"),
    path(f"{EVIDENCE}/answer/", evidence.evidence_judge, name="evidence-judge"),
    path(f"{EVIDENCE}/files/<int:number>/", evidence.evidence_file, name="evidence-file"),
]

client_urlpatterns = [
    path(f"{CLIENT_STAGE}/", client_stage.client_stage, name="client-stage"),
    path(f"{CLIENT_STAGE}/answer/", client_stage.client_stage_answer, name="client-stage-answer"),
    path(
        f"{CLIENT_STAGE}/evidence/",
        client_stage.client_evidence_create,
        name="client-evidence-create",
    ),
    path(
        "c/s/<int:sprint_id>/risks/<int:number>/evidence/",
        client_stage.client_risk_evidence_create,
        name="client-risk-evidence-create",
    ),
    path(
        f"{CLIENT_EVIDENCE}/again/",
        client_stage.client_evidence_again,
        name="client-evidence-again",
    ),
    path(
        f"{CLIENT_EVIDENCE}/files/<int:number>/",
        client_stage.client_evidence_file,
        name="client-evidence-file",
    ),
]
