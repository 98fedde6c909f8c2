"""The image is not built here (decisions.md 32): its parts are looked at, its command is run."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from config.ports import any_free
from tests.config.test_settings import production

ROOT = Path(settings.BASE_DIR)
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()
APPS = {"config", *(a for a in settings.INSTALLED_APPS if (ROOT / a).is_dir())}


def copied() -> list[str]:
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.M)
    return [source for line in lines for source in line.split()[:-1]]


def start_command() -> list[str]:
    """The last CMD of the file, HEALTHCHECK's aside."""
    words: list[str] = json.loads(re.findall(r"^CMD (\[.+\])$", DOCKERFILE, re.M)[-1])
    return words


def test_every_copied_source_exists_and_is_not_ignored():
    ignored = set((ROOT / ".dockerignore").read_text().split())
    assert copied()
    for source in copied():
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] not in ignored


def test_every_app_is_copied():
    assert set(copied()) >= APPS | {"manage.py", "requirements.txt", "templates"}


def test_the_base_is_an_exact_tag_and_the_same_in_both_stages():
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", bases[0])


def test_the_image_installs_hashed_packages_and_runs_as_nobody_in_particular():
    assert "--require-hashes" in DOCKERFILE
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.M) == ["10001"]


def test_what_compose_mounts_exists():
    mounted = re.findall(r"- \./(\S+?):", COMPOSE)
    assert mounted == ["deploy/init-roles.sql"]
    assert all((ROOT / path).exists() for path in mounted)


def test_every_queue_has_a_worker_in_compose_and_in_the_procfile():
    from config.celery import QUEUES

    procfile = (ROOT / "Procfile").read_text()
    in_procfile = {q for names in re.findall(r"--queues (\S+)", procfile) for q in names.split(",")}
    in_compose = re.findall(r'"--queues", "(\S+)"', COMPOSE)
    assert in_procfile == set(QUEUES)
    assert sorted(in_compose) == sorted(QUEUES)


@pytest.mark.services
def test_the_start_command_and_its_health_check_run_as_plain_processes(tmp_path: Path):
    port = any_free()
    environment = {
        **production(),
        "ENV_FILE": "",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        # Nothing listens there: a database that is away must not keep the process down.
        "DATABASE_URL": f"postgresql://lr_app:x@127.0.0.1:{any_free()}/x",
        "DATABASE_POOL_SIZE": "0",  # a pool would wait its ten seconds first
        "DATA_DIR": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [w.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for w in start_command()]
    with (tmp_path / "out").open("wb") as out:
        web = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            assert healthy_within(20, port, environment), (tmp_path / "out").read_text()
        finally:
            web.terminate()
            assert web.wait(timeout=20) == 0
    lines = (tmp_path / "out").read_text().splitlines()
    assert all(json.loads(line)["event"] for line in lines if line.startswith("{"))
    assert any(line.startswith("{") for line in lines)


def healthy_within(seconds: int, port: int, environment: dict[str, str]) -> bool:
    check = [sys.executable, "-m", "config.healthcheck", str(port)]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if subprocess.run(check, cwd=ROOT, env=environment, check=False).returncode == 0:
            return True
        time.sleep(0.2)
    return False


@pytest.mark.services
def test_the_health_check_fails_where_nothing_answers():
    check = [sys.executable, "-m", "config.healthcheck", str(any_free())]
    assert subprocess.run(check, cwd=ROOT, check=False).returncode == 1
