"""Addresses about living with a risk. Those of decisions read the audits: config/urls.py."""

from django.urls import path

from sprints.views import acceptances

SPRINT = "sprints/<int:sprint_id>"
CLIENT = "c/s/<int:sprint_id>"

urlpatterns = [
    path(
        f"{SPRINT}/risks/<int:number>/acceptances/new/",
        acceptances.acceptance_create,
        name="acceptance-create",
    ),
    path(
        f"{SPRINT}/acceptances/<int:acceptance_id>/withdraw/",
        acceptances.acceptance_withdraw,
        name="acceptance-withdraw",
    ),
]

client_urlpatterns = [
    path(f"{CLIENT}/acceptances/", acceptances.client_acceptances, name="client-acceptances"),
    path(
        f"{CLIENT}/acceptances/<int:acceptance_id>/",
        acceptances.client_acceptance,
        name="client-acceptance",
    ),
]
