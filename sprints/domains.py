"""Names of the internet as people type them into a project's facts, and as they are kept.

Kept is the one spelling of the guard's grammar: lower case, A-labels, no final dot.
"""

from dataclasses import dataclass
from functools import cache

import idna
from django.conf import settings
from django.core.exceptions import ValidationError
from publicsuffixlist import PublicSuffixList

from accounts.guard.exchange import TargetRefusedError
from accounts.guard.urls import Url, parse_address, parse_url

WWW = "www."


@dataclass(frozen=True, slots=True)
class LiveDomain:
    """What users type, and the one address where they should end ("" where nobody said)."""

    domain: str
    canonical_host: str = ""


@cache
def _suffixes(*, is_icann_only: bool) -> PublicSuffixList:
    return PublicSuffixList(only_icann=is_icann_only)


def registered_name(host: str) -> str:
    """The part of `host` that somebody registered, "" for a bare suffix such as `co.uk`.

    Source: publicsuffix.org, "Format"; private suffixes count, the bare one as its owner's.
    """
    found = _suffixes(is_icann_only=False).privatesuffix(host)
    return str(found or _suffixes(is_icann_only=True).privatesuffix(host) or "")


def live_domain(text: str) -> LiveDomain:
    """The domain in a pasted address; ValidationError with a sentence where there is none.

    `https://www.shop.com/x?y` is the domain shop.com whose visitors should end at
    www.shop.com.
    """
    host = host_name(text)
    bare = host.removeprefix(WWW)
    if bare != host and registered_name(bare):
        return LiveDomain(bare, host)
    return LiveDomain(host)


def host_name(text: str) -> str:
    """The host in a pasted address, as a name that somebody could have registered."""
    address = _judged(text)
    if address.is_literal:
        raise ValidationError(
            f"“{address.host}” is a number, not a name. Certificates, mail and redirects hang on "
            "the name; enter the one that visitors type.",
            code="literal",
        )
    if not registered_name(address.host):
        raise ValidationError(
            f"“{address.host}” is an ending under which names are registered, not a name of its "
            "own. Put the registered part before it, as in shop.example.com.",
            code="public_suffix",
        )
    return address.host


def route_url(text: str, *, host: str) -> str:
    """The full address of a route; a path alone belongs to `host`."""
    text = text.strip()
    if text.startswith("/") and host:
        text = f"https://{host}{text}"
    address = _judged(text)
    if address.is_literal:
        raise ValidationError(
            f"“{address.host}” is a number, not a name. Users call the product by its name; "
            "write the address with it.",
            code="literal",
        )
    return str(address)


def unicode_name(host: str) -> str:
    """The international spelling of a name kept in A-labels, "" where there is no other."""
    if "xn--" not in host:
        return ""
    try:
        spelled = idna.decode(host)
    except idna.IDNAError:
        return ""
    return "" if spelled == host else spelled


def ascii_name(text: str) -> str:
    """What a person looks for, in the A-labels under which names are kept; "" where it is plain."""
    if text.isascii():
        return ""
    try:
        return idna.encode(text.lower(), uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


def suggested_name(domain: str) -> str:
    """What to call the app until somebody says: its registered label, as in Brightchat."""
    registered = registered_name(domain) or domain
    label = (unicode_name(registered) or registered).partition(".")[0]
    return label[:1].upper() + label[1:]


def _judged(text: str) -> Url:
    """By the guard's grammar, with its sentence where it says no."""
    text = text.strip()
    parse = parse_url if "://" in text else parse_address
    try:
        return parse(text, is_lab=settings.LAB)
    except TargetRefusedError as error:
        raise ValidationError(error.message, code=error.code) from error
