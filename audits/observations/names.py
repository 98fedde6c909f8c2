"""Domain names as the audit reads them: A-labels, registrable domains, parents."""

import re
from functools import cache
from ipaddress import ip_address

import idna
from publicsuffixlist import PublicSuffixList

MAX_NAME_CHARS = 253
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


@cache
def _list(*, is_icann_only: bool) -> PublicSuffixList:
    return PublicSuffixList(only_icann=is_icann_only)


def a_labels(host: str) -> str:
    """`host` in lower case and A-labels, without the final dot; "" where it is no name.

    Underscore labels pass as they are: they are legal in DNS, though not in IDNA.
    Source: RFC 5890 section 2.3.2.1; UTS 46 for what people type.
    """
    name = host.strip().rstrip(".").lower()
    if not name or len(name) > MAX_NAME_CHARS or _is_address(name):
        return ""
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError:
            return ""
    return name if all(LABEL.fullmatch(label) for label in name.split(".")) else ""


def registrable_domain(host: str) -> str:
    """The name that somebody registered: `shop.example.co.uk` gives `example.co.uk`.

    Private suffixes count, so that a tenant of a platform is one of its own
    (`app.vercel.app` gives `app.vercel.app`). A name that is itself a private suffix is
    taken as its owner's registration (`vercel.app`). "" for an address, a bare suffix
    or something that is no name. Unlisted ends such as `.test` count as one label.
    Source: publicsuffix.org, "Format"; the list is the dated one of publicsuffixlist.
    """
    name = a_labels(host)
    if not name:
        return ""
    found = _list(is_icann_only=False).privatesuffix(name)
    return str(found or _list(is_icann_only=True).privatesuffix(name) or "")


def registered_domain(host: str) -> str:
    """The name at a registry that `host` stands under: `app.vercel.app` gives `vercel.app`.

    Unlike `registrable_domain` it goes past what platforms lend; "" for no such name.
    """
    name = a_labels(host)
    return str(_list(is_icann_only=True).privatesuffix(name) or "") if name else ""


def is_tenant_name(host: str) -> bool:
    """True where the registration belongs to a platform (`app.vercel.app`), not to us."""
    registered = _list(is_icann_only=True).privatesuffix(a_labels(host) or "x")
    return registered is not None and registered != registrable_domain(host)


def parent_name(name: str) -> str:
    """`example.com` gives `com`, `com` gives ""."""
    return name.partition(".")[2]


def is_within(name: str, zone: str) -> bool:
    """True where `name` is `zone` or below it."""
    return name == zone or name.endswith("." + zone)


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
