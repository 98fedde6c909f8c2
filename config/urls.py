"""Which app answers which address."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from config import health, pages, places

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
]

if settings.DEBUG:
    urlpatterns.append(path("dev/look/", include("config.look")))
