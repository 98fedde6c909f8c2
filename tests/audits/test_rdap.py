"""RDAP: the bootstrap, reading an answer, and three ways to have none."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from accounts.guard.exchange import Exchange
from audits.gather import rdap
from audits.gather.rdap import bootstrap, expiration, registrar_name, service_of
from audits.observations.registration import Registration
from audits.observations.seen import FailureKind, GatherFailure

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SERVICE = "https://rdap.example/"
ANSWER: dict[str, Any] = {
    "objectClassName": "domain",
    "status": ["Client Transfer Prohibited", "active"],
    "events": [
        {"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"},
        {"eventAction": "expiration", "eventDate": "2027-01-01T00:00:00Z"},
    ],
    "entities": [
        {"roles": ["registrar"], "vcardArray": ["vcard", [["fn", {}, "text", "Names Inc."]]]}
    ],
}


def read(body: object, status: int = 200) -> Registration | GatherFailure:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    exchange = Exchange(f"{SERVICE}domain/example.com", status, (), raw, "198.51.100.1")
    return rdap._read(exchange, "example.com", SERVICE, is_auto_renew_confirmed=False)


def test_the_shipped_bootstrap_is_dated_https_and_wide() -> None:
    told = json.loads(rdap.SHIPPED.read_text())
    assert told["publication"][:10] in rdap.SHIPPED.name
    services = bootstrap("")
    assert len(services) >= 60
    assert all(base.startswith("https://") and base.endswith("/") for base in services.values())
    wanted = "com net org io app dev ai xyz info biz uk de fr nl ch ca au in page shop tech cloud"
    assert set(wanted.split()) <= services.keys()


@override_settings(RDAP_BOOTSTRAP_FILE="")
def test_the_longest_suffix_decides_and_an_unlisted_one_has_no_service() -> None:
    assert service_of("example.co.uk") == "https://rdap.nominet.uk/uk/"
    assert service_of("example.com") == "https://rdap.verisign.com/com/v1/"
    assert service_of("example.zz") == ""


def test_a_file_of_ones_own_stands_alone(tmp_path: Path) -> None:
    file = tmp_path / "bootstrap.json"
    services = [
        [["test", "co.TEST"], ["http://old.example/", "https://new.example/rdap"]],
        [["x"], []],
    ]
    file.write_text(json.dumps({"services": services}))
    with override_settings(RDAP_BOOTSTRAP_FILE=str(file)):
        assert service_of("acme.test") == "https://new.example/rdap/"
        assert service_of("a.co.test") == "https://new.example/rdap/"
        assert service_of("example.com") == ""
        assert service_of("a.x") == ""


def test_an_answer_is_read_with_its_end_states_and_registrar() -> None:
    seen = read(ANSWER)
    assert isinstance(seen, Registration)
    assert seen.expires_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert seen.statuses == ("client transfer prohibited", "active")
    assert seen.registrar == "Names Inc."


def test_a_404_is_an_observation_and_other_statuses_are_failures() -> None:
    gone = read({"errorCode": 404}, 404)
    assert isinstance(gone, Registration)
    assert not gone.is_found
    for status in (301, 429, 500):
        assert isinstance(read(ANSWER, status), GatherFailure)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", {"objectClassName": "entity"}, b"[" * 100_000, b"\xff\xfe"],
)
def test_an_answer_that_cannot_be_read_is_a_failure_not_a_crash(body: Any) -> None:
    seen = read(body)
    assert isinstance(seen, GatherFailure)
    assert seen.kind == FailureKind.NO_ANSWER


@pytest.mark.parametrize(
    "events",
    [
        None,
        "soon",
        [],
        [None, 3, {}],
        [{"eventAction": "expiration"}],
        [{"eventAction": "expiration", "eventDate": "soon"}],
        [{"eventAction": "expiration", "eventDate": 5}],
        [{"eventAction": "last changed", "eventDate": "2026-01-01T00:00:00Z"}],
    ],
)
def test_a_registry_without_a_usable_date_gives_none(events: Any) -> None:
    assert expiration({"events": events}) is None


def test_a_date_without_zone_counts_as_utc_and_the_registrys_end_comes_first() -> None:
    events = [
        {"eventAction": "registrar expiration", "eventDate": "2026-12-01T00:00:00Z"},
        {"eventAction": "Expiration", "eventDate": "2027-12-01T00:00:00"},
    ]
    assert expiration({"events": events}) == NOW.replace(year=2027, month=12, day=1)


@pytest.mark.parametrize(
    "entities",
    [
        None,
        [{}],
        [{"roles": ["registrar"]}],
        [{"roles": ["registrar"], "vcardArray": ["vcard", 1]}],
    ],
)
def test_a_registrar_without_a_card_has_no_name(entities: Any) -> None:
    assert registrar_name({"entities": entities}) == ""


def test_foreign_text_is_capped_and_shows_no_control_characters() -> None:
    card = ["vcard", [["fn", {}, "text", "Na\x1b[31mmes\u202e" + "x" * 999]]]
    hostile = {
        **ANSWER,
        "status": ["\x1b]0;x\x07active" + "y" * 999] * 999,
        "entities": [{"roles": ["registrar"], "vcardArray": card}],
    }
    seen = read(hostile)
    assert isinstance(seen, Registration)
    assert all(word.isprintable() and len(word) <= 80 for word in seen.statuses)
    assert len(seen.statuses) <= 30
    assert seen.registrar.isprintable()
    assert len(seen.registrar) <= 200


def test_the_registrys_patience_is_bounded() -> None:
    assert timedelta(seconds=15) >= rdap.DEADLINE
