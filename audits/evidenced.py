"""What of the catalogue can't be seen from outside, and the stage item that takes its evidence.

Source: audit specification, sections 2.4, 2.6, 2.7 and 2.8. A name here is never judged by
the machine: a person shows it, and the item holds what they showed.
"""

from types import MappingProxyType
from typing import Final

EVIDENCED: Final = MappingProxyType(
    {
        "deploy.ci": "3.1",
        "deploy.env_parity": "7.3",
        "deploy.rollback": "3.4",
        "deploy.secret_store": "3.3",
        "deploy.migrations": "7.5",
        "rel.monitor_coverage": "5.1",
        "rel.keyword": "5.1",
        "rel.two_regions": "5.1",
        "rel.cert_watch": "5.1",
        "rel.domain_watch": "5.1",
        "rel.dns_drift": "5.1",
        "rel.status_page": "5.1",
        "rel.alert_route": "5.2",
        "rel.fallback": "5.2",
        "rel.log_redaction": "5.3",
        "hand.inventory": "7.1",
        "hand.access_notes": "7.2",
        "hand.env_inventory": "7.3",
        "hand.links_alive": "7.1",
        "hand.retest_clean": "7.1",
        "hand.diff": "7.1",
        "hand.restart_drill": "7.7",
        "hand.calendar": "7.10",
        "hand.known_limits": "7.8",
    }
)
