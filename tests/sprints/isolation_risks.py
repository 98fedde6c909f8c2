"""The addresses of comments, of triage and of the risks' ways in and out."""

from django.utils import timezone

from tests.factories import Place
from tests.isolation_urls import ADDRESSES, CLIENT, Address, Words, practice
from tests.sprints.factories import make_comment, make_risk, make_template


def of_talk(place: Place) -> Words:
    risk = make_risk(place)
    return {"sprint_id": risk.sprint_id, "about": "risk", "number": risk.number}


def of_comment(place: Place) -> Words:
    said = make_comment(place)
    return {"sprint_id": said.sprint_id, "comment_id": said.pk}


def of_clients_comment(place: Place) -> Words:
    said = make_comment(place, author=place.founder, author_name=str(place.founder))
    return {"sprint_id": said.sprint_id, "comment_id": said.pk}


def words(place: Place) -> Words:
    return {"text": f"Seen by hand {place.canary}", "audience": "client"}


def new_words(place: Place) -> Words:
    return {"text": f"In other words {place.canary}", "row_version": "1"}


def of_list(place: Place) -> Words:
    return practice(place) | {"sprint_id": make_risk(place).sprint_id}


def of_risk(place: Place) -> Words:
    risk = make_risk(place)
    return practice(place) | {"sprint_id": risk.sprint_id, "number": risk.number}


def of_offer(place: Place) -> Words:
    risk = make_risk(place, outside_offer=place.canary, outside_offered_at=timezone.now())
    return {"sprint_id": risk.sprint_id, "number": risk.number}


def write_up_form(place: Place) -> Words:
    return {
        "title": f"Reset mails lead to localhost {place.canary}",
        "plain_summary": "Nobody can set a new password.",
        "stage": "6",
        "consequence": "4",
        "likelihood": "5",
        "recovery": "2",
        "effort": "1",
    }


def due_form(_: Place) -> Words:
    return {"risk": "1:1", "act": "due", "due_on": "2026-12-04"}


ADDRESSES.update(
    {
        "sprints:comment-create": Address(
            lambda place: practice(place) | of_talk(place),
            methods=("POST",),
            form=words,
            plain=("about", "number"),
        ),
        "client-comment": Address(
            of_talk, methods=("POST",), form=words, roles=CLIENT, plain=("about", "number")
        ),
        "sprints:risk-export": Address(
            lambda place: of_list(place) | {"form": "csv"}, plain=("form",)
        ),
        "sprints:risk-import": Address(
            of_list,
            methods=("GET", "POST"),
            form=lambda place: {"text": f"title,stage\nSeen {place.canary},2\n"},
        ),
        "sprints:library": Address(practice),
        "sprints:write-up-create": Address(practice, methods=("GET", "POST"), form=write_up_form),
        "sprints:write-up-edit": Address(
            lambda place: practice(place) | {"template_id": make_template(place).pk},
            methods=("GET", "POST"),
            form=lambda place: write_up_form(place) | {"seen": "1"},
        ),
        "sprints:template-archival": Address(
            lambda place: practice(place) | {"template_id": make_template(place).pk},
            methods=("POST",),
        ),
        "sprints:library-pick": Address(
            of_list, methods=("GET", "POST"), form=lambda _: {"pick": "kubernetes"}
        ),
        "sprints:template-keep": Address(of_risk, methods=("POST",), plain=("number",)),
        "sprints:risk-bulk": Address(of_list, methods=("POST",), form=due_form),
        "client-outside": Address(
            of_offer, methods=("POST",), roles=("founder",), plain=("number",)
        ),
        "sprints:comment-edit": Address(
            lambda place: practice(place) | of_comment(place),
            methods=("GET", "POST"),
            form=new_words,
            roles=("consultant",),
        ),
        "client-comment-edit": Address(
            of_clients_comment, methods=("GET", "POST"), form=new_words, roles=("founder",)
        ),
    }
)
