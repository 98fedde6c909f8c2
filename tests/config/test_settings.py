"""The one reader of the environment: what it demands, refuses and derives."""

import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
READ_NAME = re.compile(r'\benv\.\w+\(\s*"([A-Z][A-Z0-9_]*)"')
ASK = "import json, config.settings as s; print(json.dumps([getattr(s, n) for n in {names}]))"


def production() -> dict[str, str]:
    lines = (ROOT / "deploy" / "production.env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def ask(environment: dict[str, str], *names: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ASK.format(names=list(names))],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ENV_FILE": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def answer(environment: dict[str, str], *names: str) -> list[object]:
    done = ask(environment, *names)
    assert done.returncode == 0, done.stderr
    found: list[object] = json.loads(done.stdout)
    return found


def test_env_example_names_exactly_what_settings_read():
    read = set(READ_NAME.findall((ROOT / "config" / "settings.py").read_text()))
    named = set(re.findall(r"^([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.M))
    assert read == named


def test_env_example_explains_each_variable():
    lines = (ROOT / ".env.example").read_text().splitlines()
    unexplained = [
        line
        for before, line in pairwise(lines)
        if re.match(r"[A-Z]", line) and not before.startswith("#")
    ]
    assert unexplained == []


def test_production_example_uses_known_names_only():
    known = set(re.findall(r"^([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.M))
    composed = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert set(production()) <= known | composed


def test_only_settings_read_the_environment():
    allowed = {"settings.py", "run.py", "celery.py", "wsgi.py"}
    readers = {
        path.name
        for app in ("config", "accounts", "sprints", "audits", "monitoring", "handover")
        for path in (ROOT / app).rglob("*.py")
        if re.search(r"os\.environ|os\.getenv", path.read_text())
    }
    assert readers <= allowed


def test_a_public_installation_is_told_all_missing_names_at_once():
    done = ask({"ALLOWED_HOSTS": "launchready.example.com", "REDIS_URL": "redis://x/0"}, "DEBUG")
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    for name in ("SECRET_KEY", "LR_KEYS", "DATABASE_URL", "DATABASE_OPS_URL", "EMAIL_URL"):
        assert name in last
    assert "REDIS_URL" not in last
    assert "launchready.example.com" in last


def test_a_local_installation_needs_nothing():
    assert answer({}, "IS_LOCAL", "DEBUG", "LAB") == [True, False, False]


@pytest.mark.parametrize(
    ("hosts", "is_local"),
    [
        ("localhost,127.0.0.1,shop.test", True),
        ("launchready.example.com,localhost", False),
        ("*", False),
        ("test.example.com", False),
    ],
)
def test_the_laboratory_is_refused_beside_a_public_host(hosts: str, is_local: bool):
    done = ask({**production(), "ALLOWED_HOSTS": hosts, "LAB": "1"}, "LAB")
    assert (done.returncode == 0) is is_local
    assert is_local or "Unset LAB" in done.stderr


def test_https_makes_cookies_secure_and_bound_to_the_host():
    names = (
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS",
    )
    assert answer(production(), *names) == ["__Host-session", "__Host-csrf", True, 31536000]


def test_http_leaves_them_plain_so_that_a_local_browser_takes_them():
    names = ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SECURE_SSL_REDIRECT")
    assert answer({"SECRET_KEY": "x"}, *names) == ["session", False, False]


@pytest.mark.parametrize(
    ("broker", "cache"),
    [
        ("redis://valkey:6379/0", "redis://valkey:6379/1"),
        ("redis://valkey", "redis://valkey/1"),
        ("redis://:word@valkey:6379/7", "redis://:word@valkey:6379/1"),
    ],
)
def test_the_cache_has_a_database_of_its_own(broker: str, cache: str):
    assert answer({"REDIS_URL": broker}, "CACHE_URL") == [cache]


def test_a_task_ends_before_the_broker_hands_it_out_again():
    visibility = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT < visibility
    assert visibility == settings.CELERY_VISIBILITY_TIMEOUT
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
