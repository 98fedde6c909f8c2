"""Do links open the app, do pages fit a phone, and would the stores' review pass?

Source: Apple "Supporting associated domains", Google Digital Asset Links, W3C Web App
Manifest, HTML's meta viewport, RFC 9116.
"""

from collections.abc import Iterator

from audits.observations.answers import clipped, shown_url
from audits.observations.http import HomePage
from audits.observations.mobile import (
    A_YEAR,
    APPLE_LIMIT_BYTES,
    FINGERPRINT,
    AndroidLinks,
    AppleLinks,
    LinkFile,
    Manifest,
    SecurityText,
    StorePage,
    android_fingerprints,
    apple_app_ids,
    manifest_faults,
    read_expiry,
    read_json,
    security_fields,
    viewport_settings,
)
from audits.verdicts import Confidence, Evidence, Result, Severity, Verdict, check

OK, FIRST_REDIRECT, FIRST_ERROR, FIRST_SERVER_ERROR = 200, 300, 400, 500
TOO_MANY = 429
JSON_TYPES = frozenset({"application/json", "application/pkcs7-mime"})
LEAST_ZOOM = 2.0
NO_APP = (
    " Whether the app opens links isn't declared, so this may be meant: name its id in the facts."
)
PROBLEM = "Links in mails open the browser instead of the app, so signing in by a link fails there."


@check(
    id="mob.aasa",
    title="Links open the iPhone app",
    stage=2,
    severity=Severity.S0,
    needs=AppleLinks,
    source="Apple, Supporting associated domains",
    remedy="Serve the JSON file itself at /.well-known/apple-app-site-association on this host, "
    "without a redirect, as application/json, with the app's team and bundle in applinks.",
    trouble="Links don't open the iPhone app",
    impact=PROBLEM,
)
def aasa(seen: AppleLinks) -> Result:
    met = _served(seen) or _apple(seen)
    if met is None:
        return _typed(seen, "The file names the app.")
    return _met(seen, *met, is_sure=bool(seen.expected))


def _apple(seen: AppleLinks) -> tuple[str, str] | None:
    value = read_json(seen.text)
    if value is None:
        return "not_json", "the file is no JSON that can be read"
    ids = apple_app_ids(value)
    if not ids:
        return "empty", "the file names no app in applinks (some hosts serve such an empty one)"
    missing = [one for one in seen.expected if one not in ids]
    if missing:
        return "other_app", f"the file names {clipped(', '.join(ids[:4]))} and not {missing[0]}"
    if seen.length_bytes > APPLE_LIMIT_BYTES:
        return "too_large", f"the file has {seen.length_bytes} bytes, more than Apple reads"
    return None


@check(
    id="mob.assetlinks",
    title="Links open the Android app",
    stage=2,
    severity=Severity.S0,
    needs=AndroidLinks,
    source="Google Digital Asset Links",
    remedy="Serve the JSON list at /.well-known/assetlinks.json on this host, without a redirect, "
    "with the package and both fingerprints: Google Play's signing key and your own.",
    trouble="Links don't open the Android app",
    impact=PROBLEM,
)
def assetlinks(seen: AndroidLinks) -> Result:
    met = _served(seen) or _android(seen)
    if met is None:
        return _typed(seen, "The file names the app and its keys.")
    return _met(seen, *met, is_sure=bool(seen.package))


def _android(seen: AndroidLinks) -> tuple[str, str] | None:
    value = read_json(seen.text)
    if not isinstance(value, list):
        return "not_json", "the file is no JSON list"
    if seen.is_robots_blocked:
        return "robots", "robots.txt keeps Google from reading it"
    found = android_fingerprints(value, seen.package)
    if not found:
        who = f"for {seen.package}" if seen.package else "for any app"
        return "empty", f"the file lets nobody open links {who}"
    bad = [one for one in found if not FINGERPRINT.fullmatch(one)]
    if bad:
        return "fingerprint", f"{clipped(bad[0])} is no SHA-256 fingerprint"
    missing = [one for one in seen.expected if one.upper() not in found]
    if missing:
        return "other_key", f"the key {missing[0][:23]}… that was declared is not in the file"
    return None


def _served(seen: LinkFile) -> tuple[str, str] | None:
    """What is wrong with the answer itself, as cause and words."""
    status = seen.answer.status
    if FIRST_REDIRECT <= status < FIRST_ERROR:
        return "redirect", f"it answers {status} and sends elsewhere, which phones don't follow"
    if status != OK:
        return f"status_{status // 100}xx", f"it answers {status}"
    return ("html", "a page comes in place of the file") if seen.is_html else None


def _met(seen: LinkFile, cause: str, words: str, *, is_sure: bool) -> Result:
    if seen.answer.status == TOO_MANY:
        message = f"{seen.host} asked us to slow down, so this isn't known."
        return Result(Verdict.UNKNOWN, message, cause="slow_down")
    evidence = (Evidence("address", shown_url(seen.answer.url)),)
    message = f"At {seen.host} {words}."
    if seen.is_twin and cause == "redirect":
        message += " That matters only where links use this name."
        return Result(Verdict.INFO, message, cause=cause, evidence=evidence)
    if is_sure:
        return Result(Verdict.FAIL, message, cause=cause, evidence=evidence)
    return Result(
        Verdict.WARN,
        message + NO_APP,
        cause=cause,
        evidence=evidence,
        confidence=Confidence.HEURISTIC,
    )


def _typed(seen: LinkFile, message: str) -> Result:
    if seen.answer.media_type in JSON_TYPES:
        return Result(Verdict.PASS, message)
    met = seen.answer.media_type or "no type"
    message = f"{message} It comes as {clipped(met)}, not as application/json."
    return Result(Verdict.WARN, message, cause="media_type")


@check(
    id="mob.viewport",
    title="Pages fit the phone and can be enlarged",
    stage=4,
    severity=Severity.S2,
    needs=HomePage,
    source="HTML, meta viewport; WCAG 2.2, 1.4.4",
    remedy='Put <meta name="viewport" content="width=device-width, initial-scale=1"> into the '
    "head and let people enlarge.",
    trouble="Pages don't fit a phone",
    impact="On a phone everything is tiny, or can't be enlarged by those who need it.",
)
def viewport(seen: HomePage) -> Result:
    is_shown = seen.answer is not None and seen.answer.status < FIRST_ERROR
    if seen.page is None or seen.is_elsewhere or not is_shown:
        return Result(Verdict.NA, "This host shows no page of its own.", cause="no_page")
    content = seen.page.viewport
    if content is None:
        return Result(Verdict.FAIL, "The page has no meta viewport.", cause="absent")
    said = viewport_settings(content)
    evidence = (Evidence("viewport", clipped(content)),)
    if said.get("user-scalable") in {"no", "0"} or _is_below(said.get("maximum-scale"), LEAST_ZOOM):
        message = "The page keeps people from enlarging it."
        return Result(Verdict.WARN, message, cause="no_zoom", evidence=evidence)
    if "width" not in said and "initial-scale" not in said:
        message = "The page's viewport says nothing of the phone's width."
        return Result(Verdict.FAIL, message, cause="no_width", evidence=evidence)
    return Result(Verdict.PASS, "The page fits the phone's width.")


def _is_below(value: str | None, least: float) -> bool:
    try:
        return value is not None and 0 <= float(value) < least
    except ValueError:
        return False


@check(
    id="mob.manifest",
    title="The app can be put on the home screen",
    stage=2,
    severity=Severity.S3,
    needs=Manifest,
    source="W3C Web Application Manifest",
    remedy="Serve the manifest as JSON with icons of 192 and 512 pixels and a start_url in scope.",
    trouble="The app can't be put on the home screen",
    impact="Phones don't offer to install the app, or show it with a blank icon.",
)
def manifest(seen: Manifest) -> Result:
    evidence = (Evidence("manifest", shown_url(seen.url)),)
    if seen.answer.status != OK:
        message = f"The page names a manifest that answers {seen.answer.status}."
        return Result(Verdict.WARN, message, cause="status", evidence=evidence)
    faults = manifest_faults(seen)
    if not faults:
        return Result(Verdict.PASS, "The manifest names icons and where the app begins.")
    message = f"The manifest has faults: {'; '.join(faults)}."
    return Result(Verdict.WARN, message, cause="faults", evidence=evidence)


@check(
    id="mob.policy_urls",
    title="The pages that the stores open are there",
    stage=2,
    severity=Severity.S0,
    needs=StorePage,
    source="App Store and Google Play listing rules",
    remedy="Publish the page at this address, readable without signing in.",
    trouble="A page that the app stores ask for can't be read",
    impact="The review of the app fails until the page can be read by everybody.",
)
def policy_urls(seen: StorePage) -> Result:
    status = seen.answer.status
    evidence = (Evidence("address", shown_url(seen.url)),)
    if status == TOO_MANY:
        message = f"The page for {seen.name} asked us to slow down, so this isn't known."
        return Result(Verdict.UNKNOWN, message, cause="slow_down")
    if seen.leads_to_sign_in:
        message = f"The page for {seen.name} asks to sign in first."
        return Result(Verdict.FAIL, message, cause="sign_in", evidence=evidence)
    if status != OK:
        message = f"The page for {seen.name} answers {status}."
        return Result(Verdict.FAIL, message, cause="status", evidence=evidence)
    return Result(Verdict.PASS, f"The page for {seen.name} can be read.")


@check(
    id="wk.security_txt",
    title="Finders of faults know whom to tell",
    stage=2,
    severity=Severity.S4,
    needs=SecurityText,
    source="RFC 9116 sections 2.5.3, 2.5.5 and 3",
    remedy="Publish /.well-known/security.txt as text/plain with Contact and one Expires date "
    "within a year.",
    trouble="",
    impact="Whoever finds a hole can't tell you before telling others.",
)
def security_txt(seen: SecurityText) -> Iterator[Result]:
    if seen.answer is None:
        yield Result(Verdict.WARN, "There is no security.txt.", cause="absent")
        return
    if seen.answer.is_html:
        yield Result(Verdict.FAIL, "A page comes in place of security.txt.", cause="html")
        return
    fields = security_fields(seen.text)
    expiry = read_expiry(fields.get("expires", []))
    if not fields.get("contact"):
        yield Result(Verdict.FAIL, "security.txt names no Contact.", cause="no_contact")
    elif expiry is None:
        message = "security.txt has no single Expires date that can be read."
        yield Result(Verdict.FAIL, message, cause="no_expiry")
    elif expiry <= seen.asked_at:
        yield Result(Verdict.FAIL, f"security.txt expired on {expiry:%d %b %Y}.", cause="expired")
    else:
        yield from _small_faults(seen, expires_late=expiry - seen.asked_at > A_YEAR)


def _small_faults(seen: SecurityText, *, expires_late: bool) -> Iterator[Result]:
    faults = [
        words
        for is_met, words in (
            (seen.is_legacy_path, "it lies at the older path /security.txt"),
            (expires_late, "it expires in more than a year"),
            (seen.answer and seen.answer.media_type != "text/plain", "it isn't text/plain"),
        )
        if is_met
    ]
    if faults:
        yield Result(Verdict.WARN, f"security.txt is there, but {', '.join(faults)}.", cause="form")
    else:
        yield Result(Verdict.PASS, "security.txt says whom to tell, and until when.")


CHECKS = (aasa, assetlinks, viewport, manifest, policy_urls, security_txt)
