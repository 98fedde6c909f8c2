"""The list leaves as a file and comes back from one, as a whole or not at all."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sprints.exporting import as_csv, as_sarif, fields_of, harmless, plain
from sprints.importing import TAKEN, FileRefusedError, plan, read, run
from sprints.models import ActivityEvent, Risk
from tests.factories import World
from tests.sprints.factories import make_risk, make_sprint


@pytest.fixture
def sprint(world: World):
    with world.ada.as_staff():
        return make_sprint(world.ada)


@pytest.fixture
def fetch(world: World, sprint, client):
    def fetching(form, **query):
        words = {"practice_slug": world.ada.practice.slug, "sprint_id": sprint.pk, "form": form}
        client.force_login(world.ada.consultant)
        return client.get(reverse("sprints:risk-export", kwargs=words), query)

    return fetching


@pytest.fixture
def send(world: World, sprint, client):
    def sending(**sent):
        words = {"practice_slug": world.ada.practice.slug, "sprint_id": sprint.pk}
        client.force_login(world.ada.consultant)
        return client.post(reverse("sprints:risk-import", kwargs=words), sent)

    return sending


def risks(world: World, sprint) -> list[Risk]:
    with world.ada.as_staff():
        return list(Risk.objects.filter(sprint=sprint).select_related("owner").order_by("number"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'=", "''@"])
def test_no_cell_begins_as_a_formula_and_none_is_lost(start):
    value = f"{start}cmd|' /C calc'!A0"
    assert harmless(value).startswith("'")
    assert plain(harmless(value)) == value


@pytest.mark.parametrize("value", ["R-001", "'tis fine", "", "a=b"])
def test_other_cells_stay_as_they_are(value):
    assert harmless(value) == value
    assert plain(value) == value


def test_a_file_holds_the_filtered_list_with_internal_risks(world, sprint, fetch):
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint, title="=HYPERLINK(1)", stage=6, is_internal=True)
        make_risk(world.ada, sprint=sprint, title="Elsewhere", stage=2)
    answer = fetch("csv", stage="6")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["title"], row["audience"]) for row in rows] == [("'=HYPERLINK(1)", "staff only")]
    assert "attachment" in answer["Content-Disposition"]
    told = json.loads(fetch("json", stage="2").content)
    assert [row["title"] for row in told["risks"]] == ["Elsewhere"]
    assert fetch("xlsx").status_code == 404


def test_sarif_names_the_rule_the_place_and_what_is_settled(world, sprint):
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint, check_id="email.spf", subject="app.test")
        make_risk(
            world.ada, sprint=sprint, state="invalid", subject="https://app.test/", consequence=1
        )
    told = json.loads(as_sarif(risks(world, sprint), "App"))
    first, second = told["runs"][0]["results"]
    assert told["version"] == "2.1.0"
    assert (first["ruleId"], first["level"], first.get("suppressions")) == (
        "email.spf",
        "error",
        None,
    )
    assert first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "app.test"
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert second["suppressions"][0]["justification"] == "Not a risk"
    rules = told["runs"][0]["tool"]["driver"]["rules"]
    assert rules[second["ruleIndex"]]["id"] == second["ruleId"]


def test_what_was_exported_changes_nothing_where_it_came_from_and_all_elsewhere(world, sprint):
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint, title="=1+1", remedy="'=quoted", is_internal=True)
        make_risk(world.ada, sprint=sprint, title="Two, “quoted”", due_on="2026-12-04", stage=2)
    text = as_csv(risks(world, sprint), "")
    with world.ada.as_staff():
        again = plan(sprint, text)
        assert [line.kind for line in again.lines] == ["same", "same"]
        assert not again.may_run
        other = make_sprint(world.ada)
        run(other, plan(other, text), by=world.ada.consultant)
    pairs = zip(risks(world, sprint), risks(world, other), strict=True)
    for one, copy in pairs:
        mine, theirs = fields_of(one), fields_of(copy)
        assert [mine[name] for name in TAKEN] == [theirs[name] for name in TAKEN]
        assert copy.source == "import"


def test_a_file_is_shown_first_and_done_by_one_press(world, sprint, send):
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint, title="Old")
    text = "ref,title,due,consequence\nR-001,New words,2026-12-04,5\n,Fresh,,\n"
    look = send(file=SimpleUploadedFile("r.csv", text.encode()))
    assert [line.kind for line in look.context["plan"].lines] == ["change", "add"]
    assert "Changes R-001: title, consequence, due." in look.content.decode()
    assert [risk.title for risk in risks(world, sprint)] == ["Old"]
    assert send(text=text, plan="of another list").status_code == 409
    assert send(text=text, plan=look.context["plan"].digest).status_code == 302
    assert [(one.title, one.consequence) for one in risks(world, sprint)] == [
        ("New words", 5),
        ("Fresh", 3),
    ]
    with world.ada.as_staff():
        assert ActivityEvent.objects.filter(verb="risks_imported").count() == 1
    assert send(text=text, plan=look.context["plan"].digest).status_code == 422


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (",,1", "title"),
        (",Fine,9", "stage “9”"),
        (",Old,1", "on the list already, as R-001"),
        (f",{'x' * 161},1", "title"),
        ("R-001,A,1\nR-001,B,1", "An earlier line"),
    ],
)
def test_one_refused_line_stops_the_whole_file(world, sprint, send, line, why):
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint, title="Old", stage=1)
    text = f"ref,title,stage\n,Good,1\n{line}\n"
    look = send(text=text)
    refused = [one for one in look.context["plan"].lines if one.kind == "refuse"]
    assert [why in one.words for one in refused] == [True]
    assert send(text=text, plan=look.context["plan"].digest).status_code == 422
    assert len(risks(world, sprint)) == 1


@pytest.mark.parametrize("text", ["", "name\nA\n", "title\n", 'title\n"A', "title\n" + "A\n" * 501])
def test_a_file_that_cannot_be_read_says_why(sprint, send, text):
    answer = send(text=text)
    assert answer.status_code == 422
    assert answer.context["why"]


def test_bytes_that_are_no_text_or_too_many_are_refused():
    with pytest.raises(FileRefusedError, match="UTF-8"):
        read(b"title\n\xff\n")
    with pytest.raises(FileRefusedError, match="1 MB"):
        read(b"x" * (1024 * 1024 + 1))
