"""The scanner: finds what is private, keeps nothing, stays quiet about what is public."""

import base64
import json
import zlib
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.observations.secret_rules import RULES, Grade
from audits.observations.secret_scan import BASE62, entropy, redacted, scan
from tests.lab import planted_keys

RANDOM = "q7Rz0XbVn3LkT9sWcY2mHf8DpGj5AeUo4iKx1vBtNy6SwQdMrCgEhJlPzFa"


def jwt(**claims) -> str:
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return ".".join((part({"alg": "HS256", "typ": "JWT"}), part(claims), RANDOM[:43]))


def github(prefix: str, *, is_right: bool = True) -> str:
    body = RANDOM[:30]
    number, digits = zlib.crc32(body.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = BASE62[rest] + digits
    return prefix + body + (digits.rjust(6, "0") if is_right else "aaaaZ1")


@pytest.mark.parametrize(
    ("text", "rule", "grade"),
    [
        (planted_keys.openai_key(), "openai", Grade.CRITICAL),
        (planted_keys.stripe_secret_key(), "stripe", Grade.CRITICAL),
        (planted_keys.supabase_jwt("service_role"), "jwt", Grade.CRITICAL),
        (planted_keys.supabase_jwt("anon"), "jwt", Grade.PUBLIC),
        (planted_keys.stripe_public_key(), "publishable", Grade.PUBLIC),
        (planted_keys.google_browser_key(), "google", Grade.PUBLIC),
        (jwt(sub="user-1", exp=1), "jwt", Grade.HIGH),
        (jwt(iss="supabase-demo", role="anon"), "jwt", Grade.MEDIUM),
        (jwt(scope="public"), "jwt", Grade.LOW),
        ("sk-ant-" + "api03-" + (RANDOM * 2)[:93] + "AA", "anthropic", Grade.CRITICAL),
        ("gsk" + "_" + RANDOM[:52], "groq", Grade.CRITICAL),
        ("re" + "_" + RANDOM[:8] + "_" + RANDOM[8:32], "resend", Grade.CRITICAL),
        ("SG." + RANDOM[:22] + "." + RANDOM[5:48], "sendgrid", Grade.CRITICAL),
        (github("ghp" + "_"), "github", Grade.CRITICAL),
        (github("ghp" + "_", is_right=False), "github", Grade.LOW),
        (github("ghs" + "_", is_right=False), "github", Grade.MEDIUM),
        ("sb_secret" + "_" + RANDOM[:22] + "_" + RANDOM[:8], "supabase_secret", Grade.CRITICAL),
        ("postgres" + "://app:" + RANDOM[:16] + "@db.shop.io:5432/app", "database", Grade.CRITICAL),
    ],
    # Some keys are made anew in each process, and xdist compares the names.
    ids=map(str, count()),
)
def test_each_shape_is_found_and_graded(text, rule, grade):
    (hit,) = [hit for hit in scan(f'const k="{text}";') if hit.rule == rule]
    assert hit.grade == grade


def test_an_aws_id_alone_is_slight_and_with_its_secret_critical():
    key, secret = planted_keys.aws_key_pair()
    alone = scan(f'id:"{key}"')
    both = scan(f'id:"{key}",secret:"{secret}"')
    assert [hit.grade for hit in alone] == [Grade.MEDIUM]
    assert [hit.grade for hit in both] == [Grade.CRITICAL]


def test_a_google_key_is_private_only_beside_gemini():
    key = planted_keys.google_browser_key()
    assert scan(f'firebase({{apiKey:"{key}"}})')[0].grade == Grade.PUBLIC
    gemini = f'fetch("https://generativelanguage.googleapis.com/v1?key={key}")'
    assert scan(gemini)[0].grade == Grade.HIGH


@pytest.mark.parametrize(
    "text",
    [
        "sk-" + "x" * 32,
        "sk-" + "proj-your-key-here",
        "sk_live_" + "x" * 24,
        "AKIA" + "IOSFODNN7EXAMPLE",
        "postgres" + "://user:password@localhost:5432/app",
        "postgres" + "://user:${DB_PASSWORD}@db.shop.io/app",
        "mysql" + "://root:secret@example.com/app",
        "xsk-" + "proj-" + RANDOM,
        "the prefix ghp" + "_ alone means nothing",
        "eyJ" + "not.a.token",
        "SG." + "a" * 22 + "." + "a" * 43,
    ],
)
def test_samples_placeholders_and_fragments_are_no_secrets(text):
    assert not [hit for hit in scan(text) if hit.grade != Grade.PUBLIC]


def test_no_value_leaves_the_scanner():
    key = planted_keys.openai_key()
    (hit,) = scan(f'let k="{key}"')
    shown = repr(hit)
    assert key not in shown
    assert key[12:-4] not in shown
    assert hit.masked.startswith("sk-proj-…")
    assert hit.masked.endswith(key[-4:])
    assert (hit.length, len(hit.fingerprint)) == (len(key), 12)


def test_a_password_keeps_neither_its_end_nor_a_fingerprint():
    (hit,) = scan("postgres" + "://app:hunter2hunter@db.shop.io:5432/app")
    assert "hunter" not in repr(hit)
    assert hit.fingerprint == ""
    assert hit.masked.endswith("@db.shop.io:5432/app") or hit.masked.endswith("@db.shop.io")


def test_what_is_encoded_twice_is_still_found():
    key = planted_keys.openai_key()
    once = base64.b64encode(f"key={key}".encode()).decode()
    twice = base64.b64encode(f"inner={once}".encode()).decode()
    assert scan(f'atob("{once}")')[0].rule == "openai"
    assert scan(f'atob(atob("{twice}"))')[0].rule == "openai"


def test_hex_escapes_hide_nothing():
    key = planted_keys.stripe_secret_key()
    escaped = "".join(f"\\x{ord(letter):02x}" for letter in key)
    assert scan(f'"{escaped}"')[0].rule == "stripe"


def test_one_credential_met_twice_is_one_hit():
    key = planted_keys.openai_key()
    assert len(scan(f"{key} {key}")) == 1


def test_the_worst_comes_first():
    text = f"{planted_keys.stripe_public_key()} {planted_keys.openai_key()}"
    assert [hit.grade for hit in scan(text)] == [Grade.CRITICAL, Grade.PUBLIC]


def test_the_line_is_the_files_own():
    assert scan("\n\n" + planted_keys.openai_key())[0].line == 3


def test_evidence_is_redacted_before_it_is_kept():
    key = planted_keys.openai_key()
    assert key not in redacted(f"fetch(url, '{key}')")
    assert "fetch(url" in redacted(f"fetch(url, '{key}')")


@given(st.text(max_size=400))
def test_no_text_makes_the_scanner_fail(text):
    scan(text)
    redacted(text)


def test_every_rule_has_a_prefix_that_its_shape_needs():
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.prefixes for rule in RULES)


def test_entropy_of_nothing_and_of_one_letter_is_zero():
    assert entropy("") == entropy("aaaa") == 0.0
    assert entropy("ab") == 1.0
