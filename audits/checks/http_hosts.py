"""One product, one origin: apex and www agree, and strangers' host names get nothing."""

from audits.observations.answers import host_of, origin_of, scheme_of, shown_url
from audits.observations.redirects import Chain, ChainEnd, DefaultHost, RedirectMatrix
from audits.observations.similarity import is_alike
from audits.verdicts import Confidence, Evidence, Result, Severity, Verdict, check

DEAD = frozenset({ChainEnd.UNTRUSTED, ChainEnd.TLS_FAILED, ChainEnd.REFUSED})


@check(
    id="http.www_consistency",
    title="All variants of the address end at one origin",
    stage=2,
    item="2.3",
    severity=Severity.S1,
    needs=RedirectMatrix,
    source="RFC 6596 section 3 (canonical link as a fallback)",
    remedy="Choose the address with or without www, and redirect every other variant to it "
    "with 308, path and query kept.",
    trouble="The app answers at two addresses",
    impact="People signed in at one address are signed out at the other, API calls fail from "
    "one of them, and search engines list the product twice.",
)
def www_consistency(seen: RedirectMatrix) -> Result:
    served = [chain for chain in seen.roots if _is_https_page(chain)]
    if not served:
        return _nothing_served(seen)
    double = _second_origin(served) or _deep_origin(seen, served)
    if double is not None:
        return double
    waiting = [c for c in seen.roots if c.end in {ChainEnd.UNKNOWN, ChainEnd.BLOCKED}]
    if waiting:
        return _waiting(waiting[0])
    return _missing_variant(seen) or Result(
        Verdict.PASS, f"Every variant ends at {served[0].final_origin}."
    )


def _is_https_page(chain: Chain) -> bool:
    return chain.is_served and scheme_of(chain.final_origin) == "https"


def _waiting(chain: Chain) -> Result:
    is_blocked = chain.end is ChainEnd.BLOCKED
    verdict = Verdict.BLOCKED if is_blocked else Verdict.UNKNOWN
    message = chain.note or f"{shown_url(chain.start)} gave no answer."
    return Result(verdict, message, cause="blocked" if is_blocked else "no_answer")


def _nothing_served(seen: RedirectMatrix) -> Result:
    waiting = [c for c in seen.roots if c.end in {ChainEnd.UNKNOWN, ChainEnd.BLOCKED}]
    if waiting:
        return _waiting(waiting[0])
    return Result(Verdict.NA, "No variant serves a page over https.", cause="nothing_served")


def _second_origin(served: list[Chain]) -> Result | None:
    first = served[0]
    other = next((c for c in served if c.final_origin != first.final_origin), None)
    if other is None:
        return None
    origins = f"{first.final_origin} and {other.final_origin}"
    evidence = _ends(served)
    if is_alike(first.simhash, other.simhash) or not (first.simhash and other.simhash):
        message = f"{origins} both serve the app."
        return Result(Verdict.FAIL, message, cause="two_origins", evidence=evidence)
    message = f"{origins} serve two different pages."
    return Result(
        Verdict.WARN,
        message,
        cause="two_pages",
        evidence=evidence,
        confidence=Confidence.PROBABLE,
    )


def _deep_origin(seen: RedirectMatrix, served: list[Chain]) -> Result | None:
    canonical = served[0].final_origin
    stray = next((c for c in seen.deeps if _is_https_page(c) and c.final_origin != canonical), None)
    if stray is None:
        return None
    message = f"The start page ends at {canonical}, but {shown_url(stray.start)} does not."
    return Result(Verdict.FAIL, message, cause="deep_not_redirected", evidence=_ends([stray]))


def _missing_variant(seen: RedirectMatrix) -> Result | None:
    for chain in seen.roots:
        host = host_of(chain.start)
        which = "www" if host.startswith("www.") else "apex"
        if chain.end is ChainEnd.NO_NAME and (which == "apex" or seen.is_www_expected):
            message = f"{host} does not exist: whoever types it finds nothing."
            return Result(Verdict.WARN, message, cause=f"{which}_absent")
        is_closed_http = chain.end is ChainEnd.REFUSED and scheme_of(_last_target(chain)) == "http"
        if (chain.end in DEAD and not is_closed_http) or (
            chain.end is ChainEnd.ANSWERED and not chain.is_served
        ):
            message = f"{shown_url(chain.start)} leads to no page. {chain.note}".strip()
            return Result(Verdict.WARN, message, cause=f"{which}_dead", evidence=_ends([chain]))
    return None


def _last_target(chain: Chain) -> str:
    return chain.steps[-1].location if chain.steps else chain.start


def _ends(chains: list[Chain]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            shown_url(chain.start),
            f"{chain.final_status or chain.end} at {origin_of(_last_url(chain))}",
        )
        for chain in chains[:6]
    )


def _last_url(chain: Chain) -> str:
    return chain.last.url if chain.last else chain.start


@check(
    id="http.default_host",
    title="Unknown host names get no app",
    stage=2,
    item="2.4",
    severity=Severity.S3,
    needs=DefaultHost,
    source="RFC 9110 section 7.4",
    remedy="List the hosts that the app serves and answer 421 or 404, or close the connection, "
    "for any other name.",
    trouble="The server shows the app under any name",
    impact="Someone else's domain can show your app, and links built from the host name can "
    "be forged.",
)
def default_host(seen: DefaultHost) -> Result:
    if seen.status is None:
        message = f"{seen.address} turns away a host name that is not its own. {seen.note}"
        return Result(Verdict.PASS, message.strip())
    if seen.is_app:
        message = f"{seen.address} serves the app to a host name that is not its own."
        return Result(Verdict.WARN, message, cause="any_host")
    message = f"{seen.address} answers {seen.status}, not the app, to a strange host name."
    return Result(Verdict.INFO, message)


CHECKS = (www_consistency, default_host)
