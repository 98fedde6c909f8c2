"""Every family of gatherers, in the order in which progress is shown."""

from audits.gather import dns, mail, rdap, vendors
from audits.gather.site import Family

FAMILIES: tuple[Family, ...] = (
    *dns.FAMILIES,
    *rdap.FAMILIES,
    *mail.FAMILIES,
    *vendors.FAMILIES,
)
