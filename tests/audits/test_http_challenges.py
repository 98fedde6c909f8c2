"""A bot filter's page is told from an app's own refusal."""

import pytest

from audits.observations.challenges import challenger


@pytest.mark.parametrize(
    ("status", "headers", "body", "vendor"),
    [
        (403, (("cf-mitigated", "challenge"),), b"", "Cloudflare"),
        (200, (("cf-mitigated", "challenge"),), b"", "Cloudflare"),
        (503, (("server", "cloudflare"),), b"<title>Just a moment...</title>", "Cloudflare"),
        (403, (), b"<script src='/cdn-cgi/challenge-platform/x'>", "Cloudflare"),
        (403, (("server", "AkamaiGHost"),), b"<h1>Access Denied</h1>", "Akamai"),
        (202, (("x-amzn-waf-action", "challenge"),), b"", "AWS WAF"),
        (429, (("x-vercel-mitigated", "challenge"),), b"", "Vercel"),
        (403, (), b"<script src='https://ct.captcha-delivery.com/c.js'>", "DataDome"),
        (403, (), b"<script>window._pxAppId = 'x'</script>", "HUMAN (PerimeterX)"),
        (200, (), b"<iframe src='/_Incapsula_Resource?x'>", "Imperva"),
    ],
)
def test_a_challenge_names_its_vendor(status, headers, body, vendor) -> None:
    assert challenger(status, headers, body) == vendor


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (401, (("www-authenticate", "Basic"),), b"Sign in"),
        (403, (("server", "nginx"),), b"<h1>403 Forbidden</h1>"),
        (403, (("server", "cloudflare"),), b'{"error": "forbidden"}'),
        (429, (("retry-after", "3"),), b"Too many requests"),
        (503, (("server", "cloudflare"),), b"Down for maintenance"),
        (
            200,
            (("server", "cloudflare"),),
            b"<title>BrightChat</title>/cdn-cgi/challenge-platform/",
        ),
        (200, (("cf-mitigated", ""),), b""),
    ],
)
def test_an_apps_own_answer_is_no_challenge(status, headers, body) -> None:
    assert challenger(status, headers, body) == ""
