"""Faults of what stands in front."""

from __future__ import annotations

from tests.lab.fault import Find, fault

EDGE = {
    "behind_edge": fault("An edge stands in front (harmless)"),
    "origin_direct": fault("The server answers past its edge", Find("edge.origin_exposed", "warn")),
    "mail_behind_edge": fault("Mail runs into the edge", Find("edge.mail_not_proxied", consent=0)),
    "edge_not_in_front": fault("The declared edge is not there", Find("edge.proxied", "warn")),
    "edge_521": fault("The edge can't reach the server", Find("edge.ssl_mode")),
    "apps_challenged": fault("Apps meet a challenge", Find("edge.app_reach")),
    "forgotten_name": fault("A forgotten name", Find("edge.subdomain_map", "warn")),
    "admin_open": fault("An admin page without sign-in", Find("edge.admin_exposed", consent=2)),
    "admin_login": fault(
        "An admin page for everybody's passwords", Find("edge.admin_exposed", "warn", consent=2)
    ),
}
