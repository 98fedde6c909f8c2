"""MTA-STS and TLS reporting: their TXT records and the policy file. Pure.

Source: RFC 8461 sections 3.1 (record), 3.2 (policy), 4.1 (matching); RFC 8460 section 3.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from audits.observations.spf_macro import clip_term

STS_VERSION = re.compile(r"v=STSv1[ \t]*(?:;|\Z)")
STS_ID = re.compile(r"[A-Za-z0-9]{1,32}\Z")
RPT_VERSION = re.compile(r"v=TLSRPTv1[ \t]*(?:;|\Z)")
RPT_URI = re.compile(r"(?:mailto:[^@\s,!]+@[^@\s,!]+|https://[^\s,!]+)\Z", re.I)
SECONDS = re.compile(r"[0-9]{1,10}\Z")
MODES = frozenset({"enforce", "testing", "none"})
MAX_AGE_SECONDS = 31_557_600
MAX_LINES = 500
MAX_FIELDS = 50


@dataclass(frozen=True, slots=True)
class StsPolicy:
    """A policy file. `mode` is "" and `max_age_seconds` None where missing or wrong."""

    mode: str = ""
    max_age_seconds: int | None = None
    mx: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def allows(self, host: str) -> bool:
        """Whether `host` (lower case, no final dot) matches one of the mx patterns."""
        return any(_matches(host, pattern) for pattern in self.mx)


def select_sts(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts that begin with the version; anything but one of them counts as none."""
    return tuple(text for text in texts if STS_VERSION.match(text))


def sts_id(text: str) -> str:
    """The id that changes with the policy, "" where it is missing or not 1 to 32 letters
    and digits (RFC 8461 section 3.1)."""
    for piece in text.split(";", MAX_FIELDS)[1:MAX_FIELDS]:
        name, _, value = piece.strip().partition("=")
        if name.strip() == "id":
            return value.strip() if STS_ID.match(value.strip()) else ""
    return ""


def select_tls_rpt(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in texts if RPT_VERSION.match(text))


def tls_rpt_uris(text: str) -> tuple[str, ...]:
    """The valid addresses of `rua` (RFC 8460 section 3)."""
    for piece in text.split(";", MAX_FIELDS)[1:MAX_FIELDS]:
        name, _, value = piece.strip().partition("=")
        if name.strip() == "rua":
            uris = (uri.strip() for uri in value.split(","))
            return tuple(uri for uri in uris if RPT_URI.match(uri))
    return ()


def parse_sts_policy(body: str) -> StsPolicy:
    """Read a policy file. Never raises; of a field that stands twice the first counts."""
    fields: dict[str, str] = {}
    mx: list[str] = []
    problems: list[str] = []
    for line in filter(str.strip, body.split("\n", MAX_LINES)[:MAX_LINES]):
        name, colon, value = line.partition(":")
        name, value = name.strip(), value.strip()
        if not colon or not name:
            problems.append(f"{clip_term(line.strip())} is no `key: value`")
        elif name == "mx":
            mx.append(value.lower().removesuffix("."))
        else:
            fields.setdefault(name, value)
    mode, seconds = fields.get("mode", ""), fields.get("max_age", "")
    max_age = int(seconds) if SECONDS.match(seconds) else None
    problems += _problems(fields, mode, max_age, mx)
    return StsPolicy(mode if mode in MODES else "", max_age, tuple(mx), tuple(problems[:10]))


def _problems(
    fields: dict[str, str], mode: str, max_age_seconds: int | None, mx: list[str]
) -> Iterable[str]:
    if fields.get("version") != "STSv1":
        yield f"version is {clip_term(fields.get('version', ''))!r}, not STSv1"
    if mode not in MODES:
        yield f"mode is {clip_term(mode)!r}, not enforce, testing or none"
    if max_age_seconds is None:
        yield f"max_age is {clip_term(fields.get('max_age', ''))!r}, not a number of seconds"
    elif max_age_seconds > MAX_AGE_SECONDS:
        yield f"max_age is {max_age_seconds}, more than a year ({MAX_AGE_SECONDS})"
    if not mx and mode != "none":
        yield "no mx line names a mail server"


def _matches(host: str, pattern: str) -> bool:
    """Equal, or a wildcard for exactly one leftmost label (RFC 8461 section 4.1)."""
    if not pattern.startswith("*."):
        return host == pattern
    return bool(host.partition(".")[0]) and host.partition(".")[2] == pattern[2:]
