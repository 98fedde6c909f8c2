"""Addresses below `/p/<practice>/` about clients, projects, sprints, stages and risks."""

from django.urls import path

from sprints.views import edits, risks, stages

app_name = "sprints"

SPRINT = "sprints/<int:sprint_id>"

urlpatterns = [
    path(f"{SPRINT}/stages/<int:ordinal>/", stages.stage, name="stage"),
    path(f"{SPRINT}/stages/<int:ordinal>/done/", stages.stage_done, name="stage-done"),
    path(f"{SPRINT}/risks/", risks.risk_list, name="risk-list"),
    path(f"{SPRINT}/risks/new/", risks.risk_create, name="risk-create"),
    path(f"{SPRINT}/risks/<int:number>/", risks.risk_detail, name="risk-detail"),
    path(f"{SPRINT}/risks/<int:number>/<slug:part>/", edits.risk_edit, name="risk-edit"),
]
