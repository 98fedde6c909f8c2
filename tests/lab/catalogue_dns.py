"""Faults of DNS that grew with the whole catalogue; merged into `catalogue.CATALOGUE`."""

from __future__ import annotations

from tests.lab.fault import Fault, Find, fault


def dns(check: str, verdict: str = "fail") -> Find:
    return Find(f"dns.{check}", verdict, consent=0)


DNS_DEPTH: dict[str, Fault] = {
    "dnssec_signed": fault("A signed zone (harmless)"),
    "dnssec_signed_online": fault("A zone signed with each answer for two days (harmless)"),
    "dnssec_expires_24h": fault("Signatures end in a day", dns("dnssec_expiry", "warn")),
    "dnssec_expired": fault("Signatures ended yesterday", dns("dnssec_expiry"), dns("dnssec")),
    "dangling_free_domain": fault("An alias to a domain nobody holds", dns("dangling_cname")),
    "dangling_beanstalk": fault(
        "An alias to a deleted environment",
        Find("dns.dangling_cname", host="old", consent=0),
    ),
    "dangling_surge": fault(
        "An alias to a platform that says: not found",
        Find("dns.dangling_cname", host="demo"),
    ),
    "dangling_edge": fault(
        "An alias to a platform that asks for proof",
        Find("dns.dangling_cname", "warn", host="help"),
    ),
    "alias_in_use": fault("An alias to a platform that serves the page (harmless)"),
    "subzone_dangling": fault("A subdomain at servers that refuse it", dns("dangling_ns")),
    "srv_dangling": fault("A service at a domain nobody holds", dns("dangling_mx_srv")),
    "split_old_address": fault("One name, two apps", Find("dns.split_providers", host="app")),
    "split_same_app": fault("One name, two networks, one app (harmless)"),
    "propagation_stale": fault(
        "A resolver still leads to the old host", Find("dns.propagation", "warn", host="www")
    ),
    "propagation_geo": fault("A resolver leads to another front of the app (harmless)"),
}
