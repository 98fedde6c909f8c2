"""TLSA records for mail servers and what they must match. Pure.

Source: RFC 6698 section 2.1 (fields); RFC 7672 section 3.1 (which usages mail servers use).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

TRUST_ANCHOR, END_ENTITY = 2, 3
WHOLE, KEY = 0, 1
EXACT, SHA256, SHA512 = 0, 1, 2
FIELDS = 4
MAX_DATA_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class CertificateDigests:
    """Hex digests of one certificate as served, and of its public key (SPKI)."""

    whole_sha256: str
    whole_sha512: str
    key_sha256: str
    key_sha512: str


@dataclass(frozen=True, slots=True)
class Tlsa:
    """One record; `data` is lower-case hex."""

    usage: int
    selector: int
    matching: int
    data: str

    @property
    def is_usable(self) -> bool:
        """False for what mail servers ignore: usages 0 and 1, and unknown values."""
        return (
            self.usage in {TRUST_ANCHOR, END_ENTITY}
            and self.selector in {WHOLE, KEY}
            and self.matching in {EXACT, SHA256, SHA512}
        )

    def matches(self, chain: Sequence[CertificateDigests]) -> bool:
        """Usage 3 is about the server's own certificate, usage 2 about any in the chain."""
        looked_at = chain[:1] if self.usage == END_ENTITY else chain
        return any(self._is(one) for one in looked_at)

    def _is(self, one: CertificateDigests) -> bool:
        if self.matching == SHA512:
            return self.data == (one.key_sha512 if self.selector == KEY else one.whole_sha512)
        shown = one.key_sha256 if self.selector == KEY else one.whole_sha256
        return shown == (self.data if self.matching == SHA256 else _digest(self.data))


def parse_tlsa(text: str) -> Tlsa | None:
    """Presentation format `3 1 1 ABCD…`, the data perhaps in several words; None for none."""
    words = text[:MAX_DATA_CHARS].split(None, FIELDS - 1)
    if len(words) < FIELDS or not all(w.isascii() and w.isdigit() for w in words[:3]):
        return None
    data = "".join(words[3].split()).lower()
    usage, selector, matching = (int(word[:4]) for word in words[:3])
    return Tlsa(usage, selector, matching, data)


def _digest(data: str) -> str:
    try:
        return hashlib.sha256(bytes.fromhex(data)).hexdigest()
    except ValueError:
        return ""
