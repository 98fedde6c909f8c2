"""Ports of this machine that nobody uses."""

import socket

TRIES = 100


def next_free(first: int) -> int:
    """The first port from `first` on that can be listened on; else any free one."""
    for port in range(first, min(first + TRIES, 65536)):
        if is_free(port):
            return port
    return any_free()


def any_free() -> int:
    """A TCP port of the loopback address that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether both loopback addresses, so far as this machine has them, can be listened on.

    A server bound to every address leaves 127.0.0.1 bindable on some systems: ask it first.
    """
    with socket.socket() as caller:
        caller.settimeout(1)
        if caller.connect_ex(("127.0.0.1", port)) == 0:
            return False
    families = [(socket.AF_INET, "127.0.0.1")]
    if has_v6_loopback():
        families.append((socket.AF_INET6, "::1"))
    return all(_can_bind(family, host, port) for family, host in families)


def has_v6_loopback() -> bool:
    """Whether `::1` exists here; containers often have none."""
    return _can_bind(socket.AF_INET6, "::1", 0)


def _can_bind(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError:
        return False
    return True
