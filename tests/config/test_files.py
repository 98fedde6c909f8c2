"""The two commands and the files around them."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
MAKEFILE = (ROOT / "Makefile").read_text()


def tracked() -> list[Path]:
    git = shutil.which("git")
    if not git or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = (ROOT / name.decode() for name in listed.stdout.split(b"\0") if name)
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_hashed(name: str):
    blocks = re.split(r"\n(?=[a-z])", (ROOT / name).read_text())
    packages = [block for block in blocks if re.match(r"[a-z0-9]", block)]
    assert len(packages) > 30
    assert [b.split()[0] for b in packages if "==" not in b.split()[0]] == []
    assert [b.split()[0] for b in packages if "--hash=sha256:" not in b] == []


def test_development_pins_the_same_versions_as_production():
    pins = [
        set(re.findall(r"^([a-z0-9._-]+==\S+)", (ROOT / name).read_text(), re.M))
        for name in ("requirements.txt", "requirements-dev.txt")
    ]
    assert pins[0] <= pins[1]


def test_no_file_names_a_package_index():
    named = re.compile(rb"(?:--(?:extra-)?index-url|--find-links|--trusted-host)[ =]\S|/simple/?\b")
    found = [
        path.relative_to(ROOT)
        for path in tracked()
        if path.name.startswith(("requirements", "Makefile", "Dockerfile", "pip", "run"))
        or path.suffix in {".sh", ".toml", ".yaml", ".md"}
        if named.search(path.read_bytes())
    ]
    assert found == []


def test_ci_calls_make_test_and_nothing_else():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["make test"]


def test_make_alone_lists_every_command():
    targets = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.M))
    phony = set(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.M)[0].split())
    assert targets == phony
    assert {"run", "test", "clean", "update"} <= targets


def test_the_shell_script_is_plain_sh():
    shell = shutil.which("dash") or shutil.which("sh")
    assert shell
    done = subprocess.run([shell, "-n", "config/bootstrap.sh"], cwd=ROOT, check=False)
    assert done.returncode == 0


IMPORT_ALL = """
import importlib, pkgutil, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
import django; django.setup()
import kombu.transport.redis, celery.apps.worker, celery.apps.beat, gunicorn.workers.gthread
import honcho.command
for app in {apps!r}:
    for found in pkgutil.walk_packages(importlib.import_module(app).__path__, app + "."):
        if found.name != "config.gunicorn":
            importlib.import_module(found.name)
"""


def test_the_product_needs_nothing_that_only_the_tests_install():
    names = {
        name: set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / name).read_text(), re.M))
        for name in ("requirements.txt", "requirements-dev.txt")
    }
    shipped, all_names = names["requirements.txt"], names["requirements-dev.txt"]
    absent = {
        module
        for module, owners in packages_distributions().items()
        if not {o.lower().replace("_", "-") for o in owners} & shipped
        and {o.lower().replace("_", "-") for o in owners} & (all_names - shipped)
    }
    assert {"pytest", "mypy", "hypothesis"} <= absent
    apps = ["config", *(a for a in settings.INSTALLED_APPS if (ROOT / a / "apps.py").exists())]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL.format(absent=absent, apps=apps)],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "ENV_FILE": "",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-1500:]
