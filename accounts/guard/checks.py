"""What the lab demands of the settings: it opens loopback, so it stays on this machine."""

from collections.abc import Iterable

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

# "testserver" is what Django's test environment adds; no public name has a single label.
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})


def lab_fault(*, is_lab: bool, allowed_hosts: Iterable[str]) -> str | None:
    """Why LAB=1 can't stand beside `allowed_hosts`, as a sentence; None where it can."""
    foreign = [host for host in allowed_hosts if not _is_local(host)]
    if not is_lab or not foreign:
        return None
    return (
        f"LAB=1 stands beside ALLOWED_HOSTS {', '.join(sorted(foreign))}. The lab lets audits "
        "reach this machine's loopback, which no public server may; unset LAB, or allow only "
        "localhost, 127.0.0.1 and names under .test."
    )


def _is_local(host: str) -> bool:
    return host in LOCAL_HOSTS or host.endswith(".test")


@register("guard")
def check_lab_stays_local(**_: object) -> list[CheckMessage]:
    fault = lab_fault(is_lab=settings.LAB, allowed_hosts=settings.ALLOWED_HOSTS)
    return [Error(fault, id="guard.E001")] if fault else []
