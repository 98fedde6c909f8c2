"""Looking for the sign by which an owner shows control of a domain."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from accounts.guard import Guard
from accounts.guard.exchange import DnsStatus, Exchange, FetchError, TargetRefusedError

FILE_DEADLINE: Final = timedelta(seconds=8)
MAX_FILE_BYTES: Final = 4096
SHOWN_CHARS: Final = 60
OK: Final = 200
# "Not there" by the site itself. A 401, 403 or 429 may be a filter's word, not the owner's.
ABSENT_STATUSES: Final = frozenset({404, 410})


class Sign(StrEnum):
    """`absent` only where the domain's own servers said so; silence is `unknown`."""

    FOUND = "found"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ProofLook:
    """What one look for a proof met, with a sentence for the person who waits."""

    sign: Sign
    words: str


async def look_for_record(guard: Guard, name: str, value: str) -> ProofLook:
    """Look for a TXT record `name` that holds exactly `value`.

    Never raises for the far side. Source: RFC 1035 section 3.3.14 (TXT).
    """
    reply = await guard.ask(name, "TXT")
    if value in {text.strip().strip('"') for text in reply.values}:
        return ProofLook(Sign.FOUND, f"The record {name} is there.")
    if reply.values:
        met = cut(reply.values[0])
        return ProofLook(Sign.ABSENT, f"{name} holds “{met}”, which is not the value shown here.")
    if reply.status in {DnsStatus.NODATA, DnsStatus.NXDOMAIN}:
        return ProofLook(
            Sign.ABSENT,
            f"There is no TXT record {name} yet. A new record can take some minutes to show.",
        )
    return ProofLook(
        Sign.UNKNOWN,
        f"The name servers did not answer for {name} ({reply.status}). Try again in a minute.",
    )


async def look_for_file(guard: Guard, url: str, value: str) -> ProofLook:
    """Look for a file at `url` whose whole text is `value`; redirects are not followed,
    for they would prove another host. Never raises for the far side.

    Source: RFC 8615 (well-known URIs).
    """
    try:
        exchange = await guard.fetch(
            url, follow=0, deadline=FILE_DEADLINE, max_body_bytes=MAX_FILE_BYTES
        )
    except (FetchError, TargetRefusedError) as error:
        return ProofLook(Sign.UNKNOWN, f"{url} could not be read. {error.message}")
    return _judged(exchange, url, value)


def _judged(exchange: Exchange, url: str, value: str) -> ProofLook:
    text = exchange.body.decode("utf-8", "replace").strip()
    if exchange.status == OK and text == value:
        return ProofLook(Sign.FOUND, f"The file {url} is there.")
    if exchange.status == OK:
        return ProofLook(
            Sign.ABSENT,
            f"{url} answers with “{cut(text)}”, which is not the line shown here. A single-page "
            "app often answers every address with its start page.",
        )
    if exchange.status in ABSENT_STATUSES:
        return ProofLook(Sign.ABSENT, f"{url} answers {exchange.status}: there is no such file.")
    return ProofLook(
        Sign.UNKNOWN,
        f"{url} answers {exchange.status} instead of the file. It must be readable by anybody, "
        "without a redirect or a sign-in.",
    )


def cut(text: str) -> str:
    """The first line of a foreign text, at most 60 characters, nothing unprintable."""
    line = next(iter(text.splitlines()), "")
    shown = "".join(char if char.isprintable() else "\ufffd" for char in line)
    return shown if len(shown) <= SHOWN_CHARS else f"{shown[:SHOWN_CHARS]}…"
