"""A sprint's archive: whole for staff, the founder's part for the founder, no key in either."""

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sprints import storing
from sprints.models import EvidenceRevision
from sprints.models.activity import record
from tests.sprints.factories import (
    make_acceptance,
    make_comment,
    make_condition,
    make_decision,
    make_event,
    make_evidence,
    make_key_box,
    make_request,
    make_revision,
    make_risk,
    make_sprint,
    make_submission,
)

SEALED = "v1.key.sealed-words"


@pytest.fixture
def sprint(world):
    ada = world.ada
    with ada.as_staff():
        sprint = make_sprint(ada)
        stage = sprint.stages.all()[0]
        risk = make_risk(ada, sprint=sprint, title="Seen by all")
        hidden = make_risk(ada, sprint=sprint, title="Canary internal risk", is_internal=True)
        make_comment(ada, sprint=sprint, risk=risk, text="Said to all")
        make_comment(ada, sprint=sprint, risk=risk, text="Canary staff words", audience="internal")
        make_comment(ada, sprint=sprint, risk=hidden, text="Canary on a hidden risk")
        make_acceptance(ada, risk=risk)
        asked = make_request(ada, sprint=sprint)
        make_request(ada, sprint=sprint, title="Canary draft", state="draft")
        make_key_box(ada, request=asked, sealed=SEALED)
        make_condition(ada, decision=make_decision(ada, sprint=sprint, inputs={"x": "Canary in"}))
        make_submission(ada, stage=stage, snapshot={"risk": "Canary snapshot"})
        make_event(ada, sprint=sprint)
        record(sprint, "noted", "Canary event", actor=ada.consultant, is_internal=True)
        item = stage.items.all()[0]
        for title, audience in [("Shown", "client"), ("Canary proof", "internal")]:
            proof = make_evidence(ada, item=item, title=title, audience=audience)
            key = storing.keep(title.encode(), practice_id=ada.practice.pk, client_id=ada.client.pk)
            make_revision(ada, evidence=proof, storage_key=key, filename="proof.txt", text="")
    return sprint


def archive(person, sprint, name: str) -> zipfile.ZipFile:
    browser = Client()
    browser.force_login(person)
    words = {"sprint_id": sprint.pk}
    if ":" in name:
        words["practice_slug"] = sprint.practice.slug
    answer = browser.get(reverse(name, kwargs=words))
    assert answer["Content-Disposition"].startswith("attachment")
    return zipfile.ZipFile(BytesIO(answer.getvalue()))


def whole_text(opened: zipfile.ZipFile) -> str:
    return "\n".join(opened.read(name).decode() for name in opened.namelist())


def test_staff_take_all_of_it_home(world, sprint):
    opened = archive(world.ada.consultant, sprint, "sprints:export")
    titles = [row["title"] for row in json.loads(opened.read("risks.json"))]
    assert titles == ["Seen by all", "Canary internal risk"]
    assert len(json.loads(opened.read("history.json"))) == 2
    files = [name for name in opened.namelist() if name.startswith("evidence/")]
    assert sorted(opened.read(name) for name in files) == [b"Canary proof", b"Shown"]


def test_a_founder_takes_home_what_a_founder_may_see(world, sprint):
    opened = archive(world.ada.founder, sprint, "client-export")
    text = whole_text(opened)
    assert "Seen by all" in text
    assert "Said to all" in text
    assert "Shown" in text
    assert "Canary" not in text
    risk = json.loads(opened.read("risks.json"))[0]
    assert not {"score", "consequence", "likelihood", "recovery", "check_id"} & risk.keys()


def test_no_archive_holds_what_is_sealed(world, sprint):
    for person, name in [
        (world.ada.owner, "sprints:export"),
        (world.ada.founder, "client-export"),
    ]:
        assert SEALED not in whole_text(archive(person, sprint, name))


def test_a_viewer_takes_nothing_home_and_another_client_finds_nothing(world, sprint):
    for person, status in [(world.ada.viewer, 403), (world.ada_two.founder, 404)]:
        browser = Client()
        browser.force_login(person)
        answer = browser.get(reverse("client-export", kwargs={"sprint_id": sprint.pk}))
        assert answer.status_code == status


def manifest_of(opened: zipfile.ZipFile) -> dict[str, Any]:  # Any: JSON
    return json.loads(opened.read("manifest.json"))


@pytest.mark.parametrize("name", ["sprints:export", "client-export"])
def test_the_manifest_names_every_file_and_that_none_is_missing(world, sprint, name):
    person = world.ada.founder if name == "client-export" else world.ada.consultant
    opened = archive(person, sprint, name)
    told = manifest_of(opened)
    named = {one["name"]: one["bytes"] for one in told["files"]}
    assert named == {
        one.filename: one.file_size for one in opened.infolist() if one.filename != "manifest.json"
    }
    assert told["missing"] == []


@pytest.mark.parametrize("fault", ["gone", "of another practice", "unreadable"])
def test_a_file_that_the_storage_lost_stops_nothing_and_is_named(world, sprint, fault, monkeypatch):
    with world.ada.as_staff():
        shown = EvidenceRevision.objects.get(evidence__title="Shown")
        if fault == "gone":
            storing.forget([shown.storage_key])
    if fault != "gone":
        real = storing.read

        def read(key: str, *, practice_id: int) -> bytes:
            if key == shown.storage_key:
                if fault == "unreadable":
                    raise PermissionError(key)
                return real(key, practice_id=practice_id + 1)
            return real(key, practice_id=practice_id)

        monkeypatch.setattr("sprints.archive.read", read)
    for person, name in [
        (world.ada.consultant, "sprints:export"),
        (world.ada.founder, "client-export"),
    ]:
        opened = archive(person, sprint, name)
        missing = manifest_of(opened)["missing"]
        assert [one["name"] for one in missing] == [f"evidence/{shown.evidence_id}-1-proof.txt"]
        assert missing[0]["sha256"] == shown.sha256
        assert shown.storage_key not in opened.read("manifest.json").decode()
        assert json.loads(opened.read("risks.json"))
        kept = [one for one in opened.namelist() if one.startswith("evidence/")]
        assert len(kept) == (1 if name == "sprints:export" else 0)


def test_a_missing_file_of_staff_is_no_word_to_the_founder(world, sprint):
    with world.ada.as_staff():
        hidden = EvidenceRevision.objects.get(evidence__title="Canary proof")
        storing.forget([hidden.storage_key])
    opened = archive(world.ada.founder, sprint, "client-export")
    assert manifest_of(opened)["missing"] == []
    assert len(manifest_of(archive(world.ada.owner, sprint, "sprints:export"))["missing"]) == 1
