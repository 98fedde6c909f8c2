"""The table that is the test: planted faults with their checks, and who must stay quiet.

`PLANTED` holds one row per fault, domain and check; `QUIET` one per healthy twin;
`lab_target(domain)` is the target to audit for either. `HOSTILE` are domains that an audit
must survive. Rows whose check this issue leaves out stand in `LATER`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.lab.catalogue import CATALOGUE
from tests.lab.products_list import DEMO_DOMAIN, HEALTHY_DOMAIN, HOSTILE, PRODUCTS
from tests.lab.targets import lab_target

__all__ = [
    "CATALOGUE",
    "DEMO_DOMAIN",
    "HEALTHY_DOMAIN",
    "HOSTILE",
    "LATER",
    "PLANTED",
    "PRODUCTS",
    "QUIET",
    "Planted",
    "Quiet",
    "lab_target",
    "planted_in",
]


@dataclass(frozen=True, slots=True)
class Planted:
    """`check` must say `verdict` about `domain`; `subject` is the host, where that is sure."""

    fault: str
    domain: str
    check: str
    verdict: str
    subject: str = ""
    consent: int = 1
    words: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """These checks, or all of them, must say pass, info or na about `domain`.

    A name that ends in a dot stands for the whole family (`dns.`); `but` are exceptions.
    """

    domain: str
    checks: tuple[str, ...] | str = "all"
    note: str = ""
    but: tuple[str, ...] = ()

    def covers(self, check: str) -> bool:
        if check in self.but:
            return False
        if isinstance(self.checks, str):
            return self.checks == "all"
        return any(
            check.startswith(each) if each.endswith(".") else check == each for each in self.checks
        )


def rows(*, is_later: bool) -> tuple[Planted, ...]:
    return tuple(
        Planted(
            fault,
            domain,
            find.check,
            find.verdict,
            f"{find.host}.{domain}" if find.host else "",
            find.consent,
            CATALOGUE[fault].words,
        )
        for domain, faults in PRODUCTS.items()
        for fault in faults
        for find in CATALOGUE[fault].finds
        if find.is_later is is_later
    ) + (() if is_later else EXTRA)


EXTRA = (
    Planted(
        "not_registered",
        "nobody-has-this.test",
        "dns.domain_exists",
        "fail",
        consent=0,
        words="The domain is not registered",
    ),
    Planted(
        "hsts_subdomain_risk",
        "hsts-subdomain.test",
        "http.hsts_subdomain_risk",
        "fail",
        words="HSTS for all subdomains, one of them without https",
    ),
    Planted(
        "all_hosts",
        DEMO_DOMAIN,
        "tls.all_hosts",
        "fail",
        words="Some intended hosts have no valid certificate",
    ),
)
PLANTED = rows(is_later=False)
LATER = rows(is_later=True)

WEB_FAMILIES = ("http.", "seo.", "hdr.", "cookie.", "cors.", "sec.", "app.", "cache.", "mob.")
DNS_DEPTH = (
    *("dns.dnssec", "dns.dnssec_orphan_ds", "dns.dnssec_expiry", "dns.dangling_cname"),
    *("dns.dangling_ns", "dns.dangling_mx_srv", "dns.propagation", "dns.split_providers"),
)
PUBLIC_RECORDS = ("dns.", "email.", "tls.")

QUIET: tuple[Quiet, ...] = (
    Quiet(HEALTHY_DOMAIN, "all", "the healthy product"),
    Quiet("harmless-mail.test", ("email.", "dns."), "two strings, 9 lookups elsewhere, old key"),
    Quiet("sts.test", ("email.",), "an enforced policy with reports"),
    Quiet("own-mail.test", ("email.",), "an own server with name, TLS and key"),
    Quiet("nine-lookups.test", ("email.",), "one below the limit's warning"),
    Quiet("no-caa.test", ("dns.",), "no CAA is no fault"),
    Quiet("wildcard.test", ("dns.",), "a wildcard to the product's own address"),
    Quiet("signed.test", DNS_DEPTH, "signed, an alias in use, other fronts of the same app"),
    Quiet("online-signed.test", ("dns.",), "signed with each answer, for two days"),
    Quiet("leak-articles.test", ("sec.", "app."), "pages that write about leaks, sample keys"),
    Quiet("no-dotfiles.test", ("sec.",), "403 is no leak"),
    Quiet("alias-key.test", ("email.",), "a DKIM key behind an alias"),
    Quiet("parked.test", ("email.",), "sends nothing and says so"),
    Quiet("notify.test", ("email.",), "DMARC of the parent covers the second name"),
    Quiet("public-api.test", ("cors.",), "`*` without credentials"),
    Quiet("nonced.test", ("hdr.",), "a nonce makes unsafe-inline moot"),
    Quiet("own-hsts.test", ("http.",), "HSTS for one host, port 80 closed on another"),
    Quiet(
        "spa.test",
        (*WEB_FAMILIES, *PUBLIC_RECORDS),
        "a single page that answers to every path",
        but=("seo.robots", "seo.sitemap"),
    ),
    Quiet("challenged.test", PUBLIC_RECORDS, "behind a challenge, the records stand"),
    Quiet("slow.test", PUBLIC_RECORDS, "slow pages, fast records"),
    Quiet(
        "silent.test",
        ("dns.", "email."),
        "a silent server, good records",
        but=("dns.caa", "dns.points_to_expected"),  # no certificate to see, nothing declared
    ),
    Quiet(
        DEMO_DOMAIN,
        (
            "dns.domain_exists",
            "dns.ns_count",
            "dns.ns_lame",
            "dns.ns_parent_child",
            "dns.apex_address",
            "dns.apex_cname",
            "email.spf_present",
            "http.home_ok",
        ),
        "what is right in the broken product",
    ),
)


def planted_in(domain: str) -> tuple[Planted, ...]:
    return tuple(row for row in PLANTED if row.domain == domain)
