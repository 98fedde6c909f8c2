"""TLS: versions, ciphers and keys that are strong enough. Stage 2."""

from audits.checks.tls import NO_CERTIFICATE, shown
from audits.observations.tls import Accepts, Certificate, OtherAddress, TlsEndpoint, covers
from audits.verdicts import Evidence, Result, Severity, Verdict, check

MIN_RSA_BITS = 2048
MIN_EC_BITS = 256
BROKEN_HASHES = {"sha1", "md5"}


@check(
    id="tls.min_version",
    title="Only TLS 1.2 and newer are spoken",
    stage=2,
    severity=Severity.S2,
    needs=TlsEndpoint,
    source="RFC 8996 sections 4 and 5; RFC 9325 section 3.1.1",
    remedy="Set the minimum version to TLS 1.2 at the edge or the server.",
    trouble="Outdated encryption is still accepted",
    impact="Security reviews and card companies refuse it; modern visitors don't need it.",
    item="2.2",
)
def min_version(seen: TlsEndpoint) -> Result:
    if not seen.has_handshake:
        return NO_CERTIFICATE
    old = [
        name
        for name, accepts in (("TLS 1.0", seen.tls10), ("TLS 1.1", seen.tls11))
        if accepts == Accepts.YES
    ]
    if old:
        return Result(Verdict.FAIL, f"{seen.host} accepts {' and '.join(old)}.", cause="old")
    if Accepts.UNKNOWN in {seen.tls10, seen.tls11}:
        return Result(
            Verdict.UNKNOWN, f"{seen.host} gave no answer to the old versions.", cause="silence"
        )
    return Result(Verdict.PASS, f"{seen.host} refuses TLS 1.0 and 1.1.")


@check(
    id="tls.tls13",
    title="TLS 1.3 is spoken",
    stage=2,
    severity=Severity.S3,
    needs=TlsEndpoint,
    source="RFC 9325 section 3.1.1",
    remedy="Switch TLS 1.3 on at the edge or the server.",
    trouble="The newest encryption is off",
    impact="Every first visit over mobile data takes one round trip longer.",
    item="2.2",
)
def tls13(seen: TlsEndpoint) -> Result:
    if not seen.has_handshake:
        return NO_CERTIFICATE
    if seen.tls13 == Accepts.UNKNOWN:
        return Result(Verdict.UNKNOWN, f"{seen.host} gave no answer to TLS 1.3.", cause="silence")
    if seen.tls13 == Accepts.NO:
        return Result(
            Verdict.WARN, f"{seen.host} does not speak TLS 1.3.", cause="absent"
        )  # fmt: skip
    return Result(Verdict.PASS, f"{seen.host} speaks TLS 1.3.")


@check(
    id="tls.weak_cipher",
    title="No weak cipher is accepted",
    stage=2,
    severity=Severity.S2,
    needs=TlsEndpoint,
    source="RFC 9325 sections 4.1 and 4.2",
    remedy="Use the intermediate cipher list of a current server guide.",
    trouble="Weak encryption is accepted",
    impact="What users type could be read by somebody on the same network.",
    item="2.2",
)
def weak_cipher(seen: TlsEndpoint) -> Result:
    if not seen.has_handshake:
        return NO_CERTIFICATE
    if seen.weak_suites:
        name = ", ".join(seen.weak_suites)
        return Result(
            Verdict.FAIL, f"{seen.host} accepts {name}.", cause="weak",
            evidence=(Evidence("chosen by the server", name),),
        )  # fmt: skip
    if seen.forward_secret == Accepts.NO:
        return Result(
            Verdict.WARN,
            f"{seen.host} offers no forward secrecy (only static RSA key exchange).",
            cause="static_rsa",
        )
    if seen.authenticated == Accepts.NO:
        return Result(
            Verdict.WARN,
            f"{seen.host} offers only CBC ciphers.",
            cause="cbc_only",
        )
    if not seen.is_weak_probe_answered:
        return Result(
            Verdict.UNKNOWN, f"{seen.host} gave no answer to the weak suites.", cause="silence"
        )
    return Result(Verdict.PASS, f"{seen.host} refuses NULL, anonymous, RC4, 3DES and export.")


@check(
    id="tls.key",
    title="Keys and signatures are strong",
    stage=2,
    severity=Severity.S1,
    needs=TlsEndpoint,
    source="RFC 9325 section 4.5",
    remedy="Reissue with RSA 2048 bits or more, or a P-256 key, signed with SHA-256.",
    trouble="The certificate's key is too weak",
    impact="Browsers refuse such certificates, or somebody could imitate the site.",
    item="2.2",
)
def key(seen: TlsEndpoint) -> Result:
    if not seen.has_handshake:
        return NO_CERTIFICATE
    for position, certificate in enumerate(seen.chain):
        is_root = certificate.is_self_issued and position > 0
        if fault := "" if is_root else weakness(certificate):
            return Result(
                Verdict.FAIL,
                f"{'The certificate' if position == 0 else 'An intermediate'} of {seen.host} "
                f"has {fault}.",
                cause="weak_key",
                evidence=shown(certificate),
            )
    leaf = seen.chain[0]
    return Result(
        Verdict.PASS, f"{leaf.key_kind} {leaf.key_bits or ''} with {leaf.signature_hash}."
    )


def weakness(certificate: Certificate) -> str:
    """What is too weak about a certificate, in a few words; "" where nothing is."""
    if certificate.key_kind == "RSA" and certificate.key_bits < MIN_RSA_BITS:
        return f"an RSA key of {certificate.key_bits} bits"
    if certificate.key_kind == "EC" and certificate.key_bits < MIN_EC_BITS:
        return f"an EC key of {certificate.key_bits} bits"
    if certificate.signature_hash in BROKEN_HASHES:
        return f"a signature with {certificate.signature_hash.upper()}"
    return ""


@check(
    id="tls.ats",
    title="iPhone apps may connect (App Transport Security)",
    stage=2,
    severity=Severity.S2,
    needs=TlsEndpoint,
    source="Apple, NSAppTransportSecurity: requirements for secure connections",
    remedy="TLS 1.2 or newer with ECDHE, RSA 2048 or P-256, SHA-256.",
    trouble="An iPhone app would refuse to connect",
    impact="The app shows a network error on every iPhone while the website works.",
    item="2.2",
)
def ats(seen: TlsEndpoint) -> Result:
    leaf = seen.leaf
    if leaf is None:
        return NO_CERTIFICATE
    faults = [fault for fault in _ats_faults(seen, leaf) if fault]
    if not faults:
        return Result(Verdict.PASS, f"{seen.host} meets what iOS asks for.")
    return Result(
        Verdict.FAIL,
        f"iOS refuses {seen.host}: {', '.join(faults)}.",
        severity=Severity.S0 if seen.has_ios_app else Severity.S2,
        cause="refused",
    )


def _ats_faults(seen: TlsEndpoint, leaf: Certificate) -> tuple[str, ...]:
    return (
        f"only {seen.version}" if seen.version in {"TLSv1", "TLSv1.1"} else "",
        "no forward secrecy" if seen.forward_secret == Accepts.NO else "",
        weakness(leaf),
    )


@check(
    id="tls.multi_ip",
    title="Every address shows the same certificate",
    stage=2,
    severity=Severity.S2,
    needs=TlsEndpoint,
    source="RFC 9525 section 6",
    remedy="Install the same certificate on every address, or take the stale address out of DNS.",
    trouble="One of the addresses shows another certificate",
    impact="Some visitors, chosen by chance, meet a warning that others never see.",
    item="2.2",
)
def multi_ip(seen: TlsEndpoint) -> Result:
    leaf = seen.leaf
    if leaf is None:
        return NO_CERTIFICATE
    if not seen.others:
        return Result(Verdict.NA, f"{seen.host} has one address.", cause="one_address")
    odd = [other for other in seen.others if _differs(seen, leaf, other)]
    if odd:
        listed = ", ".join(other.address for other in odd)
        return Result(
            Verdict.WARN,
            f"{listed} shows another certificate or version than {seen.address}.",
            cause="differs",
            evidence=(
                *shown(leaf),
                *(shown(odd[0].leaf) if odd[0].leaf else ()),
            ),
        )
    return Result(Verdict.PASS, f"All {len(seen.others) + 1} addresses agree.")


def _differs(seen: TlsEndpoint, leaf: Certificate, other: OtherAddress) -> bool:
    """Another serial of the same issuer for the same names is a renewal under way."""
    if other.leaf is None or other.version != seen.version:
        return True
    is_same = (other.leaf.issuer, set(other.leaf.names)) == (leaf.issuer, set(leaf.names))
    return not (is_same and covers(other.leaf, seen.host))


@check(
    id="tls.must_staple",
    title="A certificate that promises a staple gets one",
    stage=2,
    severity=Severity.S1,
    needs=TlsEndpoint,
    source="RFC 7633 section 4.2.3.1; RFC 6066 section 8",
    remedy="Reissue the certificate without must-staple.",
    trouble="Firefox refuses the site",
    impact="Firefox shows an error page although the certificate is valid.",
    item="2.2",
)
def must_staple(seen: TlsEndpoint) -> Result:
    leaf = seen.leaf
    if leaf is None:
        return NO_CERTIFICATE
    if not leaf.is_must_staple:
        return Result(Verdict.NA, "The certificate asks for no staple.", cause="not_asked")
    if seen.staple == Accepts.UNKNOWN:
        return Result(
            Verdict.UNKNOWN, f"{seen.host} gave no answer about its staple.", cause="silence"
        )
    if seen.staple == Accepts.YES:
        return Result(Verdict.PASS, f"{seen.host} staples as its certificate promises.")
    return Result(
        Verdict.FAIL,
        f"The certificate of {seen.host} demands a stapled OCSP answer; none is sent.",
        cause="no_staple",
        evidence=shown(leaf),
    )


@check(
    id="tls.alpn_h2",
    title="HTTP/2 is offered",
    stage=2,
    severity=Severity.S3,
    needs=TlsEndpoint,
    source="RFC 7301 section 3; RFC 9113 section 3.2",
    remedy="Switch HTTP/2 on at the edge or the server.",
    trouble="HTTP/2 is off",
    impact="Pages of many files load noticeably slower on phones.",
    item="4.3",
)
def alpn_h2(seen: TlsEndpoint) -> Result:
    if not seen.has_handshake:
        return NO_CERTIFICATE
    if seen.alpn == "h2":
        return Result(Verdict.PASS, f"{seen.host} offers HTTP/2.")
    return Result(
        Verdict.WARN, f"{seen.host} offers {seen.alpn or 'no protocol'} instead of HTTP/2.",
        cause="absent",
    )  # fmt: skip


@check(
    id="tls.pq",
    title="Ready for quantum-safe key exchange",
    stage=2,
    severity=Severity.S4,
    needs=TlsEndpoint,
    source="IANA TLS Supported Groups (X25519MLKEM768); RFC 8446 section 4.2.7",
    remedy="Nothing to do for a launch; current edges switch it on by themselves.",
    trouble="",
    impact="For the record: recorded traffic stays unreadable for future computers.",
    item="2.2",
)
def post_quantum(seen: TlsEndpoint) -> Result:
    if not seen.has_handshake:
        return NO_CERTIFICATE
    words = {
        Accepts.YES: "offers X25519MLKEM768",
        Accepts.NO: "does not offer X25519MLKEM768",
        Accepts.UNKNOWN: "gave no answer about X25519MLKEM768",
    }
    return Result(Verdict.INFO, f"{seen.host} {words[seen.post_quantum]}.")


CHECKS = (
    min_version,
    tls13,
    weak_cipher,
    key,
    ats,
    multi_ip,
    must_staple,
    alpn_h2,
    post_quantum,
)
