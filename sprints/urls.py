"""Addresses below `/p/<practice>/` about clients, projects, sprints, stages and risks."""

from django.urls import path

from sprints import urls_decisions, urls_history, urls_links, urls_requests, urls_risks, urls_stages
from sprints.views import clients, deletions, edits, projects, risks

app_name = "sprints"

SPRINT = "sprints/<int:sprint_id>"
CLIENT = "clients/<int:client_id>"
PROJECT = "projects/<int:project_id>"

urlpatterns = [
    *urls_decisions.urlpatterns,
    *urls_stages.urlpatterns,
    path("clients/", clients.client_list, name="client-list"),
    path("clients/new/", clients.client_create, name="client-create"),
    path(f"{CLIENT}/", clients.client_detail, name="client-detail"),
    path(f"{CLIENT}/edit/", clients.client_edit, name="client-edit"),
    path(f"{CLIENT}/archival/", clients.client_archival, name="client-archival"),
    path(f"{CLIENT}/deletion/", deletions.client_deletion, name="client-deletion"),
    path(f"{PROJECT}/archival/", projects.project_archival, name="project-archival"),
    path(f"{PROJECT}/deletion/", deletions.project_deletion, name="project-deletion"),
    path(f"{PROJECT}/sprints/new/", projects.sprint_create, name="sprint-create"),
    path(f"{SPRINT}/state/", projects.sprint_state, name="sprint-state"),
    path(f"{SPRINT}/archival/", projects.sprint_archival, name="sprint-archival"),
    path(f"{SPRINT}/deletion/", deletions.sprint_deletion, name="sprint-deletion"),
    path(f"{SPRINT}/risks/", risks.risk_list, name="risk-list"),
    path(f"{SPRINT}/risks/new/", risks.risk_create, name="risk-create"),
    path(f"{SPRINT}/risks/<int:number>/", risks.risk_detail, name="risk-detail"),
    path(f"{SPRINT}/risks/<int:number>/drawer/", edits.risk_drawer, name="risk-drawer"),
    path(f"{SPRINT}/risks/<int:number>/<slug:part>/", edits.risk_edit, name="risk-edit"),
    *urls_history.urlpatterns,
    *urls_links.urlpatterns,
    *urls_requests.urlpatterns,
    *urls_risks.urlpatterns,
]
