"""Faults of how an API behaves under use, and of previews."""

from __future__ import annotations

from tests.lab.fault import Find, fault

RELIABILITY = {
    "no_request_id": fault("Answers don't name their request", Find("rel.request_id", "warn")),
    "preview_open": fault("A preview for everybody", Find("app.preview_exposed", "warn")),
    "preview_noindex": fault("A preview that search engines leave alone (harmless)"),
}
