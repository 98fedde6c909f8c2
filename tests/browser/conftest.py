"""A real Chromium, and the developers' gallery on a port of its own, without a database."""

from collections.abc import Iterator
from socketserver import ThreadingMixIn
from threading import Thread
from types import ModuleType
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from django.urls import include, path
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from config.urls import urlpatterns
from tests.gate import installed_chromium

# What a page reports about our own policy, kept where a test can read it.
KEEP_VIOLATIONS = """
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


class Threaded(ThreadingMixIn, WSGIServer):
    """One thread a connection: Chromium opens some that it does not use at once."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_request(self, *_: object, **__: object) -> None:
        return


@pytest.fixture(scope="module", autouse=True)
def beside_a_running_loop() -> Iterator[None]:
    """The browser's loop runs in this thread; Django's connections are used by it alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


# Not longer than a module: while it runs, its loop counts as running in this thread, and
# neither Django's connections nor asyncio's own tests bear that.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=installed_chromium(), args=["--no-sandbox"]
        )


@pytest.fixture(scope="module")
def look_address() -> Iterator[str]:
    """Where the gallery answers, behind the real middleware.

    Not longer than a module: its settings would hold for whatever runs next.
    """
    addresses = ModuleType("gallery_addresses")
    vars(addresses)["urlpatterns"] = [*urlpatterns, path("dev/look/", include("config.look"))]
    with override_settings(
        ROOT_URLCONF=addresses,
        LOGIN_URL="/login/",
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    ):
        server = make_server(
            "127.0.0.1", 0, WSGIHandler(), server_class=Threaded, handler_class=Quiet
        )
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened.add_init_script(KEEP_VIOLATIONS)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
