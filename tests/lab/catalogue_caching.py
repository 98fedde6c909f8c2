"""Faults of what caches may keep."""

from __future__ import annotations

from tests.lab.fault import Find, fault

CACHING = {
    "session_shared": fault(
        "A page that signs in may be kept for everybody", Find("cache.personalised_public")
    ),
    "page_unsaid": fault(
        "Pages say nothing about caches",
        Find("cache.html_anonymous", "warn"),
        Find("cache.personalised_public", "warn"),
    ),
    "shell_kept": fault("Browsers keep the page for an hour", Find("deploy.shell_cache")),
    "files_short": fault("Hashed files are kept for ten minutes", Find("cache.static", "warn")),
    "files_not_kept": fault("Hashed files may not be kept", Find("cache.static")),
    "edge_misses": fault("The edge misses each time", Find("cache.cdn_hit", "warn")),
    "validator_ignored": fault("ETags are sent and ignored", Find("cache.validator", "warn")),
    "files_vary": fault("Files vary by browser and cookie", Find("cache.vary", "warn")),
    "error_kept": fault("A 404 is kept for an hour", Find("cache.error_cached", "warn")),
}
