import pytest

from sprints.impact import Weight, in_words
from sprints.models.activity import record
from sprints.telling import audit_sentence, sentence, who
from tests.factories import World
from tests.sprints.factories import make_risk, make_sprint


@pytest.fixture
def place(world: World):
    with world.ada.as_staff():
        yield world.ada


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "found nothing new."),
        ({"opened": ["R-001"]}, "found 1 new risk."),
        ({"opened": ["R-001", "R-002"], "closed": ["R-003"]}, "found 2 new risks and closed 1."),
        (
            {"opened": ["R-1"], "came_back": ["R-2"], "closed": ["R-3"]},
            "found 1 new risk, saw 1 come back and closed 1.",
        ),
    ],
)
def test_an_audit_is_told_by_what_it_changed(data, words):
    assert audit_sentence(data) == words


def test_every_act_on_a_risk_is_told_in_a_sentence(place):
    risk = make_risk(place)
    by = {"by": place.consultant}
    risk.rename("Other words", seen_version=1, **by)
    risk.weigh(Weight(5, 5, 2), seen_version=2, **by)
    risk.give(place.owner, seen_version=3, **by)
    risk.promise(None, seen_version=4, **by)
    risk.move("invalid", seen_version=5, reason="It is meant to be like this", **by)
    told = [f"{who(event)} {sentence(event)}" for event in risk.sprint.events.order_by("seq")]
    assert told == [
        "Ada put R-001 into other words.",
        "Ada changed the launch impact of R-001 from 53 to 83.",
        "Ada gave R-001 to somebody else.",
        "Ada took the date off R-001.",
        "Ada took R-001 off the list: It is meant to be like this.",
    ]


def test_a_verb_unknown_here_is_shown_as_it_is(place):
    event = record(make_sprint(place), "domain_proved", "app.test", actor=place.owner)
    assert sentence(event) == "domain proved app.test."


def test_braces_in_a_reason_stay_text(place):
    data = {"reason": "{subject.__class__}"}
    event = record(make_sprint(place), "risk_dismissed", "R-001", data=data)
    assert sentence(event) == "took R-001 off the list: {subject.__class__}."


def test_the_score_is_explained_in_words():
    words = in_words(Weight(5, 5, 2))
    assert words == "Launch impossible, or data exposed × seen now × noticed late = 83"
