"""TLS: does a visitor meet a valid, complete certificate. Stage 2."""

from datetime import UTC, datetime, timedelta

from audits.observations.tls import AllHosts, Certificate, TlsEndpoint, covers
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

LAST_DAYS = timedelta(days=7)
LIFETIME_SHARE_LEFT = 3
MAX_LIFETIMES = (
    (datetime(2029, 3, 15, tzinfo=UTC), timedelta(days=47)),
    (datetime(2027, 3, 15, tzinfo=UTC), timedelta(days=100)),
    (datetime(2026, 3, 15, tzinfo=UTC), timedelta(days=200)),
)
# A limit of N days is kept by certificates of N days and the seconds of their last day.
LIFETIME_GRACE = timedelta(days=1)
MIN_CHAIN = 2

HOSTNAME_WORDS = "hostname mismatch"
WEAK_WORDS = "too weak"
TIME_WORDS = ("expired", "not yet valid")
MISSING_ISSUER_WORDS = ("unable to get local issuer", "unable to verify the first")

NO_CERTIFICATE = Result(Verdict.NA, "No certificate was shown.", cause="no_handshake")


def shown(certificate: Certificate) -> tuple[Evidence, ...]:
    """The certificate in four lines."""
    return (
        Evidence("certificate for", ", ".join(certificate.names[:8]) or certificate.subject),
        Evidence("issued by", certificate.issuer),
        Evidence("valid", f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"),
        Evidence("key", f"{certificate.key_kind} {certificate.key_bits or ''}".strip()),
    )


@check(
    id="tls.reachable",
    title="The site answers over https",
    stage=2,
    severity=Severity.S0,
    needs=TlsEndpoint,
    source="RFC 6066 section 3 (SNI); RFC 8446 section 4 (handshake)",
    remedy="Open port 443 on the edge or the server and install a certificate for this host.",
    trouble="The site can't be opened over https",
    impact="Browsers warn before the first page or show nothing at all, on every device.",
    item="2.2",
)
def reachable(seen: TlsEndpoint) -> Result:
    where = (Evidence("address", f"{seen.address} port 443"),)
    if not seen.is_open:
        return Result(
            Verdict.FAIL, f"Port 443 of {seen.host} refuses connections.", cause="closed",
            evidence=where,
        )  # fmt: skip
    if not seen.has_handshake:
        return Result(
            Verdict.FAIL,
            f"Port 443 of {seen.host} is open, but no TLS handshake comes of it.",
            cause="no_handshake",
            evidence=(*where, Evidence("met", seen.handshake_error)),
        )
    return Result(Verdict.PASS, f"{seen.host} speaks {seen.version} with {seen.cipher}.")


@check(
    id="tls.chain_valid",
    title="Browsers trust the certificate",
    stage=2,
    severity=Severity.S0,
    needs=TlsEndpoint,
    source="RFC 5280 section 6",
    remedy="Use a certificate of a public authority, or put the host behind the proxy that "
    "trusts this one.",
    trouble="Browsers don't trust the site's certificate",
    impact="Visitors meet a full-page warning instead of the app, and most of them leave.",
    item="2.2",
)
def chain_valid(seen: TlsEndpoint) -> Result:
    leaf = seen.leaf
    if leaf is None:
        return NO_CERTIFICATE
    if not seen.verify_error or _has_its_own_row(seen, leaf):
        return Result(Verdict.PASS, f"The chain of {seen.host} ends at a trusted root.")
    if _is_only_incomplete(seen):
        return Result(
            Verdict.INFO,
            f"{seen.host} sends no intermediate, so its chain could not be followed.",
            cause="incomplete",
        )
    return Result(
        Verdict.FAIL,
        f"The certificate of {seen.host} is not trusted: {seen.verify_error}.",
        cause="self_signed" if leaf.is_self_issued else "untrusted",
        evidence=shown(leaf),
    )


def _has_its_own_row(seen: TlsEndpoint, leaf: Certificate) -> bool:
    """Whether the verification stopped at the leaf's name, dates or key, judged elsewhere."""
    error = seen.verify_error.lower()
    is_out_of_time = seen.seen_at > leaf.not_after or seen.seen_at < leaf.not_before
    if is_out_of_time and any(word in error for word in TIME_WORDS):
        return True
    return HOSTNAME_WORDS in error or WEAK_WORDS in error


def _is_only_incomplete(seen: TlsEndpoint) -> bool:
    """The intermediate is missing and the leaf names where it could be fetched."""
    leaf = seen.leaf
    is_missing = any(word in seen.verify_error.lower() for word in MISSING_ISSUER_WORDS)
    return bool(
        leaf and is_missing and len(seen.chain) < MIN_CHAIN and not leaf.is_self_issued
        and leaf.has_issuer_url
    )  # fmt: skip


@check(
    id="tls.chain_complete",
    title="The server sends its intermediate certificate",
    stage=2,
    severity=Severity.S1,
    needs=TlsEndpoint,
    source="RFC 8446 section 4.4.2",
    remedy="Serve the full chain (fullchain.pem), the leaf first, then the intermediate.",
    trouble="Phones may refuse the certificate",
    impact="Desktop Chrome repairs the gap by itself; apps and Android phones show an error.",
    item="2.2",
)
def chain_complete(seen: TlsEndpoint) -> Result:
    leaf = seen.leaf
    if leaf is None:
        return NO_CERTIFICATE
    error = seen.verify_error.lower()
    is_missing = any(word in error for word in MISSING_ISSUER_WORDS)
    if len(seen.chain) < MIN_CHAIN and is_missing and not leaf.is_self_issued:
        return Result(
            Verdict.FAIL,
            f"{seen.host} sends only its own certificate, without the intermediate of "
            f"{leaf.issuer_organisation or leaf.issuer}.",
            cause="leaf_only",
            evidence=shown(leaf),
        )
    count = len(seen.chain)
    return Result(Verdict.PASS, f"{seen.host} sends {count} certificate{'s'[: count != 1]}.")


@check(
    id="tls.hostname",
    title="The certificate is made for this host",
    stage=2,
    severity=Severity.S0,
    needs=TlsEndpoint,
    source="RFC 9525 section 6",
    remedy="Reissue the certificate with every name that visitors type; a wildcard covers "
    "exactly one label.",
    trouble="The certificate is for another name",
    impact="Visitors meet a warning that the site may be an impostor.",
    item="2.2",
)
def hostname(seen: TlsEndpoint) -> Result:
    leaf = seen.leaf
    if leaf is None:
        return NO_CERTIFICATE
    if covers(leaf, seen.host):
        return Result(Verdict.PASS, f"The certificate names {seen.host}.")
    names = ", ".join(leaf.names[:6]) or "no name at all"
    return Result(
        Verdict.FAIL,
        f"The certificate shown for {seen.host} is made for {names}.",
        cause="wrong_name",
        evidence=shown(leaf),
    )


@check(
    id="tls.expiry",
    title="The certificate is renewed in time",
    stage=2,
    severity=Severity.S1,
    needs=TlsEndpoint,
    source="RFC 5280 section 4.1.2.5; CA/Browser Forum ballot SC-081v3",
    remedy="Repair the automatic renewal (ACME) and renew now.",
    trouble="The certificate runs out",
    impact="On that day every visitor meets a warning instead of the app.",
    item="2.2",
)
def expiry(seen: TlsEndpoint) -> Result:
    leaf = seen.leaf
    if leaf is None:
        return NO_CERTIFICATE
    left, facts = leaf.not_after - seen.seen_at, shown(leaf)
    if left < timedelta(0):
        return Result(
            Verdict.FAIL, f"The certificate of {seen.host} expired on {leaf.not_after:%d %b %Y}.",
            severity=Severity.S0, cause="expired", evidence=facts,
        )  # fmt: skip
    if seen.seen_at < leaf.not_before:
        return Result(
            Verdict.FAIL,
            f"The certificate of {seen.host} is not valid before {leaf.not_before:%d %b %Y}.",
            severity=Severity.S0, cause="not_yet_valid", evidence=facts,
        )  # fmt: skip
    words = f"The certificate of {seen.host} lasts another {left.days} days"
    # A certificate that lives for days is renewed in its last third; 7 days would be always.
    last = min(LAST_DAYS, leaf.lifetime / LIFETIME_SHARE_LEFT)
    if left < last:
        return Result(Verdict.FAIL, f"{words}.", cause="last_days", evidence=facts)
    if left < leaf.lifetime / LIFETIME_SHARE_LEFT:
        return Result(
            Verdict.WARN, f"{words}; it should have been renewed by now.", cause="late",
            evidence=facts,
        )  # fmt: skip
    return Result(Verdict.PASS, f"{words}.")


@check(
    id="tls.lifetime",
    title="The certificate is not issued for too long",
    stage=2,
    severity=Severity.S3,
    needs=TlsEndpoint,
    source="CA/Browser Forum ballot SC-081v3",
    remedy="Let a public authority issue it anew; browsers refuse longer ones.",
    trouble="The certificate is issued for too long",
    impact="Some browsers refuse certificates that live longer than the rules allow.",
    item="2.2",
)
def lifetime(seen: TlsEndpoint) -> Result:
    leaf = seen.leaf
    if leaf is None:
        return NO_CERTIFICATE
    limit = next((most for since, most in MAX_LIFETIMES if leaf.not_before >= since), None)
    days = leaf.lifetime.days
    if limit is None or leaf.lifetime <= limit + LIFETIME_GRACE:
        return Result(Verdict.PASS, f"It is issued for {days} days.")
    return Result(
        Verdict.WARN,
        f"It is issued for {days} days; {limit.days} are allowed.",
        cause="too_long",
        evidence=shown(leaf),
    )


@check(
    id="tls.all_hosts",
    title="Every intended host has valid https",
    stage=2,
    severity=Severity.S1,
    needs=AllHosts,
    source="RFC 9525 section 6; RFC 5280 section 6",
    remedy="Add the host to the certificate, or take it off the list if it is retired.",
    trouble="Some of the product's addresses have no valid https",
    impact="A part of the product opens with a warning or not at all.",
    consent=Consent.L1,
    item="2.2",
)
def all_hosts(seen: AllHosts) -> list[Result]:
    results = [
        Result(
            Verdict.FAIL,
            f"{host.host}: {host.trouble}.",
            severity=Severity.S0 if host.host == seen.main_host else Severity.S1,
            subject=host.host,
            cause="invalid",
        )
        for host in seen.hosts
        if host.trouble and host.is_known
    ]
    if results:
        return results
    unknown = [host.host for host in seen.hosts if not host.is_known]
    if unknown:
        return [
            Result(
                Verdict.UNKNOWN,
                f"Not every host could be looked at: {', '.join(unknown[:6])}.",
                cause="not_seen",
            )
        ]
    return [Result(Verdict.PASS, f"All {len(seen.hosts)} intended hosts have valid https.")]


CHECKS = (
    reachable,
    chain_valid,
    chain_complete,
    hostname,
    expiry,
    lifetime,
    all_hosts,
)
