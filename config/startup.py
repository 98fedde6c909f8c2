"""What web and workers ask before they begin."""

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

log = structlog.get_logger(__name__)


def refuse_strong_role() -> None:
    """Raise `ImproperlyConfigured` where the database's walls would not hold for this process.

    A database that is away is no reason to stay down: `/readyz` says so until it is back.
    """
    from accounts.rolecheck import role_faults  # noqa: PLC0415 - the apps must be loaded

    try:
        faults = role_faults(connection)
    except DatabaseError as error:
        log.warning("role check postponed", error=str(error))
        return
    finally:
        # A forked worker must not share this process's connection or its pool.
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL has one
    if faults:
        raise ImproperlyConfigured(" ".join(faults))
