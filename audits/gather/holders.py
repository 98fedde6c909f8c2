"""Whether somebody holds a domain: DNS first, the registry where DNS knows it not."""

from accounts.guard.exchange import DnsStatus
from audits.gather.rdap import see_registration, service_of
from audits.gather.site import Site
from audits.observations.dangling import Holder, Ownership
from audits.observations.names import registered_domain
from audits.observations.registration import Registration


async def ownership_of(site: Site, name: str) -> Ownership:
    """Who holds the registered domain above `name`; one question and one request at most.

    NXDOMAIN alone is no proof: a domain on hold is registered and not in DNS. So the
    registry is asked then (RFC 9083), once per domain and look.
    """
    domain = registered_domain(name)
    if not domain:
        return Ownership(name, Holder.IMPOSSIBLE)
    return await site.once(("ownership", domain), lambda: _look(site, domain))


async def _look(site: Site, domain: str) -> Ownership:
    reply = await site.ask(domain, "SOA")
    if reply.status != DnsStatus.NXDOMAIN:
        return Ownership(domain, Holder.SOMEBODY if reply.is_answered else Holder.SILENT)
    registration = await see_registration(site, domain)
    if isinstance(registration, Registration):
        return Ownership(domain, Holder.SOMEBODY if registration.is_found else Holder.FREE)
    if not service_of(domain):
        top = await site.ask(domain.rpartition(".")[2], "SOA")
        if top.status == DnsStatus.NXDOMAIN:
            return Ownership(domain, Holder.IMPOSSIBLE)
    return Ownership(domain, Holder.ABSENT)
