"""Read a mail of strangers: its author, its links' hosts, the headers that may be shown. Pure.

Attachments are never opened, links never followed. Every answer is bounded: what is too
large or nested too deeply is left unread and said to be.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses
from typing import Final
from urllib.parse import urlsplit

from audits.observations.names import a_labels

MAX_HEADER_BYTES: Final = 64 * 1024
MAX_PARTS: Final = 20
MAX_LINK_HOSTS: Final = 12
MAX_SHOWN_CHARS: Final = 300
URL: Final = r"(https?://(?:\[[0-9a-f:.]{2,45}\])?[^\s\"'<>\\)\]}]{0,2000})"
LINK: Final = re.compile(URL, re.IGNORECASE)
# In markup only what is pressed or loaded: names of XML dialects look like links.
HREF: Final = re.compile(
    rf"\b(?:href|src|action)\s{{0,3}}=\s{{0,3}}[\"']?\s{{0,3}}{URL}", re.IGNORECASE
)
NESTING: Final = re.compile(rb"multipart/|message/rfc822", re.IGNORECASE)
END_OF_HEADERS: Final = re.compile(rb"\r?\n\r?\n")
TEXTS: Final = frozenset({"text/plain", "text/html"})
SHOWN: Final = (
    "From", "Reply-To", "Subject", "Date", "Message-ID", "Received", "DKIM-Signature",
    "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Precedence", "Content-Type",
    "X-Mailer",
)  # fmt: skip
MOST_OF_ONE: Final = 3
ADDRESS: Final = re.compile(r"[0-9A-Fa-f:.]{2,45}")
BULK: Final = frozenset({"bulk", "list"})
# Codes, tokens and whatever else opens a door: long runs, runs of digits, what follows b=.
LONG_RUN: Final = re.compile(r"[A-Za-z0-9_+/=-]{20,}")
DIGITS: Final = re.compile(r"\d[\d \-]{2,}\d")
SIGNATURE_VALUE: Final = re.compile(r"\b(b|bh)=[^;]*")
QUERY: Final = re.compile(r"(https?://[^/\s>]{1,253})[^\s>]*|(mailto:)[^\s>]*", re.IGNORECASE)
LOCAL_PART: Final = re.compile(r"[^\s<>:;,@]+@")


@dataclass(frozen=True, slots=True)
class Link:
    """The scheme and host of a link; its path and query are not kept."""

    host: str
    is_https: bool


@dataclass(frozen=True, slots=True)
class ReadMail:
    """What a mail tells without its secrets. `links` is None where it could not be read."""

    authors: tuple[str, ...]
    author_addresses: tuple[str, ...]
    message_id: str
    links: tuple[Link, ...] | None
    headers: tuple[tuple[str, str], ...]
    is_bulk: bool
    has_unsubscribe: bool
    has_one_click: bool


def header_part(content: bytes) -> bytes:
    """Everything before the empty line, which is looked for where headers may end."""
    found = END_OF_HEADERS.search(content, 0, MAX_HEADER_BYTES + 4)
    return content[: found.start()] if found else content[: MAX_HEADER_BYTES + 4]


def has_too_many_headers(content: bytes) -> bool:
    """True where the headers are larger than any honest mail's."""
    return len(header_part(content)) > MAX_HEADER_BYTES


def read_mail(content: bytes) -> ReadMail:
    """What `content` (a whole mail) tells. Never raises."""
    head = message_from_bytes(header_part(content)[:MAX_HEADER_BYTES], policy=policy.compat32)
    addresses = author_addresses(head)
    unsubscribe = said(head, "List-Unsubscribe")
    precedence = said(head, "Precedence").strip().lower()
    return ReadMail(
        authors=tuple(dict.fromkeys(a_labels(one.rpartition("@")[2]) for one in addresses)),
        author_addresses=addresses,
        message_id=said(head, "Message-ID").strip()[:MAX_SHOWN_CHARS],
        links=links_of(content),
        headers=shown_headers(head),
        is_bulk=bool(said(head, "List-Id")) or precedence in BULK,
        has_unsubscribe="<" in unsubscribe,
        has_one_click="https:" in unsubscribe.lower()
        and "one-click" in said(head, "List-Unsubscribe-Post").lower(),
    )


def said(head: Message, name: str) -> str:
    """A header as plain text, "" where there is none."""
    value = head.get(name)
    return printable(str(value)) if value is not None else ""


def author_addresses(head: Message) -> tuple[str, ...]:
    """The addresses of From; a mail has exactly one such header (RFC 5322 section 3.6)."""
    found = [str(value) for value in head.get_all("From", [])]
    if len(found) != 1 or len(found[0]) > MAX_SHOWN_CHARS * 3:
        return ()
    try:
        pairs = getaddresses([found[0]])
    except (ValueError, IndexError):
        return ()
    return tuple(printable(address) for _, address in pairs if "@" in address)


def body_texts(content: bytes) -> list[tuple[str, bool]] | None:
    """The texts of the mail, each with whether it is HTML; None where it is nested like a trap."""
    if len(NESTING.findall(content)) > MAX_PARTS:
        return None
    try:
        mail = message_from_bytes(content, policy=policy.compat32)
        parts = list(mail.walk())
    except RecursionError:
        return None
    if len(parts) > MAX_PARTS:
        return None
    return [
        (text_of_part(part), part.get_content_type() == "text/html")
        for part in parts
        if is_read(part)
    ]


def is_read(part: Message) -> bool:
    disposition = str(part.get("Content-Disposition", "")).strip().lower()
    return part.get_content_type() in TEXTS and not disposition.startswith("attachment")


def text_of_part(part: Message) -> str:
    """The decoded text of one part, in UTF-8 or byte by byte: links are ASCII anyway."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return ""
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload.decode("latin-1")


def links_of(content: bytes) -> tuple[Link, ...] | None:
    """The distinct hosts of the mail's links, the first ones; None where it is unread."""
    texts = body_texts(content)
    if texts is None:
        return None
    found: dict[Link, None] = {}
    for text, is_html in texts:
        for match in (HREF if is_html else LINK).finditer(text):
            link = link_of(match[1])
            if link is not None:
                found[link] = None
            if len(found) >= MAX_LINK_HOSTS:
                return tuple(found)
    return tuple(found)


def link_of(url: str) -> Link | None:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    name = a_labels(host) or (host.lower() if ADDRESS.fullmatch(host) else "")
    return Link(name, parts.scheme.lower() == "https") if name else None


def shown_headers(head: Message) -> tuple[tuple[str, str], ...]:
    """The headers that staff may read, without codes, tokens and our own address."""
    made: list[tuple[str, str]] = []
    for name in SHOWN:
        values = [str(value) for value in head.get_all(name, [])][:MOST_OF_ONE]
        made += [(name, masked(name, value)) for value in values]
    return tuple(made)


def masked(name: str, value: str) -> str:
    """A header's value as it may be shown: one line, short, nothing that opens a door."""
    text = " ".join(printable(value[: MAX_SHOWN_CHARS * 4]).split())
    if name == "DKIM-Signature":
        return SIGNATURE_VALUE.sub(r"\1=…", text)[:MAX_SHOWN_CHARS]
    if name == "Received":
        text = LOCAL_PART.sub("…@", text)
    if name == "Subject":
        text = DIGITS.sub("…", text)
    if name.startswith("List-"):
        text = QUERY.sub(lambda found: f"{found[1] or found[2]}…", text)
    if name not in {"Message-ID", "Content-Type"}:
        text = LONG_RUN.sub("…", text)
    return text[:MAX_SHOWN_CHARS]


def printable(text: str) -> str:
    """Without controls and lone surrogates, which no page and no database takes."""
    clean = "".join(char if char.isprintable() or char in "\t\n " else " " for char in text)
    return clean.encode("utf-8", "replace").decode("utf-8")
