"""What to audit: the target of each domain, as its owner would declare it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from audits.observations.target import Host, HostKind, MailDomain, Route, Target
from tests.lab import addresses
from tests.lab.catalogue_mobile import MOBILE
from tests.lab.product_hosts import FAULTY_HOSTS
from tests.lab.product_mobile import APP_ID, FINGERPRINT, PACKAGE, STORE_PATHS
from tests.lab.product_zone import DKIM_SELECTOR
from tests.lab.products_list import HEALTHY_DOMAIN, PRODUCTS

CHAT_HEADERS = ("authorization", "content-type")


def lab_target(domain: str) -> Target:
    """The declared target of a domain of the lab: apex, www, app, api, and its faulty hosts.

    Every ordinary host declares its address; the API is called by the apex and by `app.`;
    the mail domain is the apex, sending, with its selector. `long-ttl.test` switches
    tomorrow.
    """
    faults = PRODUCTS.get(domain, ())
    number = list(PRODUCTS).index(domain) if domain in PRODUCTS else 0
    web, api = addresses.web_address(number), addresses.api_address(number)
    is_moved = {"main_no_https", "main_any_host", "garbage_tls", "silent", "behind_edge"} & set(
        faults
    )
    points_to = () if is_moved or "https_alpn_false" in faults else (web,)
    if "edge_not_in_front" in faults:
        points_to = ("Cloudflare",)
    extra = [FAULTY_HOSTS[fault].label for fault in sorted(faults) if fault in FAULTY_HOSTS]
    switch = (datetime.now(UTC) + timedelta(days=1)).isoformat() if "ttl_long" in faults else ""
    return Target(
        domain=domain,
        hosts=(
            Host(domain, HostKind.WEB, points_to),
            Host(f"www.{domain}", HostKind.WEB, points_to),
            Host(f"app.{domain}", HostKind.WEB, points_to),
            Host(f"api.{domain}", HostKind.API, (api,)),
            *(Host(f"{label}.{domain}", kind_of(label)) for label in extra),
        ),
        mail_domains=mail_domains(domain, faults),
        routes=(
            Route(f"https://{domain}/"),
            Route(f"https://app.{domain}/login"),
            Route(f"https://api.{domain}/healthz"),
            Route(f"https://api.{domain}/v1/models"),
            Route(f"https://api.{domain}/v1/chat", "POST", 200, CHAT_HEADERS),
        ),
        canonical_host=domain,
        front_ends=(f"https://{domain}", f"https://app.{domain}"),
        switch_at_iso=switch,
        **(apps(domain) if domain == HEALTHY_DOMAIN or set(MOBILE) & set(faults) else {}),
    )


def kind_of(label: str) -> HostKind:
    return HostKind.STAGING if label in {"preview", "hidden"} else HostKind.OTHER


# `Any`: the fields of a target that speak of apps.
def apps(domain: str) -> dict[str, Any]:
    return {
        "has_ios_app": True,
        "has_android_app": True,
        "ios_app_ids": (APP_ID,),
        "android_package": PACKAGE,
        "android_fingerprints": (FINGERPRINT,),
        "store_pages": tuple(
            (name, f"https://{domain}{path}") for name, path in STORE_PATHS.items()
        ),
    }


def mail_domains(domain: str, faults: tuple[str, ...]) -> tuple[MailDomain, ...]:
    if "parked" in faults:
        return (MailDomain(domain, is_sending=False),)
    names = (domain, f"notify.{domain}") if "notify_identity" in faults else (domain,)
    return tuple(MailDomain(name, True, (DKIM_SELECTOR,)) for name in names)
