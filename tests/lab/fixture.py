"""The lab as a fixture: import `lab` into a conftest. One lab per test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.internet import Lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The running lab; a test that changes something puts it back (`lab.restore(domain)`)."""
    running = Lab.start(tmp_path_factory.mktemp("lab"))
    yield running
    running.stop()
