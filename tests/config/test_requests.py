"""Every request has an id, and its line in the log names the route, not the path."""

import pytest
import structlog
from django.test import Client
from structlog.testing import capture_logs


def test_a_proxys_id_is_kept():
    answer = Client().get("/healthz", headers={"X-Request-ID": "abc-123-DEF"})
    assert answer["X-Request-ID"] == "abc-123-DEF"


@pytest.mark.parametrize(
    "given", ["", "short", "a b c d e f g", "x" * 65, "12345678\x1b[31m", "ä" * 9]
)
def test_anything_else_is_replaced(given: str):
    answer = Client().get("/healthz", headers={"X-Request-ID": given})
    assert answer["X-Request-ID"] != given
    assert len(answer["X-Request-ID"]) == 32


def test_an_unknown_path_is_logged_without_itself(db: None):
    with capture_logs() as logged:
        Client().get("/no/such/s3cret-address/?code=ABCDEFGH")
    assert [line["event"] for line in logged] == ["request"]
    assert "s3cret" not in str(logged)
    assert "ABCDEFGH" not in str(logged)


def test_health_is_not_worth_a_line():
    with capture_logs() as logged:
        Client().get("/healthz")
    assert logged == []


def test_nothing_of_a_request_is_left_for_the_next():
    Client().get("/healthz")
    assert structlog.contextvars.get_contextvars() == {}
