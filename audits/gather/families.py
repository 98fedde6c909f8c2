"""Every family of gatherers, in the order in which progress is shown."""

from audits.gather import dns, rdap, vendors
from audits.gather.site import Family

FAMILIES: tuple[Family, ...] = (
    *dns.FAMILIES,
    *rdap.FAMILIES,
    *vendors.FAMILIES,
)
