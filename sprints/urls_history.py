"""Addresses of a sprint's history and of its pulse."""

from django.urls import path

from sprints.views import history, retention

SPRINT = "sprints/<int:sprint_id>"
CLIENT_SPRINT = "c/s/<int:sprint_id>"

urlpatterns = [
    path("finished/", retention.finished_work, name="finished-work"),
    path(f"{SPRINT}/history/", history.history, name="history"),
    path(f"{SPRINT}/export/", history.export, name="export"),
    path(f"{SPRINT}/pulse/", history.pulse, name="pulse"),
]
client_urlpatterns = [
    path(f"{CLIENT_SPRINT}/history/", history.client_history, name="client-history"),
    path(f"{CLIENT_SPRINT}/export/", history.client_export, name="client-export"),
    path(f"{CLIENT_SPRINT}/pulse/", history.client_pulse, name="client-pulse"),
]
