"""HSTS: does the browser stay on https, and does that lock anybody out?"""

from collections.abc import Iterator
from datetime import timedelta

from audits.observations.answers import clipped, host_of, scheme_of, shown_url
from audits.observations.hsts import (
    HostHttps,
    HstsScope,
    HstsSighting,
    HttpsState,
    TransportSecurity,
)
from audits.verdicts import Evidence, Result, Severity, Verdict, check

ONE_YEAR = timedelta(days=365)
FIRST_ERROR_STATUS = 400
LOCKED_OUT = frozenset({HttpsState.UNTRUSTED, HttpsState.HTTP_ONLY})


@check(
    id="http.hsts",
    title="HSTS lasts at least one year",
    stage=2,
    item="2.2",
    severity=Severity.S2,
    needs=TransportSecurity,
    source="RFC 6797 sections 6.1, 7.2 and 8.1",
    remedy="Send Strict-Transport-Security: max-age=31536000 on every https answer, redirects "
    "included. Add includeSubDomains only when every host under the domain has https.",
    trouble="Browsers aren't told to stay on https",
    impact="Someone on the same network can bring a visitor to an unencrypted copy of the app.",
)
def hsts(seen: TransportSecurity) -> Result:
    https = [s for s in seen.https if s.status < FIRST_ERROR_STATUS]
    if not https:
        message = f"{seen.host} gives no page or redirect over https to carry the header."
        return Result(Verdict.NA, message, cause="no_https_page")
    if not any(sighting.values for sighting in https):
        return _judge_absent(seen)
    wrong = next(filter(None, (_judge_value(s) for s in https if s.values)), None)
    if wrong is not None:
        return wrong
    bare = next((sighting for sighting in https if not sighting.values), None)
    if bare is not None:
        message = f"{shown_url(bare.url)} answers {bare.status} without the header."
        return Result(Verdict.WARN, message, cause="hop_without")
    return _judge_lifetime(https)


def _judge_absent(seen: TransportSecurity) -> Result:
    if any(sighting.values for sighting in seen.http):
        message = "Strict-Transport-Security comes over http only, where browsers ignore it."
        return Result(Verdict.FAIL, message, cause="http_only")
    return Result(Verdict.WARN, "No Strict-Transport-Security header.", cause="absent")


def _judge_value(sighting: HstsSighting) -> Result | None:
    policy = sighting.policy
    if policy is None or policy.is_on:
        return None
    evidence = (Evidence(shown_url(sighting.url), clipped(sighting.values[0])),)
    if policy.error:
        message = f"Browsers ignore the header: {policy.error}."
        return Result(Verdict.FAIL, message, cause="invalid", evidence=evidence)
    message = "max-age is 0, which switches HSTS off."
    return Result(Verdict.FAIL, message, cause="switched_off", evidence=evidence)


def _judge_lifetime(https: list[HstsSighting]) -> Result:
    policies = [sighting.policy for sighting in https]
    shortest = min(policy.max_age for policy in policies if policy)
    message = f"max-age is {shortest.days} days; {ONE_YEAR.days} expected."
    if shortest >= ONE_YEAR:
        return Result(Verdict.PASS, message)
    return Result(Verdict.WARN, message, cause="short")


@check(
    id="http.hsts_subdomain_risk",
    title="HSTS for subdomains locks no host out",
    stage=2,
    item="2.2",
    severity=Severity.S0,
    needs=HstsScope,
    source="RFC 6797 section 11.4",
    remedy="Give every host under the domain a valid certificate first; until then leave "
    "includeSubDomains out.",
    trouble="A security header locks people out of some hosts",
    impact="Browsers that saw the main site refuse the hosts without valid https, with no way "
    "to continue.",
)
def hsts_subdomain_risk(seen: HstsScope) -> Iterator[Result]:
    wide = [
        s for s in seen.sightings if s.policy and s.policy.is_on and s.policy.includes_subdomains
    ]
    if not wide:
        yield Result(Verdict.PASS, "No HSTS header includes subdomains.")
        return
    below = [(s, host) for s in wide for host in seen.hosts if _is_below(host, s)]
    locked = {host.host: (s, host) for s, host in below if host.state in LOCKED_OUT}
    for sighting, host in locked.values():
        yield _locked_out(sighting, host)
    if locked:
        return
    silent = [host.host for _, host in below if host.state is HttpsState.UNKNOWN]
    if silent:
        message = f"Whether {silent[0]} has valid https could not be seen."
        yield Result(Verdict.UNKNOWN, message, cause="no_answer")
    else:
        yield Result(Verdict.PASS, "Every known host that the header reaches has valid https.")


def _is_below(host: HostHttps, sighting: HstsSighting) -> bool:
    return host.host.endswith(f".{host_of(sighting.url)}")


def _locked_out(sighting: HstsSighting, host: HostHttps) -> Result:
    policy = sighting.policy
    is_preload = bool(policy and policy.has_preload)
    what = "serves http only" if host.state is HttpsState.HTTP_ONLY else "has no valid certificate"
    return Result(
        Verdict.FAIL,
        f"{host_of(sighting.url)} sends includeSubDomains, but {host.host} {what}.",
        Severity.S0 if is_preload else Severity.S1,
        subject=host.host,
        cause="locked_out",
        evidence=(
            Evidence(shown_url(sighting.url), clipped(sighting.values[0])),
            Evidence(host.host, clipped(host.note) or str(host.state)),
        ),
    )


@check(
    id="http.hsts_preload",
    title="preload is asked for only where its rules hold",
    stage=2,
    item="2.2",
    severity=Severity.S2,
    needs=HstsScope,
    source="hstspreload.org, submission requirements",
    remedy="Drop “preload” from the header, or meet every rule of hstspreload.org. Once listed, "
    "coming off the list takes months.",
    trouble="The domain asks browsers for a promise that it doesn't keep",
    impact="If the domain gets onto the browsers' list, hosts without https vanish for months.",
)
def hsts_preload(seen: HstsScope) -> Result:
    asking = [s for s in seen.sightings if s.policy and s.policy.has_preload]
    if not asking:
        return Result(Verdict.PASS, "No header asks for preloading.")
    broken = list(_broken_rules(seen))
    evidence = (Evidence(shown_url(asking[0].url), clipped(asking[0].values[0])),)
    if not broken:
        if seen.first_http_hop is None and not seen.is_port_80_closed:
            message = "Where http leads could not be seen, which is one of the rules."
            return Result(Verdict.UNKNOWN, message, cause="no_answer")
        return Result(Verdict.PASS, "The header asks for preloading and its rules hold.")
    message = f"The header asks for preloading, but {broken[0]}."
    rules = tuple(Evidence("rule", clipped(rule)) for rule in broken)
    return Result(Verdict.WARN, message, cause="rules_broken", evidence=evidence + rules)


def _broken_rules(seen: HstsScope) -> Iterator[str]:
    base = next((s.policy for s in seen.sightings if host_of(s.url) == seen.domain), None)
    if base is None or base.error:
        yield f"{seen.domain} itself sends no valid header"
    else:
        if base.max_age < ONE_YEAR:
            yield f"max-age is {base.max_age.days} days at {seen.domain}"
        if not base.includes_subdomains:
            yield f"includeSubDomains is missing at {seen.domain}"
        if not base.has_preload:
            yield f"preload is missing at {seen.domain}"
    for host in seen.hosts:
        if host.state in LOCKED_OUT:
            yield f"{host.host} has no valid https"
    if seen.first_http_hop is not None and not seen.is_port_80_closed:
        yield from _broken_hop(seen.domain, seen.first_http_hop)


def _broken_hop(domain: str, hop: str) -> Iterator[str]:
    if host_of(hop) != domain or scheme_of(hop) != "https":
        yield f"http://{domain}/ does not lead to https://{domain}/ first"


CHECKS = (hsts, hsts_subdomain_risk, hsts_preload)
