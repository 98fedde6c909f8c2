"""How a provider's form wants a record's name and value, and in which words. Pure."""

from audits.changes.sets import Change, ChangeSet, Place

# Forms that take the bare domain as an empty field; the others take `@`.
EMPTY_FOR_APEX = frozenset({"Amazon Route 53", "Porkbun", "Hover", "Name.com"})
APEX = "@"
NAMED = frozenset({"CNAME", "MX", "NS", "SRV"})


def asked_name(change: ChangeSet, row: Change) -> str:
    """The name as the provider's form wants it: relative to the zone, else in full.

    "" means that the field stays empty, which only the bare domain can mean.
    """
    if change.place != Place.DNS or change.name_style != "relative":
        return row.name
    if row.name == change.zone:
        return "" if change.provider in EMPTY_FOR_APEX else APEX
    return row.name.removesuffix(f".{change.zone}")


def asked_value(row: Change) -> str:
    """The value to copy: names without the final dot, which most forms refuse."""
    return row.value.removesuffix(".") if row.rtype in NAMED and row.value != "0 ." else row.value


def console_url(change: ChangeSet) -> str:
    """Where records are edited at the provider; "" where we don't know."""
    return f"https://{change.console}" if change.console else ""


def proxied_words(row: Change) -> str:
    """The provider's switch in words, "" where it has none."""
    if row.is_proxied is None:
        return ""
    return "Proxied" if row.is_proxied else "DNS only"
