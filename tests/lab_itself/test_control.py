"""Running the lab by itself, and switching faults from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.lab import Lab
from tests.lab.control import obey, send
from tests.lab_itself.asking import fetch

ROOT = Path(__file__).parents[2]


async def test_a_fault_is_mended_and_planted_through_the_door(lab: Lab):
    order = {"domain": "map-secret.test", "fault": "source_map_secret"}
    url = "https://map-secret.test/_next/static/chunks/app/page-5d1e0c97ab3f4286.js.map"
    assert (await fetch(lab, url)).status == 200
    answer = send(lab.folder, {**order, "action": "fix"})
    assert {row["fault"]: row["is_planted"] for row in answer["faults"]} == {
        "source_map_secret": False,
        "staging_image": True,
    }
    assert (await fetch(lab, url)).status == 404
    send(lab.folder, {**order, "action": "break"})
    assert (await fetch(lab, url)).status == 200


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ({"action": "fix", "fault": "no_such"}, "No fault is called 'no_such'"),
        ({"action": "burn", "fault": "spf_two"}, "'burn' is no action"),
        ({"action": "list", "domain": "nobody.test"}, "no product at nobody.test"),
    ],
)
def test_a_wrong_order_is_explained(lab: Lab, order, sentence):
    assert sentence in send(lab.folder, order)["error"]


@pytest.mark.parametrize(
    "line", [b"GET / HTTP/1.1\r\n", b'{"token": "guess"}', b"[1]", b'{"a": 1}']
)
def test_a_stranger_gets_no_answer(lab: Lab, line):
    with pytest.raises(ValueError, match=r"token|order|Expecting"):
        obey(lab, line)


def test_the_files_are_what_the_guard_reads(lab: Lab):
    table = json.loads(lab.table_file.read_text())
    assert set(table) == {"tcp", "udp"}
    for places in table.values():
        for address, place in places.items():
            assert address.startswith("127.")
            assert place.startswith("127.0.0.1:")
    assert "BEGIN CERTIFICATE" in lab.ca_file.read_text()
    rdap = json.loads(lab.rdap_file.read_text())
    assert rdap["services"] == [[["test"], ["https://rdap.registry.test/"]]]
    assert (lab.folder / "ready").exists()
    assert lab.control_file.stat().st_mode & 0o077 == 0


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # our own module, our own words
        [sys.executable, "-m", "tests.lab", "--folder", str(folder), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_command_runs_in_the_foreground_until_it_is_told(tmp_path: Path):
    folder = tmp_path / "with a space"
    process = subprocess.Popen(  # our own module
        [sys.executable, "-m", "tests.lab", "--folder", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    try:
        deadline = time.monotonic() + 20
        while not (folder / "ready").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        listed = run(folder, "list")
        assert "spf_two" in listed.stdout
        assert "mended   spf_two" in run(folder, "fix", "spf_two").stdout
        assert run(folder, "fix", "no_such").returncode == 2
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "LAB_RESOLVER=127.0.0.1:" in said
    assert f"LAB_TABLE={folder / 'table.json'}" in said
    assert not (folder / "ready").exists()
    assert run(folder, "list").returncode == 1


def test_a_lab_starts_quickly_and_stops(tmp_path: Path):
    started = time.monotonic()
    lab = Lab.start(tmp_path)
    assert time.monotonic() - started < 3
    assert lab.environment["LAB"] == "1"
    lab.stop()
    lab.stop()
