"""Can a fault be found, does the API say when to come back, does a limit stop a flood. Stage 5."""

from audits.observations.answers import shown_url
from audits.observations.reliability import ApiAnswers, Burst, Preview
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

OK = 200
LEAST_BURST = 10
MAX_SHOWN = 4


@check(
    id="rel.request_id",
    title="Every answer names its request",
    stage=5,
    item="",
    severity=Severity.S3,
    needs=ApiAnswers,
    source="W3C Trace Context, traceparent",
    remedy="Set X-Request-Id on every answer and write it into every log line.",
    trouble="A fault that a user reports can't be found in the logs",
    impact="Finding out what went wrong for one person takes hours instead of minutes.",
)
def request_id(seen: ApiAnswers) -> Result:
    bare = seen.without_request_id
    if not bare:
        return Result(Verdict.PASS, f"Every answer of {seen.host} names its request.")
    evidence = tuple(Evidence("without", shown_url(one.url)) for one in bare[:MAX_SHOWN])
    message = f"{len(bare)} of {len(seen.answers)} answers of {seen.host} don't name their request."
    return Result(Verdict.WARN, message, cause="absent", evidence=evidence)


@check(
    id="rel.retry_after",
    title="Who is turned away is told when to come back",
    stage=5,
    item="",
    severity=Severity.S3,
    needs=ApiAnswers,
    source="RFC 9110 section 10.2.3, RFC 6585 section 4",
    remedy="Send Retry-After with every 429 and 503.",
    trouble="Apps that are turned away come back at once",
    impact="A short overload becomes a long one.",
)
def retry_after(seen: ApiAnswers) -> Result:
    away = seen.turned_away
    if not away:
        return Result(Verdict.NA, "Nobody was turned away while we looked.", cause="not_met")
    silent = [one for one in away if one.header("retry-after") is None]
    if not silent:
        return Result(Verdict.PASS, "Who is turned away is told when to come back.")
    message = f"{shown_url(silent[0].url)} answers {silent[0].status} without Retry-After."
    return Result(Verdict.WARN, message, cause="absent")


@check(
    id="rel.rate_limit",
    title="Costly or open routes have a limit",
    stage=5,
    item="5.4",
    severity=Severity.S1,
    consent=Consent.L3,
    needs=Burst,
    source="RFC 6585 section 4; IETF draft on RateLimit header fields",
    remedy="Limit each address and each user, and answer 429 with Retry-After above it.",
    trouble="Nothing stops a bot from calling as often as it likes",
    impact="One script can run up your bill or make the app slow for everybody.",
)
def rate_limit(seen: Burst) -> Result:
    count = len(seen.statuses)
    evidence = (
        Evidence("answers", " ".join(map(str, seen.statuses))),
        Evidence("fields", ", ".join(seen.limit_fields) or "none about limits"),
    )
    if seen.challenger:
        message = f"{seen.challenger}’s filter stepped in after {count} requests."
        return Result(Verdict.PASS, message, evidence=evidence)
    if seen.statuses and seen.statuses[-1] == 429:  # noqa: PLR2004 - RFC 6585
        more = "" if seen.has_retry_after else " It doesn't say when to come back."
        message = f"After {count} requests it answers 429.{more}"
        return Result(Verdict.PASS, message, evidence=evidence)
    if seen.limit_fields:
        message = f"{count} requests were answered, and the answers name a limit."
        return Result(Verdict.PASS, message, evidence=evidence)
    if count < LEAST_BURST:
        message = f"Only {count} requests were answered, too few to tell."
        return Result(Verdict.UNKNOWN, message, cause="too_few", evidence=evidence)
    message = (
        f"{count} requests in {seen.elapsed_ms / 1000:.0f} s were answered without a limit; one "
        "per account or by cost doesn't show this way."
    )
    return Result(Verdict.WARN, message, cause="none", evidence=evidence)


@check(
    id="app.preview_exposed",
    title="Previews are not open to everybody",
    stage=1,
    item="1.2",
    severity=Severity.S2,
    needs=Preview,
    source="RFC 9309; X-Robots-Tag as search engines document it",
    remedy="Put previews behind a sign-in, or answer `X-Robots-Tag: noindex` on them.",
    trouble="A half-finished copy of the app can be found by everybody",
    impact="People and search engines land on old data and test accounts.",
)
def preview_exposed(seen: Preview) -> Result:
    if seen.leads_to_sign_in or seen.status in {401, 403, 404, 410}:
        return Result(Verdict.PASS, f"{seen.host} doesn't open for strangers.")
    if seen.status != OK:
        message = f"{seen.host} answers {seen.status}."
        return Result(Verdict.INFO, message, cause="status")
    if seen.is_noindex:
        message = f"{seen.host} opens for everybody, but asks search engines to stay out."
        return Result(Verdict.PASS, message)
    message = f"{seen.host} opens for everybody and may be indexed."
    return Result(Verdict.WARN, message, cause="open")


CHECKS = (request_id, retry_after, rate_limit, preview_exposed)
