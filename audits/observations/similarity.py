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
MAX_WORDS = 4_000
MAX_CHARS = 200_000


def simhash(text: str) -> int:
    """The 64-bit simhash of `text`; 0 for a text without words.

    Long tokens that hold a digit (nonces, build hashes, request ids) are left out first,
    so that two answers of the same page stay alike. At most 4,000 words of the
    first 200,000 characters are read.
    """
    votes = [0] * HASH_BITS
    for shingle in _shingles(LONG_TOKEN.sub(" ", text[:MAX_CHARS].lower())):
        digest = int.from_bytes(hashlib.blake2b(shingle.encode(), digest_size=8).digest())
        for bit in range(HASH_BITS):
            votes[bit] += 1 if digest >> bit & 1 else -1
    return sum(1 << bit for bit in range(HASH_BITS) if votes[bit] > 0)


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
