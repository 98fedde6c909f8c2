"""Secrets at rest: AES-256-GCM, bound to the row that holds them (security.md 6.6, X25).

A stored value reads `v1.<key id>.<nonce>.<ciphertext>`. Table, column, practice and row are
authenticated with it, so that a value moved to another row or tenant does not open.
"""

import logging
import secrets
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION: Final = "v1"
MIN_KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
MIN_DISTINCT_BYTES: Final = 12

log = logging.getLogger(__name__)


class KeyringError(Exception):
    """LR_KEYS holds no usable keys."""


class SealBrokenError(Exception):
    """A stored secret does not open: changed, moved to another row, or its key is gone."""


@dataclass(frozen=True)
class Spot:
    """Where a secret is stored. `row` is the row's id or UUID, known before it is written."""

    table: str
    column: str
    practice_id: int | None
    row: int | UUID

    def words(self) -> bytes:
        """The associated data; lengths first, so that no two spots read alike."""
        parts = (self.table, self.column, str(self.practice_id or ""), str(self.row))
        return b"".join(b"%d:%s" % (len(part.encode()), part.encode()) for part in parts)


@dataclass(frozen=True)
class Keyring:
    """Keys by id; the first seals, all open."""

    keys: dict[str, bytes]

    @classmethod
    def read(cls, words: Sequence[str]) -> "Keyring":
        """Of `id:base64` words; raises `KeyringError` with every fault at once."""
        faults = key_faults(words)
        if faults:
            raise KeyringError(" ".join(faults))
        pairs = (word.partition(":") for word in words)
        return cls({name: _decoded(key) for name, _, key in pairs})

    @classmethod
    def from_settings(cls) -> "Keyring":
        return cls.read(settings.LR_KEYS)

    @property
    def first(self) -> str:
        return next(iter(self.keys))

    @cached_property
    def _ciphers(self) -> dict[str, AESGCM]:
        return {name: AESGCM(derived(key, "fields")) for name, key in self.keys.items()}

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key of its own for a purpose (`webhooks`, `anchor`, …), of the first key."""
        return derived(self.keys[self.first], purpose)

    def seal(self, secret: str, spot: Spot) -> str:
        """The value to store at `spot`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        closed = self._ciphers[self.first].encrypt(nonce, secret.encode(), spot.words())
        return ".".join((VERSION, self.first, _text(nonce), _text(closed)))

    def open(self, sealed: str, spot: Spot) -> str:
        """The secret stored at `spot`; raises `SealBrokenError`, never returns ciphertext."""
        try:
            version, name, nonce, closed = sealed.split(".")
            if version != VERSION:
                raise ValueError(f"version {version!r}")
            raw, text = urlsafe_b64decode(nonce), urlsafe_b64decode(closed)
            return self._ciphers[name].decrypt(raw, text, spot.words()).decode()
        except (InvalidTag, ValueError, KeyError) as error:
            why = "its key is not in LR_KEYS" if isinstance(error, KeyError) else "it was changed"
            where = f"{spot.table}.{spot.column} of row {spot.row}"
            log.critical("The secret in %s does not open: %s.", where, why)
            raise SealBrokenError(
                f"The secret in {where} does not open: {why}. Restore it, or have it entered again."
            ) from error

    def is_current(self, sealed: str) -> bool:
        """Whether the first key sealed it; if not, it waits to be sealed anew."""
        return sealed.startswith(f"{VERSION}.{self.first}.")


def derived(key: bytes, purpose: str) -> bytes:
    info = f"launch-ready {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(key)


def key_faults(words: Sequence[str]) -> list[str]:
    """What is wrong with LR_KEYS; no key is repeated in a fault."""
    if not words:
        return ["LR_KEYS is empty, so no secret can be stored. Set it to k1:<32 bytes in base64>."]
    faults: list[str] = []
    seen: dict[str, bytes] = {}
    for position, word in enumerate(words, start=1):
        name, colon, text = word.partition(":")
        fault = _key_fault(name, bool(colon), text)
        if not fault and _decoded(text) in seen.values():
            fault = "repeats another key"
        if not fault and name in seen:
            fault = "repeats another id"
        if fault:
            faults.append(f"Key {position} of LR_KEYS {fault}.")
        else:
            seen[name] = _decoded(text)
    return faults


def _key_fault(name: str, has_colon: bool, text: str) -> str:
    if not (has_colon and name.isalnum()):
        return "should read id:base64, its id of letters and digits"
    try:
        key = _decoded(text)
    except ValueError:
        return "is no base64"
    if len(key) < MIN_KEY_BYTES:
        return f"has {len(key)} bytes; {MIN_KEY_BYTES} are needed"
    return "is not random" if len(set(key)) < MIN_DISTINCT_BYTES else ""


def _decoded(text: str) -> bytes:
    return b64decode(text.translate(str.maketrans("-_", "+/")), validate=True)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()
