"""Addresses below `/c/s/<sprint id>/`: a founder's and viewer's side of a sprint."""

from django.urls import URLPattern

from sprints import urls_decisions, urls_history, urls_requests, urls_risks, urls_stages

SPRINT = "c/s/<int:sprint_id>"

urlpatterns: list[URLPattern] = [
    *urls_decisions.client_urlpatterns,
    *urls_history.client_urlpatterns,
    *urls_requests.client_urlpatterns,
    *urls_risks.client_urlpatterns,
    *urls_stages.client_urlpatterns,
]
