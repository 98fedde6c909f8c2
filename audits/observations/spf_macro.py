"""SPF macro strings: grammar and expansion (RFC 7208 section 7). Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from audits.observations.dns_answers import MAX_NAME_CHARS

EXPLANATION_ONLY = frozenset("crt")
MACRO_LETTERS = frozenset("slodiphv") | EXPLANATION_ONLY
ESCAPED = {"%": "%", "_": " ", "-": "%20"}
MANY_PARTS = 999  # more labels than a name can have

PIECE = re.compile(
    r"%\{(?P<letter>[A-Za-z])(?P<keep>[0-9]*)(?P<reverse>[rR]?)(?P<delimiters>[.+,/_=-]*)\}"
    r"|%(?P<escaped>[%_-])"
    r"|(?P<literal>[\x21-\x24\x26-\x7e]+|(?P<space>\x20+))"
)
TOP_LABEL = re.compile(
    r"\.(?:[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]+-[A-Za-z0-9-]*[A-Za-z0-9])\.?\Z"
)


class MacroError(ValueError):
    """The text is no macro string; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """One `%{…}`: `keep` right-hand parts (0: all), after splitting at `delimiters`."""

    letter: str
    keep: int = 0
    is_reversed: bool = False
    delimiters: str = "."
    is_escaped: bool = False

    def __str__(self) -> str:
        letter = self.letter.upper() if self.is_escaped else self.letter
        keep = str(self.keep) if self.keep else ""
        delimiters = "" if self.delimiters == "." else self.delimiters
        return f"%{{{letter}{keep}{'r' if self.is_reversed else ''}{delimiters}}}"


@dataclass(frozen=True, slots=True)
class MacroString:
    """A parsed macro string: its text and its pieces, literals as they expand."""

    text: str
    parts: tuple[str | Expansion, ...]
    is_ending_in_macro: bool = False

    @property
    def letters(self) -> frozenset[str]:
        """The macro letters used, in lower case."""
        return frozenset(part.letter for part in self.parts if isinstance(part, Expansion))


def parse_macro_string(text: str, *, is_explanation: bool = False) -> MacroString:
    """`text` as a macro string. `is_explanation` admits spaces and c, r and t (section 7.2).

    Raises MacroError. Source: RFC 7208 section 7.1, `macro-string` and `explain-string`.
    """
    parts: list[str | Expansion] = []
    at, is_macro = 0, False
    while at < len(text):
        match = PIECE.match(text, at)
        if match is None or (match["space"] and not is_explanation):
            raise MacroError(_why_no_piece(text, at))
        parts.append(_piece(match, is_explanation=is_explanation))
        at, is_macro = match.end(), match["literal"] is None
    return MacroString(text, tuple(parts), is_macro)


def parse_domain_spec(text: str) -> MacroString:
    """`text` as a domain-spec: a macro string that ends in a top label or a macro.

    Raises MacroError. Source: RFC 7208 section 7.1, `domain-spec` and `domain-end`.
    """
    if not text:
        raise MacroError("a domain is missing")
    parsed = parse_macro_string(text)
    if parsed.is_ending_in_macro or TOP_LABEL.search(text[-MAX_NAME_CHARS:]):
        return parsed
    raise MacroError(f"{clip_term(text)} does not end in a domain such as .com or in a macro")


def expand(macro: MacroString, values: Mapping[str, str]) -> str | None:
    """The expanded text, or None where a letter used has no value in `values`.

    `values` maps lower-case letters to their text, e.g. `{"d": "example.com"}`.
    Source: RFC 7208 section 7.3.
    """
    pieces: list[str] = []
    for part in macro.parts:
        if isinstance(part, str):
            pieces.append(part)
        elif part.letter in values:
            pieces.append(_transformed(part, values[part.letter]))
        else:
            return None
    return "".join(pieces)


def expand_domain(macro: MacroString, values: Mapping[str, str]) -> str | None:
    """The expanded name in lower case, shortened from the left to 253 characters."""
    name = expand(macro, values)
    if name is None:
        return None
    name = name.lower().removesuffix(".")
    if len(name) <= MAX_NAME_CHARS:
        return name
    kept = name[-MAX_NAME_CHARS - 1 :]  # one more, which may be the dot before a whole label
    return kept.partition(".")[2] or name


def clip_term(text: str, limit: int = 80) -> str:
    """Foreign text for a sentence: printable ASCII, shortened."""
    safe = text[: limit + 1].encode("ascii", "backslashreplace").decode()
    safe = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in safe)
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def _piece(match: re.Match[str], *, is_explanation: bool) -> str | Expansion:
    if match["literal"] is not None:
        return match["literal"]
    if match["escaped"] is not None:
        return ESCAPED[match["escaped"]]
    letter = match["letter"].lower()
    if letter not in MACRO_LETTERS:
        raise MacroError(f"{clip_term(match[0])} uses an unknown macro letter")
    if letter in EXPLANATION_ONLY and not is_explanation:
        raise MacroError(f"{clip_term(match[0])} is allowed in explanation texts only")
    return Expansion(
        letter=letter,
        keep=_keep(match),
        is_reversed=bool(match["reverse"]),
        delimiters=match["delimiters"] or ".",
        is_escaped=match["letter"].isupper(),
    )


def _keep(match: re.Match[str]) -> int:
    digits = match["keep"].lstrip("0")
    if match["keep"] and not digits:
        raise MacroError(f"{clip_term(match[0])} keeps 0 parts, which is not allowed")
    return min(int(digits[:4] or "0"), MANY_PARTS)


def _why_no_piece(text: str, at: int) -> str:
    if text[at] == "%":
        return f"{clip_term(text[at : at + 20])} is not a macro; a plain percent sign is %%"
    return f"the character {clip_term(text[at])!r} is not allowed"


def _transformed(part: Expansion, value: str) -> str:
    pieces = re.split(f"[{re.escape(part.delimiters)}]", value)
    if part.is_reversed:
        pieces.reverse()
    if part.keep:
        pieces = pieces[-part.keep :]
    joined = ".".join(pieces)
    return quote(joined, safe="-._~") if part.is_escaped else joined
