"""Servers that outlived the process that started them: found by pid and command line, ended."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

STOP_TIMEOUT_SECONDS = 20


def command_of(pid: int) -> str:
    """The command line of a running process, empty if there is none or it can't be read."""
    try:
        read = Path(f"/proc/{pid}/cmdline").read_bytes()
        return read.replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        pass
    try:
        words = ["ps", "-o", "command=", "-p", str(pid)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return ""
    return done.stdout.strip()


def first_number(path: Path) -> int:
    """The number on the first line of a pid or port file; 0 if there is none."""
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return 0


def end_orphan(pid: int, *, marker: str, with_signal: signal.Signals) -> bool:
    """End the process `pid` if its command line holds `marker`; True if it was ours and is gone.

    A pid may have been given to somebody else since it was noted, so it is never enough.
    """
    if pid <= 1 or marker not in command_of(pid):
        return False
    for number, seconds in ((with_signal, STOP_TIMEOUT_SECONDS), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if marker not in command_of(pid):
                return True
            time.sleep(0.05)
    return False
