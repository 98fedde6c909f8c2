"""Addresses below `/c/s/<sprint>/` whose pages are made of several apps."""

from django.urls import path

from config import (
    client_check,
    client_consent,
    client_mail_tests,
    client_page,
    client_performance,
    client_risks,
)
from sprints.client_urls import SPRINT

RISK = f"{SPRINT}/risks/<int:number>"

urlpatterns = [
    path(f"{SPRINT}/", client_page.client_sprint, name="client-sprint"),
    path(f"{SPRINT}/risks/", client_risks.client_risk_list, name="client-risk-list"),
    path(f"{SPRINT}/risks/new/", client_risks.client_risk_create, name="client-risk-create"),
    path(f"{RISK}/", client_risks.client_risk, name="client-risk"),
    path(f"{RISK}/opened/", client_risks.client_risk_opened, name="client-risk-opened"),
    path(f"{RISK}/fixed/", client_check.client_risk_fixed, name="client-risk-fixed"),
    path(f"{RISK}/check/", client_check.client_risk_check, name="client-risk-check"),
    path(
        f"{SPRINT}/performance/",
        client_performance.client_performance,
        name="client-performance",
    ),
    path(f"{SPRINT}/mails/", client_mail_tests.client_mail_tests, name="client-mail-tests"),
    path(
        f"{SPRINT}/mails/<int:test_id>/",
        client_mail_tests.client_mail_test_progress,
        name="client-mail-test-progress",
    ),
    path(
        f"{SPRINT}/mails/<int:test_id>/press/",
        client_mail_tests.client_mail_test_press,
        name="client-mail-test-press",
    ),
    path(f"{SPRINT}/deeper/", client_consent.client_consent, name="client-consent"),
    path(
        f"{SPRINT}/deeper/not-now/",
        client_consent.client_consent_refusal,
        name="client-consent-refusal",
    ),
]
