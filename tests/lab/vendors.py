"""A handful of public vendor names, as the lab's resolvers know them without internet.

Addresses and policies are as the vendors publish them or near; nothing is ever fetched
from them: only names are looked up.
"""

from __future__ import annotations

from tests.lab.addresses import PLATFORM, REFUSING_SERVER
from tests.lab.zones import Record

GOOGLE_SPF = (
    "v=spf1 ip4:74.125.0.0/16 ip4:209.85.128.0/17 ip6:2001:4860:4864::/56 "
    "ip6:2404:6800:4864::/56 ip6:2607:f8b0:4864::/56 ip6:2a00:1450:4864::/56 ~all"
)

VENDOR_RECORDS: dict[str, list[Record]] = {
    "google.com": [
        ("_spf.google.com", "TXT", (GOOGLE_SPF,), 300),
        ("aspmx.l.google.com", "A", ("142.250.102.26",), 300),
        ("alt1.aspmx.l.google.com", "A", ("142.250.153.26",), 300),
        ("alt2.aspmx.l.google.com", "A", ("142.251.9.26",), 300),
        ("smtp.google.com", "A", ("142.250.102.26",), 300),
    ],
    "amazonses.com": [
        ("amazonses.com", "TXT", ("v=spf1 ip4:199.255.192.0/22 ip4:54.240.0.0/18 -all",), 900),
        ("feedback-smtp.us-east-1.amazonses.com", "A", ("3.232.92.153",), 60),
        ("feedback-smtp.eu-west-1.amazonses.com", "A", ("52.51.49.98",), 60),
    ],
    "sendgrid.net": [
        ("sendgrid.net", "TXT", ("v=spf1 ip4:167.89.0.0/17 ip4:208.117.48.0/20 ~all",), 300),
        ("u4815162.wl.sendgrid.net", "A", ("167.89.118.35",), 300),
    ],
    "outlook.com": [
        (
            "spf.protection.outlook.com",
            "TXT",
            ("v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 -all",),
            300,
        ),
        ("brightchat-test.mail.protection.outlook.com", "A", ("52.101.73.5",), 10),
    ],
    "mailgun.org": [("mailgun.org", "TXT", ("v=spf1 ip4:209.61.151.0/24 ~all",), 300)],
    "vercel-dns.com": [
        ("cname.vercel-dns.com", "A", ("76.76.21.21",), 300),
        ("ns1.vercel-dns.com", "A", ("198.51.44.13",), 300),
        ("ns2.vercel-dns.com", "A", ("198.51.45.13",), 300),
    ],
    "elasticbeanstalk.com": [],
    "surge.sh": [
        ("brightdemo.surge.sh", "A", (PLATFORM,), 300),
        ("brightdocs.surge.sh", "A", (PLATFORM,), 300),
    ],
    "herokuapp.com": [("bright-gone.herokuapp.com", "A", (PLATFORM,), 300)],
    "digitalocean.com": [
        ("ns1.digitalocean.com", "A", (REFUSING_SERVER[1],), 300),
        ("ns2.digitalocean.com", "A", (REFUSING_SERVER[1],), 300),
    ],
    "netlify.com": [("apex-loadbalancer.netlify.com", "A", ("75.2.60.5",), 300)],
    "netlify.app": [("bright.netlify.app", "A", ("75.2.60.5",), 300)],
    "cloudflare.com": [
        ("dana.ns.cloudflare.com", "A", ("108.162.192.107",), 300),
        ("rob.ns.cloudflare.com", "A", ("108.162.193.140",), 300),
    ],
}
