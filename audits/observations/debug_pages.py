"""Recognise a framework's debug page by its own markup. Pure.

A blog that quotes a traceback must stay quiet: the framework's own structure is asked for,
and for error pages an error status as well.
"""

import re
from dataclasses import dataclass

ERROR_FROM = 400


@dataclass(frozen=True, slots=True)
class Marker:
    """All of `parts` must stand in the page; `is_error` asks for a status of 400 and up."""

    framework: str
    words: str
    parts: tuple[re.Pattern[str], ...]
    is_error: bool = True


def marker(framework: str, words: str, *parts: str, is_error: bool = True) -> Marker:
    return Marker(framework, words, tuple(re.compile(part, re.I) for part in parts), is_error)


MARKERS = (
    marker("Django", "DEBUG = True", r"seeing this error because you have\s+<code>DEBUG",
           r"<code>True</code>"),
    marker("Django", "DEBUG = True", r"id=\"(?:traceback|explanation|pastebinTraceback)\"",
           r"Django Version|Request Method"),
    marker("Werkzeug", "the interactive debugger", r"__debugger__=yes|id=\"console\"|EVALEX",
           r"Werkzeug|class=\"debugger\""),
    marker("Laravel", "Ignition or debug mode", r"ignition|facade/flare|window\.data\s*=.*report",
           r"laravel|Illuminate\\"),
    marker("Rails", "the development error page",
           r"<title>Action Controller: Exception caught|Routing Error",
           r"Rails\.root|id=\"(?:route_table|traces|Application-Trace)\""),
    marker("Symfony", "the profiler", r"<title>[^<]*\(\d{3} [^<]*\)", r"sf-toolbar|symfony-ghost|"
           r"class=\"exception-summary"),
    marker("Express", "a stack trace", r"<pre>\w*Error: ", r"at [\w.<> ]*\(?/[\w./-]+:\d+:\d+\)?"),
    marker("Spring", "a white-label page with a trace", r"Whitelabel Error Page",
           r"at org\.springframework\."),
    marker("ASP.NET", "the developer exception page", r"<title>[^<]*Runtime Error|id=\"stackpage\"",
           r"Stack Trace|\[[\w.]+Exception"),
    marker("Next.js", "the development overlay", r"__nextjs_original-stack-frame|"
           r"/_next/webpack-hmr|data-nextjs-dialog|/_next/static/development/", is_error=False),
    marker("Vite", "the development server", r"<script[^>]+src=\"/@vite/client\"", is_error=False),
    marker("webpack", "the development server", r"<script[^>]+webpack-dev-server|"
           r"/sockjs-node/|webpackHotUpdate", is_error=False),
)  # fmt: skip


def debug_marker(status: int, html: str) -> tuple[str, str]:
    """The framework and what was met, or two empty strings."""
    for known in MARKERS:
        if known.is_error and status < ERROR_FROM:
            continue
        if all(part.search(html) for part in known.parts):
            return known.framework, known.words
    return "", ""
