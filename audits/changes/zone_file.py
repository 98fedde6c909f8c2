"""A change as a zone file to import (RFC 1035 section 5.1). Pure.

An import only adds: what to remove stands in comments. Foreign text is escaped byte by
byte, so that no value can begin a line, a comment or a record of its own.
"""

from collections.abc import Iterator

from audits.changes.sets import Act, Change, ChangeSet

MAX_STRING_BYTES = 255
PLAIN_NAME = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_*.")
PRINTABLE = range(0x20, 0x7F)
QUOTED = b'"\\'
EOL = "\r\n"


def zone_file(change: ChangeSet) -> str:
    """The ADD rows as records, the others as comments; ASCII, lines end in CRLF."""
    return "".join(f"{line}{EOL}" for line in _lines(change))


def _lines(change: ChangeSet) -> Iterator[str]:
    yield f"; Records for {_comment(change.zone)}, computed for {_comment(change.check_id)}."
    for row in change.of(Act.REMOVE):
        yield f"; Remove by hand, an import does not: {_record(row)}"
    for row in change.of(Act.KEEP):
        yield f"; Stays as it is: {_record(row)}"
    for row in change.of(Act.ADD):
        yield _record(row)


def _record(row: Change) -> str:
    return f"{_name(row.name)}. {row.ttl_seconds} IN {row.rtype} {_value(row)}"


def _value(row: Change) -> str:
    if row.rtype == "TXT":
        return " ".join(strings_of(row.value))
    if row.rtype == "CAA":
        flags, _, rest = row.value.partition(" ")
        tag, _, value = rest.partition(" ")
        return " ".join((_name(flags), _name(tag), *strings_of(value.strip(' "'))))
    words = (_word(word) for word in row.value.split())
    return " ".join(words)


def strings_of(text: str) -> list[str]:
    """A TXT value as quoted strings of at most 255 bytes each (RFC 1035 section 3.3.14)."""
    raw = text.encode("utf-8", "replace")
    pieces = [
        raw[start : start + MAX_STRING_BYTES] for start in range(0, len(raw), MAX_STRING_BYTES)
    ]
    return [f'"{_escaped(piece)}"' for piece in pieces or [b""]]


def _word(word: str) -> str:
    """One field of a record: quoted where it was, else with everything odd escaped."""
    if len(word) > 1 and word[0] == word[-1] == '"':
        return f'"{_escaped(word[1:-1].encode("utf-8", "replace"))}"'
    return _name(word, also=b":/=+")


def _escaped(raw: bytes) -> str:
    return "".join(_escaped_byte(byte) for byte in raw)


def _escaped_byte(byte: int) -> str:
    if byte in QUOTED:
        return f"\\{chr(byte)}"
    return chr(byte) if byte in PRINTABLE else f"\\{byte:03d}"


def _name(name: str, also: bytes = b"") -> str:
    raw = name.encode("utf-8", "replace")
    allowed = PLAIN_NAME | frozenset(also)
    return "".join(chr(byte) if byte in allowed else f"\\{byte:03d}" for byte in raw)


def _comment(text: str) -> str:
    return "".join(char if char.isascii() and char.isprintable() else "?" for char in text)
