"""Every family of gatherers, in the order in which progress is shown."""

from audits.gather import (
    caching,
    cors,
    dangling,
    deploying,
    dns,
    dns_spread,
    dnssec,
    exposure,
    http,
    http_indexing,
    http_redirects,
    leftovers,
    mail,
    mail_transport,
    mobile,
    rdap,
    tls,
    vendors,
)
from audits.gather.site import Family

FAMILIES: tuple[Family, ...] = (
    *dns.FAMILIES,
    *dnssec.FAMILIES,
    *dangling.FAMILIES,
    *dns_spread.FAMILIES,
    *rdap.FAMILIES,
    *tls.FAMILIES,
    *mail.FAMILIES,
    *mail_transport.FAMILIES,
    *vendors.FAMILIES,
    *http_redirects.FAMILIES,
    *http.FAMILIES,
    *http_indexing.FAMILIES,
    *cors.FAMILIES,
    *caching.FAMILIES,
    *exposure.FAMILIES,
    *leftovers.FAMILIES,
    *deploying.FAMILIES,
    *mobile.FAMILIES,
)
