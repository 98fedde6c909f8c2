"""Find credentials in text that a browser receives, and never keep one. Pure.

Literal prefix, then a window, then the rule's shape, then its proof, entropy and
placeholders. Only masked values leave this module. Source: automation specification,
section 2.7.
"""

import base64
import binascii
import hashlib
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from audits.observations.secret_rules import (
    FAKE_HOSTS,
    FAKE_PASSWORDS,
    PLACEHOLDER,
    RULES,
    Grade,
    Rule,
)

WINDOW_CHARS = 400
LONG_WINDOW_CHARS = 9_000
CONTEXT_CHARS = 40
MAX_HITS = 50
MAX_DECODED_CHARS = 2_000_000
AWS_SECRET = re.compile(r"(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")
AWS_SECRET_NEAR_CHARS = 200
BASE64_RUN = re.compile(r"(?<![\w+/-])[A-Za-z0-9+/]{40,20000}={0,2}(?![\w+/=])")
ESCAPED = re.compile(r"(?:\\x[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}){8,}")
GEMINI = re.compile(
    r"generativelanguage\.googleapis\.com|@google/(?:generative-ai|genai)|:generateContent"
)
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SERVICE_ROLE = "Supabase service key"
PREFIX_SHOWN_CHARS = 14
LAST_SHOWN_CHARS = 4
FINGERPRINT_FROM_CHARS = 20


@dataclass(frozen=True, slots=True)
class SecretHit:
    """One credential met. `masked` is all that is ever kept of its value.

    `fingerprint`: the first 12 hex digits of its SHA-256, where the value is long and
    random enough that nobody can guess it back; "" otherwise.
    """

    rule: str
    label: str
    grade: Grade
    masked: str
    length: int
    fingerprint: str
    line: int
    note: str = ""


def scan(text: str) -> tuple[SecretHit, ...]:
    """Every credential in `text` and in what is encoded in it, the worst first, each once."""
    uses_gemini = bool(GEMINI.search(text))
    found: dict[tuple[str, str], SecretHit] = {}
    for layer in _layers(text):
        for hit in _scan_layer(layer, uses_gemini=uses_gemini):
            found.setdefault((hit.rule, hit.fingerprint or hit.masked), hit)
            if len(found) >= MAX_HITS:
                break
    order = list(Grade)
    return tuple(sorted(found.values(), key=lambda hit: order.index(hit.grade)))


def entropy(text: str) -> float:
    """Shannon entropy of the characters of `text`, in bits per character."""
    counts, total = Counter(text), len(text)
    return -sum(n / total * math.log2(n / total) for n in counts.values()) if total else 0.0


def mask(value: str, rule: Rule) -> str:
    """The literal prefix, an ellipsis and the last four characters; nothing of a password."""
    if rule.name == "database":
        scheme, _, rest = value.partition("://")
        return f"{scheme}://…@{rest.rpartition('@')[2]}"
    if rule.name == "private_key":
        return value.partition("-----\n")[0][:40].partition("\\")[0] + "…"
    prefix = next((known for known in rule.prefixes if value.startswith(known)), "")
    return f"{prefix[:PREFIX_SHOWN_CHARS] or value[:3]}…{value[-LAST_SHOWN_CHARS:]}"


def redacted(text: str) -> str:
    """`text` with every credential in it masked, for evidence and logs."""
    for rule in RULES:
        if any(prefix in text for prefix in rule.prefixes):
            text = rule.shape.sub(lambda match, rule=rule: mask(match[0], rule), text)  # type: ignore[misc]
    return text


def _layers(text: str) -> Iterator[str]:
    """The text, what is percent- or hex-escaped in it, and its base64, two levels deep."""
    yield text
    decoded = "\n".join(_decoded(text))[:MAX_DECODED_CHARS]
    if decoded:
        yield decoded
        deeper = "\n".join(_decoded(decoded))[:MAX_DECODED_CHARS]
        if deeper:
            yield deeper


def _decoded(text: str) -> Iterator[str]:
    for match in ESCAPED.finditer(text):
        digits = match[0].replace("\\x", "").replace("%", "")
        yield bytes.fromhex(digits).decode("utf-8", "replace")
    for match in BASE64_RUN.finditer(text):
        try:
            raw = base64.b64decode(match[0] + "=" * (-len(match[0]) % 4), validate=True)
        except (binascii.Error, ValueError):
            continue
        made = raw.decode("utf-8", "replace")
        if made.isprintable() or "\n" in made:
            yield made


def _scan_layer(text: str, *, uses_gemini: bool) -> Iterator[SecretHit]:
    for rule in RULES:
        seen_until = -1
        for at in _places(text, rule.prefixes):
            reach = LONG_WINDOW_CHARS if rule.name in {"private_key", "jwt"} else WINDOW_CHARS
            start = max(0, at - 120)
            for match in rule.shape.finditer(text, start, min(len(text), at + reach)):
                if match.start() <= seen_until:
                    continue
                seen_until = match.start()
                hit = _judged(rule, match, text, uses_gemini=uses_gemini)
                if hit is not None:
                    yield hit


def _places(text: str, prefixes: tuple[str, ...]) -> Iterator[int]:
    for prefix in prefixes:
        at = text.find(prefix)
        while at >= 0:
            yield at
            at = text.find(prefix, at + len(prefix))


def _judged(rule: Rule, match: re.Match[str], text: str, *, uses_gemini: bool) -> SecretHit | None:
    value = match[0]
    before = text[max(0, match.start() - CONTEXT_CHARS) : match.start()].lower()
    if rule.context and not any(word in before for word in rule.context):
        return None
    if rule.grade != Grade.PUBLIC and PLACEHOLDER.search(value):
        return None
    if entropy(value) < rule.floor:
        return None
    proved = _proved(rule, value, text, match, uses_gemini=uses_gemini)
    if proved is None:
        return None
    grade, note = proved
    is_guessable = rule.name in {"database", "private_key"} or len(value) < FINGERPRINT_FROM_CHARS
    return SecretHit(
        rule=rule.name,
        label=SERVICE_ROLE if rule.name == "jwt" and grade == Grade.CRITICAL else rule.label,
        grade=grade,
        masked=mask(value, rule),
        length=len(value),
        fingerprint="" if is_guessable else hashlib.sha256(value.encode()).hexdigest()[:12],
        line=text.count("\n", 0, match.start()) + 1,
        note=note,
    )


def _proved(
    rule: Rule, value: str, text: str, match: re.Match[str], *, uses_gemini: bool
) -> tuple[Grade, str] | None:
    """The grade after the rule's own validator, with a note; None where it is no secret."""
    if rule.proof == "google":
        return (Grade.HIGH, "used with Gemini, so it is billed to you") if uses_gemini else (
            Grade.PUBLIC, "public in Firebase and Maps; restrict it by API and referrer"
        )  # fmt: skip
    if rule.proof == "jwt":
        return _jwt(value)
    if rule.proof == "aws":
        near = text[match.end() : match.end() + AWS_SECRET_NEAR_CHARS]
        near += text[max(0, match.start() - AWS_SECRET_NEAR_CHARS) : match.start()]
        return (Grade.CRITICAL, "its secret stands beside it") if AWS_SECRET.search(near) else (
            Grade.MEDIUM, "the id alone opens nothing"
        )  # fmt: skip
    if rule.proof == "database":
        return _database(value)
    if rule.proof == "github":
        return _github(value)
    if rule.proof == "cloudflare":
        body, check = value.partition("_")[2][:-8], value[-8:]
        is_right = f"{zlib.crc32(body.encode()):08x}" == check
        return (Grade.CRITICAL, "") if is_right else (Grade.MEDIUM, "its checksum does not hold")
    return rule.grade, ""


def _database(value: str) -> tuple[Grade, str] | None:
    password = value.partition("://")[2].rpartition("@")[0].partition(":")[2]
    if FAKE_HOSTS.search(value) or FAKE_PASSWORDS.search(password):
        return None
    return Grade.CRITICAL, ""


def _github(value: str) -> tuple[Grade, str]:
    """The last six characters are the CRC-32 of the 30 before, in base 62."""
    body, check = value[4:34], value[34:]
    number, digits = zlib.crc32(body.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = BASE62[rest] + digits
    if digits.rjust(6, "0") == check:
        return Grade.CRITICAL, ""
    if value[:4] in {"ghp_", "gho_"}:
        return Grade.LOW, "only the shape: an example or cut short"
    return Grade.MEDIUM, "its checksum is not proven"


def _jwt(value: str) -> tuple[Grade, str] | None:
    """A token is judged by its claims: who issued it, for which role, until when."""
    header, claims = (_claims(part) for part in value.split(".")[:2])
    if header is None or claims is None or "alg" not in header:
        return None
    role, issuer = claims.get("role"), claims.get("iss")
    if issuer == "supabase-demo":
        return Grade.MEDIUM, "the local default key of Supabase"
    if role == "service_role":
        return Grade.CRITICAL, "role service_role passes every rule of the database"
    if role in {"anon", "authenticated"} and issuer == "supabase":
        return Grade.PUBLIC, "role anon is made to be read; the tables need row-level rules"
    if "sub" in claims or "email" in claims:
        return Grade.HIGH, "a user's token"
    return Grade.LOW, ""


def _claims(part: str) -> dict[str, Any] | None:  # Any: a token's JSON
    try:
        made = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, UnicodeDecodeError, RecursionError):
        return None
    return made if isinstance(made, dict) else None
