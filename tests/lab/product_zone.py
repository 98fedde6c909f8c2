"""The zone of a product, as its set of faults has it, and what its parent says about it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.lab import (
    addresses,
    planted_keys,
    product_dns,
    product_edge,
    product_mail,
    product_perf,
)
from tests.lab.products import Product
from tests.lab.zones import Record

TTL_SECONDS = 300
LONG_TTL_SECONDS = 86400
NAME_SERVERS = ("ns1.nameshost.test", "ns2.nameshost.test")
DKIM_SELECTOR = "default"

# What each of these faults makes of the set of name servers in the zone itself.
NAME_SERVERS_BY_FAULT = {
    "ns_single": ("ns1.nameshost.test",),
    "ns_one_network": ("ns1.nameshost.test", "ns3.nameshost.test"),
    "ns_lame_refused": ("ns1.nameshost.test", addresses.REFUSING_SERVER[0]),
    "ns_lame_no_aa": ("ns1.nameshost.test", addresses.WITHOUT_AA_SERVER[0]),
    "ns_lame_servfail": ("ns1.nameshost.test", addresses.FAILING_SERVER[0]),
    "ns_silent": ("ns1.nameshost.test", addresses.SILENT_SERVER[0]),
    "ns_udp_only": ("ns1.nameshost.test", addresses.UDP_ONLY_SERVER[0]),
}
# ... and what these make of the set at the parent alone.
PARENT_SERVERS_BY_FAULT = {
    "ns_parent_disjoint": tuple(addresses.OLD_SERVERS),
    "ns_parent_overlap": ("ns1.nameshost.test", "ns1.oldhost.test"),
    "ns_all_dead": (addresses.REFUSING_SERVER[0], addresses.SILENT_SERVER[0]),
}


def chosen[T](product: Product, by_fault: dict[str, T], otherwise: T) -> T:
    """The value of the first planted fault in `by_fault`."""
    return next((value for fault, value in by_fault.items() if product.has(fault)), otherwise)


def child_servers(product: Product) -> tuple[str, ...]:
    return chosen(product, NAME_SERVERS_BY_FAULT, NAME_SERVERS)


def parent_servers(product: Product) -> tuple[str, ...]:
    return chosen(product, PARENT_SERVERS_BY_FAULT, child_servers(product))


def zone_records(product: Product) -> list[Record]:
    """Every record of the product's zone."""
    return [
        *apex(product),
        *hosts(product),
        *certificate_authorities(product),
        *mail_exchangers(product),
        *sender_policy(product),
        *signing_keys(product),
        *dmarc(product),
        *second_identity(product),
        *product_dns.zone_records(product),
        *product_perf.https_records(product.domain, product.web_address, product.has),
        *product_mail.zone_records(product),
        *product_edge.zone_records(product),
    ]


def one(name: str, rtype: str, *values: str, ttl: int = TTL_SECONDS) -> Record:
    return (name, rtype, values, ttl)


def apex(product: Product) -> Iterator[Record]:
    domain = product.domain
    expire = 86400 if product.has("soa_expire_short") else 1209600
    negative = 172800 if product.has("soa_negative_ttl") else 300
    timers = f"2026112301 7200 3600 {expire} {negative}"
    yield one(
        domain, "SOA", f"ns1.nameshost.test hostmaster.{domain} {timers}", ttl=max(3600, negative)
    )
    yield one(domain, "NS", *child_servers(product), ttl=3600)
    if product.has("ds_orphan"):
        return  # the DS stands at the parent; the zone has no key at all
    if product.has("dnskey_published"):
        yield one(domain, "DNSKEY", DNSKEY, ttl=3600)


DNSKEY = (
    "257 3 13 "
    + "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxIL".ljust(88, "A")[:86]
    + "=="
)


WEB_BY_FAULT = {
    "main_no_https": addresses.WITHOUT_HTTPS,
    "main_any_host": addresses.ANY_HOST,
    "garbage_tls": addresses.GARBAGE_TLS,
    "silent": addresses.SILENT,
    "https_alpn_false": addresses.WITHOUT_H2,
    "behind_edge": addresses.EDGE_FRONT,
}


def hosts(product: Product) -> Iterator[Record]:
    domain = product.domain
    ttl = LONG_TTL_SECONDS if product.has("ttl_long") else TTL_SECONDS
    web = chosen(product, WEB_BY_FAULT, product.web_address)
    yield one(f"edge.{domain}", "A", product.web_address, ttl=ttl)
    if product.has("apex_cname"):
        yield one(domain, "CNAME", f"edge.{domain}", ttl=ttl)
    elif not product.has("apex_no_address"):
        yield one(domain, "A", web, ttl=ttl)
    if not product.has("apex_no_address") and not product.has("www_no_address"):
        yield one(f"www.{domain}", "A", web, ttl=ttl)
    yield from app_host(product, ttl, web)
    if product.has("address_private"):
        yield one(f"api.{domain}", "A", ".".join(("10", "20", "30", "40")), ttl=ttl)
    elif product.has("points_elsewhere"):
        yield one(f"api.{domain}", "A", addresses.HOSTILE, ttl=ttl)
    else:
        yield one(f"api.{domain}", "A", product.api_address, ttl=ttl)
    if product.has("wildcard_platform"):
        yield one(f"*.{domain}", "CNAME", "cname.vercel-dns.com", ttl=ttl)
    if product.has("wildcard_own"):
        yield one(f"*.{domain}", "A", product.web_address, ttl=ttl)
    yield from faulty_hosts(product)


def app_host(product: Product, ttl: int, web: str) -> Iterator[Record]:
    name = f"app.{product.domain}"
    if not product.has("cname_conflict"):
        yield one(name, "A", web, *product_dns.second_addresses(product), ttl=ttl)
        return
    yield one(name, "CNAME", f"edge.{product.domain}", ttl=ttl)
    yield one(name, "TXT", "vendor-verification=3c9f17d0", ttl=ttl)


def faulty_hosts(product: Product) -> Iterator[Record]:
    for name, (fault, host) in product.faulty_hosts.items():
        is_planted = product.has(fault)
        address = host.address if is_planted and host.address else product.web_address
        yield one(name, "A", address)
        if is_planted and host.extra_address:
            yield one(name, "A", host.extra_address)


def certificate_authorities(product: Product) -> Iterator[Record]:
    """The lab's leaves come from "Let's Encrypt" by name, so the usual set admits them."""
    sets = {
        "caa_none": (),
        "caa_forbids": ('0 issue "digicert.com"',),
        "caa_forbids_all": ('0 issue ";"',),
        "caa_critical": ('0 issue "letsencrypt.org"', '128 futuretag "x"'),
    }
    values = chosen(product, sets, ('0 issue "letsencrypt.org"', '0 issuewild "letsencrypt.org"'))
    if values:
        yield one(product.domain, "CAA", *values, ttl=3600)


def mail_exchangers(product: Product) -> Iterator[Record]:
    domain = product.domain
    sets = {
        "parked": ("0 .",),
        "mx_missing": (),
        "mx_dangling": (f"10 mail-gone.{domain}", "20 mx.vanished-host.test"),
        "mx_cname": (f"10 mail.{domain}",),
        "mail_behind_edge": (f"10 mail.{domain}",),
        "mx_ip": ("10 203.0.113.9",),
        "mx_google": ("1 aspmx.l.google.com", "5 alt1.aspmx.l.google.com"),
        "mx_null_mixed": ("0 .", "10 mx1.mailhost.test"),
    }
    own = product_mail.own_mx(product)
    values = own or chosen(product, sets, ("10 mx1.mailhost.test", "20 mx2.mailhost.test"))
    if values:
        yield one(domain, "MX", *values, ttl=3600)
    if product.has("mx_cname"):
        yield one(f"mail.{domain}", "CNAME", "mx1.mailhost.test")


def sender_policy(product: Product) -> Iterator[Record]:
    domain = product.domain
    good = "v=spf1 include:_spf.mailhost.test ~all"
    includes = {"spf_lookups_9": 9, "spf_lookups_10": 10, "spf_lookups_11": 11}
    count = chosen(product, includes, 0)
    terms = " ".join(f"include:spf{number}.{domain}" for number in range(1, count + 1))
    sets: dict[str, tuple[str, ...]] = {
        "parked": ("v=spf1 -all",),
        "spf_missing": (),
        "spf_two": (good, "v=spf1 include:_spf.sender.test ~all"),
        "spf_plus_all": ("v=spf1 include:_spf.mailhost.test +all",),
        "spf_neutral_all": ("v=spf1 include:_spf.mailhost.test ?all",),
        "spf_syntax_after_all": ("v=spf1 include:_spf.mailhost.test ~all ip4:203.0.113.300",),
        "spf_void_lookups": (f"v=spf1 a:v1.{domain} a:v2.{domain} a:v3.{domain} ~all",),
        "spf_ptr": ("v=spf1 ptr include:_spf.mailhost.test ~all",),
        "spf_large": (f"v=spf1 {many_networks()} ~all",),
        "spf_two_strings": ('"v=spf1 include:_spf.mail" "host.test ~all"',),
    }
    values = (f"v=spf1 {terms} ~all",) if count else chosen(product, sets, (good,))
    if values:
        yield one(domain, "TXT", *values)
    yield one(domain, "TXT", "studio-site-verification=7f3a9c21d0")
    for number in range(1, count + 1):
        yield one(f"spf{number}.{domain}", "TXT", f"v=spf1 ip4:203.0.113.{number} -all")


def many_networks() -> str:
    return " ".join(f"ip4:203.0.113.{number}" for number in range(100, 136))


def signing_keys(product: Product) -> Iterator[Record]:
    name = f"{DKIM_SELECTOR}._domainkey.{product.domain}"
    if product.has("dkim_missing") or product.has("parked"):
        return
    if product.has("dkim_alias"):
        yield one(name, "CNAME", "key1.customers.sender.test")
        return
    bits = chosen(product, {"dkim_512": 512, "dkim_1024": 1024}, 2048)
    value = f"v=DKIM1; k=rsa; p={planted_keys.dkim_public_key(bits)}"
    if product.has("dkim_testing"):
        value = value.replace("k=rsa;", "k=rsa; t=y;")
    if product.has("dkim_unparsable"):
        value = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQ"
    if product.has("dkim_revoked"):
        yield one(f"k1._domainkey.{product.domain}", "TXT", "v=DKIM1; k=rsa; p=")
    yield one(name, "TXT", value)


def dmarc(product: Product) -> Iterator[Record]:
    domain = product.domain
    reports = f"rua=mailto:dmarc@{domain}"
    good = f"v=DMARC1; p=quarantine; {reports}"
    sets: dict[str, tuple[str, ...]] = {
        "parked": ("v=DMARC1; p=reject; rua=mailto:lab@reports-service.test",),
        "dmarc_missing": (),
        "dmarc_two": (good, f"v=DMARC1; p=none; {reports}"),
        "dmarc_lower_version": (f"v=dmarc1; p=quarantine; {reports}",),
        "dmarc_unknown_policy": (f"v=DMARC1; p=quarantined; {reports}",),
        "dmarc_no_rua": ("v=DMARC1; p=quarantine",),
        "dmarc_rua_unauthorised": (
            "v=DMARC1; p=quarantine; rua=mailto:lab@reports-elsewhere.test",
        ),
        "dmarc_rua_authorised": ("v=DMARC1; p=quarantine; rua=mailto:lab@reports-service.test",),
        "dmarc_policy_none": (f"v=DMARC1; p=none; {reports}",),
        "dmarc_pct": (f"v=DMARC1; p=reject; pct=20; {reports}",),
    }
    values = chosen(product, sets, (good,))
    if values:
        yield one(f"_dmarc.{domain}", "TXT", *values, ttl=3600)


def second_identity(product: Product) -> Iterator[Record]:
    """`notify.` sends too; its DMARC record is the one above it."""
    if not product.has("notify_identity"):
        return
    name = f"notify.{product.domain}"
    key = f"v=DKIM1; k=rsa; p={planted_keys.dkim_public_key(2048)}"
    yield one(name, "MX", "10 mx1.mailhost.test")
    yield one(name, "TXT", "v=spf1 include:_spf.sender.test ~all")
    yield one(f"{DKIM_SELECTOR}._domainkey.{name}", "TXT", key)


def parent_records(product: Product) -> list[Record]:
    """The delegation of the product in `test`."""
    records = [one(product.domain, "NS", *parent_servers(product), ttl=3600)]
    if product.has("ds_orphan"):
        digest = "49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE2A7F7C7D3A2B1C0D9E8F7A6B"
        records.append(one(product.domain, "DS", f"2371 13 2 {digest}", ttl=3600))
    return [*records, *product_dns.parent_records(product)]
