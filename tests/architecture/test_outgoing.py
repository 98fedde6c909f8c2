"""Outgoing connections are opened in accounts/guard/ and nowhere else (security.md 3.1)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "accounts", "sprints", "audits", "monitoring", "handover")
GUARD = Path("accounts/guard")
DIALLING = frozenset(
    {
        "aiohttp",
        "dns.asyncquery",
        "dns.asyncresolver",
        "dns.query",
        "dns.resolver",
        "ftplib",
        "http.client",
        "httpcore",
        "httpx",
        "imaplib",
        "poplib",
        "requests",
        "smtplib",
        "socket",
        "socketserver",
        "ssl",
        "telnetlib",
        "urllib.request",
        "urllib3",
        "websockets",
        "xmlrpc.client",
    }
)
DIALLING_CALLS = frozenset(
    {
        "create_connection",
        "create_datagram_endpoint",
        "open_connection",
        "sock_connect",
        "sock_sendto",
    }
)
# Each exception says what it opens, and that no user has a say in where it leads.
EXCEPTIONS: dict[str, str] = {
    "config/embedded.py": "pings the Valkey that it has just started on 127.0.0.1",
    "config/healthcheck.py": "asks the web server of its own container, on 127.0.0.1",
    "config/ports.py": "looks for free ports of 127.0.0.1 and ::1",
    "config/run.py": "waits for the web server that it has just started on 127.0.0.1",
}


def sources() -> list[Path]:
    return [
        path.relative_to(ROOT)
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if GUARD not in path.relative_to(ROOT).parents
    ]


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, and every name from one, since it may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call):
            yield from imported_by_call(node)


def imported_by_call(node: ast.Call) -> Iterator[str]:
    name = ast.unparse(node.func).rpartition(".")[2]
    if name in {"import_module", "__import__"} and node.args:
        argument = node.args[0]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def dialling(source: str) -> list[str]:
    tree = ast.parse(source)
    modules = {
        known
        for name in imported(tree)
        for known in DIALLING
        if name == known or name.startswith(f"{known}.")
    }
    calls = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return sorted(modules) + sorted(calls & DIALLING_CALLS)


def test_only_the_guard_dials():
    faults = {
        str(path): found
        for path in sources()
        if str(path) not in EXCEPTIONS and (found := dialling((ROOT / path).read_text("utf-8")))
    }
    assert faults == {}, "Go through accounts.guard, or list the file with its reason."


def test_exceptions_reach_this_machine_only():
    """Each lives in config/ and names loopback where it dials; none belongs to an app."""
    for path in EXCEPTIONS:
        assert path.startswith("config/")
        assert "127.0.0.1" in (ROOT / path).read_text("utf-8")


@pytest.mark.parametrize("path", sorted(EXCEPTIONS))
def test_no_exception_outlives_its_reason(path: str):
    assert dialling((ROOT / path).read_text("utf-8")), f"{path} dials no more: delete its line."


def test_the_guard_itself_dials_in_few_places():
    paths = (path for path in sorted((ROOT / GUARD).rglob("*.py")))
    connecting = {path.name for path in paths if "sock_connect" in path.read_text("utf-8")}
    assert connecting == {"dialler.py"}


def test_httpx_and_httpcore_stay_behind_one_exchange():
    """Three files know them, so that they can be exchanged for what continues them."""
    knowing = {
        path.name
        for path in sorted((ROOT / GUARD).rglob("*.py"))
        if {"httpx", "httpcore"} & set(imported(ast.parse(path.read_text("utf-8"))))
    }
    assert knowing == {"client.py", "network.py", "transport.py"}


@pytest.mark.parametrize(
    "source",
    [
        "import socket",
        "import ssl as s",
        "from urllib import request",
        "from urllib.request import urlopen",
        "from dns import query",
        "import dns.asyncquery",
        "from http.client import HTTPSConnection",
        "def f():\n    import httpx",
        "import importlib\nimportlib.import_module('smtplib')",
        "__import__('socket')",
        "async def f():\n    await asyncio.open_connection('a', 1)",
    ],
)
def test_the_scan_sees_each_way_out(source: str):
    assert dialling(source)


@pytest.mark.parametrize(
    "source",
    [
        "from urllib.parse import urljoin",
        "import dns.name",
        "from http import HTTPStatus",
        "import json",
    ],
)
def test_the_scan_lets_reading_pass(source: str):
    assert dialling(source) == []
