"""Pages that a bot filter shows instead of the site, by vendor. Pure.

A challenged host says nothing about the app behind it, so nothing there may be judged.
Source: the vendors' documentation and the markers their pages carry (November 2026).
"""

import re
from dataclasses import dataclass

CHALLENGE_STATUSES = frozenset({401, 403, 405, 429, 503})
MAX_READ_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a vendor's challenge looks like: header (name, pattern) and body, all must match.

    `statuses` empty means that any status counts: the mark stands on challenges only.
    """

    vendor: str
    header: tuple[str, str] | None = None
    body: str = ""
    statuses: frozenset[int] = CHALLENGE_STATUSES


ANY: frozenset[int] = frozenset()
OFTEN_200 = frozenset({200, 202, *CHALLENGE_STATUSES})
FINGERPRINTS = (
    Fingerprint("Cloudflare", ("cf-mitigated", r"^challenge$"), statuses=ANY),
    Fingerprint("Cloudflare", body=r"/cdn-cgi/challenge-platform/|cf-chl-|_cf_chl_opt"),
    Fingerprint(
        "Cloudflare", ("server", r"^cloudflare"), r"<title>(Just a moment|Attention Required)"
    ),
    Fingerprint("Cloudflare", ("server", r"^cloudflare"), r"error code: 10(06|07|08|09|10|12|15)"),
    Fingerprint(
        "Akamai", ("server", r"^AkamaiGHost"), r"Access Denied|Reference&#32;#|Reference #"
    ),
    Fingerprint("Akamai", body=r"sec-if-cpt-container|/_sec/cp_challenge/", statuses=OFTEN_200),
    Fingerprint("Akamai", body=r"errors\.edgesuite\.net"),
    Fingerprint("AWS WAF", ("x-amzn-waf-action", r"challenge|captcha"), statuses=ANY),
    Fingerprint("AWS WAF", body=r"awsWafCookieDomainList|token\.awswaf\.com", statuses=OFTEN_200),
    Fingerprint("Vercel", ("x-vercel-mitigated", r"challenge|deny"), statuses=ANY),
    Fingerprint("Vercel", body=r"<title>Vercel Security Checkpoint"),
    Fingerprint("DataDome", body=r"captcha-delivery\.com"),
    Fingerprint("HUMAN (PerimeterX)", body=r"window\._pxAppId|px-captcha|captcha\.px-cdn\.net"),
    Fingerprint("Imperva", body=r"_Incapsula_Resource|Incapsula incident ID", statuses=OFTEN_200),
    Fingerprint("Sucuri", ("server", r"^Sucuri"), r"Sucuri Website Firewall"),
    Fingerprint("Kasada", ("x-kpsdk-ct", r"."), statuses=CHALLENGE_STATUSES),
    Fingerprint("Fastly", body=r"/_fs-ch-[\w-]+/", statuses=OFTEN_200),
    Fingerprint("DDoS-Guard", ("server", r"^ddos-guard"), statuses=CHALLENGE_STATUSES),
    Fingerprint("Azure WAF", ("x-azure-ref", r"."), r"The request is blocked\.|Azure WAF"),
)


def challenger(status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> str:
    """The vendor whose challenge this answer is, or "" where it is none.

    A plain 401, 403 or 429 of the app itself has no vendor's mark and is no challenge.
    At most the first 20,000 bytes of the body are read.
    """
    text = body[:MAX_READ_CHARS].decode("utf-8", "replace")
    marks = (mark for mark in FINGERPRINTS if _matches(mark, status, headers, text))
    return next((mark.vendor for mark in marks), "")


def _matches(
    mark: Fingerprint, status: int, headers: tuple[tuple[str, str], ...], text: str
) -> bool:
    if mark.statuses and status not in mark.statuses:
        return False
    if mark.header is not None and not _has(headers, *mark.header):
        return False
    return not mark.body or re.search(mark.body, text, re.IGNORECASE) is not None


def _has(headers: tuple[tuple[str, str], ...], name: str, pattern: str) -> bool:
    return any(key == name and re.search(pattern, value, re.IGNORECASE) for key, value in headers)
