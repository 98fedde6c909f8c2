"""Credentials of the right shape that open nothing, made anew in every process.

They are put together from parts, so that no file of the repository holds one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import string
from functools import cache

from cryptography.hazmat.primitives import serialization

from tests.lab.certificates import leaf_key

ALPHANUMERIC = string.ascii_letters + string.digits
SHORT_RSA_BITS = 512


def random_text(length: int, alphabet: str = ALPHANUMERIC) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


@cache
def openai_key() -> str:
    return "-".join(("sk", "proj", random_text(74) + "T3Blbk" + "FJ" + random_text(74)))


@cache
def stripe_secret_key() -> str:
    return "_".join(("sk", "live", "51" + random_text(97)))


@cache
def stripe_public_key() -> str:
    return "_".join(("pk", "live", "51" + random_text(97)))


@cache
def google_browser_key() -> str:
    return "AI" + "za" + "Sy" + random_text(33)


@cache
def posthog_key() -> str:
    """Public by design, like the address below."""
    return "phc" + "_" + random_text(43)


@cache
def sentry_address() -> str:
    return f"https://{secrets.token_hex(16)}@o4505481516.ingest.us.sentry.io/4507234200"


@cache
def aws_key_pair() -> tuple[str, str]:
    return "AK" + "IA" + random_text(16, string.ascii_uppercase + "234567"), random_text(40)


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@cache
def supabase_jwt(role: str) -> str:
    """A Supabase project key: `anon` is public by design, `service_role` passes every rule."""
    header = {"alg": "HS256", "typ": "JWT"}
    claims = {
        "iss": "supabase",
        "ref": supabase_project(),
        "role": role,
        "iat": 1751328000,
        "exp": 2066904000,
    }
    parts = [
        unpadded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)
    ]
    signature = hmac.new(secrets.token_bytes(32), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join((*parts, unpadded(signature)))


@cache
def supabase_project() -> str:
    return random_text(20, string.ascii_lowercase)


@cache
def database_url() -> str:
    return "postgres" + f"ql://brightchat:{random_text(24)}@db.brightchat.test:5432/brightchat"


@cache
def dkim_public_key(bits: int) -> str:
    """A base64 SubjectPublicKeyInfo with an RSA key of `bits` bits."""
    if bits < 1024:
        return base64.b64encode(short_rsa_key(bits)).decode()
    public = leaf_key(f"rsa{bits}").public_key()
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


def short_rsa_key(bits: int) -> bytes:
    """The DER of a public key too short for the library to make: only its length matters."""
    modulus = secrets.randbits(bits) | (1 << (bits - 1)) | 1
    key = der(0x30, der(0x02, b"\0" + modulus.to_bytes(bits // 8)) + der(0x02, b"\1\0\1"))
    algorithm = der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    return der(0x30, algorithm + der(0x03, b"\0" + key))


def der(tag: int, content: bytes) -> bytes:
    """One DER element with a definite length of up to 255 bytes."""
    length = bytes([len(content)]) if len(content) < 128 else bytes([0x81, len(content)])
    return bytes([tag]) + length + content
