"""Vendors are recognised by public signals, and by nothing else."""

from collections import Counter

import pytest

from audits.observations.names import a_labels, is_tenant_name, parent_name, registrable_domain
from audits.observations.vendors import (
    VENDOR_SIGNS,
    is_vendor_word,
    recognise,
    sign_of,
    spf_include_hosts,
)


def test_the_table_is_as_wide_as_promised() -> None:
    counts = Counter(sign.role for sign in VENDOR_SIGNS)
    assert counts["dns"] >= 20
    assert counts["hosting"] + counts["cdn"] >= 25
    assert counts["mail"] >= 15
    assert counts["sender"] >= 15


def test_no_role_names_a_vendor_twice_and_patterns_are_lower_case() -> None:
    assert max(Counter((sign.role, sign.name) for sign in VENDOR_SIGNS).values()) == 1
    for sign in VENDOR_SIGNS:
        for pattern in (*sign.ns, *sign.mx, *sign.cname, *sign.spf):
            assert pattern == pattern.lower().strip(".")


@pytest.mark.parametrize(
    ("ns", "name"),
    [
        ("ada.ns.cloudflare.com", "Cloudflare"),
        ("ns-12.awsdns-34.co.uk.", "Amazon Route 53"),
        ("NS1.VERCEL-DNS.COM", "Vercel"),
        ("dns1.p05.nsone.net", "Netlify"),
        ("ns51.domaincontrol.com", "GoDaddy"),
        ("ns1-04.azure-dns.com", "Azure DNS"),
        ("ns-cloud-a1.googledomains.com", "Squarespace"),
    ],
)
def test_dns_providers_are_recognised_by_name_servers(ns: str, name: str) -> None:
    assert recognise(ns=[ns])[0].name == name


@pytest.mark.parametrize(
    ("chain", "name"),
    [
        ("cname.vercel-dns.com", "Vercel"),
        ("app.netlify.app", "Netlify"),
        ("d111.cloudfront.net", "Amazon CloudFront"),
        ("x.up.railway.app", "Railway"),
        ("bucket.s3.eu-west-1.amazonaws.com", "Amazon S3"),
        ("bucket.s3-website-us-east-1.amazonaws.com", "Amazon S3"),
        ("lb-1.eu-west-1.elb.amazonaws.com", "AWS load balancer"),
        ("me.github.io", "GitHub Pages"),
        ("shops.myshopify.com", "Shopify"),
        ("x.lovable.app", "Lovable"),
        ("x.supabase.co", "Supabase"),
        ("x.b-cdn.net", "bunny.net"),
    ],
)
def test_hosts_are_recognised_by_the_alias(chain: str, name: str) -> None:
    assert name in {vendor.name for vendor in recognise(cname_chain=[chain])}


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (("Server", "Vercel"), "Vercel"),
        (("cf-ray", "8a-FRA"), "Cloudflare"),
        (("fly-request-id", "01H"), "Fly.io"),
        (("x-served-by", "cache-fra-1"), "Fastly"),
        (("via", "1.1 vegur"), "Heroku"),
    ],
)
def test_hosts_are_recognised_by_response_headers(header: tuple[str, str], name: str) -> None:
    assert recognise(headers=[header])[0].name == name


@pytest.mark.parametrize(
    ("mx", "name"),
    [
        ("aspmx.l.google.com", "Google Workspace"),
        ("example-com.mail.protection.outlook.com", "Microsoft 365"),
        ("in1-smtp.messagingengine.com", "Fastmail"),
        ("route1.mx.cloudflare.net", "Cloudflare Email Routing"),
        ("feedback-smtp.eu-west-1.amazonses.com", "Resend"),
    ],
)
def test_mail_vendors_are_recognised_by_mx(mx: str, name: str) -> None:
    assert recognise(mx=[mx])[0].name == name


def test_senders_are_recognised_by_spf_and_by_dkim_aliases() -> None:
    spf = spf_include_hosts(["v=spf1 include:sendgrid.net ?include:spf.mtasv.net ~all", "other"])
    assert spf == ("sendgrid.net", "spf.mtasv.net")
    names = {vendor.name for vendor in recognise(spf_includes=spf)}
    assert names == {"SendGrid", "Postmark"}
    assert recognise(cname_chain=["s1.domainkey.u1.wl.sendgrid.net"])[0].role == "sender"


@pytest.mark.parametrize(
    "name",
    ["notvercel-dns.com", "vercel-dns.com.evil.example", "cloudflare.com.example", "", "."],
)
def test_a_name_that_only_looks_alike_is_nobody(name: str) -> None:
    assert recognise(ns=[name], cname_chain=[name], mx=[name]) == ()


def test_hostile_signals_are_passed_over() -> None:
    assert recognise(addresses=["not an address", "::"], headers=[("server", "\x00" * 9)]) == ()
    assert spf_include_hosts(["", "v=spf1", "v=spf10 include:sendgrid.net"]) == ()
    long = recognise(headers=[("cf-ray", "x" * 5000)])
    assert len(long[0].signal) <= 120


def test_a_vendor_leads_to_its_console() -> None:
    (vendor,) = recognise(ns=["ada.ns.cloudflare.com"])
    sign = sign_of(vendor)
    assert sign is not None
    assert (sign.console, sign.name_style) == ("dash.cloudflare.com", "relative")


def test_a_declared_word_names_its_vendor_only() -> None:
    (vendor,) = recognise(cname_chain=["me.github.io"])
    assert is_vendor_word("github pages", vendor)
    assert is_vendor_word("GitHub", vendor)
    assert not is_vendor_word("gitlab", vendor)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.co.uk", "example.co.uk"),
        ("Example.COM.", "example.com"),
        ("a.b.acme.test", "acme.test"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("shop.bücher.de", "xn--bcher-kva.de"),
        ("app.vercel.app", "app.vercel.app"),
        ("deep.app.vercel.app", "app.vercel.app"),
        ("vercel.app", "vercel.app"),
        ("com", ""),
        ("127.0.0.1", ""),
        ("[::1]", ""),
        ("", ""),
        ("a..b", ""),
        ("x" * 64 + ".com", ""),
        ("a." * 200 + "com", ""),
        ("_dmarc.example.com", "example.com"),
    ],
)
def test_the_registrable_domain_is_found(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


def test_names_on_a_platform_are_told_apart() -> None:
    assert is_tenant_name("app.vercel.app")
    assert not is_tenant_name("vercel.app")
    assert not is_tenant_name("www.example.com")
    assert not is_tenant_name("127.0.0.1")


def test_names_climb_to_nothing() -> None:
    assert parent_name("a.example.com") == "example.com"
    assert parent_name("com") == ""


@pytest.mark.parametrize("host", ["ex ample.com", "a/b.com", "-a.com", "a-.com", "*.a.com", "a:1"])
def test_what_no_name_can_hold_is_none(host: str) -> None:
    assert a_labels(host) == ""
