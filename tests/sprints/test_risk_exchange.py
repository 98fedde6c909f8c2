"""The list leaves as a file and comes back from one, as a whole or not at all."""

import csv
import io
import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sprints.exporting import as_csv, as_json, as_sarif, fields_of, harmless, plain, uri_of
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


# What the schema of SARIF 2.1.0 asks of each object that the file holds: the properties it must
# have, and all that it may have (OASIS, SARIF 2.1.0 plus errata 01, appendix with the schema).
SARIF_OBJECTS = {
    "log": ({"version", "runs"}, {"$schema"}),
    "run": ({"tool"}, {"automationDetails", "results"}),
    "driver": ({"name"}, {"rules"}),
    "rule": ({"id"}, {"shortDescription", "help"}),
    "text": ({"text"}, set()),
    "result": (
        {"message"},
        {"ruleId", "ruleIndex", "level", "rank", "properties", "partialFingerprints",
         "locations", "suppressions"},
    ),
    "suppression": ({"kind"}, {"status", "justification"}),
}  # fmt: skip
# RFC 3986: unreserved, reserved and whole percent-encodings.
URI = re.compile(r"https?://(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
INTERNAL = ("practice", "client_id", "row_version", "storage_key", "token", "sealed", "snapshot")


def check_sarif(told: dict[str, Any]) -> list[dict[str, Any]]:  # Any: JSON
    """Assert what the schema asks; returns the results."""

    def fits(kind: str, one: dict[str, Any]) -> None:
        must, may = SARIF_OBJECTS[kind]
        assert must <= one.keys() <= must | may, (kind, one.keys())

    def is_text(one: dict[str, Any]) -> None:
        fits("text", one)
        assert one["text"]
        assert not re.search(r"(?<!\{)\{\d+\}(?!\})", one["text"])

    fits("log", told)
    assert told["version"] == "2.1.0"
    assert URI.fullmatch(told["$schema"])
    [run] = told["runs"]
    fits("run", run)
    is_text(run["automationDetails"]["description"])
    assert run["tool"].keys() == {"driver"}
    fits("driver", run["tool"]["driver"])
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        fits("rule", rule)
        is_text(rule["shortDescription"])
        is_text(rule["help"])
    for result in run["results"]:
        fits("result", result)
        is_text(result["message"])
        assert result["level"] in ("none", "note", "warning", "error")
        assert 0 <= result["rank"] <= 100
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        for location in result.get("locations", []):
            if "physicalLocation" in location:
                assert URI.fullmatch(location["physicalLocation"]["artifactLocation"]["uri"])
            else:
                assert location["logicalLocations"][0]["fullyQualifiedName"]
        for silence in result.get("suppressions", []):
            fits("suppression", silence)
            assert silence["kind"] in ("inSource", "external")
            assert silence["status"] in ("accepted", "underReview", "rejected")
        assert all(
            isinstance(value, str) for value in result.get("partialFingerprints", {}).values()
        )
        assert not [name for name in result["properties"] if name in INTERNAL]
    return run["results"]


def test_sarif_holds_what_its_schema_asks_whatever_the_risks_say(world, sprint):
    with world.ada.as_staff():
        odd = {"title": "{0} in ${name}", "plain_summary": "See [here](1) {", "remedy": ""}
        make_risk(world.ada, sprint=sprint, check_id="a.b", subject="app.test", **odd)
        make_risk(world.ada, sprint=sprint, check_id="a.b", subject="https://app.test/a b?x=[1]|é")
        make_risk(
            world.ada, sprint=sprint, subject="https://[::1/", fingerprint="", is_internal=True
        )
        make_risk(world.ada, sprint=sprint, state="accepted", subject="https://app.test/100%")
        make_risk(world.ada, sprint=sprint, subject="", consequence=1, likelihood=1)
    results = check_sarif(json.loads(as_sarif(risks(world, sprint), "App {1}")))
    assert [one["ruleIndex"] for one in results[:2]] == [0, 0]
    assert len(results) == 5
    assert results[0]["message"]["text"] == "{{0}} in ${{name}} See [here] (1) {{"


def test_sarif_of_an_empty_list_is_one_run_without_results():
    assert check_sarif(json.loads(as_sarif([], "App"))) == []


@pytest.mark.parametrize(
    ("weight", "level"),
    [((5, 5, 2), "error"), ((4, 4, 2), "error"), ((3, 3, 2), "warning"), ((1, 1, 1), "note")],
)
def test_a_band_has_one_level(world, sprint, weight, level):
    with world.ada.as_staff():
        make_risk(
            world.ada,
            sprint=sprint,
            consequence=weight[0],
            likelihood=weight[1],
            recovery=weight[2],
        )
    [result] = check_sarif(json.loads(as_sarif(risks(world, sprint), "App")))
    assert result["level"] == level


@pytest.mark.parametrize(
    ("subject", "uri"),
    [
        ("https://app.test/a b", "https://app.test/a%20b"),
        ("https://app.test/a%20b", "https://app.test/a%20b"),
        ("https://app.test/100%", "https://app.test/100%25"),
        ("https://app.test/[1]", "https://app.test/%5B1%5D"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]/"),
        ("https://bücher.test/", "https://b%C3%BCcher.test/"),
        ("https://[::1", ""),
        ("app.test", ""),
    ],
)
def test_an_address_is_encoded_once(subject, uri):
    assert uri_of(subject) == uri


def test_no_secret_leaves_in_a_file(world, sprint):
    key = "sk_live_" + "a1B2" * 8
    with world.ada.as_staff():
        make_risk(world.ada, sprint=sprint, observed=f"found {key} in main.js")
    for write in (as_csv, as_json, as_sarif):
        assert key not in write(risks(world, sprint), "App")


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
