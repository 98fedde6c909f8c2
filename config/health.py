"""`/healthz`: this process answers. `/readyz`: it can do its work."""

import ipaddress
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache as once

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.rolecheck import role_faults
from config.celery import BEAT_KEY

BEAT_MAX_AGE = timedelta(seconds=120)
BROKER_TIMEOUT = timedelta(seconds=2)


@require_safe
@never_cache
@login_not_required
@transaction.non_atomic_requests
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
@login_not_required
@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> HttpResponse:
    found = faults()
    status = 503 if found else 200
    if not is_internal(request):
        return HttpResponse(status=status, content_type="text/plain")
    return JsonResponse({"is_ready": not found, "faults": found}, status=status)


def is_internal(request: HttpRequest) -> bool:
    """Asked from this machine itself, and not by a proxy on it for somebody else."""
    if any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP")):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def faults() -> dict[str, str]:
    """What keeps this installation from working, by part; empty if nothing does."""
    answers = {name: _answer(probe) for name, probe in PROBES.items()}
    return {name: answer for name, answer in answers.items() if answer}


def _answer(probe: Callable[[], str]) -> str:
    try:
        return probe()
    except (DatabaseError, redis.RedisError, OSError) as error:
        return f"{type(error).__name__}: {error}".strip()


def database_fault() -> str:
    return " ".join(role_faults(connection))


def migrations_fault() -> str:
    applied = MigrationRecorder(connection).applied_migrations()
    lacking = sorted(
        f"{app}.{name}" for app, name in _known_migrations() if (app, name) not in applied
    )
    return (
        f"Not applied: {', '.join(lacking)}. Run manage.py migrate as lr_owner." if lacking else ""
    )


def broker_fault() -> str:
    if not settings.REDIS_URL:
        return "REDIS_URL is not set, so no task can be handed to a worker."
    seconds = BROKER_TIMEOUT.total_seconds()
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=seconds, socket_connect_timeout=seconds
    ) as broker:
        broker.ping()
    return ""


def beat_fault() -> str:
    noted = cache.get(BEAT_KEY)
    if noted is None:
        return "The beat was never heard: start `celery -A config beat` and a worker for `default`."
    age = timedelta(seconds=time.time() - noted)
    if age > BEAT_MAX_AGE:
        return (
            f"The beat was last heard {age.total_seconds():.0f} s ago; is beat or its worker down?"
        )
    return ""


@once
def _known_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


PROBES: dict[str, Callable[[], str]] = {
    "database": database_fault,
    "migrations": migrations_fault,
    "broker": broker_fault,
    "beat": beat_fault,
}
