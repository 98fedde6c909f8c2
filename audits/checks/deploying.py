"""Was it built for production, does a deploy break what people have open, is it well. Stage 3."""

from audits.checks.app import nothing_met
from audits.observations.answers import clipped, shown_url
from audits.observations.build_signs import CLERK_TEST, Deployed, HealthRoute
from audits.observations.edge import EDGE_STATUSES
from audits.observations.exposure import ServedCode
from audits.verdicts import Confidence, Evidence, Result, Severity, Verdict, check

OK, FIRST_REDIRECT, NOT_FOUND, GONE, FIRST_SERVER_ERROR = 200, 300, 404, 410, 500
SLOWEST_HEALTH_MS = 1_000
MAX_SHOWN = 6


@check(
    id="deploy.production_build",
    title="The live app is built for production",
    stage=3,
    item="3.1",
    severity=Severity.S1,
    needs=ServedCode,
    source="React and Vite documentation, building for production",
    remedy="Run the production build (`npm run build`) where the app is deployed, and serve its "
    "output instead of the development server.",
    trouble="The live app is a development build",
    impact="It is several times larger and slower on phones, and it shows how it works inside.",
)
def production_build(seen: ServedCode) -> Result:
    if not seen.development_signs:
        return nothing_met(seen, "No sign of a development build")
    evidence = tuple(Evidence(words, file) for words, file in seen.development_signs[:MAX_SHOWN])
    message = f"{seen.domain} serves {seen.development_signs[0][0]}."
    return Result(Verdict.FAIL, message, cause="development", evidence=evidence)


@check(
    id="app.test_mode_keys",
    title="The live app uses live services",
    stage=1,
    item="1.2",
    severity=Severity.S0,
    needs=ServedCode,
    source="Stripe and Clerk documentation, test and live keys",
    remedy="Put the live keys into the production environment and rebuild.",
    trouble="Payment or sign-in runs in test mode",
    impact="Payments are not taken, or people sign in to a test instance that forgets them.",
)
def test_mode_keys(seen: ServedCode) -> Result:
    public = [secret for secret in seen.secrets if secret.hit.rule == "publishable"]
    test = [secret for secret in public if secret.hit.masked.startswith("pk_test_")]
    has_live = any(secret.hit.masked.startswith("pk_live_") for secret in public)
    keys = [(f"A test key ({secret.hit.masked})", secret.file) for secret in test]
    sure = [sign for sign in seen.sandbox_signs if sign[0] == CLERK_TEST]
    sure += [] if has_live else keys
    signs = sure + [sign for sign in (*keys, *seen.sandbox_signs) if sign not in sure]
    if not signs:
        return nothing_met(seen, "No test key and no sandbox")
    words, _ = signs[0]
    evidence = tuple(Evidence(sign, file) for sign, file in signs[:MAX_SHOWN])
    message = f"{words[:1].upper()}{words[1:]} stands in the code of {seen.domain}."
    if sure:
        return Result(Verdict.FAIL, message, cause="test_mode", evidence=evidence)
    message += " It may stand behind a condition, so look whether live users meet it."
    sureness = Confidence.HEURISTIC
    return Result(Verdict.WARN, message, cause="maybe", evidence=evidence, confidence=sureness)


# pytest takes what begins with test for its own.
test_mode_keys.judge.__test__ = False  # type: ignore[attr-defined]


@check(
    id="deploy.chunk_404",
    title="An old script is missing, and says so",
    stage=3,
    severity=Severity.S1,
    needs=Deployed,
    source="RFC 9110 section 15.5.5",
    remedy="Answer 404 for missing files below the assets' folder, and keep the previous build's "
    "files for a day.",
    trouble="After a deploy, open pages turn white",
    impact="People who have the app open get a page where their phone expects a script, and see "
    "nothing until they reload.",
)
def chunk_404(seen: Deployed) -> Result:
    answer = seen.missing_chunk
    if not seen.chunk_url:
        message = "The page loads no script with a hash in its name."
        return Result(Verdict.NA, message, cause="no_hash")
    if answer is None:
        return Result(Verdict.UNKNOWN, "The missing script gave no answer.", cause="no_answer")
    evidence = (Evidence("asked for", shown_url(seen.chunk_url)),)
    if answer.status in {NOT_FOUND, GONE}:
        return Result(Verdict.PASS, f"A script that is gone answers {answer.status}.")
    if answer.status == OK and answer.is_html:
        message = "A script that doesn't exist is answered with a page and 200."
        return Result(Verdict.FAIL, message, cause="page", evidence=evidence)
    message = f"A script that doesn't exist is answered with {answer.status}."
    return Result(Verdict.INFO, message, cause="other", evidence=evidence)


@check(
    id="deploy.error_page",
    title="A page that doesn't exist says so",
    stage=3,
    severity=Severity.S2,
    needs=Deployed,
    source="RFC 9110 section 15.5.5",
    remedy="Answer 404 for paths that lead nowhere, with a page of your own.",
    trouble="Wrong addresses look right",
    impact="A mistyped link shows the start page, and search engines keep addresses that lead "
    "nowhere.",
)
def error_page(seen: Deployed) -> Result:
    status = seen.missing.status
    if status in {NOT_FOUND, GONE}:
        return Result(Verdict.PASS, f"A path that can't exist answers {status}.")
    if FIRST_REDIRECT <= status < NOT_FOUND:
        message = f"A path that can't exist answers {status}, so it isn't judged."
        return Result(Verdict.INFO, message, cause="elsewhere")
    if status in EDGE_STATUSES:
        message = f"The edge in front answers {status}, so the app could not be asked."
        return Result(Verdict.UNKNOWN, message, cause="edge")
    if status >= FIRST_SERVER_ERROR:
        message = f"A path that can't exist answers {status}, as if the server had failed."
        return Result(Verdict.WARN, message, cause="server_error")
    if seen.is_missing_home:
        message = "A path that can't exist shows the start page with 200; a single-page app does."
        return Result(Verdict.INFO, message, cause="single_page")
    message = f"A path that can't exist answers {status}."
    return Result(Verdict.WARN, message, cause="soft_404")


@check(
    id="deploy.build_id",
    title="Which build is live",
    stage=3,
    item="",
    severity=Severity.S4,
    needs=Deployed,
    source="Next.js and Vercel documentation; RFC 9110 section 8.8.3",
    remedy="Answer the build's version at /version.",
    trouble="",
    impact="Nobody can tell from outside whether the newest version is live.",
)
def build_id(seen: Deployed) -> Result:
    if not seen.marks:
        return Result(Verdict.INFO, "Nothing names the build from outside.", cause="unnamed")
    evidence = tuple(Evidence("mark", clipped(mark)) for mark in seen.marks)
    message = "The build can be told from outside; another mark means another deploy."
    return Result(Verdict.INFO, message, cause="named", evidence=evidence)


@check(
    id="deploy.public_repo",
    title="Whether the source is public on purpose",
    stage=3,
    item="",
    severity=Severity.S1,
    needs=Deployed,
    source="OWASP ASVS 5.0 section 13.4.1",
    remedy="Make the repository private unless it is open source, and rotate every key in its "
    "history.",
    trouble="The source code may be public",
    impact="Keys in its history can be used by anybody.",
)
def public_repo(seen: Deployed) -> Result:
    if not seen.links:
        return Result(Verdict.PASS, "The page links to no repository.")
    evidence = tuple(Evidence("link", link) for link in seen.links)
    message = f"The page links to {seen.links[0]}; whether it is public was not looked at."
    return Result(Verdict.INFO, message, cause="linked", evidence=evidence)


@check(
    id="deploy.health",
    title="The health route tells the truth",
    stage=3,
    severity=Severity.S1,
    needs=HealthRoute,
    source="RFC 9111 section 5.2.2.5; RFC 9110 section 15",
    remedy="Answer 200 as JSON within a second, with no-store, and only when the database and the "
    "services it needs answer too.",
    trouble="Nobody can tell from outside whether the app is well",
    impact="Monitors stay green while users see errors, or the other way round.",
)
def health(seen: HealthRoute) -> Result:
    subject = shown_url(seen.url)
    met = _unwell(seen)
    if met is not None:
        cause, words = met
        evidence = (Evidence("answer", clipped(seen.text)),) if not seen.secrets else ()
        return Result(Verdict.FAIL, f"{subject} {words}.", cause=cause, evidence=evidence)
    faults = [
        words
        for is_met, words in (
            (seen.elapsed_ms > SLOWEST_HEALTH_MS, f"it took {seen.elapsed_ms / 1000:.1f} s"),
            ("no-store" not in seen.answer.tokens("cache-control"), "caches may keep it"),
            (not seen.must_say and seen.answer.media_type != "application/json", "it is no JSON"),
        )
        if is_met
    ]
    if faults:
        message = f"{subject} answers, but {' and '.join(faults)}."
        return Result(Verdict.WARN, message, cause="form", severity=Severity.S3)
    return Result(Verdict.PASS, f"{subject} answers as it should.")


def _unwell(seen: HealthRoute) -> tuple[str, str] | None:
    if seen.secrets:
        return "secret", f"shows a {seen.secrets[0]}"
    if seen.answer.status != seen.expected_status:
        expected = seen.expected_status
        return "status", f"answers {seen.answer.status} and not {expected}"
    if seen.must_say and seen.must_say not in seen.text:
        return "token", f"doesn't contain “{seen.must_say}”"
    if seen.answer.is_html and not seen.must_say:
        return "html", "answers with a page, which a single-page app does for any path"
    return None


CHECKS = (
    production_build,
    test_mode_keys,
    chunk_404,
    error_page,
    build_id,
    public_repo,
    health,
)
