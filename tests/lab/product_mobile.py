"""What a product with apps serves to phones, stores and finders of faults."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.lab.product_pages import Has, page
from tests.lab.web import Request, Response, redirect, text

APP_ID = "A1B2C3D4E5.app.brightchat"
PACKAGE = "app.brightchat"
FINGERPRINT = ":".join(["AB", "CD"] * 16)
OTHER_FINGERPRINT = ":".join(["0F"] * 32)
STORE_PATHS = {
    "privacy policy": "/privacy",
    "terms": "/terms",
    "support": "/support",
    "deleting an account": "/account/delete",
}
MANIFEST = "/manifest.webmanifest"
WELL_KNOWN = "/.well-known/"


def for_phones(domain: str, request: Request, has: Has) -> Response | None:
    """The answer to an address that phones or stores ask for; None for any other."""
    path = request.path
    if path == f"{WELL_KNOWN}apple-app-site-association":
        return _apple(request, has)
    if path == f"{WELL_KNOWN}assetlinks.json":
        return _android(request, has)
    if path == MANIFEST:
        return _manifest(has)
    if path == f"{WELL_KNOWN}security.txt":
        return _security(domain, has)
    if path in STORE_PATHS.values():
        return _store_page(domain, request, has)
    return None


def _apple(request: Request, has: Has) -> Response | None:
    if has("apple_redirects"):
        return redirect(302, f"https://{request.host}/links.json")
    details = [] if has("apple_empty") else [{"appIDs": [APP_ID], "components": [{"/": "/m/*"}]}]
    return _json({"applinks": {"details": details}})


def _android(request: Request, has: Has) -> Response:
    if has("android_redirects"):
        return redirect(302, f"https://{request.host}/links.json")
    key = OTHER_FINGERPRINT if has("android_other_key") else FINGERPRINT
    return _json(
        [
            {
                "relation": ["delegate_permission/common.handle_all_urls"],
                "target": {
                    "namespace": "android_app",
                    "package_name": PACKAGE,
                    "sha256_cert_fingerprints": [key],
                },
            }
        ]
    )


def _manifest(has: Has) -> Response:
    sizes = ("48x48",) if has("manifest_small_icons") else ("192x192", "512x512")
    icons = [{"src": f"/images/icon-{size}.png", "sizes": size} for size in sizes]
    made = {"name": "BrightChat", "start_url": "/", "scope": "/", "icons": icons}
    return text(json.dumps(made), content_type="application/manifest+json")


def _security(domain: str, has: Has) -> Response:
    ends = datetime.now(UTC) + timedelta(days=-1 if has("security_expired") else 180)
    body = f"Contact: mailto:security@{domain}\nExpires: {ends:%Y-%m-%d}T00:00:00Z\n"
    return text(body)


def _store_page(domain: str, request: Request, has: Has) -> Response | None:
    if request.path == STORE_PATHS["deleting an account"] and has("deletion_asks_to_sign_in"):
        return redirect(302, f"https://app.{domain}/login")
    if request.path == STORE_PATHS["privacy policy"] and has("privacy_missing"):
        return None
    body = "<p>What we keep, why, and for how long.</p>"
    return Response(200, page(domain, request.host, request.path, "In short", body, has).encode())


def _json(data: object) -> Response:
    return text(json.dumps(data), content_type="application/json")
