"""What somebody wrote above what they quote, in a reply to a mail of ours. Pure."""

import re
from email import message_from_bytes, policy
from typing import Final

from audits.observations.mail_reading import (
    MAX_HEADER_BYTES,
    body_texts,
    header_part,
    printable,
    said,
)

MAX_LINES: Final = 400
# A line that begins what is quoted, in the words of the usual programs.
QUOTED: Final = re.compile(
    r"^\s{0,3}(?:>|-{2,}\s{0,3}(?:original|forwarded|ursprüngliche)|_{10,}\s*$"
    r"|(?:on|am|le|el|il|op)\s.{4,200}(?:wrote|schrieb|écrit|escribió|scritto|schreef)\b"
    r"|(?:from|von|de|da|van):\s.{1,200}@)",
    re.IGNORECASE,
)
# The line before it, where a program breaks "On … wrote:" in two.
HALF_QUOTED: Final = re.compile(r"^\s{0,3}(?:on|am|le|el|il|op)\s.{4,200}$", re.IGNORECASE)
WROTE: Final = re.compile(
    r"(?:wrote|schrieb|écrit|escribió|scritto|schreef)\s?:\s*$", re.IGNORECASE
)
SIGNATURE: Final = re.compile(r"^--\s?$")


def reply_text(content: bytes) -> str:
    """The words above the quotation and the signature, "" where there are none.

    Only plain text is read. Source of the signature's line: RFC 3676 section 4.3.
    """
    texts = body_texts(content) or []
    plain = next((text for text, is_html in texts if not is_html), "")
    lines = printable(plain.replace("\r\n", "\n")).split("\n")[:MAX_LINES]
    kept: list[str] = []
    for number, line in enumerate(lines):
        if QUOTED.match(line) or SIGNATURE.match(line):
            break
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if HALF_QUOTED.match(line) and WROTE.search(following):
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()


def is_automatic(content: bytes) -> bool:
    """True for what a machine answered: absence notes, bounces, lists (RFC 3834 section 5)."""
    head = message_from_bytes(header_part(content)[:MAX_HEADER_BYTES], policy=policy.compat32)
    submitted = said(head, "Auto-Submitted").strip().lower()
    precedence = said(head, "Precedence").strip().lower()
    return (
        submitted not in {"", "no"}
        or precedence in {"bulk", "junk", "list", "auto_reply"}
        or bool(said(head, "X-Autoreply") or said(head, "X-Autorespond"))
    )
