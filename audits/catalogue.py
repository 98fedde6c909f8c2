"""The one registry of checks. UI, exports and documentation are made from it."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from audits.checks import (
    app,
    cache,
    cookie,
    cors,
    deploying,
    dns,
    dns_caa,
    dns_dangling,
    dns_dnssec,
    dns_hosts,
    dns_routing,
    dns_servers,
    dns_spread,
    dns_zone,
    edge,
    email_arrival,
    email_dkim,
    email_dmarc,
    email_mx,
    email_posture,
    email_servers,
    email_spf,
    email_spf_lookups,
    email_transport,
    hdr,
    http_home,
    http_hosts,
    http_hsts,
    http_redirects,
    leftovers,
    mobile,
    perf,
    perf_baseline,
    perf_protocols,
    perf_stream,
    reliability,
    sec,
    seo,
    tls,
    tls_strength,
)
from audits.verdicts import Check

CATALOGUE_VERSION = "2026.11"

# `Check[Any]`: the catalogue holds checks of many observation types.
CATALOGUE: tuple[Check[Any], ...] = (
    *dns.CHECKS,
    *dns_zone.CHECKS,
    *dns_servers.CHECKS,
    *dns_hosts.CHECKS,
    *dns_routing.CHECKS,
    *dns_caa.CHECKS,
    *dns_dnssec.CHECKS,
    *dns_dangling.CHECKS,
    *dns_spread.CHECKS,
    *sec.CHECKS,
    *leftovers.CHECKS,
    *deploying.CHECKS,
    *edge.CHECKS,
    *reliability.CHECKS,
    *app.CHECKS,
    *tls.CHECKS,
    *tls_strength.CHECKS,
    *http_home.CHECKS,
    *http_redirects.CHECKS,
    *http_hosts.CHECKS,
    *http_hsts.CHECKS,
    *seo.CHECKS,
    *cors.CHECKS,
    *hdr.CHECKS,
    *cookie.CHECKS,
    *cache.CHECKS,
    *mobile.CHECKS,
    *perf.CHECKS,
    *perf_protocols.CHECKS,
    *perf_baseline.CHECKS,
    *perf_stream.CHECKS,
    *email_mx.CHECKS,
    *email_spf.CHECKS,
    *email_spf_lookups.CHECKS,
    *email_dkim.CHECKS,
    *email_dmarc.CHECKS,
    *email_posture.CHECKS,
    *email_transport.CHECKS,
    *email_servers.CHECKS,
    *email_arrival.CHECKS,
)

BY_ID = MappingProxyType({rule.id: rule for rule in CATALOGUE})

STAGES = MappingProxyType(
    {
        1: "Audit",
        2: "Domain and edge",
        3: "Deployment hardening",
        4: "Performance baseline",
        5: "Reliability and monitoring",
        6: "E-mail trust",
        7: "Handover",
    }
)


class UnknownCheckError(Exception):
    """An id that is not in the catalogue."""


def chosen(*, stages: Iterable[int] = (), ids: Iterable[str] = ()) -> tuple[Check[Any], ...]:
    """The checks of `stages` and the checks named by `ids`; nothing named means all.

    An id may be a family (`dns`) or end in a star (`dns.ns_*`). Raises
    `UnknownCheckError` with the nearest ids when one matches nothing.
    """
    wanted_stages, wanted_ids = set(stages), tuple(ids)
    for wanted in wanted_ids:
        if not any(_matches(rule, wanted) for rule in CATALOGUE):
            raise UnknownCheckError(_sentence(wanted))
    return tuple(
        rule
        for rule in CATALOGUE
        if (not wanted_stages or rule.stage in wanted_stages)
        and (not wanted_ids or any(_matches(rule, wanted) for wanted in wanted_ids))
    )


def _matches(rule: Check[Any], wanted: str) -> bool:
    if wanted.endswith("*"):
        return rule.id.startswith(wanted[:-1])
    return wanted in {rule.id, rule.family}


def _sentence(wanted: str) -> str:
    family = wanted.partition(".")[0]
    near = [rule.id for rule in CATALOGUE if rule.family == family]
    hint = ", ".join(near) or ", ".join(sorted({rule.family for rule in CATALOGUE}))
    return f"There is no check {wanted!r}. Known here: {hint}."
