"""DSNs as Django's DATABASES: one database, three roles (security.md 2.1)."""

from datetime import timedelta
from typing import Any

import environ

ENGINE = "accounts.backend"

# A request or a task never waits longer; migrations and retention may work for minutes.
APP_LIMITS = {
    "statement_timeout": timedelta(seconds=15),
    "lock_timeout": timedelta(seconds=5),
    "idle_in_transaction_session_timeout": timedelta(seconds=60),
}
OWNER_LIMITS = {"lock_timeout": timedelta(seconds=10)}


# `Any`: Django's own shape of a database's settings.
def database(url: str, *, limits: dict[str, timedelta], pool_size: int = 0) -> dict[str, Any]:
    """The settings of one alias. Without a URL connecting fails with a sentence."""
    config: dict[str, Any] = environ.Env.db_url_config(url) if url else {"NAME": ""}
    options = {
        **config.get("OPTIONS", {}),
        "options": " ".join(
            f"-c {name}={limit // timedelta(milliseconds=1)}" for name, limit in limits.items()
        ),
    }
    if pool_size:
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10}
    return {**config, "ENGINE": ENGINE, "CONN_MAX_AGE": 0, "OPTIONS": options}


# `Any`: as above.
def databases(
    *, app_url: str, owner_url: str, ops_url: str, pool_size: int
) -> dict[str, dict[str, Any]]:
    """`default` is lr_app; `owner` migrates and purges; `ops` works across practices.

    `owner` and `ops` mirror nothing and belong to named modules only.
    """
    default = database(app_url, limits=APP_LIMITS, pool_size=pool_size)
    return {
        "default": {**default, "ATOMIC_REQUESTS": True},
        "owner": database(owner_url, limits=OWNER_LIMITS),
        "ops": database(ops_url, limits=APP_LIMITS),
    }
