"""The developer's mailbox: reads the files that mail lands in without a mail server.

Django's file backend appends messages to files of its own, each ended by a line of 79 dashes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

MAX_MAILS: Final = 200
RULE: Final = b"-" * 79
CODE: Final = re.compile(r"^[BCDFGHJKLMNPQRSTVWXZ]{8}$", re.MULTILINE)
LINK: Final = re.compile(r"^https?://\S+$", re.MULTILINE)
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Mail:
    """One mail that a person would have received."""

    key: str
    to: str
    subject: str
    text: str
    html: str
    at: datetime

    @property
    def code(self) -> str:
        met = CODE.search(self.text)
        return met[0] if met else ""

    @property
    def link(self) -> str:
        met = LINK.search(self.text)
        return met[0] if met else ""


def mails(folder: Path) -> list[Mail]:
    """The newest mails first, at most 200."""
    found = [mail for path in _files(folder) for mail in _in_file(path)]
    return sorted(found, key=lambda mail: mail.at, reverse=True)[:MAX_MAILS]


def _files(folder: Path) -> list[Path]:
    """The files written last; older ones hold nothing that would be shown."""
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    return files[:MAX_MAILS]


def _in_file(path: Path) -> Iterator[Mail]:
    for raw in path.read_bytes().split(b"\n" + RULE + b"\n"):
        if raw.strip():
            yield read(raw)


def read(raw: bytes) -> Mail:
    """The mail in the bytes of one message."""
    message = message_from_bytes(raw.lstrip(), policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - what this policy makes
    return Mail(
        key=sha256(raw.strip()).hexdigest()[:16],
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        at=_date(message),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _date(message: EmailMessage) -> datetime:
    try:
        at = parsedate_to_datetime(str(message["Date"]))
    except (TypeError, ValueError):
        return LONG_AGO
    return at if at.tzinfo else at.replace(tzinfo=UTC)
