"""A product of the lab: one domain with its pages, its API, its mail, and its faults.

The healthy product is the same code with no fault planted, so each fault differs from its
healthy twin in nothing but itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

from tests.lab import addresses
from tests.lab import product_pages as pages
from tests.lab.certificates import CertificateOrder
from tests.lab.product_api import answer_api
from tests.lab.product_caching import kept
from tests.lab.product_edge import admin_page, at_the_edge
from tests.lab.product_headers import harden
from tests.lab.product_hosts import FAULTY_HOSTS, FaultyHost
from tests.lab.product_leftovers import described, left_behind
from tests.lab.product_mobile import for_phones
from tests.lab.product_perf import flaky, heavy_file, packed
from tests.lab.web import Request, Response, redirect, text

SCRIPT = "application/javascript; charset=utf-8"
FOREVER = ("Cache-Control", "public, max-age=31536000, immutable")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@dataclass
class Product:
    """`declared` are the faults it came with, `faults` those planted now."""

    domain: str
    number: int
    declared: frozenset[str]
    faults: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.faults = set(self.declared)

    def has(self, fault: str) -> bool:
        return fault in self.faults

    @property
    def web_address(self) -> str:
        return addresses.web_address(self.number)

    @property
    def api_address(self) -> str:
        return addresses.api_address(self.number)

    @property
    def faulty_hosts(self) -> dict[str, tuple[str, FaultyHost]]:
        """The hosts that exist for a fault's sake: name → fault id and description."""
        return {
            f"{FAULTY_HOSTS[fault].label}.{self.domain}": (fault, FAULTY_HOSTS[fault])
            for fault in sorted(self.declared | self.faults)
            if fault in FAULTY_HOSTS
        }

    @property
    def hosts(self) -> tuple[str, ...]:
        ordinary = tuple(f"{label}{self.domain}" for label in ("", "www.", "app.", "api."))
        return (*ordinary, *self.faulty_hosts)

    def certificate(self, host: str) -> CertificateOrder:
        """The certificate that `host` shows now."""
        if host in self.faulty_hosts:
            fault, faulty = self.faulty_hosts[host]
            if self.has(fault):
                return faulty.order(host)
        if self.has("main_cert_expired"):
            return FAULTY_HOSTS["cert_expired"].order(host)
        return CertificateOrder((self.domain, f"*.{self.domain}"))

    def answer(self, request: Request) -> Response:
        """What this product says to `request`, headers and all."""
        if request.scheme == "http" and not self.has("http_serves_app"):
            response = self._to_https(request)
        elif (stopped := at_the_edge(request, self.has)) is not None:
            response = stopped
        elif request.host == f"api.{self.domain}":
            response = (
                flaky(request, self.has)
                or described(request, self.has)
                or answer_api(self.domain, request, self.has)
            )
        else:
            response = self._page(request)
        response = packed(request, kept(request, response, self.has), self.has)
        return harden(self.domain, request, response, self.has)

    def _to_https(self, request: Request) -> Response:
        status = 302 if self.has("redirect_temporary") else 301
        host, target = request.host, request.target
        if self.has("redirect_order") and host == f"www.{self.domain}":
            host = self.domain
        if self.has("redirect_drops_path"):
            target = "/"
        return redirect(status, f"https://{host}{target}")

    def _page(self, request: Request) -> Response:
        if self.has("redirect_loop") and request.scheme == "https":
            return redirect(301, f"http://{request.host}{request.target}")
        if request.host == f"www.{self.domain}" and not self.has("www_and_apex"):
            target = "/" if self.has("redirect_drops_path") else request.target
            return redirect(308, f"https://{self.domain}{target}")
        if self.has("home_500") and request.path == "/":
            return text("upstream connect error\n", HTTPStatus.INTERNAL_SERVER_ERROR)
        if request.method not in {"GET", "HEAD"}:
            return text("Only for reading.\n", HTTPStatus.METHOD_NOT_ALLOWED)
        if self.has("spa_catch_all"):
            return self._static_or_shell(request)
        return (
            self._detour(request)
            or for_phones(self.domain, request, self.has)
            or left_behind(request, self.has)
            or admin_page(request, self.has)
            or heavy_file(request, self.has)
            or self._file(request)
            or self._html(request)
        )

    def _static_or_shell(self, request: Request) -> Response:
        """A single page's host: what is no file is the page, with 200."""
        static = self._static(request.path)
        if static is not None:
            return static.having(FOREVER)
        body = pages.home(self.domain, request.host, self.has)
        return Response(200, body.encode(), headers=self._page_headers())

    def _detour(self, request: Request) -> Response | None:
        steps = {
            "redirect_long": ("/", "/en", "/en/home", "/en/home/start"),
            "redirect_three": ("/", "/en", "/en/home"),
        }
        for fault, stops in steps.items():
            if self.has(fault) and request.path in stops[:-1]:
                following = stops[stops.index(request.path) + 1]
                return redirect(301, f"https://{request.host}{following}")
        return None

    def _file(self, request: Request) -> Response | None:
        """Scripts, styles, images, text files, and what should not be served at all."""
        host, path = request.host, request.path
        if path == "/robots.txt":
            return self._robots(request)
        if path == "/sitemap.xml":
            body = pages.sitemap(self.domain, host, self.has)
            return text(body, content_type="application/xml; charset=utf-8")
        if path.startswith("/images/") or path == "/favicon.ico":
            return Response(200, PIXEL, "image/png", (("Cache-Control", "public, max-age=86400"),))
        static = self._static(path)
        if static is not None:
            return static.having(FOREVER)
        return self._leak(path)

    def _static(self, path: str) -> Response | None:
        if path == pages.MAIN_CHUNK:
            return text(pages.main_chunk(self.domain, self.has), content_type=SCRIPT)
        if path == pages.PAGE_CHUNK:
            return text(pages.page_chunk(self.has), content_type=SCRIPT)
        if path == pages.WEBPACK_CHUNK:
            return text(pages.webpack_chunk(), content_type=SCRIPT)
        if path == pages.STYLESHEET:
            return text("main{max-width:60rem;margin:auto}\n", content_type="text/css")
        return None

    def _leak(self, path: str) -> Response | None:
        if self.has("dotfiles_forbidden") and path.startswith("/."):
            return text("Forbidden\n", HTTPStatus.FORBIDDEN)
        is_map = path == f"{pages.PAGE_CHUNK}.map"
        if is_map and (self.has("source_map") or self.has("source_map_secret")):
            return text(pages.source_map(self.has), content_type="application/json")
        if path == "/.env" and self.has("env_file"):
            return Response(200, pages.env_file().encode(), "application/octet-stream")
        if self.has("git_dir") and path in {"/.git/HEAD", "/.git/config"}:
            body = pages.GIT_HEAD if path.endswith("HEAD") else pages.GIT_CONFIG
            return text(body, content_type="application/octet-stream")
        if self.has("article_about_leaks") and path == "/.env":
            return Response(200, b"<!DOCTYPE html><title>About .env</title><pre>A=1\nB=2\n</pre>")
        return None

    def _robots(self, request: Request) -> Response:
        if self.has("robots_html"):
            return Response(200, pages.home(self.domain, request.host, self.has).encode())
        if self.has("robots_500"):
            return text("", HTTPStatus.SERVICE_UNAVAILABLE)
        return text(pages.robots(self.domain, request.host, self.has))

    def _html(self, request: Request) -> Response:
        makers = {"/": pages.home, "/login": pages.login, "/pricing": pages.pricing}
        maker = makers.get(request.path)
        if request.path in {"/en/home", "/en/home/start"} and self.has_any(
            "redirect_long", "redirect_three"
        ):
            maker = pages.home
        if maker is None and self.has("chunk_page") and request.path.endswith(".js"):
            maker = pages.home
        if maker is None and not request.path.startswith("/deep"):
            body = pages.missing(self.domain, request.host, request.path, self.has)
            status = HTTPStatus.OK if self.has("soft_404") else HTTPStatus.NOT_FOUND
            return Response(status, body.encode()).having(("Cache-Control", "no-store"))
        body = (maker or pages.pricing)(self.domain, request.host, self.has)
        if self.has("article_about_leaks"):
            body = body.replace("</main>", ARTICLE + "</main>")
        return Response(200, body.encode(), headers=self._page_headers())

    def _page_headers(self) -> tuple[tuple[str, str], ...]:
        session = secrets.token_urlsafe(24)
        cookies = [
            f"__Host-session={session}; Path=/; Max-Age=1209600; Secure; HttpOnly; SameSite=Lax",
            f"csrftoken={secrets.token_urlsafe(24)}; Path=/; Secure; SameSite=Lax",
        ]
        for fault, cookie in COOKIES.items():
            if self.has(fault):
                cookies.append(cookie.format(value=session, domain=self.domain))
        return (
            ("Cache-Control", "private, no-cache"),
            *(("Set-Cookie", cookie) for cookie in cookies),
        )

    def has_any(self, *faults: str) -> bool:
        return any(self.has(fault) for fault in faults)


COOKIES = {
    "cookie_bare": "session={value}; Path=/; SameSite=Lax",
    "cookie_none_insecure": "auth_token={value}; Path=/; HttpOnly; SameSite=None",
    "cookie_no_samesite": "sessionid={value}; Path=/; Secure; HttpOnly",
    "cookie_domain": "sid={value}; Domain={domain}; Path=/; Secure; HttpOnly; SameSite=Lax",
}

ARTICLE = (
    "<article><h2>Leaks we have seen</h2><p>A page that says “You’re seeing this error because "
    "you have <code>DEBUG = True</code>”, a <code>.env</code> with <code>OPENAI_API_KEY=sk-xxxx"
    "</code>, and <code>Traceback (most recent call last):</code> in the open.</p></article>"
)


def unknown_faults(names: Iterable[str], known: Iterable[str]) -> list[str]:
    return sorted(set(names) - set(known))
