"""The address that a reply to one of our mails goes to: who may speak, and where.

`reply+<token>@…`: practice, person, sprint, risk and last day, with 80 bits of an HMAC, in
base 32, so that a program which folds the case of addresses breaks nothing.
"""

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

LIVES: Final = timedelta(days=30)
PREFIX: Final = "reply+"
SHAPE: Final = struct.Struct(">IIIHH")
SEAL_BYTES: Final = 10
TOKEN_CHARS: Final = 42
SALT: Final = "launchready.mail.reply"
EPOCH: Final = date(2020, 1, 1)
MOST_RISKS: Final = 65_535


@dataclass(frozen=True, slots=True)
class Thread:
    """Who may speak where; `risk_number` 0 for the sprint as a whole."""

    practice_id: int
    person_id: int
    sprint_id: int
    risk_number: int = 0


def reply_address(thread: Thread) -> str:
    """Where a reply goes, "" where this installation takes in no mail."""
    if not settings.RECEIVE_MAIL_DOMAIN or thread.risk_number > MOST_RISKS:
        return ""
    last = (timezone.localdate() + LIVES - EPOCH).days
    packed = SHAPE.pack(
        thread.practice_id, thread.person_id, thread.sprint_id, thread.risk_number, last
    )
    token = base64.b32encode(packed + _seal(packed, settings.SECRET_KEY)).decode()
    return f"{PREFIX}{token.rstrip('=').lower()}@{settings.RECEIVE_MAIL_DOMAIN}"


def thread_of(local_part: str) -> Thread | None:
    """The thread of a token that is ours and not over, else None."""
    text = local_part.lower()
    token = text.removeprefix(PREFIX)
    if not text.startswith(PREFIX) or len(token) != TOKEN_CHARS or not token.isascii():
        return None
    try:
        data = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except binascii.Error:
        return None
    packed, seal = data[: SHAPE.size], data[SHAPE.size :]
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(seal, _seal(packed, key)) for key in keys):
        return None
    *ids, last = SHAPE.unpack(packed)
    return Thread(*ids) if EPOCH + timedelta(days=last) >= timezone.localdate() else None


def _seal(packed: bytes, key: str) -> bytes:
    return salted_hmac(SALT, packed, secret=key, algorithm="sha256").digest()[:SEAL_BYTES]
