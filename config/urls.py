"""Which app answers which address."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from config import (
    asking_page,
    call_page,
    change_page,
    client_addresses,
    client_decision,
    day_waiting,
    decision_page,
    health,
    helper_page,
    pages,
    palette_page,
    places,
    portfolio,
    project_page,
    report_page,
    sprint_page,
)
from sprints import client_urls
from sprints import urls as sprints_urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", pages.home, name="home"),
    path("bot/", pages.bot, name="bot"),
    path("privacy/", pages.privacy, name="privacy"),
    path("terms/", pages.terms, name="terms"),
    path("places/", places.places, name="places"),
    path("c/", places.client_home, name="client-home"),
    path("", include("accounts.urls")),
    path("p/<slug:practice_slug>/", portfolio.portfolio, name="portfolio"),
    path(
        "p/<slug:practice_slug>/sprints/<int:sprint_id>/nudge/<int:person_id>/",
        day_waiting.nudge_create,
        name="nudge",
    ),
    *palette_page.urlpatterns,
    path("p/<slug:practice_slug>/start/", portfolio.quick_start_create, name="quick-start"),
    path("p/<slug:practice_slug>/sprints/<int:sprint_id>/", sprint_page.sprint, name="sprint"),
    path(
        "p/<slug:practice_slug>/",
        include(
            (
                [
                    *asking_page.sprint_patterns,
                    *project_page.sprint_patterns,
                    *decision_page.sprint_patterns,
                    *call_page.sprint_patterns,
                    *change_page.sprint_patterns,
                    *report_page.sprint_patterns,
                    *sprints_urls.urlpatterns,
                ],
                "sprints",
            )
        ),
    ),
    path("p/<slug:practice_slug>/", include("audits.urls")),
    *client_addresses.urlpatterns,
    *change_page.client_patterns,
    *client_decision.client_patterns,
    *client_urls.urlpatterns,
    *helper_page.helper_patterns,
    *report_page.report_patterns,
]

if settings.DEBUG:
    urlpatterns.append(path("dev/look/", include("config.look")))
