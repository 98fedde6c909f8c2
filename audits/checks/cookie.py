"""Do cookies that sign somebody in stay where they belong?"""

from collections.abc import Iterator

from audits.observations.cookies import Cookie, SeenCookie
from audits.observations.http import HomePage
from audits.verdicts import Confidence, Result, Severity, Verdict, check


@check(
    id="cookie.flags",
    title="Sign-in cookies are Secure, HttpOnly and SameSite",
    stage=2,
    severity=Severity.S1,
    needs=HomePage,
    source="RFC 6265 sections 4.1.2.5 and 4.1.2.6; draft-ietf-httpbis-rfc6265bis (SameSite)",
    remedy="Set Secure, HttpOnly and SameSite=Lax on session cookies; name them __Host-….",
    trouble="Sign-in cookies can be read or sent where they shouldn't",
    impact="One injected script, or one request over plain http, is enough to take over a "
    "signed-in account.",
)
def flags(seen: HomePage) -> Iterator[Result]:
    judged = [_judge(item, seen) for item in _set(seen)]
    troubles = [result for results in judged for result in results]
    yield from troubles
    if not judged:
        yield Result(
            Verdict.NA, "No cookie is set on the start or sign-in page.", cause="no_cookie"
        )
    elif not troubles:
        yield Result(Verdict.PASS, f"All of {len(judged)} cookies carry the flags they need.")


def _set(seen: HomePage) -> list[SeenCookie]:
    """Each cookie once, the last setting wins; cookies that are only removed are left out."""
    latest = {item.cookie.name: item for item in seen.cookies}
    return [item for item in latest.values() if not item.cookie.is_deletion]


def _judge(item: SeenCookie, seen: HomePage) -> list[Result]:
    cookie = item.cookie
    subject = f"{seen.host} {cookie.name}"
    if cookie.same_site == "none" and not cookie.is_secure:
        message = f"{cookie.name} has SameSite=None without Secure: browsers drop it."
        return [Result(Verdict.FAIL, message, subject=subject, cause="none_without_secure")]
    missing = _missing_flags(cookie) if cookie.is_session_like else []
    if missing:
        return [_exposed(cookie, missing, subject, has_hsts=seen.has_hsts)]
    if cookie.is_session_like and not cookie.same_site:
        message = f"{cookie.name} has no SameSite; browsers differ in what they assume."
        return [Result(Verdict.WARN, message, subject=subject, cause="no_same_site")]
    return []


def _missing_flags(cookie: Cookie) -> list[str]:
    flags = (("Secure", cookie.is_secure), ("HttpOnly", cookie.is_http_only))
    return [name for name, is_set in flags if not is_set]


def _exposed(cookie: Cookie, missing: list[str], subject: str, *, has_hsts: bool) -> Result:
    is_softened = has_hsts and missing == ["Secure"]
    message = f"{cookie.name} looks like a sign-in cookie and lacks {' and '.join(missing)}."
    if is_softened:
        message += " HSTS keeps most visits on https."
    return Result(
        Verdict.FAIL,
        message,
        Severity.S2 if is_softened else Severity.S1,
        subject=subject,
        cause="no_" + "_".join(name.lower() for name in missing),
        confidence=Confidence.PROBABLE,
    )


@check(
    id="cookie.domain",
    title="Cookies stay on their own host",
    stage=2,
    severity=Severity.S3,
    needs=HomePage,
    source="RFC 6265 section 4.1.2.3",
    remedy="Leave Domain out of the cookie, unless several hosts share one sign-in.",
    trouble="Sign-in cookies are sent to every subdomain",
    impact="Whoever runs another host under the domain (a status page, a help desk, a preview) "
    "receives the cookies of signed-in people.",
)
def domain(seen: HomePage) -> Iterator[Result]:
    wide = [i.cookie for i in _set(seen) if i.cookie.domain == seen.domain and not i.cookie.is_csrf]
    if not _set(seen):
        yield Result(
            Verdict.NA, "No cookie is set on the start or sign-in page.", cause="no_cookie"
        )
    elif not wide:
        yield Result(Verdict.PASS, "No cookie is sent to the whole domain.")
    for cookie in wide:
        yield _judge_wide(cookie, seen)


def _judge_wide(cookie: Cookie, seen: HomePage) -> Result:
    subject = f"{seen.host} {cookie.name}"
    message = f"{cookie.name} goes to every host under {seen.domain}"
    near = seen.untrusted_hosts or seen.other_hosts
    if not near or not cookie.is_session_like:
        return Result(Verdict.INFO, f"{message}.", subject=subject, cause="whole_domain")
    message += f", {near[0]} among them."
    if not seen.untrusted_hosts:
        message += " That is right where they share one sign-in."
    return Result(Verdict.WARN, message, subject=subject, cause="whole_domain")


CHECKS = (flags, domain)
