"""Whether two pages are the same page, apart from the nonce, the time and the token.

A 64-bit simhash over shingles of words: pages that differ in a few words differ in a
few bits. Source: Charikar 2002, "Similarity estimation techniques from rounding
algorithms"; Manku et al. 2007 for the distance that web pages need.
"""

import hashlib
import re
from collections.abc import Iterator

HASH_BITS = 64
SHINGLE_WORDS = 3
NEAR_BITS = 8
WORD = re.compile(r"[^\W_]+")
LONG_TOKEN = re.compile(r"\b(?=\w*\d)[\w-]{16,}\b")
MAX_WORDS = 4_000  # fits the 16-bit counters below
MAX_CHARS = 200_000
LANE_BYTES = 2
SPREAD = tuple(
    b"".join((byte >> bit & 1).to_bytes(LANE_BYTES) for bit in range(8)) for byte in range(256)
)


def simhash(text: str) -> int:
    """The 64-bit simhash of `text`; 0 for a text without words.

    Long tokens that hold a digit (nonces, build hashes, request ids) are left out first,
    so that two answers of the same page stay alike. At most 4,000 words of the
    first 200,000 characters are read.
    """
    shingles = list(_shingles(LONG_TOKEN.sub(" ", text[:MAX_CHARS].lower())))
    votes = sum(_lanes(shingle) for shingle in shingles).to_bytes(HASH_BITS * LANE_BYTES)
    half = len(shingles) / 2
    lanes = range(0, len(votes), LANE_BYTES)
    bits = (int.from_bytes(votes[start : start + LANE_BYTES]) > half for start in lanes)
    return sum(1 << place for place, bit in enumerate(bits) if bit)


def _lanes(shingle: str) -> int:
    """The digest's 64 bits as 64 counters of 16 bits in one number: adding adds all votes."""
    digest = hashlib.blake2b(shingle.encode(), digest_size=HASH_BITS // 8).digest()
    return int.from_bytes(b"".join(map(SPREAD.__getitem__, digest)))


def distance(one: int, other: int) -> int:
    """In how many of the 64 bits the two hashes differ."""
    return (one ^ other).bit_count()


def is_alike(one: int, other: int, *, within_bits: int = NEAR_BITS) -> bool:
    """True where both hashes are of much the same text; a text without words is like none."""
    return bool(one) and bool(other) and distance(one, other) <= within_bits


def _shingles(text: str) -> Iterator[str]:
    words = [match[0] for match, _ in zip(WORD.finditer(text), range(MAX_WORDS), strict=False)]
    if words and len(words) < SHINGLE_WORDS:
        yield " ".join(words)
    for start in range(len(words) - SHINGLE_WORDS + 1):
        yield " ".join(words[start : start + SHINGLE_WORDS])
