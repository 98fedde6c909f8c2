"""Write-ups that are used again."""

import pytest
from django.urls import reverse

from sprints.dont_overbuild import DONT_OVERBUILD
from sprints.library import archive, keep, put_on_list, write_ups
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
        with pytest.raises(ValueError, match="archived already"):
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
