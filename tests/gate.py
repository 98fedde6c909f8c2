"""Everything that must hold before a change lands: `make test` runs it, and nothing else.

Linters first, two at a time, all of them even if one fails; then every test. The table at
the end says what each step took, and the last line is pytest's own.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHT_FOLDER = re.compile(r"chromium-\d+")
WORKERS = max(2, os.cpu_count() or 2)


@dataclass(frozen=True)
class Step:
    """One command; `env` replaces the whole environment where it is given."""

    name: str
    command: tuple[str, ...]
    env: dict[str, str] | None = None


@dataclass(frozen=True)
class Outcome:
    name: str
    returncode: int
    seconds: float
    output: str


def main() -> int:
    """Run every step; 0 only if none failed."""
    is_ci_quiet = not sys.stdout.isatty()
    environment = base_environment()
    chromium = find_chromium()
    if chromium:
        environment["CHROMIUM"] = chromium
    outcomes = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for outcome in pool.map(lambda step: run_quietly(step, environment), lint_steps()):
            outcomes.append(outcome)
            say(f"{'ok    ' if outcome.returncode == 0 else 'FAILED'} {outcome.name}")
            if outcome.returncode:
                say(outcome.output.rstrip())
    if not chromium:
        outcomes.append(Outcome("chromium", 1, 0.0, no_chromium()))
        say(outcomes[-1].output)
    tests = run_aloud(test_step(is_ci_quiet=is_ci_quiet), environment)
    outcomes.append(tests)
    say(table(outcomes))
    say(last_line(tests.output))
    return 1 if any(outcome.returncode for outcome in outcomes) else 0


def lint_steps() -> list[Step]:
    """The steps that look at the text; the slowest first, so that the two lanes end together."""
    python = sys.executable
    templates = tuple(sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("templates/**/*.html")))
    manage = (python, "-W", "ignore::RuntimeWarning", "manage.py")
    steps = [
        Step("types (mypy)", (python, "-m", "mypy", ".")),
        Step("lint (ruff)", (python, "-m", "ruff", "check", "--no-cache", ".")),
        Step("format (ruff)", (python, "-m", "ruff", "format", "--check", "--no-cache", ".")),
        Step("imports", (python, str(BIN / "lint-imports"), "--no-cache")),
        Step("migrations", (*manage, "makemigrations", "--check", "--dry-run")),
        Step(
            "deployment check",
            (*manage, "check", "--deploy", "--fail-level", "WARNING"),
            env=production_environment(),
        ),
        Step("Dockerfile (hadolint)", (str(BIN / "hadolint"), "Dockerfile")),
    ]
    if templates:
        djade = (str(BIN / "djade"), "--target-version", "6.1", "--check", *templates)
        steps.append(Step("templates (djade)", djade))
    return steps


def test_step(*, is_ci_quiet: bool) -> Step:
    """pytest over everything, in random order (pytest-randomly), on as many cores as we have."""
    colour = "no" if is_ci_quiet else "yes"
    # The tests of one file share what they have looked at; tests/conftest.py puts long ones first.
    # One more than cores: the tests of servers and browsers mostly wait.
    shares = ("-n", str(WORKERS + 1), "--dist", "loadfile", "--no-loadscope-reorder")
    options = (*shares, "-q", f"--color={colour}", "--durations=10")
    return Step("tests (pytest)", (sys.executable, "-m", "pytest", *options))


def base_environment() -> dict[str, str]:
    """This environment without what would steer the tests to somebody's own servers."""
    example = (ROOT / ".env.example").read_text()
    own = set(re.findall(r"^([A-Z][A-Z0-9_]*)=", example, re.MULTILINE))
    kept = {name: value for name, value in os.environ.items() if name not in own}
    kept["ENV_FILE"] = ""
    kept["PATH"] = f"{BIN}{os.pathsep}{kept.get('PATH', os.defpath)}"
    kept["PYTHONDONTWRITEBYTECODE"] = "1"
    return kept


def production_environment() -> dict[str, str]:
    """The environment of deploy/production.env.example and nothing else."""
    lines = (ROOT / "deploy" / "production.env.example").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {"PATH": os.environ.get("PATH", os.defpath), "ENV_FILE": "", **dict(pairs)}


def run_quietly(step: Step, environment: dict[str, str]) -> Outcome:
    """Run and keep what it said, to be shown only if it failed."""
    started = time.monotonic()
    try:
        done = subprocess.run(
            step.command,
            cwd=ROOT,
            env=step.env or environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except OSError as error:
        return Outcome(step.name, 127, time.monotonic() - started, str(error))
    return Outcome(step.name, done.returncode, time.monotonic() - started, done.stdout)


def run_aloud(step: Step, environment: dict[str, str]) -> Outcome:
    """Run, pass every line through as it comes, and keep the last ones."""
    started = time.monotonic()
    kept: list[str] = []
    with subprocess.Popen(
        step.command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            kept = [*kept[-40:], line]
    return Outcome(step.name, process.returncode, time.monotonic() - started, "".join(kept))


def find_chromium() -> str | None:
    """A Chromium of this machine, or one that could be fetched; None if there is none."""
    return installed_chromium() or fetched_chromium() or packaged_chromium()


def installed_chromium() -> str | None:
    """CHROMIUM, then PATH, then what Playwright keeps for this user."""
    named = os.environ.get("CHROMIUM")
    if named and shutil.which(named):
        return shutil.which(named)
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return found
    return playwright_chromium()


def playwright_chromium() -> str | None:
    """The newest Chromium below Playwright's folder whose file is there."""
    home = Path.home()
    default = home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or default)
    inner = ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*")
    builds = [p for p in folder.glob("chromium-*") if PLAYWRIGHT_FOLDER.fullmatch(p.name)]
    found = [path for build in sorted(builds) for pattern in inner for path in build.glob(pattern)]
    return str(found[-1]) if found else None


def fetched_chromium() -> str | None:
    say("No Chromium on this machine: playwright install chromium ...")
    command = (sys.executable, "-m", "playwright", "install", "chromium")
    run_quietly(Step("playwright", command), dict(os.environ))
    return playwright_chromium()


def packaged_chromium() -> str | None:
    """Debian's package, where apt is there and this user may use it."""
    if not shutil.which("apt-get"):
        return None
    sudo: tuple[str, ...] = () if os.geteuid() == 0 else ("sudo", "-n")
    if sudo and not shutil.which("sudo"):
        return None
    say("That download is closed here: apt-get install chromium ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
    run_quietly(Step("apt update", (*sudo, "apt-get", "update", "-qq")), environment)
    run_quietly(Step("apt install", (*sudo, *install)), environment)
    return installed_chromium()


def no_chromium() -> str:
    return (
        "No Chromium was found and none could be fetched, so the browser tests can't run.\n"
        "Install one (Debian: sudo apt-get install chromium), or name one: CHROMIUM=/path/to/it"
    )


def table(outcomes: list[Outcome]) -> str:
    rows = [
        f"  {o.seconds:6.1f} s  {'ok' if o.returncode == 0 else 'FAILED'}  {o.name}"
        for o in outcomes
    ]
    return "\n".join(["", *rows])


def last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
