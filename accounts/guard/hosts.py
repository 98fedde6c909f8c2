"""The host grammar: one spelling per host, and none that programs read differently. Pure.

Sources: RFC 1123 section 2.1 (labels), RFC 5891 (IDNA 2008), RFC 6761 (special-use names).
"""

import re
import unicodedata
from typing import NoReturn

import idna

from accounts.guard.addresses import is_lab_name, parse_literal
from accounts.guard.exchange import TargetRefusedError

MAX_URL_CHARACTERS = 2048
MAX_HOST_CHARACTERS = 253
MAX_LABEL_CHARACTERS = 63
SHOWN_CHARACTERS = 120
SPECIAL_USE = (
    "alt", "arpa", "corp", "example", "home", "home.arpa", "internal", "intranet", "invalid",
    "lan", "local", "localdomain", "localhost", "onion", "test",
)  # fmt: skip

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_DOT_LOOKALIKES = "。．｡․‧∙⋅·"


def shown(text: str) -> str:
    """Foreign `text`, fit for a message: escaped and cut."""
    safe = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:SHOWN_CHARACTERS])
    return safe + ("…" if len(text) > SHOWN_CHARACTERS else "")


def refuse(code: str, message: str) -> NoReturn:
    raise TargetRefusedError(code, message)


def check_characters(text: str) -> None:
    if not text:
        refuse("url_empty", "The address is empty. Enter the name your visitors use.")
    if len(text) > MAX_URL_CHARACTERS:
        refuse(
            "url_too_long",
            f"The address has {len(text)} characters; {MAX_URL_CHARACTERS} are allowed, as "
            "browsers and servers cut longer ones. Enter it without its query.",
        )
    bad = next((c for c in text if c in "\\ " or unicodedata.category(c)[0] in "CZ"), None)
    if bad is not None:
        refuse(
            "url_characters",
            f"“{shown(text)}” holds the character U+{ord(bad):04X}. Blanks, backslashes and "
            "invisible characters let one address pass for another; type it without them.",
        )


def parse_host(text: str, *, is_lab: bool = False) -> str:
    """A host in its one spelling: lower-case LDH labels, or a canonical address.

    Codes: `address_malformed address_scoped url_authority url_host_numeric
    host_too_long host_lookalike idna_invalid host_single_label host_special_use`.
    Whether the address behind it is public is the policy's question, not the grammar's.
    """
    if text.startswith("["):
        return _bracketed(text)
    check_characters(text)
    host = _ascii_host(text[:-1] if text.endswith(".") else text, text)
    if _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
        return _dotted_quad(text)
    _check_lengths(host)
    _check_labels(host, text)
    _check_suffix(host, is_lab=is_lab)
    return host


def _bracketed(text: str) -> str:
    if "%" in text:
        refuse(
            "address_scoped",
            f"“{shown(text)}” is bound to one network interface. Only public addresses can be "
            "reached; enter the name your visitors use.",
        )
    inner = text[1:-1]
    literal = parse_literal(inner)
    if literal is None or ":" not in inner:
        refuse(
            "address_malformed",
            f"“{shown(text)}” is no IPv6 address. Nothing else may stand in brackets; correct "
            "it or enter the name your visitors use.",
        )
    return str(literal)


def _dotted_quad(text: str) -> str:
    literal = parse_literal(text)
    if literal is None:
        refuse(
            "url_host_numeric",
            f"“{shown(text)}” is a number, not a name. Some programs read such spellings as an "
            "address and others don't; write four decimal numbers or the name.",
        )
    return str(literal)


def _ascii_host(host: str, original: str) -> str:
    """`host` in ASCII, by IDNA 2008 with UTS 46 mapping, non-transitional."""
    if host.isascii():
        return host.lower()
    if any(dot in host for dot in _DOT_LOOKALIKES):
        _refuse_lookalike(original)
    return ".".join(_ascii_label(label, original) for label in host.split("."))


def _ascii_label(label: str, original: str) -> str:
    if label.isascii():
        return label.lower()
    mapped = unicodedata.normalize("NFKC", label).lower()
    if mapped.isascii():
        _refuse_lookalike(original)
    try:
        encoded = idna.encode(label, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        _refuse_idna(original, str(error))
    if not encoded.startswith("xn--") or "." in encoded:
        _refuse_lookalike(original)
    return encoded


def _refuse_lookalike(original: str) -> NoReturn:
    refuse(
        "host_lookalike",
        f"“{shown(original)}” uses characters that only look like plain letters, digits or "
        "dots. One program would read another host than the next; type it in plain letters.",
    )


def _refuse_idna(original: str, reason: str) -> NoReturn:
    refuse(
        "idna_invalid",
        f"“{shown(original)}” is no valid international name ({shown(reason)}). No registry "
        "would hand it out; correct its spelling.",
    )


def _check_lengths(host: str) -> None:
    longest = max(len(label) for label in host.split("."))
    if len(host) > MAX_HOST_CHARACTERS or longest > MAX_LABEL_CHARACTERS:
        refuse(
            "host_too_long",
            f"“{shown(host)}” has {len(host)} characters, its longest label {longest}. DNS "
            f"allows {MAX_HOST_CHARACTERS} and {MAX_LABEL_CHARACTERS}; correct the name.",
        )


def _check_labels(host: str, original: str) -> None:
    for label in host.split("."):
        if not _LABEL.fullmatch(label):
            refuse(
                "url_authority",
                f"“{shown(original)}” is no host name: the label “{shown(label)}” is empty or "
                "holds other characters than letters, digits and hyphens. Correct the name.",
            )
        if label.startswith("xn--"):
            _check_punycode(label, original)


def _check_punycode(label: str, original: str) -> None:
    try:
        is_canonical = idna.encode(idna.decode(label)).decode("ascii") == label
    except (idna.IDNAError, UnicodeError) as error:
        _refuse_idna(original, str(error))
    if not is_canonical:
        _refuse_idna(original, f"{label} is not its own canonical form")


def _check_suffix(host: str, *, is_lab: bool) -> None:
    if is_lab and is_lab_name(host) and "." in host:
        return
    suffix = next((s for s in SPECIAL_USE if host == s or host.endswith("." + s)), None)
    if suffix is not None:
        refuse(
            "host_special_use",
            f"“{shown(host)}” lies under “.{suffix}”, which is reserved and never public. Only "
            "what visitors can reach is looked at; enter the public name.",
        )
    if "." not in host:
        refuse(
            "host_single_label",
            f"“{shown(host)}” has no dot. A single word names a machine of a local network; "
            "enter the full public name.",
        )
