"""Addresses below `/p/<practice>/` about audits, consent and first guesses."""

from django.urls import path

from audits.views import checks, consent, guesses, latency, mail_tests, runs

app_name = "audits"

SPRINT = "sprints/<int:sprint_id>"
RUN = "audits/<int:run_id>"
CONSENT = "projects/<int:project_id>/consent"

urlpatterns = [
    path(f"{SPRINT}/audits/", runs.runs, name="run-list"),
    path(f"{SPRINT}/audits/", runs.runs, name="run-create"),
    path(f"{SPRINT}/performance/", latency.performance, name="performance"),
    path(
        f"{SPRINT}/performance/progress/",
        latency.performance_progress,
        name="performance-progress",
    ),
    path(f"{SPRINT}/checks/", checks.check_create, name="check-create"),
    path(f"{RUN}/", runs.run_detail, name="run-detail"),
    path(f"{RUN}/progress/", runs.run_progress, name="run-progress"),
    path(f"{RUN}/check/", checks.check_progress, name="check-progress"),
    path(f"{RUN}/export/<slug:form>/", runs.run_export, name="run-export"),
    path(f"{CONSENT}/", consent.consent, name="consent"),
    path(f"{CONSENT}/withdrawal/", consent.consent_withdrawal, name="consent-withdrawal"),
    path(f"{CONSENT}/proofs/<int:proof_id>/check/", consent.proof_check, name="proof-check"),
    path(f"{CONSENT}/proofs/<int:proof_id>/", consent.proof_progress, name="proof-progress"),
    path(f"{SPRINT}/mails/", mail_tests.mail_tests, name="mail-tests"),
    path(
        f"{SPRINT}/mails/<int:test_id>/", mail_tests.mail_test_progress, name="mail-test-progress"
    ),
    path(
        f"{SPRINT}/mails/<int:test_id>/press/", mail_tests.mail_test_press, name="mail-test-press"
    ),
    path("guesses/", guesses.guess_create, name="guess-create"),
    path("guesses/<int:guess_id>/", guesses.guess_progress, name="guess-progress"),
]
