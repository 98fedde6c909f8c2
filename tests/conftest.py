"""Fixtures for every test: servers, a database as lr_app, a world of two practices."""

import gc
import os
import secrets
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import TransactionTestCase

from tests.databases import Servers, empty_tables, servers, test_database
from tests.lab.fixture import in_lab, lab  # noqa: F401 - one lab per test process

CONTROLLER = ExitStack()

# Nothing that is imported or collected is ever let go again: looking through it for cycles,
# over and over, cost a twentieth of the run.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # Any: xdist's controller of one worker
    """Under xdist the controller starts the servers, once, and tells each worker."""
    config = node.config
    if not hasattr(config, "launchready_servers"):
        config.launchready_servers = CONTROLLER.enter_context(servers()).words()
    node.workerinput["servers"] = config.launchready_servers


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is long or mostly waits begins, so that no worker waits for it at the end."""

    def turn(item: pytest.Item) -> int:
        marks = ("long", "services", "browser")
        found = [place for place, mark in enumerate(marks) if item.get_closest_marker(mark)]
        return min(found, default=len(marks))

    items.sort(key=turn)


@pytest.fixture(scope="session", autouse=True)
def static_files_by_name() -> None:
    """Find a static file when it is asked for: listing them all for each of some thousand
    test clients costs 12 ms a time. A page names some fifty: each is joined to its address once."""
    settings.WHITENOISE_AUTOREFRESH = True
    staticfiles_storage.url = cache(staticfiles_storage.url)  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def evidence_in_memory() -> None:
    """What tests hand in leaves no files behind."""
    settings.STORAGES["evidence"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}


def pytest_unconfigure() -> None:
    CONTROLLER.close()


@pytest.fixture(scope="session")
def test_servers(request: pytest.FixtureRequest) -> Iterator[Servers]:
    """PostgreSQL and Valkey of this run."""
    told = getattr(request.config, "workerinput", {}).get("servers")
    if told:
        yield Servers(**told)
        return
    with servers() as found:
        yield found


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: Any,  # Any: pytest-django's guard of the database
    test_servers: Servers,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """pytest-django's own fixture, replaced: migrate as lr_owner, test as lr_app."""
    workerinput = getattr(request.config, "workerinput", {})
    worker = workerinput.get("workerid", "alone")
    run = workerinput.get("testrunuid", secrets.token_hex(4))[:8]
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if workerinput else folder
    with (
        django_db_blocker.unblock(),
        test_database(test_servers, worker, run, Path(shared)) as owner_url,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty_tables(owner_url))
        yield


@pytest.fixture(scope="session", autouse=True)
def keys() -> None:
    """A key of this run, so that secrets can be stored."""
    settings.LR_KEYS = [f"test1:{b64encode(secrets.token_bytes(32)).decode()}"]


@pytest.fixture(scope="session")
def valkey_url(request: pytest.FixtureRequest, test_servers: Servers) -> str:
    """A Valkey database of this worker's own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return f"{test_servers.redis.rpartition('/')[0]}/{int(worker) * 2 % 16}"


@pytest.fixture
def broker(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """REDIS_URL and Celery's broker at the run's Valkey."""
    from config.celery import app

    monkeypatch.setattr(settings, "REDIS_URL", valkey_url)
    monkeypatch.setitem(app.conf, "broker_url", valkey_url)
    app.pool.force_close_all()  # type: ignore[attr-defined]
    return valkey_url


@pytest.fixture
def world(db: None) -> Any:  # Any: tests.factories.World, which needs Django's apps
    """Two practices with two clients each, and every role in both."""
    from tests.factories import make_world

    return make_world()
