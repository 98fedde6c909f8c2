"""The lab as a fixture: import `lab` and `in_lab` into a conftest.

One lab per test process, however many conftests import it. A test that changes something
works on a product of its own (`lab.add_product`, `lab.drop_product`) or puts the product
back with `lab.restore(domain)`.
"""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.test import override_settings

from tests.lab.internet import Lab

TOLD = ("LAB_RESOLVER", "LAB_TABLE", "AUDIT_CA_FILE", "RDAP_BOOTSTRAP_FILE")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The running lab of this process."""
    return running_lab(str(tmp_path_factory.getbasetemp()))


@cache
def running_lab(base: str) -> Lab:
    running = Lab.start(Path(base) / "lab")
    atexit.register(running.stop)
    return running


@pytest.fixture
def in_lab(lab: Lab) -> Iterator[Lab]:
    """The running lab, with the settings of `seeing`."""
    with seeing(lab):
        yield lab


def seeing(lab: Lab) -> override_settings:
    """Settings with which the guard sees this lab and nothing else; a context manager."""
    told = lab.closed_environment
    return override_settings(
        LAB=True,
        AUDIT_RESOLVERS=told["AUDIT_RESOLVERS"].split(","),
        LAB_WATCH_RESOLVERS=told["LAB_WATCH_RESOLVERS"].split(","),
        **{name: told[name] for name in TOLD},
    )
