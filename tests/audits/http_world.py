"""Factories for what a look at pages brings home, healthy unless said otherwise."""

from dataclasses import replace
from typing import Any

from audits.observations.answers import Answer
from audits.observations.cookies import SeenCookie, read_cookie
from audits.observations.cors import CorsAnswer, CorsProbe, OriginKind, Preflight, PreflightSet
from audits.observations.http import HomePage
from audits.observations.pages import read_page
from audits.observations.redirects import Chain, ChainEnd, HostRedirects, Step
from audits.observations.similarity import simhash
from audits.observations.target import HostKind

DOMAIN = "a.test"
ORIGIN = "https://a.test"
TEXT = "Put an assistant on your shop in ten minutes. It reads your pages and answers."
APP = simhash(TEXT * 3)
OTHER = simhash("This domain was registered at a registrar and is parked here for now. " * 3)
type Headers = dict[str, str]


def answer(
    status: int = 200, headers: Headers | None = None, url: str = f"{ORIGIN}/", html: bool = True
) -> Answer:
    kind = "text/html; charset=utf-8" if html else "application/json"
    lines = [("content-type", kind), *(headers or {}).items()]
    return Answer(url, status, tuple(lines))


def home(
    body: str = f"<main>{TEXT}</main>",
    *,
    status: int = 200,
    headers: Headers | None = None,
    cookies: tuple[str, ...] = (),
    url: str = f"{ORIGIN}/",
    html: bool = True,
    **fields: Any,  # Any: fields of HomePage
) -> HomePage:
    """The start page of a.test with `body`, answer headers and Set-Cookie lines."""
    seen = HomePage(
        host=DOMAIN,
        kind=HostKind.WEB,
        domain=DOMAIN,
        answer=answer(status, headers, url, html),
        page=read_page(url, body) if html else None,
        cookies=tuple(SeenCookie(url, cookie) for line in cookies if (cookie := read_cookie(line))),
        canonical_origin=ORIGIN,
    )
    return replace(seen, **fields)


def chain(*urls: str, statuses: tuple[int, ...] = (), **fields: Any) -> Chain:  # Any: Chain's
    """A walk over `urls`; each hop 301 and the end 200 unless `statuses` say otherwise."""
    marks = statuses or (*(301 for _ in urls[1:]), 200)
    targets = (*urls[1:], fields.pop("leads_to", ""))
    steps = tuple(
        Step(url, status, target) for url, status, target in zip(urls, marks, targets, strict=True)
    )
    told = {"end": ChainEnd.ANSWERED, "simhash": APP, **fields}
    return Chain(urls[0], steps, **told)


def no_chain(start: str, end: ChainEnd) -> Chain:
    return Chain(start, (), end, note=f"{start}: {end}.")


def redirects(**fields: Any) -> HostRedirects:  # Any: fields of HostRedirects
    """A healthy host: http leads to https with 301, path and query kept."""
    seen = HostRedirects(
        host=DOMAIN,
        kind=HostKind.WEB,
        domain=DOMAIN,
        http_root=chain("http://a.test/", "https://a.test/"),
        https_root=chain("https://a.test/"),
        http_deep=chain("http://a.test/deep?x=1", "https://a.test/deep?x=1"),
        https_deep=chain("https://a.test/deep?x=1"),
    )
    return replace(seen, **fields)


def cors_answer(
    kind: OriginKind, origin: str, status: int = 200, headers: Headers | None = None
) -> CorsAnswer:
    return CorsAnswer(kind, origin, answer(status, headers, "https://api.a.test/v1", html=False))


def allow(origin: str, *, credentials: bool = False, **more: str) -> Headers:
    """CORS headers that let `origin` in; `more` with underscores for dashes."""
    headers = {"access-control-allow-origin": origin} if origin else {}
    if credentials:
        headers["access-control-allow-credentials"] = "true"
    return headers | {name.replace("_", "-"): value for name, value in more.items()}


def preflights(
    headers: Headers,
    *,
    status: int = 204,
    method: str = "POST",
    names: tuple[str, ...] = ("content-type",),
    **fields: Any,  # Any: fields of Preflight
) -> PreflightSet:
    met = cors_answer(OriginKind.OWN, ORIGIN, status, headers)
    call = Preflight("https://api.a.test/v1", ORIGIN, method, names, met)
    return PreflightSet("https://api.a.test/v1", (replace(call, **fields),))


def probe(*answers: CorsAnswer, **fields: Any) -> CorsProbe:  # Any: fields of CorsProbe
    return replace(CorsProbe("https://api.a.test/v1", answers), **fields)
