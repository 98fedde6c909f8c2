"""The lab is looked at here with plain sockets and dnspython, never through the guard."""

from tests.lab.fixture import lab

__all__ = ["lab"]
