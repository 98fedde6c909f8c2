"""The addresses of stages, of what shows them, and of the founder's answer."""

from hashlib import sha256

from django.utils import timezone

from sprints.models import Stage, StageItem
from sprints.storing import keep
from sprints.submitting import submit
from tests.factories import Place
from tests.isolation_urls import ADDRESSES, CLIENT, Address, Words, practice
from tests.sprints.factories import make_evidence, make_revision, make_risk, make_sprint

PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def ready_stage(place: Place) -> Stage:
    """A stage that may be put before the founder."""
    place.practice.is_stage_approval_on = True
    place.practice.save(update_fields=["is_stage_approval_on"])
    sprint = make_sprint(place)
    items = StageItem.objects.filter(stage__sprint=sprint, stage__ordinal=2)
    items.update(verdict="pass", verdict_at=timezone.now())
    return Stage.objects.select_related("sprint").get(sprint=sprint, ordinal=2)


def waiting_stage(place: Place) -> Stage:
    stage = ready_stage(place)
    submit(stage, f"Please look {place.canary}", by=place.consultant)
    return stage


def words_of(stage: Stage) -> Words:
    return {"sprint_id": stage.sprint_id, "ordinal": stage.ordinal}


def of_stage(place: Place) -> Words:
    return practice(place) | words_of(ready_stage(place))


def of_item(key: str):
    def build(place: Place) -> Words:
        return of_stage(place) | {"key": key}

    return build


def shown(place: Place, **fields) -> Words:
    """Evidence with a stored file."""
    item = StageItem.objects.get(stage=ready_stage(place), key="2.1")
    evidence = make_evidence(place, item=item, created_by=place.founder, **fields)
    key = keep(PICTURE, practice_id=place.practice.pk, client_id=place.client.pk)
    make_revision(
        place,
        evidence=evidence,
        by=place.founder,
        text="",
        storage_key=key,
        filename=f"{place.canary}.png",
        mime="image/png",
        size_bytes=len(PICTURE),
        sha256=sha256(PICTURE).hexdigest(),
    )
    return {"sprint_id": evidence.stage.sprint_id, "evidence_id": evidence.pk}


def of_risk(place: Place) -> Words:
    risk = make_risk(place)
    return {"sprint_id": risk.sprint_id, "number": risk.number}


def of_evidence(place: Place) -> Words:
    return practice(place) | shown(place)


def of_file(place: Place) -> Words:
    return of_evidence(place) | {"number": 1}


def note_form(place: Place) -> Words:
    return {"text": f"Seen at the provider {place.canary}", "audience": "client"}


PLAIN = ("ordinal", "key")
ADDRESSES.update(
    {
        "sprints:stage-submit": Address(of_stage, methods=("POST",), plain=("ordinal",),
            form=lambda place: {"note": f"Please look {place.canary}"}),
        "sprints:item-override": Address(of_item("2.2"), methods=("POST",), plain=PLAIN,
            form=lambda _: {"verdict": "na", "reason": "agreed"}),
        "sprints:item-signal": Address(of_item("F2.1"), methods=("POST",), plain=PLAIN,
            form=lambda place: {"words": f"Nobody can pay {place.canary}"}),
        "sprints:evidence-create": Address(of_item("2.2"), methods=("GET", "POST"), plain=PLAIN,
            form=note_form),
        "sprints:risk-evidence-create": Address(lambda place: practice(place) | of_risk(place),
            methods=("GET", "POST"), plain=("number",), form=note_form),
        "client-risk-evidence-create": Address(of_risk, roles=("founder",),
            methods=("GET", "POST"), plain=("number",), form=note_form),
        "sprints:evidence-again": Address(of_evidence, methods=("GET", "POST"), form=note_form),
        "sprints:evidence-judge": Address(of_evidence, methods=("POST",),
            form=lambda _: {"to": "yes"}),
        "sprints:evidence-file": Address(of_file, plain=("number",)),
        "client-stage": Address(lambda place: words_of(waiting_stage(place)), roles=CLIENT,
            plain=("ordinal",)),
        "client-stage-answer": Address(lambda place: words_of(waiting_stage(place)),
            roles=("founder",), methods=("POST",), plain=("ordinal",),
            form=lambda _: {"answer": "changes", "reason": "talk"}),
        "client-evidence-create": Address(lambda place: words_of(ready_stage(place)),
            roles=("founder",), methods=("GET", "POST"), plain=("ordinal",), form=note_form),
        "client-evidence-again": Address(shown, roles=("founder",), methods=("GET", "POST"),
            form=note_form),
        "client-evidence-file": Address(lambda place: shown(place) | {"number": 1}, roles=CLIENT,
            plain=("number",)),
    }
)  # fmt: skip
