"""What faults of mail in transit add to a product: records, the policy, a server's key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.lab import mail_servers, planted_keys
from tests.lab.certificates import CertificateOrder, authority
from tests.lab.products import Product
from tests.lab.web import Request, Response, redirect, text
from tests.lab.zones import Record

if TYPE_CHECKING:
    from tests.lab.internet import Lab

ENFORCED = "version: STSv1\r\nmode: enforce\r\nmx: {}\r\nmax_age: 604800\r\n"
POLICIES = {
    "sts_enforced": ENFORCED.format("*.mailhost.test"),
    "sts_testing": ENFORCED.format("*.mailhost.test").replace("enforce", "testing"),
    "sts_left_out": ENFORCED.format("mx9.mailhost.test"),
    "sts_redirect": "",
    "sts_html": "<!DOCTYPE html><title>Bright</title>",
}
HAS_RECORD = (*POLICIES, "sts_no_policy")
OWN_BY_FAULT = {"own_mx": mail_servers.OWN, "own_mx_plain": mail_servers.OWN_PLAIN}
SELECTOR = "default"


def own_mx(product: Product) -> tuple[str, ...]:
    """The MX set of a product with its own mail server, () for any other."""
    has_own = any(product.has(fault) for fault in OWN_BY_FAULT)
    return (f"10 mx.{product.domain}",) if has_own else ()


def zone_records(product: Product) -> Iterator[Record]:
    domain = product.domain
    if any(map(product.has, HAS_RECORD)):
        yield (f"_mta-sts.{domain}", "TXT", ("v=STSv1; id=20261101T000000;",), 300)
    if any(map(product.has, POLICIES)):
        yield (f"mta-sts.{domain}", "A", (product.web_address,), 300)
    if product.has("tls_rpt"):
        yield (f"_smtp._tls.{domain}", "TXT", (f"v=TLSRPTv1; rua=mailto:tls@{domain}",), 300)
    for fault, address in OWN_BY_FAULT.items():
        if product.has(fault):
            yield (f"mx.{domain}", "A", (address,), 300)
    if product.has("dane_right") or product.has("dane_old_key"):
        yield (f"_25._tcp.mx.{domain}", "TLSA", (f"3 1 1 {key_digest(product)}",), 300)
    yield from selectors(product)
    if product.has("notify_alone"):
        record = f"v=DMARC1; p=quarantine; rua=mailto:dmarc@notify.{domain}"
        yield (f"_dmarc.notify.{domain}", "TXT", (record,), 300)


def selectors(product: Product) -> Iterator[Record]:
    """A key at a wrong name, and an alias that a web proxy answers for."""
    domain = product.domain
    if product.has("dkim_doubled"):
        key = f"v=DKIM1; k=rsa; p={planted_keys.dkim_public_key(2048)}"
        yield (f"{SELECTOR}._domainkey.{domain}.{domain}", "TXT", (key,), 300)
    if product.has("dkim_proxied"):
        yield (f"{SELECTOR}._domainkey.{domain}", "A", (product.web_address,), 300)


def key_digest(product: Product) -> str:
    if product.has("dane_old_key"):
        return "0" * 64
    chain, _ = authority().fill(CertificateOrder((f"mx.{product.domain}",)))
    key = x509.load_pem_x509_certificate(chain).public_key()
    return hashlib.sha256(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).hexdigest()


def settle(lab: Lab, product: Product) -> None:
    """Put the policy's site and the own server's certificate in place."""
    host = f"mta-sts.{product.domain}"
    lab.certify(f"mx.{product.domain}", CertificateOrder((f"mx.{product.domain}",)))
    fault = next((fault for fault in POLICIES if product.has(fault)), "")
    if fault:
        lab.web.host(host, lambda request: policy(request, fault))
        lab.certify(host, CertificateOrder((host,)))


def policy(request: Request, fault: str) -> Response:
    if request.path != "/.well-known/mta-sts.txt":
        return text("nothing here\n", 404)
    if fault == "sts_redirect":
        return redirect(301, "https://mailhost.test/policy.txt")
    kind = "text/html" if fault == "sts_html" else "text/plain"
    return text(POLICIES[fault], content_type=kind)
