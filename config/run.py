"""`make run`: everything on one machine, from nothing to a page, until Ctrl-C.

It starts the servers, migrates, loads the demo practice once, starts the laboratory, and hands
the rest to honcho and the Procfile. What it starts it stops, the databases last.
"""

import fcntl
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from django.core.exceptions import ImproperlyConfigured

from config.embedded import EmbeddedError, Postgres, Valkey
from config.orphans import end_orphan, first_number
from config.ports import has_v6_loopback, next_free

ROOT = Path(__file__).resolve().parent.parent
READY_TIMEOUT_SECONDS = 60
# Neither is news on one's own machine: root is allowed, and static files are not collected.
EXPECTED_WARNINGS = (
    "ignore:You're running the worker with superuser privileges,ignore:No directory at"
)
STOP_TIMEOUT_SECONDS = 15
# Ctrl-C, a polite kill, and a terminal that was closed.
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class RunError(Exception):
    """Something is missing; the text says what, why it is needed and what mends it."""


class Stopped(BaseException):
    """One of `STOPPING` arrived."""


@dataclass
class Run:
    """One run: its folder, the environment of its processes, and what to stop at the end."""

    data: Path
    environment: dict[str, str]
    stack: ExitStack = field(default_factory=ExitStack)

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one management command with this run's environment, its output shown on failure."""
        done = subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RunError(f"manage.py {words[0]} failed:\n{done.stdout}{done.stderr}".rstrip())
        return done

    def start(
        self, name: str, words: list[str], *, log: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a process of its own session, to be stopped at the end or by the next run."""
        output = self.stack.enter_context(log.open("wb")) if log else None
        process = subprocess.Popen(  # noqa: S603 - our own commands
            words,
            cwd=ROOT,
            env=self.environment,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        (self.data / f"{name}.pid").write_text(f"{process.pid}\n")
        self.stack.callback(stop, process)
        return process


def main(words: list[str]) -> int:
    """`python -m config.run` runs everything; `… manage WORD…` a command beside a running one."""
    try:
        from config.settings import DATA_DIR  # noqa: PLC0415 - a wrong setting is told below

        if words:
            return manage_beside(DATA_DIR, words)
        return run(DATA_DIR)
    except (RunError, EmbeddedError, ImproperlyConfigured) as error:
        say(f"\n{error}")
        return 1


def run(data: Path) -> int:
    for number in STOPPING:
        signal.signal(number, _stop_on_signal)
    make_folder(data)
    with ExitStack() as stack:
        try:
            hold_lock(data, stack)
            honcho = bring_up(Run(data, base_environment(data), stack))
            return honcho.wait()
        except Stopped:
            say("\nStopping ...")
            return 0
        finally:
            for number in STOPPING:
                signal.signal(number, signal.SIG_IGN)


def bring_up(this: Run) -> subprocess.Popen[bytes]:
    """From the servers to the printed address; returns the running process manager."""
    end_leftovers(this.data)
    start_servers(this)
    is_lab_wanted = this.environment["LAB"] == "1"
    lab = start_lab(this) if is_lab_wanted else None
    say("Migrating ...")
    this.manage("migrate", "--no-input", "--verbosity", "0")
    if lab:
        join_lab(this, lab)
    load_demo(this)
    port = choose_port(this)
    choose_mail_port(this)
    (this.data / "environment.json").touch(mode=0o600)
    (this.data / "environment.json").write_text(json.dumps(own_part(this.environment), indent=1))
    honcho = this.start("honcho", [sys.executable, "-m", "honcho", "-e", os.devnull, "start"])
    announce(this, honcho, port)
    return honcho


def end_leftovers(data: Path) -> None:
    """What a killed run has left, those that use the databases before the databases."""
    for name, marker in (("honcho", "honcho"), ("lab", "tests.lab")):
        end_orphan(first_number(data / f"{name}.pid"), marker=marker, with_signal=signal.SIGTERM)


def start_servers(this: Run) -> None:
    """PostgreSQL and Valkey of our own, each unless a URL names another."""
    environment = this.environment
    if not environment.get("DATABASE_URL"):
        postgres = Postgres(this.data / "postgres")
        this.stack.callback(postgres.stop)
        postgres.start()
        environment["DATABASE_URL"] = postgres.url("app")
        environment["DATABASE_OWNER_URL"] = postgres.url("owner")
        environment["DATABASE_OPS_URL"] = postgres.url("ops")
        say(f"PostgreSQL runs on 127.0.0.1:{postgres.port}.")
    elif not (environment.get("DATABASE_OWNER_URL") and environment.get("DATABASE_OPS_URL")):
        raise RunError(other_roles())
    if not environment.get("REDIS_URL"):
        valkey = Valkey(this.data / "valkey")
        this.stack.callback(valkey.stop)
        valkey.start()
        environment["REDIS_URL"] = valkey.url
        say(f"Valkey runs on 127.0.0.1:{valkey.port}.")


def other_roles() -> str:
    statements = (ROOT / "deploy" / "init-roles.sql").read_text().strip()
    return (
        "DATABASE_URL is set, but not DATABASE_OWNER_URL (role lr_owner: migrations) and "
        "DATABASE_OPS_URL (role lr_ops: work across practices). The application itself must not "
        "own its tables, or row-level security would not hold it. As a superuser of that server, "
        f"psql -f deploy/init-roles.sql makes the three roles:\n\n{statements}\n\n"
        "Then name all three URLs in .env, or unset DATABASE_URL to use the embedded server."
    )


def start_lab(this: Run) -> subprocess.Popen[bytes]:
    folder = this.data / "lab"
    folder.mkdir(exist_ok=True)
    (folder / "ready").unlink(missing_ok=True)
    words = [sys.executable, "-m", "tests.lab", "--folder", str(folder)]
    return this.start("lab", words, log=this.data / "lab.log")


def join_lab(this: Run, lab: subprocess.Popen[bytes]) -> None:
    """Wait until the laboratory answers, then take its resolver, table and roots."""
    folder = this.data / "lab"
    if not wait_for((folder / "ready").exists, lab):
        words = (this.data / "lab.log").read_text(errors="replace")[-800:]
        raise RunError(f"The laboratory did not start. Its last words:\n{words}")
    this.environment.update(json.loads((folder / "environment.json").read_text()))


def load_demo(this: Run) -> None:
    """The demo practice, once per database; a practice of one's own is never touched."""
    done = this.data / "demo-loaded"
    if done.exists() or not has_command("load_demo"):
        return
    say("Loading the demo practice ...")
    this.manage("load_demo")
    done.touch()


def choose_port(this: Run) -> int:
    from config.settings import PORT  # noqa: PLC0415 - settings.py is the one reader

    port = next_free(PORT)
    if port != PORT:
        say(f"Port {PORT} is taken by another program; using {port}.")
    this.environment["PUBLIC_URL"] = f"http://localhost:{port}"
    hosts = ["127.0.0.1", "[::1]"] if has_v6_loopback() else ["127.0.0.1"]
    this.environment["BINDS"] = " ".join(f"--bind {host}:{port}" for host in hosts)
    return port


def choose_mail_port(this: Run) -> None:
    """Where mail comes in: a name of this machine's, unless another is set, on a free port."""
    from config.settings import RECEIVE_MAIL_PORT  # noqa: PLC0415 - settings.py is the one reader

    environment = this.environment
    environment["RECEIVE_MAIL_DOMAIN"] = environment.get("RECEIVE_MAIL_DOMAIN") or "in.launch.test"
    environment["RECEIVE_MAIL_PORT"] = str(next_free(RECEIVE_MAIL_PORT))


def announce(this: Run, honcho: subprocess.Popen[bytes], port: int) -> None:
    """Say the address once it answers, with links that sign the demo's people in once."""
    links = this.manage("demo_links").stdout.strip() if has_command("demo_links") else ""
    if not wait_for(lambda: answers(port), honcho):
        raise RunError("The web server did not start; its own words stand above.")
    rule = "-" * 72
    text = [rule, f"Launch Ready runs at {this.environment['PUBLIC_URL']}", links, rule]
    say("\n".join(["", *filter(None, text), "Ctrl-C stops everything.", ""]))


def base_environment(data: Path) -> dict[str, str]:
    """What every process gets: what was set by hand, then this machine's keys and paths."""
    from config.settings import IS_LOCAL, env  # noqa: PLC0415 - settings.py is the one reader

    given = {str(name): str(value) for name, value in env.ENVIRON.items()}
    path = f"{Path(sys.executable).parent}{os.pathsep}{given.get('PATH', os.defpath)}"
    ours = {"LAB": "1" if IS_LOCAL else "0", **keys(data), **given}
    return {
        **ours,
        "PATH": path,
        "DATA_DIR": str(data),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": EXPECTED_WARNINGS,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def keys(data: Path) -> dict[str, str]:
    """SECRET_KEY and LR_KEYS of this machine, made once."""
    path = data / "keys.json"
    if not path.exists():
        encryption = urlsafe_b64encode(secrets.token_bytes(32)).decode()
        made = {"SECRET_KEY": secrets.token_urlsafe(50), "LR_KEYS": f"k1:{encryption}"}
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    read: dict[str, str] = json.loads(path.read_text())
    return read


OWN_NAMES = (
    *("SECRET_KEY", "LR_KEYS", "DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_OPS_URL"),
    *("REDIS_URL", "PUBLIC_URL", "DATA_DIR", "LAB", "LAB_RESOLVER", "LAB_TABLE", "AUDIT_CA_FILE"),
    *("RECEIVE_MAIL_DOMAIN", "RECEIVE_MAIL_PORT"),
    *("AUDIT_RESOLVERS", "RDAP_BOOTSTRAP_FILE", "WATCH_RESOLVERS", "LAB_WATCH_RESOLVERS"),
)


def own_part(environment: dict[str, str]) -> dict[str, str]:
    return {name: environment[name] for name in OWN_NAMES if name in environment}


def manage_beside(data: Path, words: list[str]) -> int:
    """A management command with the environment of the run that is up."""
    noted = data / "environment.json"
    if not noted.exists():
        raise RunError("Nothing has run here yet, so there is no database to open. First: make run")
    environment = {**os.environ, **json.loads(noted.read_text())}
    return subprocess.run(  # noqa: S603 - the words of the person at the keyboard
        [sys.executable, *words], cwd=ROOT, env=environment, check=False
    ).returncode


def make_folder(data: Path) -> None:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        (data / "run.lock").touch()
    except PermissionError as error:
        owner = data.owner() if data.exists() else "another user"
        raise RunError(
            f"{data} belongs to {owner}, so this user can't keep its databases there. "
            f"Work as {owner}, or remove the folder (with all that was entered): make clean"
        ) from error


def hold_lock(data: Path, stack: ExitStack) -> None:
    """One run at a time in one folder. The lock dies with this process, however it ends."""
    lock = stack.enter_context((data / "run.lock").open("r+"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        pid = lock.read().strip() or "unknown"
        raise RunError(
            f"Launch Ready already runs from this folder (process {pid}). "
            "Use that one, or stop it with Ctrl-C first."
        ) from error
    lock.truncate()
    lock.write(f"{os.getpid()}\n")
    lock.flush()


def has_command(name: str) -> bool:
    return any(ROOT.glob(f"*/management/commands/{name}.py"))


def wait_for(is_there: Callable[[], bool], process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if is_there():
            return True
        time.sleep(0.05)
    return False


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and its session: politely, then for good."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _stop_on_signal(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
