"""DKIM: reading keys, looking for them, judging them."""

import base64
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from accounts.guard.exchange import DnsStatus
from audits.checks.email_dkim import dkim_cname, dkim_key, dkim_present
from audits.observations.dkim_key import KeyState, read_dkim_key, rsa_bits
from audits.observations.dmarc_record import parse_dmarc, select_dmarc
from audits.observations.mail import DkimKeys
from audits.observations.spf_record import select_spf
from audits.verdicts import Severity, Verdict
from tests.audits.mail_world import World, judged, look, only

DOMAIN = "example.test"
GOOGLE = f"google._domainkey.{DOMAIN}"


def der(key, kind=serialization.PublicFormat.SubjectPublicKeyInfo):
    return key.public_key().public_bytes(serialization.Encoding.DER, kind)


def text(raw: bytes, start="v=DKIM1; k=rsa; p=") -> str:
    return start + base64.b64encode(raw).decode()


def rsa_der(bits: int) -> bytes:
    """A SubjectPublicKeyInfo around a made-up modulus: only its size matters here."""
    modulus = (1 << (bits - 1)) | 1

    def tlv(tag: int, content: bytes) -> bytes:
        size = len(content)
        length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2)
        return bytes([tag]) + length + content

    number = modulus.to_bytes(bits // 8 + 1)
    inner = tlv(0x30, tlv(0x02, number) + tlv(0x02, b"\x01\x00\x01"))
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return tlv(0x30, algorithm + tlv(0x03, b"\x00" + inner))


ED25519 = bytes(range(32))
GOOD = text(rsa_der(2048))


@pytest.mark.parametrize("bits", [1024, 2048, 3072])
@pytest.mark.parametrize(
    "kind",
    [serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1],
)
def test_the_size_is_what_a_cryptographic_library_says(bits, kind):
    key = rsa.generate_private_key(65537, bits)
    assert rsa_bits(der(key, kind)) == bits


@pytest.mark.parametrize("bits", [512, 1023, 1024, 2047, 2048, 4096])
def test_made_up_sizes_are_read(bits):
    assert rsa_bits(rsa_der(bits)) == bits


def test_another_kind_of_key_is_no_rsa_key():
    assert rsa_bits(der(ec.generate_private_key(ec.SECP256R1()))) is None


@given(st.binary(max_size=400))
def test_no_bytes_break_the_der_reader(raw):
    rsa_bits(raw)
    rsa_bits(rsa_der(2048)[: len(raw)] + raw)


@given(st.text(max_size=400))
def test_no_text_breaks_the_key_reader(value):
    read_dkim_key(value)
    read_dkim_key(f"v=DKIM1; p={value}")


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (GOOD, KeyState.KEY),
        (GOOD.removeprefix("v=DKIM1; "), KeyState.KEY),
        (GOOD.replace("; ", " ;\t"), KeyState.KEY),
        (GOOD + ";", KeyState.KEY),
        (f"k=rsa; t=s; n=a note; {text(rsa_der(2048), 'p=')}", KeyState.KEY),
        ("v=DKIM1; p=", KeyState.REVOKED),
        ("p=", KeyState.REVOKED),
        ("v=DKIM1; k=rsa", KeyState.BROKEN),
        (GOOD[:255], KeyState.BROKEN),
        (GOOD[:-7], KeyState.BROKEN),
        (GOOD + "!", KeyState.BROKEN),
        (GOOD + "; k=rsa", KeyState.BROKEN),
        (GOOD.replace("DKIM1", "DKIM2"), KeyState.BROKEN),
        (text(rsa_der(2048), "k=rsa; v=DKIM1; p="), KeyState.BROKEN),
        (text(rsa_der(2048), "v=DKIM1; k=dsa; p="), KeyState.BROKEN),
        (text(ED25519, "v=DKIM1; k=ed25519; p="), KeyState.KEY),
        (text(ED25519[:-1], "v=DKIM1; k=ed25519; p="), KeyState.BROKEN),
        ("v=spf1 -all", KeyState.NOT_DKIM),
        ("", KeyState.NOT_DKIM),
        ("hello", KeyState.NOT_DKIM),
    ],
)
def test_a_record_is_a_key_or_says_what_else(value, state):
    assert read_dkim_key(value).state == state


async def present(records, **more):
    return judged(dkim_present, await look(records, **more))


async def test_a_key_at_a_usual_selector_passes():
    (result,) = await present({f"{GOOGLE} TXT": [GOOD]})
    assert result.verdict == Verdict.PASS


async def test_a_key_behind_an_alias_passes():
    records = {f"s1._domainkey.{DOMAIN} CNAME": ["s1.k.test."], "s1.k.test TXT": [GOOD]}
    seen = await look(records)
    assert only(dkim_present, seen).verdict == Verdict.PASS
    assert only(dkim_cname, seen).verdict == Verdict.PASS


async def test_finding_nothing_is_unknown_never_a_failure():
    (result,) = await present({f"{DOMAIN} A": ["192.0.2.1"]}, is_sending=True)
    assert (result.verdict, result.cause) == (Verdict.UNKNOWN, "not_found")


async def test_a_domain_that_sends_nothing_needs_no_key():
    (result,) = await present({f"{DOMAIN} A": ["192.0.2.1"]}, is_sending=False)
    assert result.verdict == Verdict.NA


async def test_a_name_below_the_node_is_a_hint_only():
    (result,) = await present({f"odd._domainkey.{DOMAIN} TXT": [GOOD]})
    assert result.verdict == Verdict.UNKNOWN
    assert "probably" in result.message


async def test_where_every_name_seems_to_exist_the_node_is_no_hint():
    records = {f"{DOMAIN} A": ["192.0.2.1"]}
    (result,) = judged(dkim_present, await look(World(records, absent=DnsStatus.NODATA)))
    assert "probably" not in result.message


@pytest.mark.parametrize(
    "records",
    [
        {},
        {f"mine._domainkey.{DOMAIN} TXT": ["v=spf1 -all"]},
        {f"mine._domainkey.{DOMAIN} TXT": ["v=DKIM1; p="]},
        {f"mine._domainkey.{DOMAIN} TXT": [GOOD[:200]]},
        {f"mine._domainkey.{DOMAIN} CNAME": ["gone.test."]},
    ],
)
async def test_a_declared_selector_without_a_key_fails(records):
    here = {f"{DOMAIN} A": ["192.0.2.1"]}
    (result,) = await present(records | here, selectors=("mine",))
    assert (result.verdict, result.cause) == (Verdict.FAIL, "given_selector")
    assert result.subject == f"mine._domainkey.{DOMAIN}"


@pytest.mark.parametrize("status", [DnsStatus.TIMEOUT, DnsStatus.SERVFAIL])
async def test_a_declared_selector_that_stays_silent_is_unknown(status):
    (result,) = await present({f"mine._domainkey.{DOMAIN} TXT": status}, selectors=("mine",))
    assert (result.verdict, result.cause) == (Verdict.UNKNOWN, "silent")


async def test_a_wildcard_proves_nothing():
    world = World({}, everything=[GOOD])
    (result,) = judged(dkim_present, await look(world))
    assert result.verdict == Verdict.UNKNOWN
    seen = await look(World({}, everything=["v=spf1 -all"]), is_sending=True)
    assert only(dkim_present, seen).verdict == Verdict.UNKNOWN
    assert only(dkim_key, seen).verdict == Verdict.NA


async def test_a_wildcard_alias_to_nowhere_is_not_fourteen_broken_keys():
    seen = await look({f"*.{DOMAIN} CNAME": ["gone.test."], f"{DOMAIN} A": ["192.0.2.1"]})
    assert only(dkim_cname, seen).verdict == Verdict.NA
    assert only(dkim_present, seen).verdict == Verdict.UNKNOWN


async def test_a_domain_that_was_appended_twice_is_pointed_out():
    name = f"mine._domainkey.{DOMAIN}.{DOMAIN}"
    (result,) = await present({f"{name} TXT": [GOOD]}, selectors=("mine",))
    assert result.verdict == Verdict.FAIL
    assert name in result.message


@pytest.mark.parametrize("value", [" ", "p=", "a", "=", "; ", "a=b;", "\t=", "p=A;", "\x00"])
@pytest.mark.parametrize("reader", [read_dkim_key, lambda text: parse_dmarc(f"v=DMARC1;{text}")])
@pytest.mark.parametrize("shape", ["{}", "p={}\x00", "rua={}", " v=DMARC{}"])
def test_a_text_of_64_kib_is_read_in_well_under_a_second(value, reader, shape):
    whole = shape.format(value * 65_536)[:65_536]
    start = time.perf_counter()
    reader(whole)
    select_dmarc([whole])
    select_spf([whole])
    assert time.perf_counter() - start < 1.0


async def test_below_a_node_that_does_not_exist_only_likely_selectors_are_tried():
    seen = await look({f"{DOMAIN} A": ["192.0.2.1"]})
    observed = seen[DkimKeys]
    assert isinstance(observed, DkimKeys)
    assert observed.tried == ()


async def test_vendors_bring_their_selectors():
    records = {
        f"{DOMAIN} MX": ["10 in1-smtp.messagingengine.com."],
        f"fm3._domainkey.{DOMAIN} TXT": [GOOD],
    }
    assert (await present(records))[0].verdict == Verdict.PASS


async def key_result(value, *others):
    seen = await look({f"{GOOGLE} TXT": [value, *others]})
    return only(dkim_key, seen)


@pytest.mark.parametrize(
    ("bits", "verdict", "cause"),
    [
        (512, Verdict.FAIL, "short"),
        (1023, Verdict.FAIL, "short"),
        (1024, Verdict.WARN, "medium"),
        (2047, Verdict.WARN, "medium"),
        (2048, Verdict.PASS, ""),
    ],
)
async def test_an_rsa_key_is_judged_by_its_size(bits, verdict, cause):
    result = await key_result(text(rsa_der(bits)))
    assert (result.verdict, result.cause) == (verdict, cause)


@pytest.mark.parametrize(
    ("value", "verdict", "cause"),
    [
        (GOOD[:200], Verdict.FAIL, "unreadable"),
        (GOOD + "; s=tlsrpt", Verdict.FAIL, "not_for_mail"),
        (GOOD + "; s=email", Verdict.PASS, ""),
        (GOOD + "; s=*", Verdict.PASS, ""),
        (GOOD + "; t=y", Verdict.WARN, "testing"),
        (GOOD + "; t=s", Verdict.PASS, ""),
        (GOOD + "; h=sha1", Verdict.WARN, "sha1_only"),
        (GOOD + "; h=sha1:sha256", Verdict.PASS, ""),
        ("v=DKIM1; p=", Verdict.INFO, "revoked"),
        (text(ED25519, "v=DKIM1; k=ed25519; p="), Verdict.INFO, "ed25519_alone"),
    ],
)
async def test_the_other_tags_weigh_too(value, verdict, cause):
    result = await key_result(value)
    assert (result.verdict, result.cause) == (verdict, cause)


async def test_an_ed25519_key_beside_an_rsa_key_passes():
    seen = await look(
        {
            f"{GOOGLE} TXT": [GOOD],
            f"fresh._domainkey.{DOMAIN} TXT": [text(ED25519, "v=DKIM1; k=ed25519; p=")],
        },
        selectors=("fresh", "google"),
    )
    assert {result.verdict for result in judged(dkim_key, seen)} == {Verdict.PASS}


async def test_two_texts_at_one_selector_are_undefined():
    result = await key_result(GOOD, GOOD + "; t=s")
    assert (result.verdict, result.cause) == (Verdict.WARN, "several")


async def test_an_alias_to_nowhere_fails():
    seen = await look({f"selector1._domainkey.{DOMAIN} CNAME": ["gone.onmicrosoft.test."]})
    result = only(dkim_cname, seen)
    assert (result.verdict, result.cause) == (Verdict.FAIL, "dangling")
    assert only(dkim_present, seen).verdict == Verdict.UNKNOWN
    assert dkim_cname.severity == Severity.S1
