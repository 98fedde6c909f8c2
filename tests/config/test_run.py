"""`make run` as a person meets it: start, look, Ctrl-C, start again."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from config.orphans import command_of
from config.ports import any_free
from tests.config.test_embedded import holder_of

pytestmark = [pytest.mark.services, pytest.mark.long, pytest.mark.timeout(240)]
ROOT = Path(settings.BASE_DIR)
LIMIT_SECONDS = 60


@dataclass
class Started:
    process: subprocess.Popen[bytes]
    output: Path

    @property
    def words(self) -> str:
        return self.output.read_text(errors="replace")

    def port(self) -> int:
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            said = re.search(r"runs at http://localhost:(\d+)", self.words)
            if said:
                return int(said[1])
            time.sleep(0.1)
        raise AssertionError(self.words)

    def interrupt(self) -> int:
        """Ctrl-C in a terminal reaches the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=40)


def words_of_a_terminal(data: Path, port: int, **more: str) -> dict[str, str]:
    return {
        "HOME": str(data.parent),
        "PATH": os.environ["PATH"],
        "ENV_FILE": "",
        "DATA_DIR": str(data),
        "PORT": str(port),
        **more,
    }


@contextmanager
def running(data: Path, port: int, **more: str) -> Iterator[Started]:
    output = data.parent / f"output-{time.monotonic_ns()}"
    with output.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.run"],
            cwd=ROOT,
            env=words_of_a_terminal(data, port, **more),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield Started(process, output)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=40)


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": f"localhost:{port}"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def becomes_ready(port: int) -> dict[str, object]:
    """`/readyz`, asked until beat, broker and worker have been heard."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        status, body = get(port, "/readyz")
        if status == 200 or time.monotonic() > deadline:
            found: dict[str, object] = json.loads(body)
            return found
        time.sleep(0.3)


def processes_of(data: Path) -> list[str]:
    """Command lines that name the folder: servers, laboratory, beat."""
    pids = [int(p.name) for p in Path("/proc").glob("[0-9]*")]
    return [command for pid in pids if str(data) in (command := command_of(pid))]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "a folder with spaces"


def test_it_starts_serves_stops_and_keeps_everything(data: Path):
    wanted = any_free()
    with holder_of(wanted), running(data, wanted) as first:
        port = first.port()
        assert port != wanted
        assert f"Port {wanted} is taken by another program; using {port}." in first.words
        assert get(port, "/")[0] == 200
        assert becomes_ready(port) == {"is_ready": True, "faults": {}}
        environment = json.loads((data / "environment.json").read_text())
        assert "lr_app:" in environment["DATABASE_URL"]
        with psycopg.connect(environment["DATABASE_OWNER_URL"]) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        with running(data, port) as second:
            assert second.process.wait(timeout=20) == 1
            assert "already runs from this folder" in second.words
        assert first.interrupt() == 0, first.words
    assert processes_of(data) == []
    assert "Traceback" not in first.words

    keys = (data / "keys.json").read_text()
    with running(data, port) as again:
        assert again.port() == port
        with psycopg.connect(environment["DATABASE_OWNER_URL"]) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        again.process.terminate()
        assert again.process.wait(timeout=40) == 0
    assert (data / "keys.json").read_text() == keys
    assert processes_of(data) == []


def test_a_killed_run_is_taken_over(data: Path):
    with running(data, any_free()) as killed:
        port = killed.port()
        killed.process.kill()
        killed.process.wait()
        assert processes_of(data) != []
        with running(data, port) as next_one:
            assert next_one.port() == port
            assert get(port, "/healthz")[0] == 200
            assert next_one.interrupt() == 0
    assert processes_of(data) == []


def test_a_database_of_ones_own_needs_all_three_roles(data: Path):
    url = "postgresql://lr_app:x@127.0.0.1:1/x"
    with running(data, any_free(), DATABASE_URL=url) as refused:
        assert refused.process.wait(timeout=30) == 1
    assert "DATABASE_OWNER_URL" in refused.words
    assert "CREATE ROLE lr_owner" in refused.words
    assert "Traceback" not in refused.words


def test_a_process_that_dies_takes_the_run_down_with_its_failure(data: Path):
    with running(data, any_free()) as started:
        started.port()
        beat = next(c for c in processes_of(data) if " beat " in c)
        pid = next(
            int(p.name) for p in Path("/proc").glob("[0-9]*") if command_of(int(p.name)) == beat
        )
        os.kill(pid, signal.SIGKILL)
        assert started.process.wait(timeout=40) != 0
    assert processes_of(data) == []
