"""Faults that phones, stores and finders of faults meet."""

from __future__ import annotations

from tests.lab.fault import Find, fault

MOBILE = {
    "apple_redirects": fault("The iPhone app's link file redirects", Find("mob.aasa")),
    "apple_empty": fault("The iPhone app's link file names nobody", Find("mob.aasa")),
    "android_redirects": fault("The Android app's link file redirects", Find("mob.assetlinks")),
    "android_other_key": fault("The link file has another key", Find("mob.assetlinks")),
    "viewport_missing": fault("No viewport", Find("mob.viewport")),
    "viewport_no_zoom": fault("Nobody may enlarge the page", Find("mob.viewport", "warn")),
    "manifest_small_icons": fault("A manifest with tiny icons", Find("mob.manifest", "warn")),
    "privacy_missing": fault("No privacy policy", Find("mob.policy_urls")),
    "deletion_asks_to_sign_in": fault(
        "Deleting an account asks to sign in", Find("mob.policy_urls")
    ),
    "security_expired": fault("security.txt has expired", Find("wk.security_txt")),
}
