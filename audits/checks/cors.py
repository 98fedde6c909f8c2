"""May the front end call the API, and nobody else's page with the user's session?"""

from collections.abc import Iterator
from dataclasses import replace

from audits.observations.answers import Answer, clipped, shown_url
from audits.observations.cors import CorsAnswer, CorsProbe, OriginKind, Preflight, PreflightSet
from audits.verdicts import Evidence, Result, Severity, Verdict, check

SUFFIX_KINDS = (OriginKind.PREFIXED, OriginKind.SUFFIXED, OriginKind.PLAIN_HTTP)
SAFE_METHODS = frozenset({"GET", "HEAD", "POST"})
FIRST_SUCCESS, FIRST_REDIRECT = 200, 300
SIGNALS_FRESHNESS = ("expires", "last-modified")


@check(
    id="cors.preflight",
    title="The front end may call the API",
    stage=2,
    item="F2.3",
    severity=Severity.S0,
    needs=PreflightSet,
    source="Fetch Standard, CORS protocol",
    remedy="Answer OPTIONS with 204 before any sign-in check: Access-Control-Allow-Origin with "
    "the front end's origin, and the methods and headers that it sends.",
    trouble="The front end can't reach its own API",
    impact="The page opens, but nothing loads and nothing can be saved on this domain.",
)
def preflight(seen: PreflightSet) -> Iterator[Result]:
    if not seen.calls:
        message = "No declared front end calls it from another origin."
        yield Result(Verdict.NA, message, cause="same_origin")
    told: dict[tuple[Verdict, str], list[Result]] = {}
    for call in seen.calls:
        result = _judge_call(call)
        told.setdefault((result.verdict, result.cause), []).append(result)
    for results in told.values():
        more = f" So from {len(results)} front ends." if len(results) > 1 else ""
        yield replace(results[0], message=results[0].message + more)


def _judge_call(call: Preflight) -> Result:
    what = f"{call.method} {shown_url(call.url)}"
    if call.answer.answer is None:
        return Result(Verdict.UNKNOWN, call.answer.note, cause="no_answer")
    trouble = _trouble(call, call.answer.answer)
    if trouble is None:
        return Result(Verdict.PASS, f"{call.origin} may call {what}.")
    cause, words = trouble
    message = f"{what} from {call.origin}: {words}."
    if not call.is_declared:
        message += " No route is declared, so it isn't known whether the app does this."
        return Result(Verdict.INFO, message, cause="not_declared")
    return Result(Verdict.FAIL, message, cause=cause, evidence=_lines(call.answer))


def _trouble(call: Preflight, answer: Answer) -> tuple[str, str] | None:
    if call.needs_preflight and not FIRST_SUCCESS <= answer.status < FIRST_REDIRECT:
        return "status", f"OPTIONS answers {answer.status}, and browsers then stop"
    if not call.answer.is_admitted:
        met = clipped(call.answer.allowed) or "absent"
        return "origin", f"Access-Control-Allow-Origin is {met}"
    if not call.needs_preflight:
        return None
    return _method_trouble(call, answer) or _header_trouble(call, answer)


def _method_trouble(call: Preflight, answer: Answer) -> tuple[str, str] | None:
    methods = answer.tokens("access-control-allow-methods")
    is_free = call.method in SAFE_METHODS or "*" in methods
    if is_free or call.method.lower() in methods:
        return None
    met = clipped(", ".join(methods)) or "absent"
    return "method", f"Access-Control-Allow-Methods is {met}"


def _header_trouble(call: Preflight, answer: Answer) -> tuple[str, str] | None:
    allowed = answer.tokens("access-control-allow-headers")
    # The star covers every header but Authorization, which must be named (Fetch).
    covered = "*" in allowed
    for name in (name.lower() for name in call.headers):
        if name not in allowed and not (covered and name != "authorization"):
            met = clipped(", ".join(allowed)) or "absent"
            return "headers", f"{name} is not in Access-Control-Allow-Headers ({met})"
    return None


@check(
    id="cors.reflect_credentials",
    title="No stranger's page may use the session",
    stage=2,
    item="F2.3",
    severity=Severity.S0,
    needs=CorsProbe,
    source="Fetch Standard, CORS protocol and credentials",
    remedy="Compare Origin with an exact list of your front ends and answer only those.",
    trouble="Any website can read the data of signed-in people",
    impact="A person who is signed in and opens a bad page gives that page everything the app "
    "knows about them.",
)
def reflect_credentials(seen: CorsProbe) -> Result:
    met = seen.of(OriginKind.FOREIGN)
    if met is None or met.answer is None:
        return _unseen(met)
    if not met.is_echoed:
        what = f"is {clipped(met.allowed)}" if met.allowed else "is absent"
        message = f"For a strange origin Access-Control-Allow-Origin {what}."
        return Result(Verdict.PASS, message)
    if not met.allows_credentials:
        message = "A strange origin is echoed, without credentials."
        return Result(Verdict.WARN, message, cause="echoed", evidence=_lines(met))
    how = "; calls sign in by an Authorization header" if seen.is_bearer_only else ""
    return Result(
        Verdict.FAIL,
        f"A strange origin is echoed and credentials are allowed{how}.",
        Severity.S2 if seen.is_bearer_only else Severity.S0,
        cause="echoed_with_credentials",
        evidence=_lines(met),
    )


@check(
    id="cors.null_origin",
    title="The origin “null” is not let in",
    stage=2,
    item="F2.3",
    severity=Severity.S1,
    needs=CorsProbe,
    source="Fetch Standard, CORS protocol",
    remedy="Drop “null” from the list of allowed origins.",
    trouble="Sandboxed pages of strangers may use the session",
    impact="Any website can make a frame whose origin is “null” and read the user's data.",
)
def null_origin(seen: CorsProbe) -> Result:
    if _echoes_strangers(seen):
        return Result(
            Verdict.NA, "Every origin is echoed (cors.reflect_credentials).", cause="echoed"
        )
    met = seen.of(OriginKind.NULL)
    if met is None or met.answer is None:
        return _unseen(met)
    if met.is_echoed and met.allows_credentials:
        message = "Origin: null is allowed with credentials."
        return Result(Verdict.FAIL, message, cause="null_allowed", evidence=_lines(met))
    return Result(Verdict.PASS, "Origin: null gets no credentials.")


@check(
    id="cors.suffix_match",
    title="Look-alike origins are not let in",
    stage=2,
    item="F2.3",
    severity=Severity.S1,
    needs=CorsProbe,
    source="Fetch Standard, CORS protocol",
    remedy="Compare the whole origin, scheme included, with an exact list.",
    trouble="A look-alike domain may use the session",
    impact="Somebody registers a similar name and reads the data of signed-in people.",
)
def suffix_match(seen: CorsProbe) -> Result:
    if _echoes_strangers(seen):
        return Result(
            Verdict.NA, "Every origin is echoed (cors.reflect_credentials).", cause="echoed"
        )
    tried = [answer for answer in seen.answers if answer.kind in SUFFIX_KINDS]
    let_in = next((a for a in tried if a.is_echoed and a.allows_credentials), None)
    if let_in is not None:
        message = f"{let_in.origin} is allowed with credentials."
        return Result(Verdict.FAIL, message, cause=str(let_in.kind), evidence=_lines(let_in))
    if not tried or any(answer.answer is None for answer in tried):
        return _unseen(next((answer for answer in tried if answer.answer is None), None))
    return Result(Verdict.PASS, f"{len(tried)} look-alike origins get no credentials.")


@check(
    id="cors.star_credentials",
    title="The star is not sent with credentials",
    stage=2,
    item="F2.3",
    severity=Severity.S1,
    needs=CorsProbe,
    source="Fetch Standard, CORS protocol and credentials",
    remedy="Name the front end's origin instead of the star where credentials are allowed.",
    trouble="Browsers drop the API's answers",
    impact="Signed-in calls fail: browsers refuse the star together with credentials.",
)
def star_credentials(seen: CorsProbe) -> Result:
    answered = [answer for answer in seen.answers if answer.answer is not None]
    if not answered:
        return _unseen(seen.answers[0] if seen.answers else None)
    star = next((a for a in answered if a.allowed == "*" and a.allows_credentials), None)
    if star is not None:
        message = "Access-Control-Allow-Origin is * while credentials are allowed."
        return Result(Verdict.FAIL, message, cause="star", evidence=_lines(star))
    return Result(Verdict.PASS, "The star never comes with credentials.")


@check(
    id="cors.vary",
    title="Answers that depend on the origin say so",
    stage=2,
    item="F2.3",
    severity=Severity.S1,
    needs=CorsProbe,
    source="Fetch Standard, CORS protocol and HTTP caches; RFC 9110 section 12.5.5",
    remedy="Add Vary: Origin wherever Access-Control-Allow-Origin depends on the request.",
    trouble="A cache may hand one site's answer to another",
    impact="Calls fail at random: the cache in between gives the front end an answer that was "
    "meant for another address.",
)
def vary(seen: CorsProbe) -> Result:
    own, foreign = seen.of(OriginKind.OWN), seen.of(OriginKind.FOREIGN)
    if own is None or own.answer is None or foreign is None or foreign.answer is None:
        return _unseen(own if own is None or own.answer is None else foreign)
    echoed = next((answer for answer in (own, foreign) if answer.is_echoed), None)
    if echoed is None or own.allowed == foreign.allowed:
        return Result(Verdict.PASS, "The answer doesn't depend on the origin.")
    answer = own.answer
    if {"origin", "*"} & set(answer.tokens("vary")):
        return Result(Verdict.PASS, "Vary names Origin.")
    directives = {token.partition("=")[0] for token in answer.tokens("cache-control")}
    if directives & {"no-store", "private"}:
        return Result(Verdict.NA, "No shared cache may keep the answer.", cause="not_cacheable")
    message = "Access-Control-Allow-Origin follows the request, and Vary doesn't name Origin."
    is_plain = bool(directives & {"public", "max-age", "s-maxage"}) or any(
        answer.header(name) for name in SIGNALS_FRESHNESS
    )
    verdict = Verdict.FAIL if is_plain else Verdict.WARN
    return Result(verdict, message, cause="no_vary", evidence=_lines(own))


def _echoes_strangers(seen: CorsProbe) -> bool:
    foreign = seen.of(OriginKind.FOREIGN)
    return foreign is not None and foreign.is_echoed


def _unseen(met: CorsAnswer | None) -> Result:
    message = met.note if met and met.note else "The route could not be asked with that origin."
    return Result(Verdict.UNKNOWN, message, cause="no_answer")


def _lines(met: CorsAnswer) -> tuple[Evidence, ...]:
    status = str(met.answer.status) if met.answer else "none"
    lines = [Evidence("Origin", met.origin), Evidence("status", status)]
    headers = met.answer.headers if met.answer else ()
    lines += [
        Evidence(name, clipped(value))
        for name, value in headers
        if name.startswith("access-control-allow") or name == "vary"
    ]
    return tuple(lines[:8])


CHECKS = (preflight, reflect_credentials, null_origin, suffix_match, star_credentials, vary)
