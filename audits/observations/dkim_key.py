"""One DKIM key record: its tags and the size of its key (RFC 6376, 8301, 8463). Pure."""

import base64
import binascii
import re
from dataclasses import dataclass
from enum import StrEnum

TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
SPACE = " \t\r\n"
ED25519_BYTES = 32
MAX_KEY_CHARS = 20_000
MAX_STRING_BYTES = 255

SEQUENCE, INTEGER, BIT_STRING = 0x30, 0x02, 0x03
LONG_FORM = 0x80
MAX_LENGTH_BYTES = 3


class KeyState(StrEnum):
    """What the record is: a usable key, a withdrawn one, broken, or something else."""

    KEY = "key"
    REVOKED = "revoked"
    BROKEN = "broken"
    NOT_DKIM = "not_dkim"


@dataclass(frozen=True, slots=True)
class DkimKey:
    """One key record. `bits` is 0 unless the key is RSA; `why` says what is broken."""

    text: str
    state: KeyState
    key_type: str = "rsa"
    bits: int = 0
    hashes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    is_testing: bool = False
    why: str = ""

    @property
    def is_usable(self) -> bool:
        return self.state == KeyState.KEY


def read_dkim_key(text: str) -> DkimKey:
    """Read the TXT text at a selector. Never raises.

    A text without `p=` whose first tag is not `v=DKIM1` is NOT_DKIM (an SPF record from a
    wildcard, say). Source: RFC 6376 sections 3.2 (tag list) and 3.6.1 (key record).
    """
    tags, problem = _tags(text)
    if "p" not in tags and tags.get("v", "") != "DKIM1":
        return DkimKey(text, KeyState.NOT_DKIM, why="there is no p= tag")
    problem = problem or _version_problem(tags)
    key_type = tags.get("k", "rsa").lower()
    material = "".join(tags.get("p", "").split())
    state, bits = KeyState.KEY, 0
    if "p" not in tags:
        problem = problem or "the p= tag is missing"
    elif not material:
        state = KeyState.REVOKED
    else:
        bits, key_problem = _measure(key_type, material)
        problem = problem or key_problem
    return DkimKey(
        text=text,
        state=KeyState.BROKEN if problem and state != KeyState.REVOKED else state,
        key_type=key_type,
        bits=bits,
        hashes=_listed(tags.get("h")),
        services=_listed(tags.get("s")),
        is_testing="y" in _listed(tags.get("t")),
        why=problem,
    )


def rsa_bits(der: bytes) -> int | None:
    """The size of the modulus in bits, or None where `der` is no RSA public key.

    Reads both a SubjectPublicKeyInfo (what everybody publishes) and a bare RSAPublicKey
    (what RFC 6376 section 3.6.1 says). Source: RFC 5280 section 4.1, RFC 8017 A.1.1.
    """
    outer = _inside(der, SEQUENCE)
    if outer is None:
        return None
    first_kind, first, rest = _element(outer)
    if first_kind == SEQUENCE:
        string = _inside(rest, BIT_STRING)
        if string is None or not string.startswith(b"\x00"):
            return None
        inner = _inside(string[1:], SEQUENCE)
        if inner is None:
            return None
        first_kind, first, rest = _element(inner)
    if first_kind != INTEGER or _inside(rest, INTEGER) is None:
        return None
    return int.from_bytes(first).bit_length() or None


def _tags(text: str) -> tuple[dict[str, str], str]:
    """The tag list, names as written, and the first thing wrong with it ("" for none)."""
    tags: dict[str, str] = {}
    problem = ""
    for piece in text.split(";"):
        name, equals, value = piece.partition("=")
        name = name.strip(SPACE)
        if not name and not equals:
            continue
        if not equals or not TAG_NAME.match(name):
            problem = problem or "one part is no tag=value"
        elif name in tags:
            problem = problem or f"the tag {name}= stands twice"
        else:
            tags[name] = value.strip(SPACE)
    return tags, problem


def _version_problem(tags: dict[str, str]) -> str:
    if "v" not in tags:
        return ""
    if tags["v"] != "DKIM1":
        return "the version is not DKIM1"
    return "" if next(iter(tags)) == "v" else "v= is not the first tag"


def _measure(key_type: str, material: str) -> tuple[int, str]:
    """The bits of an RSA key and what is wrong with the key material."""
    if len(material) > MAX_KEY_CHARS:
        return 0, "the key is too long to be one"
    try:
        raw = base64.b64decode(material, validate=True)
    except (binascii.Error, ValueError):
        return 0, "p= is not valid base64"
    if key_type == "ed25519":
        is_right = len(raw) == ED25519_BYTES
        return 0, "" if is_right else f"an Ed25519 key has 32 bytes, this one {len(raw)}"
    if key_type != "rsa":
        return 0, "receivers know the key types rsa and ed25519 only"
    bits = rsa_bits(raw)
    return (bits, "") if bits else (0, "p= holds no RSA public key; it may be cut off")


def _listed(value: str | None) -> tuple[str, ...]:
    parts = (part.strip(SPACE).lower() for part in (value or "").split(":"))
    return tuple(part for part in parts if part)


def _inside(data: bytes, kind: int) -> bytes | None:
    found, content, _ = _element(data)
    return content if found == kind else None


def _element(data: bytes) -> tuple[int, bytes, bytes]:
    """The first DER element: its tag, its content, what follows. Tag 0 for garbage."""
    nothing = (0, b"", b"")
    if len(data) < 2:  # noqa: PLR2004 - a tag and a length
        return nothing
    kind, length, start = data[0], data[1], 2
    if length & LONG_FORM:
        count = length & ~LONG_FORM
        if not 0 < count <= MAX_LENGTH_BYTES or len(data) < start + count:
            return nothing
        length, start = int.from_bytes(data[start : start + count]), start + count
    if len(data) < start + length:
        return nothing
    return kind, data[start : start + length], data[start + length :]
