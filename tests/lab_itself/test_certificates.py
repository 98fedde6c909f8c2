"""The lab's TLS: each host shows what was planted there, and nothing worse."""

import re
import ssl
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.lab import Lab, addresses
from tests.lab_itself.asking import addresses_of, careless, handshake, trusting

V10, V11 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


async def shown(lab: Lab, host: str, address: str = "") -> x509.Certificate:
    connection = await handshake(lab, host, careless(V12, V13), address)
    certificate = connection.getpeercert(binary_form=True)
    assert certificate is not None
    return x509.load_der_x509_certificate(certificate)


@pytest.mark.parametrize("label", ["", "www.", "app.", "api."])
async def test_a_good_host_is_trusted(lab: Lab, label):
    connection = await handshake(lab, f"{label}brightchat.test", trusting(lab))
    assert connection.version() == "TLSv1.3"


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("admin.brokenchat.test", "certificate has expired"),
        ("help.brokenchat.test", "Hostname mismatch"),
        ("tools.tls-hosts.test", "self-signed certificate"),
        ("status.brokenchat.test", "unable to get local issuer certificate"),
        ("old-hash.tls-hosts.test", "digest algorithm too weak|md too weak"),
        ("small.tls-hosts.test", "key too weak"),
    ],
)
async def test_a_bad_certificate_is_bad_for_its_own_reason(lab: Lab, host, reason):
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        await handshake(lab, host, trusting(lab))
    assert re.search(reason, str(caught.value), re.IGNORECASE)


async def test_the_two_sides_of_expiry(lab: Lab):
    soon, fresh = await shown(lab, "shop.tls-hosts.test"), await shown(lab, "brightchat.test")
    apart = fresh.not_valid_after_utc - soon.not_valid_after_utc
    assert abs(apart - timedelta(days=75)) < timedelta(hours=1)


async def test_a_long_life_is_longer_than_the_rule(lab: Lab):
    found = await shown(lab, "files.tls-hosts.test")
    assert (found.not_valid_after_utc - found.not_valid_before_utc).days == 398


async def test_weak_keys_and_signatures_are_real(lab: Lab):
    weak = (await shown(lab, "small.tls-hosts.test")).public_key()
    assert isinstance(weak, rsa.RSAPublicKey)
    assert weak.key_size == 1024
    old = await shown(lab, "old-hash.tls-hosts.test")
    assert isinstance(old.signature_hash_algorithm, hashes.SHA1)


async def test_must_staple_comes_with_an_ocsp_address_and_no_staple(lab: Lab):
    found = await shown(lab, "staple.tls-hosts.test")
    assert found.extensions.get_extension_for_class(x509.TLSFeature)
    assert found.extensions.get_extension_for_class(x509.AuthorityInformationAccess)


@pytest.mark.parametrize("version", [V10, V11])
async def test_old_versions_are_taken_only_where_planted(lab: Lab, version):
    connection = await handshake(lab, "legacy.brokenchat.test", careless(version, version))
    assert connection.version() in {"TLSv1", "TLSv1.1"}
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await handshake(lab, "brightchat.test", careless(version, version))


async def test_a_host_may_know_nothing_but_tls_10(lab: Lab):
    connection = await handshake(lab, "ancient.tls-doors.test", careless(V10, V13))
    assert connection.version() == "TLSv1"


def suite_of(connection: ssl.SSLObject) -> str:
    cipher = connection.cipher()
    assert cipher is not None
    return cipher[0]


async def test_a_host_without_tls_13_still_speaks_12(lab: Lab):
    assert (await handshake(lab, "no13.tls-doors.test", trusting(lab))).version() == "TLSv1.2"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await handshake(lab, "no13.tls-doors.test", careless(V13, V13))


@pytest.mark.parametrize(
    ("host", "part"),
    [
        ("static.tls-doors.test", "AES"),
        ("null.tls-doors.test", "NULL"),
        ("cbc.tls-doors.test", "SHA"),
    ],
)
async def test_suites_are_as_planted(lab: Lab, host, part):
    context = careless(V12, V12)
    if part == "NULL":
        context.set_ciphers("eNULL:@SECLEVEL=0")
    name = suite_of(await handshake(lab, host, context))
    assert part in name
    if host.startswith("static"):
        assert "DHE" not in name


async def test_h2_is_offered_but_where_planted(lab: Lab):
    offer = careless(V12, V13, "h2", "http/1.1")
    assert (await handshake(lab, "brightchat.test", offer)).selected_alpn_protocol() == "h2"
    found = await handshake(lab, "h1.tls-doors.test", offer)
    assert found.selected_alpn_protocol() == "http/1.1"


async def test_two_addresses_show_two_certificates(lab: Lab):
    host = "twin.tls-hosts.test"
    found = {(await shown(lab, host, each)).serial_number for each in await addresses_of(lab, host)}
    assert len(found) == 2


async def test_without_a_name_the_edge_shows_its_own(lab: Lab):
    found = await shown(lab, "unknown.nameshost.test", lab.product("brightchat.test").web_address)
    assert "edge.nameshost.test" in str(
        found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    )


async def test_closed_and_garbled_doors(lab: Lab):
    with pytest.raises(ConnectionRefusedError):
        await handshake(lab, "http-only.test", trusting(lab))
    with pytest.raises(ssl.SSLError):
        await handshake(lab, "garbage-tls.test", trusting(lab))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await handshake(lab, "hangup.tls-doors.test", trusting(lab))


async def test_a_mended_host_is_trusted_with_the_next_handshake(lab: Lab):
    lab.add_product("mend-me.test", "cert_expired", "tls_old")
    try:
        with pytest.raises(ssl.SSLCertVerificationError):
            await handshake(lab, "admin.mend-me.test", trusting(lab))
        lab.fix("mend-me.test", "cert_expired", "tls_old")
        assert await handshake(lab, "admin.mend-me.test", trusting(lab))
        assert addresses.OLD_VERSIONS not in await addresses_of(lab, "legacy.mend-me.test")
    finally:
        lab.drop_product("mend-me.test")
