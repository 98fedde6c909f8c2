"""Where everything of the lab lives: addresses that only the table makes reachable."""

from __future__ import annotations

import ssl

from tests.lab.certificates import TlsOffering

TLD_SERVERS = {"a.nic.test": "127.0.1.2", "b.nic.test": "127.0.2.2"}
ROOT_SERVERS = {"a.root-servers.test": "127.0.1.1"}

# Name servers that products can name. ns3 stands in the network of ns1.
HOSTING_SERVERS = {
    "ns1.nameshost.test": "127.0.10.1",
    "ns2.nameshost.test": "127.0.20.1",
    "ns3.nameshost.test": "127.0.10.2",
}
OLD_SERVERS = {"ns1.oldhost.test": "127.0.33.1", "ns2.oldhost.test": "127.0.34.1"}
REFUSING_SERVER = ("ns1.lamehost.test", "127.0.30.1")
WITHOUT_AA_SERVER = ("ns2.lamehost.test", "127.0.30.2")
SILENT_SERVER = ("ns3.lamehost.test", "127.0.30.3")
FAILING_SERVER = ("ns4.lamehost.test", "127.0.30.4")
UDP_ONLY_SERVER = ("ns1.udponly.test", "127.0.32.1")

MAIL_SERVERS = {"mx1.mailhost.test": "127.0.40.1", "mx2.mailhost.test": "127.0.41.1"}
RDAP = "127.0.60.1"
HOSTILE = "127.0.61.1"
PLATFORM = "127.0.62.1"

# Other networks: the same pages as everywhere, and what an old host still serves.
OTHER_FRONT = "127.8.1.1"
OLD_HOME = "127.9.1.1"

# An edge's own address (audits/observations/edge.py knows its network).
EDGE_FRONT = "127.20.0.1"

# Web front doors by what they negotiate; all but the named deviation is as everywhere else.
OLD_VERSIONS = "127.0.50.1"
ONLY_TLS10 = "127.0.50.2"
WITHOUT_TLS13 = "127.0.50.3"
STATIC_RSA = "127.0.50.4"
WITHOUT_H2 = "127.0.50.5"
WITHOUT_HTTPS = "127.0.50.6"
WITHOUT_HTTP = "127.0.50.7"
OTHER_CERTIFICATE = "127.0.50.8"
NULL_CIPHER = "127.0.50.9"
CBC_ONLY = "127.0.50.10"
GARBAGE_TLS = "127.0.50.11"
SILENT = "127.0.50.12"
CLOSED = "127.0.50.13"
ANY_HOST = "127.0.50.14"
HANGS_UP = "127.0.50.15"

V10, V11 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
H1 = ("http/1.1",)

ORDINARY = TlsOffering()
OFFERINGS: dict[str, TlsOffering] = {
    OLD_VERSIONS: TlsOffering(V10, V13),
    ONLY_TLS10: TlsOffering(V10, V10, alpn=H1),
    WITHOUT_TLS13: TlsOffering(V12, V12),
    STATIC_RSA: TlsOffering(V12, V12, ciphers="kRSA+AESGCM", alpn=H1),
    WITHOUT_H2: TlsOffering(alpn=H1),
    NULL_CIPHER: TlsOffering(V12, V12, ciphers="eNULL:aNULL:ECDHE+AESGCM", alpn=H1),
    CBC_ONLY: TlsOffering(V12, V12, ciphers="ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA", alpn=H1),
}


def web_address(number: int) -> str:
    """The address of product `number`'s pages (counted from 0)."""
    return f"127.0.{100 + number // 250}.{number % 250 + 2}"


def api_address(number: int) -> str:
    """The address of product `number`'s API."""
    return f"127.0.{110 + number // 250}.{number % 250 + 2}"
