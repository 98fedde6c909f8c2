"""`manage.py reach`, as a person and as a script use it: no database, no environment."""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from accounts.guard.reaching import reach
from tests.accounts.guard.loopback import Net

ROOT = Path(__file__).resolve().parents[3]
CORPUS: list[dict[str, Any]] = json.loads(  # Any: entries as published
    Path(__file__).with_name("corpus.json").read_text("utf-8")
)


pytestmark = pytest.mark.long


def run(
    *arguments: str, stdin: bytes = b"", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    path = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "manage.py", "reach", *arguments],
        cwd=ROOT,
        env=path | (environment or {}),
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
    )


def rows(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("addresses", "code"),
    [
        (["8.8.8.8"], 0),
        (["https://1.1.1.1/", "[2606:4700:4700::1111]:8443"], 0),
        (["8.8.8.8", "127.0.0.1"], 1),
        (["localhost"], 1),
        ([], 2),
        (["--batch"], 2),
        (["--format", "xml", "8.8.8.8"], 2),
        (["--no-such-option"], 2),
    ],
)
def test_the_exit_code_says_it_all(addresses: list[str], code: int):
    assert run(*addresses).returncode == code


def test_json_is_one_object_per_address_in_order():
    done = run("--format", "json", "8.8.8.8", "http://10.0.0.1/x", "ftp://a.b")
    assert done.returncode == 1
    first, second, third = rows(done)
    assert first == {
        "address": "8.8.8.8",
        "admitted": True,
        "code": None,
        "message": "https://8.8.8.8/ may be reached at 8.8.8.8.",
        "host": "8.8.8.8",
        "addresses": ["8.8.8.8"],
    }
    assert (second["admitted"], second["code"]) == (False, "address_not_public")
    assert (second["host"], second["addresses"]) == ("10.0.0.1", [])
    assert third["code"] == "url_scheme"


def test_text_says_code_and_sentence():
    done = run("localhost", "8.8.8.8")
    out = done.stdout.decode()
    assert "localhost  refused  host_special_use\n" in out
    assert "enter the public name." in out
    assert "8.8.8.8  admitted\n" in out


def test_a_batch_goes_on_over_garbage_and_skips_what_is_empty():
    lines = [b"8.8.8.8\r", b"", b"   ", b"\xff\xfe\x00\x80", b"x" * 100_000, b"\t1.1.1.1 ", b"::1"]
    done = run("--batch", "--format", "json", stdin=b"\n".join(lines))
    assert done.returncode == 1
    assert [row["code"] for row in rows(done)] == [
        None,
        "url_characters",
        "url_too_long",
        None,
        "address_not_public",
    ]
    assert done.stderr == b""


def test_the_whole_corpus_of_refusals_passes_through_a_batch():
    refused = [
        entry
        for entry in CORPUS
        if not entry["admitted"]
        and "answers" not in entry
        and entry["input"].strip()
        and not set(entry["input"]) & set("\r\n")
    ]
    stdin = "\n".join(entry["input"] for entry in refused).encode()
    started = time.monotonic()
    done = run("--batch", "--format", "json", stdin=stdin)
    assert [row["code"] for row in rows(done)] == [entry["code"] for entry in refused]
    assert len(refused) > 400
    assert time.monotonic() - started < 20


async def test_many_names_are_resolved_at_once_and_told_in_order(net: Net):
    """Each answer takes 50 ms; one after the other 300 would take 15 s."""
    net.dns.is_knowing_all = True
    net.dns.delay_seconds = 0.05
    net.dns.zone[("a.test", "A")] = ["127.0.0.2"]
    net.dns.zone[("n7.example.com", "A")] = ["10.0.0.1"]
    names = [f"n{n}.example.com" for n in range(299)] + ["a.test"]
    started = time.monotonic()
    done = await asyncio.to_thread(
        run,
        *("--batch", "--format", "json"),
        stdin="\n".join(names).encode(),
        environment={
            "LAB": "1",
            "AUDIT_RESOLVERS": f"127.0.0.1:{net.dns.port}",
            "LAB_RESOLVER": f"127.0.0.1:{net.dns.port}",
        },
    )
    found = rows(done)
    assert time.monotonic() - started < 10
    assert [row["host"] for row in found] == names
    assert [row["host"] for row in found if not row["admitted"]] == ["n7.example.com"]
    assert found[-1]["addresses"] == ["127.0.0.2"]


async def test_names_that_do_not_resolve_have_their_own_code(net: Net):
    guard = net.guard()
    assert (await reach(guard, "missing.example.com")).code == "dns_nxdomain"
    net.dns.zone[("empty.example.com", "A")] = []
    answer = await reach(guard, "empty.example.com")
    assert (answer.code, answer.host) == ("dns_nodata", "empty.example.com")


@pytest.mark.parametrize(
    ("address", "admitted", "code"),
    [
        ("https://a.test/", True, None),
        ("127.0.0.5:8443", True, None),
        ("8.8.8.8", True, None),
        ("localhost", False, "host_special_use"),
        ("::1", False, "address_not_public"),
        ("10.0.0.1", False, "address_not_public"),
        ("loop.example.com", False, "address_not_public"),
        ("inside.test", False, "address_not_public"),
        ("test", False, "host_special_use"),
    ],
)
async def test_the_lab_adds_its_own_names_and_nothing_else(
    net: Net, address: str, admitted: bool, code: str | None
):
    net.dns.zone |= {
        ("a.test", "A"): ["127.0.0.2"],
        ("loop.example.com", "A"): ["127.0.0.1"],
        ("inside.test", "A"): ["127.0.0.2", "10.0.0.1"],
    }
    answer = await reach(net.guard(), address)
    assert (answer.is_admitted, answer.code) == (admitted, code)


@pytest.mark.parametrize(
    ("hosts", "is_allowed"),
    [
        ("localhost,127.0.0.1,launch.test", True),
        ("localhost,app.example.com", False),
        ("*", False),
        (".example.com", False),
        ("attest", False),
    ],
)
def test_the_lab_is_refused_beside_a_public_host(hosts: str, is_allowed: bool):
    # All that a public installation must set, so that nothing but the lab is in the way.
    everything = {
        "SECRET_KEY": "x" * 50,
        "LR_KEYS": "x",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_URL": "smtp://127.0.0.1:25",
        "DEFAULT_FROM_EMAIL": "a@example.com",
        "PUBLIC_URL": "https://a.example.com",
        "DATABASE_URL": "postgres://x@127.0.0.1/x",
        "DATABASE_OPS_URL": "postgres://x@127.0.0.1/x",
    }
    done = run(
        "127.0.0.9",
        environment={"LAB": "1", "ALLOWED_HOSTS": hosts} | ({} if is_allowed else everything),
    )
    if is_allowed:
        assert done.returncode == 0
    else:
        assert done.returncode != 0
        assert b"LAB=1" in done.stderr
        assert b"admitted" not in done.stdout


def test_without_the_lab_its_table_and_resolver_count_for_nothing(tmp_path):
    table = tmp_path / "table.json"
    table.write_text('{"tcp": {"127.0.0.9:443": "127.0.0.1:1"}}')
    done = run("127.0.0.9", environment={"LAB_TABLE": str(table), "LAB_RESOLVER": "127.0.0.1:1"})
    assert done.returncode == 1


@pytest.mark.parametrize(
    "environment",
    [
        {"AUDIT_RESOLVERS": "dns.example.com"},
        {"OWN_NETWORKS": "10.0.0.0/99"},
        {"LAB": "1", "LAB_TABLE": "/no/such/table.json"},
        {"LAB": "1", "LAB_RESOLVER": "nonsense"},
    ],
)
def test_settings_that_cannot_be_read_are_told(environment: dict[str, str]):
    done = run("8.8.8.8", environment=environment)
    assert done.returncode == 2
    assert b"The guard can't read its settings" in done.stderr
    assert b"Traceback" not in done.stderr
