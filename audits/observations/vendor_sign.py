"""The shape of one row in the vendor tables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VendorSign:
    """How one vendor shows itself in one role.

    `ns`, `mx`, `cname` and `spf` are host names: with a star a glob, else the name and
    all below it. `headers` are (name, glob over the lower-case value). `networks` are
    prefixes that the vendor gives its customers for a bare domain. `console` is where
    records are edited; `name_style` is how the form there wants a record's name:
    `relative` (`www`), `full` (`www.example.com`) or "" where we don't know.
    """

    role: str
    name: str
    ns: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    cname: tuple[str, ...] = ()
    spf: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    networks: tuple[str, ...] = ()
    console: str = ""
    name_style: str = ""
