"""Throw what strangers could send at every parser of the audit, for as long as one likes.

For each parser: no exception, ten times the input in at most fifteen times the time, and no more
than 200 MB of memory. Prints what broke with the seed that breaks it again, and exits 1.

Run: make fuzz                    an hour
     .venv/bin/python benchmarks/fuzz.py --minutes 2 --seed 7
"""

import argparse
import json
import random
import resource
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

from audits.observations.answers import Answer
from audits.observations.caching import caching_of, layer_of, read_directives
from audits.observations.code_addresses import read_code
from audits.observations.cookies import read_cookie
from audits.observations.csp import read_policies
from audits.observations.dkim_key import read_dkim_key
from audits.observations.dmarc_record import parse_dmarc
from audits.observations.edge import admin_product
from audits.observations.http_dates import read_http_date
from audits.observations.indexing import Robots
from audits.observations.leftovers import AI_PATHS, OTHER_PATHS, left_file, private_names
from audits.observations.mobile import (
    android_fingerprints,
    apple_app_ids,
    read_json,
    security_fields,
    viewport_settings,
)
from audits.observations.pages import read_page
from audits.observations.secret_scan import scan
from audits.observations.spf_record import parse_spf

NOW = datetime(2026, 11, 24, tzinfo=UTC)
MOST_MEMORY_MB = 200
SMALL, TIMES, MOST_TIMES = 4_000, 10, 15
# Below this a measured time is mostly the clock's own noise.
LEAST_SECONDS = 0.005
URL = "https://fuzz.test/"
WORDS = (
    "v=spf1 include:",
    "redirect=",
    "exp=",
    "%{ir}.%{d2}",
    "ip6:::1/129",
    "a:/33//129",
    "~all",
    "v=DMARC1;",
    "p=reject",
    "rua=mailto:",
    "np=",
    "v=DKIM1; k=rsa; p=",
    "max-age=",
    "no-cache=",
    '"',
    "'",
    "=",
    ";",
    ",",
    "<script>",
    "</script>",
    "<!--",
    "<svg",
    "&lt;",
    "{",
    "}",
    "[",
    "]",
    "\\u0000",
    "eyJ",
    "sk-proj-",
    "://",
    "AKIA",
    "T3BlbkFJ",
    "-----BEGIN PRIVATE KEY-----",
    "Expires: ",
    "Contact:",
    "\n",
    "\r\n",
    "\x00",
    " ",
    "\t",
    "default-src 'self'",
    "'nonce-",
    "Disallow: ",
    "User-agent: *",
    "sha256-",
    "\ufeff",
    "é",
    "𝕏",
    "%ff",
    "..",
)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def answers(text: str) -> None:
    lines = tuple(("cache-control", line) for line in text.split("\n")[:50])
    more = (("expires", text[:200]), ("age", text[:40]), ("x-cache", text[:200]), ("vary", text))
    answer = Answer(URL, 200, (*lines, *more))
    caching_of(answer, received_at=NOW)
    layer_of(answer)


def link_files(text: str) -> None:
    value = read_json(text)
    apple_app_ids(value)
    android_fingerprints(value, "")


def left(text: str) -> None:
    for path in (*AI_PATHS, *OTHER_PATHS):
        left_file("fuzz.test", path, text.encode("utf-8", "replace"), text)


PARSERS: dict[str, Callable[[str], object]] = {
    "SPF": lambda text: parse_spf(f"v=spf1 {text}"),
    "DMARC": lambda text: parse_dmarc(f"v=DMARC1;{text}"),
    "DKIM": read_dkim_key,
    "CSP": lambda text: read_policies((text,)),
    "cookies": read_cookie,
    "Cache-Control": lambda text: read_directives([text]),
    "caching": answers,
    "dates": lambda text: read_http_date(text, now=NOW),
    "robots": lambda text: Robots(URL, 200, text=text).allows(URL),
    "pages": lambda text: read_page(URL, text),
    "code": lambda text: read_code(URL, text),
    "secrets": scan,
    "link files": link_files,
    "viewport": viewport_settings,
    "security.txt": security_fields,
    "settings": private_names,
    "left files": left,
    "admin pages": admin_product,
}


def made(chance: random.Random, size: int) -> str:
    """Text of about `size` characters: words that parsers look for, repeats, and noise."""
    parts: list[str] = []
    length = 0
    while length < size:
        kind = chance.randrange(4)
        if kind == 0:
            part = chance.choice(WORDS) * chance.choice((1, 1, 1, 3, 50))
        elif kind == 1:
            part = "".join(chr(chance.randrange(1, 0x250)) for _ in range(chance.randrange(40)))
        elif kind == 2:  # noqa: PLR2004 - one of four kinds
            part = json.dumps({chance.choice(WORDS): [chance.random()] * chance.randrange(5)})
        else:
            part = chance.choice("a.-_ \t=;,{[(<%\\'\"") * chance.randrange(1, 400)
        parts.append(part)
        length += len(part)
    return "".join(parts)[:size]


def seconds(parser: Callable[[str], object], text: str) -> float:
    begun = time.perf_counter()
    parser(text)
    return time.perf_counter() - begun


def grows_too_fast(parser: Callable[[str], object], text: str) -> str:
    """What is wrong with ten times the input; measured three times, so that noise is no fault."""
    for _ in range(3):
        small = min(seconds(parser, text) for _ in range(3))
        large = min(seconds(parser, text * TIMES) for _ in range(2))
        if large <= MOST_TIMES * max(small, LEAST_SECONDS):
            return ""
    return f"{TIMES} times the input took {large / max(small, LEAST_SECONDS):.0f} times as long"


def fault_of(name: str, parser: Callable[[str], object], seed: int) -> str:
    text = made(random.Random(seed), SMALL)  # noqa: S311 - a seed, no secret
    try:
        parser(text)
        slow = grows_too_fast(parser, text)
    except Exception:
        return f"{name}, seed {seed}:\n{traceback.format_exc(limit=4)}"
    return f"{name}, seed {seed}: {slow}" if slow else ""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--seed", type=int, default=int(time.time()))
    said = options.parse_args()
    ends, seed, faults = time.monotonic() + said.minutes * 60, said.seed, 0
    while time.monotonic() < ends:
        for name, parser in PARSERS.items():
            fault = fault_of(name, parser, seed)
            if fault:
                faults += 1
                say(fault)
        seed += 1
    used_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rounds = seed - said.seed
    say(f"{rounds} rounds over {len(PARSERS)} parsers, {faults} faults, {used_mb:.0f} MB")
    return 1 if faults or used_mb > MOST_MEMORY_MB else 0


if __name__ == "__main__":
    sys.exit(main())
