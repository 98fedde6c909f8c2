"""Faults of how a product is built and deployed."""

from __future__ import annotations

from tests.lab.fault import Find, fault

DEPLOYING = {
    "development_build": fault("React's development build", Find("deploy.production_build")),
    "test_instance": fault("Sign-in at a test instance", Find("app.test_mode_keys")),
    "soft_404": fault("Wrong addresses answer 200", Find("deploy.error_page", "warn")),
    "chunk_page": fault("A page comes for an old script", Find("deploy.chunk_404")),
    "health_down": fault(
        "The health route answers 503, and not until when",
        Find("deploy.health"),
        Find("rel.retry_after", "warn"),
    ),
}
