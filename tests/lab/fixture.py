"""The lab as a fixture: import `lab` into a conftest.

One lab per test process, however many conftests import it. A test that changes something
works on a product of its own (`lab.add_product`, `lab.drop_product`) or puts the product
back with `lab.restore(domain)`.
"""

from __future__ import annotations

import atexit
from functools import cache
from pathlib import Path

import pytest

from tests.lab.internet import Lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The running lab of this process."""
    return running_lab(str(tmp_path_factory.getbasetemp()))


@cache
def running_lab(base: str) -> Lab:
    running = Lab.start(Path(base) / "lab")
    atexit.register(running.stop)
    return running
