"""Files that nobody meant to serve are told by their content, and pages about them are not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.checks import leftovers
from audits.observations.leftovers import (
    AI_PATHS,
    OTHER_PATHS,
    ApiDocs,
    ClientSettings,
    Kind,
    LeftFile,
    Leftovers,
    Listing,
    documented_paths,
    is_listing,
    left_file,
    private_names,
)
from audits.observations.secret_rules import Grade
from audits.observations.secret_scan import scan
from audits.verdicts import Severity, Verdict
from tests.audits.judging import every, only
from tests.lab import planted_keys
from tests.lab.product_leftovers import COMPOSE, DUMP, LISTING, NOTES

PATHS = {path.path: path for path in (*AI_PATHS, *OTHER_PATHS)}
PAGE = "<!doctype html><html><title>About CLAUDE.md</title><h1># Notes</h1></html>"


def found(path: str, body: str | bytes) -> LeftFile | None:
    raw = body.encode() if isinstance(body, str) else body
    return left_file("app.test", PATHS[path], raw, raw.decode("utf-8", "replace"))


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/CLAUDE.md", NOTES, Kind.AI_NOTES),
        ("/AGENTS.md", NOTES, Kind.AI_NOTES),
        ("/.claude/settings.json", '{"permissions": {"allow": []}}', Kind.AI_NOTES),
        (
            "/.cursorrules",
            "You are an expert in TypeScript. Never write tests. " * 2,
            Kind.AI_NOTES,
        ),
        ("/.cursor/mcp.json", '{"mcpServers": {}}', Kind.AI_NOTES),
        ("/backup.zip", b"PK\x03\x04rest", Kind.DATA),
        ("/db.sql", DUMP, Kind.DATA),
        ("/dump.sql", "INSERT INTO users VALUES (1);", Kind.DATA),
        ("/.DS_Store", b"\x00\x00\x00\x01Bud1\x00", Kind.TRACES),
        ("/.svn/entries", "12\n", Kind.SOURCE),
        ("/.vscode/sftp.json", '{"host": "1.2.3.4", "username": "root"}', Kind.SETTINGS),
        ("/.vscode/sftp.json", '{"host": "1.2.3.4", "password": "p"}', Kind.CREDENTIALS),
        ("/docker-compose.yml", COMPOSE, Kind.SETTINGS),
        ("/.npmrc", "registry=https://registry.example/\n", Kind.SETTINGS),
        ("/.npmrc", "//registry.example/:_authToken=abcdefgh1234\n", Kind.CREDENTIALS),
        ("/.npmrc", "//registry.example/:_authToken=${NPM_TOKEN}\n", Kind.SETTINGS),
        ("/firebase.json", '{"hosting": {}}', Kind.TRACES),
        (
            "/service-account.json",
            '{"type": "service_account", "private_key": "x"}',
            Kind.CREDENTIALS,
        ),
        ("/wp-config.php~", "<?php define( 'DB_PASSWORD', 'x' );", Kind.CREDENTIALS),
    ],
)
def test_a_file_is_what_its_content_says(path, body, kind):
    file = found(path, body)
    assert file is not None
    assert file.kind is kind


@pytest.mark.parametrize("path", sorted(PATHS))
@pytest.mark.parametrize("body", ["", "Not found", PAGE, '{"error": "not_found"}', "null", "[]"])
def test_another_answer_is_no_such_file(path, body):
    assert found(path, body) is None


def test_a_key_in_notes_stops_the_launch_and_notes_alone_do_not():
    key = scan(planted_keys.openai_key())
    noted = LeftFile("app.test", "/CLAUDE.md", "notes", Kind.AI_NOTES)
    keyed = LeftFile("app.test", "/.cursorrules", "rules", Kind.AI_NOTES, key)
    results = every(leftovers.ai_tool_files, Leftovers("app.test", (noted, keyed)))
    assert [(one.verdict, one.cause) for one in results] == [
        (Verdict.FAIL, "key"),
        (Verdict.WARN, "notes"),
    ]
    told = str(results)
    assert planted_keys.openai_key() not in told


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        (Kind.CREDENTIALS, Severity.S0),
        (Kind.DATA, Severity.S0),
        (Kind.SOURCE, Severity.S1),
        (Kind.SETTINGS, Severity.S2),
        (Kind.TRACES, Severity.S3),
    ],
)
def test_what_lies_open_weighs_by_what_it_is(kind, severity):
    file = LeftFile("app.test", "/x", "a file", kind)
    result = only(leftovers.backup_vcs, Leftovers("app.test", (file,)))
    assert (result.verdict, result.severity) == (Verdict.FAIL, severity)


def test_settings_with_a_key_weigh_as_the_key():
    key = scan(planted_keys.stripe_secret_key())
    file = LeftFile("app.test", "/docker-compose.yml", "services", Kind.SETTINGS, key)
    assert only(leftovers.backup_vcs, Leftovers("app.test", (file,))).severity is Severity.S0


def test_nothing_left_behind_passes():
    for rule in (leftovers.ai_tool_files, leftovers.backup_vcs):
        assert only(rule, Leftovers("app.test")).verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"ADMIN_SECRET": "x1"}', ("ADMIN_SECRET",)),
        ("SERVICE_ROLE_KEY: 'abc'", ("SERVICE_ROLE_KEY",)),
        ('{"API_URL": "/api", "RECAPTCHA_SITE_KEY": "x"}', ()),
        ('{"NEXT_PUBLIC_SECRETS_URL": "x"}', ()),
        ('{"ADMIN_SECRET": ""}', ()),
        ("privateKey = undefined", ()),
    ],
)
def test_only_a_private_name_with_a_value_counts(text, names):
    assert private_names(text) == names


def test_settings_for_browsers():
    bare = ClientSettings("app.test", ("https://app.test/env.js",))
    named = ClientSettings("app.test", ("https://app.test/env.js",), ("ADMIN_SECRET",))
    hits = tuple(hit for hit in scan(planted_keys.supabase_jwt("service_role")))
    keyed = ClientSettings("app.test", ("https://app.test/env.js",), ("SERVICE_ROLE",), hits)
    assert hits[0].grade is Grade.CRITICAL
    verdicts = [only(leftovers.client_env, seen).verdict for seen in (bare, named, keyed)]
    assert verdicts == [Verdict.PASS, Verdict.WARN, Verdict.FAIL]


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        (LISTING, True),
        ("<title>Index of /docs</title><p>How our index works</p>", False),
        ('<title>Directory listing for /x/</title><a href="a">a</a><a href="b">b</a>', True),
        ('<title>Chunks</title><a href="../">up</a><a href="a">a</a>', False),
        ("", False),
    ],
)
def test_a_list_of_files_is_told_from_a_page_about_one(text, listed):
    assert is_listing(text) is listed
    seen = Listing("app.test", "https://app.test/x/", "https://app.test/x/" if listed else "")
    expected = Verdict.WARN if listed else Verdict.PASS
    assert only(leftovers.dir_listing, seen).verdict == expected


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        ({"openapi": "3.1.0", "paths": {"/a": {}}}, ("/a",)),
        ({"swagger": "2.0"}, ()),
        ({"paths": {"/a": {}}}, None),
        ([], None),
    ],
)
def test_a_description_is_told_by_its_version(value, paths):
    assert documented_paths(json.dumps(value)) == paths


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (ApiDocs("api.test"), Verdict.PASS),
        (ApiDocs("api.test", ("https://api.test/docs",)), Verdict.INFO),
        (ApiDocs("api.test", is_introspectable=True), Verdict.INFO),
        (ApiDocs("api.test", ("https://api.test/docs",), ("/admin/users",)), Verdict.WARN),
    ],
)
def test_a_public_description_is_no_fault_and_admin_operations_are(seen, verdict):
    assert only(leftovers.api_docs, seen).verdict == verdict


@given(st.binary(max_size=300))
def test_no_bytes_of_a_stranger_break_the_reading(body):
    for path in PATHS.values():
        left_file("app.test", path, body, body.decode("utf-8", "replace"))
