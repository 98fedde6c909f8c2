"""One line per event, and no planted secret in any (security.md X20)."""

import json
import logging
import logging.config
import time
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
import structlog
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from config.logs import CONTROL, harmless, logging_settings, redact

HOSTILE = [
    "first\r\nsecond",
    "red \x1b[31mred\x1b[0m",
    "bell\x07 null\x00 delete\x7f",
    "next line\x85 and \u2028 and \u2029",
    "turned \u202eround",
]
PLANTED = "pl4nted-s3cret"

type Written = Callable[[], list[str]]


@pytest.fixture(params=[False, True], ids=["json", "readable"])
def written(request: pytest.FixtureRequest) -> Iterator[Written]:
    """The lines that reach the handler, with the product's own LOGGING."""
    made = logging_settings(level="INFO", is_readable=request.param)
    stream = StringIO()
    made["handlers"]["stderr"]["stream"] = stream
    made["handlers"]["stderr"]["class"] = "logging.StreamHandler"
    logging.config.dictConfig(made)
    yield lambda: stream.getvalue().splitlines()
    logging.config.dictConfig(settings.LOGGING)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_on_one_line(written: Written, text: str):
    structlog.get_logger("ours").info("request", note=text, nested={text: [text]})
    logging.getLogger("theirs").warning("they said %s", text)
    assert len(written()) == 2
    assert not any(CONTROL.search(line) for line in written())


@pytest.mark.parametrize(
    "name",
    ["authorization", "Cookie", "token", "code", "password", "csrf_token", "query", "api-key"],
)
def test_a_secret_by_name_is_never_written(written: Written, name: str):
    structlog.get_logger("ours").info("request", **{name: PLANTED}, headers={name: [PLANTED]})
    assert PLANTED not in "".join(written())
    assert "[redacted]" in "".join(written())


@pytest.mark.parametrize(
    "text",
    [
        f"https://user:{PLANTED}@example.com/a",
        f"https://user:p@{PLANTED}@example.com/a",
        f"https://example.com/a?reset={PLANTED}",
        f"redis://:{PLANTED}@127.0.0.1:6379/0",
        f"Authorization: Bearer {PLANTED}",
        f"Cookie: a=1; session={PLANTED}",
        f"{{'password': '{PLANTED}'}}",
        f"token={PLANTED}&x=1",
    ],
)
def test_a_secret_inside_a_text_is_taken_out(written: Written, text: str):
    structlog.get_logger("ours").info("fetched", note=text)
    logging.getLogger("theirs").error("failed: %s", text)
    try:
        raise ValueError(text)
    except ValueError:
        structlog.get_logger("ours").exception("broken")
        logging.getLogger("theirs").exception("broken")
    assert PLANTED not in "".join(written())


def test_what_is_no_secret_is_kept():
    text = "https://example.com/a/b answered 200 in 12 ms, status_code=200"
    assert redact(text) == text
    assert harmless({"status_code": 503, "elapsed_ms": 4}) == {"status_code": 503, "elapsed_ms": 4}


def test_json_lines_carry_the_request_id_and_the_level():
    stream = StringIO()
    made = logging_settings(level="INFO", is_readable=False)
    made["handlers"]["stderr"]["stream"] = stream
    try:
        logging.config.dictConfig(made)
        with structlog.contextvars.bound_contextvars(request_id="abc"):
            structlog.get_logger("ours").info("request", route="healthz")
            logging.getLogger("theirs").warning("plain")
    finally:
        logging.config.dictConfig(settings.LOGGING)
    ours, theirs = map(json.loads, stream.getvalue().splitlines())
    assert (ours["event"], ours["route"], ours["request_id"]) == ("request", "healthz", "abc")
    assert (theirs["event"], theirs["level"], theirs["request_id"]) == ("plain", "warning", "abc")


@pytest.mark.parametrize("name", ["django.request", "django.security.csrf"])
def test_djangos_own_line_of_a_failed_request_loses_the_path(written: Written, name: str):
    logging.getLogger(name).error("%s: %s", "Internal Server Error", f"/i/{PLANTED}/")
    assert "Internal Server Error" in written()[0]
    assert PLANTED not in written()[0]


@given(st.text(max_size=300))
def test_any_text_becomes_one_harmless_line(text: str):
    assert not CONTROL.search(str(harmless(text)))


@pytest.mark.parametrize("unit", ["a.", "a://", "token=", "cookie:", "@", "https://a@", "?"])
def test_redaction_takes_linear_time_on_hostile_text(unit: str):
    started = time.perf_counter()
    harmless(unit * (100_000 // len(unit)))
    assert time.perf_counter() - started < 1.0
