"""Write-ups that are used again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sprints.dont_overbuild import DONT_OVERBUILD
from sprints.library import TAKEN, archive, change, keep, put_on_list, said_by, write_ups
from sprints.models import RiskTemplate
from sprints.triage import Word, word_of
from tests.factories import World
from tests.sprints.factories import make_risk, make_sprint, make_template


def test_ten_things_can_wait_and_each_says_until_when(world: World):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
        risks = [put_on_list(sprint, one, by=world.ada.consultant) for one in DONT_OVERBUILD]
    assert len({one.key for one in DONT_OVERBUILD}) == 10
    for risk in risks:
        risk.full_clean(exclude=["owner", "sprint", "practice", "client", "evidence"])
        assert word_of(risk.score) == Word.WAITS
        assert risk.revisit_when
        assert risk.source == "library"


def test_the_same_write_up_goes_on_a_list_once(world: World):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
        put_on_list(sprint, DONT_OVERBUILD[0], by=world.ada.consultant)
        with pytest.raises(ValueError, match="already, as R-001"):
            put_on_list(sprint, DONT_OVERBUILD[0], by=world.ada.consultant)


def test_a_risk_is_saved_then_becomes_the_next_version_and_is_archived_once(world: World):
    with world.ada.as_staff():
        risk, by = make_risk(world.ada), world.ada.consultant
        first = keep(risk, by=by)
        with pytest.raises(ValueError, match="says this already, as version 1"):
            keep(risk, by=by)
        risk.explain("In better words", by=by, seen_version=1)
        assert (keep(risk, by=by).pk, keep_version(first)) == (first.pk, 2)
        own, _ = write_ups(world.ada.practice, "better words")
        put_on_list(make_sprint(world.ada), own[0], by=by)
        assert RiskTemplate.objects.get().times_used == 1
        archive(first, by=by)
        with pytest.raises(ValueError, match="retired already"):
            archive(first, by=by)
        assert write_ups(world.ada.practice)[0] == []


def keep_version(template: RiskTemplate) -> int:
    template.refresh_from_db()
    return template.version


def test_typing_finds_own_and_built_in_ones_and_a_press_puts_one_on_the_list(world: World, client):
    with world.ada.as_staff():
        sprint, own = make_sprint(world.ada), make_template(world.ada, title="Cluster too big")
    with world.bob.as_staff():
        make_template(world.bob, title="Kubernetes of somebody else")
    client.force_login(world.ada.consultant)
    words = {"practice_slug": world.ada.practice.slug, "sprint_id": sprint.pk}
    url = reverse("sprints:library-pick", kwargs=words)
    page = client.get(url, {"q": "cluster"}).content.decode()
    assert "Cluster too big" in page
    assert "No Kubernetes" in page
    assert "somebody else" not in page
    assert client.post(url, {"pick": f"own-{own.pk}"}).status_code == 302
    assert client.post(url, {"pick": "nothing"}).status_code == 422


FORM = {
    "title": "Reset mails lead to localhost",
    "plain_summary": "Nobody can set a new password.",
    "remedy": "Set the site's address",
    "revisit_when": "",
    "stage": "6",
    "consequence": "4",
    "likelihood": "5",
    "recovery": "2",
    "effort": "1",
}


@pytest.fixture
def staff(world: World, client):
    """Asks an address of the library as the consultant."""
    client.force_login(world.ada.consultant)

    def asking(name, sent=None, query="", **words):
        kwargs = {"practice_slug": world.ada.practice.slug} | words
        url = reverse(f"sprints:{name}", kwargs=kwargs) + query
        return client.get(url) if sent is None else client.post(url, sent)

    return asking


@pytest.fixture
def own(world: World):
    with world.ada.as_staff():
        return make_template(world.ada, title="Old title", remedy="Old remedy")


def fresh(world: World, template: RiskTemplate) -> RiskTemplate:
    with world.ada.as_staff():
        return RiskTemplate.objects.get(pk=template.pk)


def test_an_edit_makes_the_next_version_and_the_one_before_stays_readable(world, staff, own):
    with world.ada.as_staff():
        taken = put_on_list(
            make_sprint(world.ada), write_ups(world.ada.practice)[0][0], by=world.ada.consultant
        )
    assert staff("write-up-edit", template_id=own.pk).status_code == 200
    assert staff("write-up-edit", FORM | {"seen": "1"}, template_id=own.pk).status_code == 302
    now = fresh(world, own)
    assert (now.version, now.title, now.changed_by) == (2, FORM["title"], world.ada.consultant)
    page = staff("write-up-edit", template_id=own.pk).text
    assert "Version 1" in page
    assert "Old remedy" in page
    with world.ada.as_staff():
        taken.refresh_from_db()
    assert taken.title == "Old title"


def test_a_newer_version_answers_409_with_both_and_a_second_press_keeps_mine(world, staff, own):
    with world.ada.as_staff():
        theirs = said_by(own) | {"title": "Their title"}
        change(own, theirs, by=world.ada.owner, seen="1")
    answer = staff("write-up-edit", FORM | {"seen": "1"}, template_id=own.pk)
    assert answer.status_code == 409
    assert "Their title" in answer.text
    assert f'value="{FORM["title"]}"' in answer.text
    assert 'name="seen" value="2"' in answer.text
    assert fresh(world, own).title == "Their title"
    assert staff("write-up-edit", FORM | {"seen": "2"}, template_id=own.pk).status_code == 302
    assert [one["title"] for one in fresh(world, own).earlier] == ["Old title", "Their title"]


def test_one_retired_meanwhile_answers_409_and_keeping_it_offers_it_again(world, staff, own):
    with world.ada.as_staff():
        archive(own, by=world.ada.owner)
    answer = staff("write-up-edit", FORM | {"seen": "1"}, template_id=own.pk)
    assert answer.status_code == 409
    assert "Somebody retired it while you were typing" in answer.text
    assert FORM["plain_summary"] in answer.text
    assert staff("write-up-edit", FORM | {"seen": "1r"}, template_id=own.pk).status_code == 302
    assert fresh(world, own).archived_at is None


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"title": ""}, "required"),
        ({"title": "Taken"}, "has a write-up called “Taken” already"),
        ({"remedy": "Use " + "sk_live_" + "a1B2c3D4e5F6g7H8"}, "so nothing was kept"),
        ({"consequence": "9"}, "valid choice"),
        ({"plain_summary": "x" * 281}, "at most 280"),
    ],
)
@pytest.mark.parametrize("name", ["write-up-create", "write-up-edit"])
def test_what_cannot_be_kept_answers_422_and_the_typed_text_stays(
    world, staff, own, name, sent, why
):
    with world.ada.as_staff():
        make_template(world.ada, title="Taken")
    words = {"template_id": own.pk} if name == "write-up-edit" else {}
    answer = staff(name, FORM | {"revisit_when": "Typed words"} | sent | {"seen": "1"}, **words)
    assert answer.status_code == 422
    assert why in answer.text
    assert "Typed words" in answer.text
    assert fresh(world, own).version == 1


def test_keeping_it_as_it_is_makes_no_version(world, staff, own):
    sent = {name: str(value) for name, value in said_by(own).items()} | {"seen": "1"}
    answer = staff("write-up-edit", sent, template_id=own.pk)
    assert (answer.status_code, fresh(world, own).version) == (422, 1)
    assert "Nothing is different yet" in answer.text


def test_a_built_in_one_is_copied_and_the_copy_takes_its_place(world, staff):
    source = DONT_OVERBUILD[1]
    page = staff("write-up-create", query=f"?from={source.key}").text
    assert source.plain_summary in page
    sent = {name: getattr(source, name) for name in TAKEN} | {"remedy": "Our own words"}
    assert staff("write-up-create", sent, query=f"?from={source.key}").status_code == 302
    with world.ada.as_staff():
        own, built_in = write_ups(world.ada.practice)
    assert [(one.title, one.remedy) for one in own] == [(source.title, "Our own words")]
    assert source.title not in [one.title for one in built_in]
    with world.bob.as_staff():
        assert source in write_ups(world.bob.practice)[1]


def test_a_retired_one_is_listed_apart_and_comes_back_unless_its_title_is_taken(world, staff, own):
    assert staff("template-archival", {}, template_id=own.pk).status_code == 302
    page = staff("library").text
    assert "Retired" in page
    assert "Offer it again" in page
    with world.ada.as_staff():
        second = make_template(world.ada, title="Old title")
    staff("template-archival", {"to": "back"}, template_id=own.pk)
    assert fresh(world, own).archived_at is not None
    with world.ada.as_staff():
        archive(second, by=world.ada.consultant)
    staff("template-archival", {"to": "back"}, template_id=own.pk)
    assert fresh(world, own).archived_at is None


def test_the_library_costs_the_same_with_two_and_with_ten(world, staff, own):
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            staff("library")
        return len(asked)

    count()
    few = count()
    with world.ada.as_staff():
        for _ in range(9):
            make_template(world.ada)
            archive(make_template(world.ada), by=world.ada.owner)
    assert count() <= few
