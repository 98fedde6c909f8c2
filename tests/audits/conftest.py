"""What the tests of gatherers share: a guard that sees the lab."""

from collections.abc import AsyncIterator

import pytest

from accounts.guard import Guard
from tests.lab import Lab


@pytest.fixture
async def guard(in_lab: Lab) -> AsyncIterator[Guard]:
    async with Guard.from_settings() as made:
        yield made
