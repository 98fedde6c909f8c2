"""Faults of speed and weight."""

from __future__ import annotations

from tests.lab.fault import Find, fault

PERF = {
    "api_flaky": fault("The API answers every second request 503", Find("perf.quick")),
    "text_unpacked": fault("Nothing is packed", Find("perf.compression")),
    "gzip_only": fault("Texts are packed by gzip only", Find("perf.compression", "warn")),
    "scripts_heavy": fault("A script of 600 kB", Find("perf.page_weight", "warn")),
    "strangers_block": fault("Three scripts of others stand in the way", Find("perf.third_party")),
    "https_hints_stale": fault(
        "The HTTPS record names an old address", Find("perf.https_rr", "warn")
    ),
    "https_alpn_false": fault(
        "The HTTPS record promises HTTP/2 in vain",
        Find("perf.https_rr", "warn"),
        Find("perf.http2", "warn"),
    ),
}
