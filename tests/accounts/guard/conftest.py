from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.accounts.guard.loopback import Net


@pytest.fixture
async def net(tmp_path: Path) -> AsyncIterator[Net]:
    net = Net(tmp_path)
    await net.start()
    yield net
    await net.stop()
