"""The embedded servers: data stays, killed runs are taken over, root is no obstacle."""

import os
import signal
import socket
import subprocess
from pathlib import Path
from threading import Timer

import psycopg
import pytest
import redis

from config import unprivileged
from config.embedded import Postgres, Valkey, throwaway_servers
from config.orphans import command_of, end_orphan
from config.ports import any_free, is_free, next_free

pytestmark = pytest.mark.services


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A path with a space, a quote and a letter that is not ASCII."""
    made = tmp_path / "dat a's ü"
    made.mkdir()
    return made


@pytest.fixture
def postgres(folder: Path):
    server = Postgres(folder / "postgres", is_throwaway=True)
    yield server
    server.stop()


def value(server: Postgres, query: str, role: str = "app") -> object:
    with psycopg.connect(server.url(role)) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def restarted(server: Postgres) -> Postgres:
    after = Postgres(server.folder, is_throwaway=True)
    after.start()
    return after


def test_the_application_gets_a_weak_role_and_the_owner_a_strong_one(postgres: Postgres):
    postgres.start()
    rights = "SELECT (rolsuper, rolbypassrls, rolcreatedb)::text FROM pg_roles WHERE rolname={}"
    assert value(postgres, rights.format("'lr_app'")) == "(f,f,f)"
    assert value(postgres, rights.format("'lr_ops'")) == "(f,t,f)"
    assert value(postgres, rights.format("'lr_owner'")) == "(f,t,t)"
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'launchready'"
    assert value(postgres, owner) == "lr_owner"


def test_nothing_but_the_loopback_address_is_listened_on(postgres: Postgres):
    postgres.start()
    assert value(postgres, "SHOW listen_addresses") == "127.0.0.1"
    assert value(postgres, "SHOW unix_socket_directories", "postgres") == ""
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url("app").replace(postgres.passwords["app"], "wrong"))


def test_a_second_start_keeps_data_port_and_passwords(postgres: Postgres):
    postgres.start()
    with psycopg.connect(postgres.url("owner")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    first = postgres.url("owner")
    postgres.stop()
    after = restarted(postgres)
    try:
        assert after.url("owner") == first
        assert value(after, "SELECT answer FROM kept", "owner") == 42
    finally:
        after.stop()


def test_a_taken_port_is_left_to_its_holder(postgres: Postgres):
    postgres.start()
    postgres.stop()
    with holder_of(postgres.port):
        after = restarted(postgres)
        after.stop()
    assert after.port != postgres.port


def holder_of(port: int):
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", port))
    holder.listen()
    return holder


def test_the_server_of_a_killed_run_is_ended_and_its_data_kept(postgres: Postgres):
    postgres.start()
    with psycopg.connect(postgres.url("owner")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert postgres.process is not None
    after = restarted(postgres)  # as if the first run's process had been killed
    try:
        assert postgres.process.poll() is not None
        assert value(after, "SELECT answer FROM kept", "owner") == 42
    finally:
        after.stop()


def test_a_server_that_was_killed_itself_starts_again(postgres: Postgres):
    postgres.start()
    assert postgres.process is not None
    os.kill(postgres.process.pid, signal.SIGKILL)
    postgres.process.wait()
    assert (postgres.data / "postmaster.pid").exists()
    after = restarted(postgres)
    assert value(after, "SELECT 1") == 1
    after.stop()


def test_a_start_waits_for_what_a_killed_server_left_to_end(postgres: Postgres):
    postgres.start()
    assert postgres.process is not None
    leader = postgres.process.pid
    words = ["pgrep", "-P", str(leader)]
    found = subprocess.run(words, capture_output=True, text=True, check=True)
    lingering = int(found.stdout.split()[0])
    os.kill(lingering, signal.SIGSTOP)
    os.kill(leader, signal.SIGKILL)
    postgres.process.wait()
    Timer(1.0, os.kill, (lingering, signal.SIGCONT)).start()
    after = restarted(postgres)
    assert "is still in use" in (postgres.folder / "postgres.log").read_text()
    assert value(after, "SELECT 1") == 1
    after.stop()


def test_a_pid_file_that_names_somebody_elses_process_is_no_obstacle(postgres: Postgres):
    postgres.start()
    pid_file = postgres.data / "postmaster.pid"
    words = pid_file.read_text().split("\n", 1)
    postgres.stop()
    pid_file.write_text(f"{os.getpid()}\n{words[1]}")
    after = restarted(postgres)
    assert value(after, "SELECT 1") == 1
    after.stop()


def test_what_an_interrupted_first_start_left_is_made_anew(postgres: Postgres, folder: Path):
    (folder / "postgres" / "pgdata" / "base").mkdir(parents=True)
    postgres.start()
    assert value(postgres, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_without_user_namespaces_root_runs_it_as_nobody(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(unprivileged, "user_namespace", tuple)
    server = Postgres(folder / "postgres", is_throwaway=True)
    before = {part: part.stat().st_mode for part in tmp_path.parents}
    try:
        server.start()
        assert server.process is not None
        assert Path(f"/proc/{server.process.pid}").owner() == "nobody"
        assert server.data.owner() == "nobody"
        assert value(server, "SELECT 1") == 1
    finally:
        server.stop()
    assert {part: part.stat().st_mode for part in tmp_path.parents} == before
    assert not server.place.folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_binaries_that_nobody_can_reach_are_copied_with_their_libraries(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(unprivileged, "user_namespace", tuple)
    monkeypatch.setattr(unprivileged, "_is_open", lambda _: False)
    server = Postgres(folder / "postgres", is_throwaway=True)
    try:
        server.start()
        assert server.place.binaries.is_relative_to(server.place.folder)
        assert value(server, "SELECT 1") == 1
    finally:
        server.stop()


def test_valkey_keeps_what_was_queued_and_takes_over_from_a_killed_run(folder: Path):
    first = Valkey(folder / "valkey")
    first.start()
    redis.Redis.from_url(first.url).set("queued", "1")
    second = Valkey(folder / "valkey")
    second.start()
    try:
        assert first.process is not None
        assert first.process.poll() is not None
        assert redis.Redis.from_url(second.url).get("queued") == b"1"
        assert redis.Redis.from_url(second.url).config_get("maxmemory-policy") == {
            "maxmemory-policy": "noeviction"
        }
    finally:
        second.stop()


def test_throwaway_servers_leave_nothing_behind():
    with throwaway_servers() as (postgres, valkey):
        folders = postgres.folder, valkey.folder
        pids = [server.process.pid for server in (postgres, valkey) if server.process]
    assert not any(folder.exists() for folder in folders)
    assert [command_of(pid) for pid in pids] == ["", ""]


def test_a_process_that_is_not_ours_is_never_ended():
    assert not end_orphan(os.getpid(), marker="no such words", with_signal=signal.SIGTERM)
    assert not end_orphan(0, marker="", with_signal=signal.SIGTERM)
    assert not end_orphan(1, marker="", with_signal=signal.SIGTERM)


def test_the_next_free_port_skips_taken_ones():
    port = any_free()
    assert next_free(port) == port
    with holder_of(port):
        assert not is_free(port)
        assert next_free(port) > port
