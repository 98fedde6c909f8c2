"""What any answer of the product must carry, whoever asked; each function returns the gaps."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.http import HttpResponse

POLICY = {
    "default-src 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "form-action 'self'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
ADDRESS_ATTRIBUTES = {"href", "src", "action", "formaction", "data", "hx-get", "hx-post"}


def missing_headers(answer: HttpResponse) -> Iterator[str]:
    """X9 and X29: the strict policy, no framing, no guessing of types, https for a year."""
    policy = answer.headers.get("Content-Security-Policy", "")
    parts = {part.strip() for part in policy.split(";")}
    # A file that somebody handed in runs in no page at all.
    if "sandbox" not in parts:
        yield from sorted(POLICY - parts)
    if "unsafe" in policy or "nonce-" in policy or "*" in policy:
        yield f"policy admits too much: {policy}"
    for name, wanted in HEADERS.items():
        found = answer.headers.get(name)
        # A page behind a secret address says even less of itself.
        if found != wanted and (name, found) != ("Referrer-Policy", "no-referrer"):
            yield f"{name}: {answer.headers.get(name)}"


def cacheable(answer: HttpResponse, *, is_signed_in: bool) -> Iterator[str]:
    """X7: a fragment is no page, and nothing of a signed-in person stays in a cache."""
    if "hx-request" not in answer.headers.get("Vary", "").lower():
        yield f"Vary: {answer.headers.get('Vary')}"
    if is_signed_in and "no-store" not in answer.headers.get("Cache-Control", ""):
        yield f"Cache-Control: {answer.headers.get('Cache-Control')}"


def inline_parts(answer: HttpResponse) -> list[str]:
    """X9: scripts, styles and handlers that stand in the page itself."""
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return []
    found = Inline()
    found.feed(answer.content.decode())
    return found.gaps


class Inline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_data = given.get("type") == "application/json"
        if tag == "style" or (tag == "script" and "src" not in given and not is_data):
            self.gaps.append(f"<{tag}>")
        for name, value in given.items():
            is_handler = name.startswith("on") or re.match(r"(?:data-)?hx-on", name)
            is_script = name in ADDRESS_ATTRIBUTES and re.match(r"\s*(?:javascript|data):", value)
            if name == "style" or is_handler or is_script:
                self.gaps.append(f"<{tag} {name}={value!r}>")
