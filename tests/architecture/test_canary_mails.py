"""No mail to a client's side says anything internal: every kind is made in a sprint whose
internal fields hold the bird, for a founder and for a viewer."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import digests, invitations, mails
from accounts.models import ClientMembership, Notice
from accounts.tenancy.scope import Actor, practice_scope
from config import weekly_letter
from config.deciding_inputs import launch_computed
from sprints import accepting, deciding, nudging, reconsidering, requesting, submitting
from sprints.deciding import Chosen
from sprints.models import Acceptance, Decision, Risk, Sprint, Stage, StageItem
from sprints.models.activity import record
from tests.accounts import conftest as mailed
from tests.architecture import test_canaries
from tests.architecture.test_canaries import BIRD
from tests.factories import Place, World, make_user
from tests.sprints.factories import make_comment, make_request, make_risk

posted = mailed.posted
sprint = test_canaries.sprint
MONDAY = datetime(2026, 11, 30, 8, 0, 5, tzinfo=UTC)

# To whoever signs in, before there is a sprint.
OF_AN_ACCOUNT = {
    *("address_changed", "address_code", "factor_changed", "invitation", "invitation_code"),
    *("login_code", "practice_created", "start_code", "stepup_code", "unknown_account"),
}
TO_STAFF = {"acceptance_answered", "decision_answered", "stage_answered"}

type Said = dict[str, dict[str, list[str]]]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, posted) -> Said:
    """Every mail that was made: by its template and whom it goes to, text and HTML."""
    made: Said = defaultdict(lambda: defaultdict(list))
    names: list[str] = []
    write, send = mails.rendered, vars(mails)["post"]

    def rendered(name: str, words: mails.Words) -> str:
        names.append(name)
        return write(name, words)

    def post(**words: Any) -> None:  # Any: the parts of a mail
        send(**words)
        made[names[-1]][words["to"]].append(str(posted[-1]))

    monkeypatch.setattr(mails, "rendered", rendered)
    monkeypatch.setattr(mails, "post", post)
    return made


def staffed(ada: Place, sprint: Sprint, title: str) -> Risk:
    """A shown risk with everything internal about it that there can be."""
    risk = make_risk(ada, sprint=sprint, title=title, plain_summary="Nobody gets a code.",
                     evidence=[["header", f"{BIRD}-evidence"]])  # fmt: skip
    make_comment(ada, sprint=sprint, risk=risk, text=f"{BIRD}-comment", audience="internal")
    return risk


def accept(ada: Place, sprint: Sprint) -> None:
    risk = staffed(ada, sprint, "Shown trouble")
    day = timezone.localdate() + timedelta(days=5)
    accepting.propose(risk, accepting.Proposal("Few people", day), by=ada.consultant)
    one = risk.acceptances.get()
    accepting.decide(sprint, {one.pk: accepting.Answer(1, is_yes=True)}, by=ada.founder)
    # Whoever chose a near day is not told that it is near.
    Acceptance.objects.filter(pk=one.pk).update(reminded_days=None)
    reconsidering.remind(one.pk)
    risk.refresh_from_db()
    risk.rename("Shown anew", by=ada.consultant, seen_version=risk.row_version)
    reconsidering.reconsider([risk])


def decide(ada: Place, sprint: Sprint) -> None:
    made = deciding.recommend(sprint, launch_computed(sprint), Chosen("no_go"), by=ada.consultant)
    past = timezone.now() - timedelta(days=1)
    Decision.objects.filter(pk=made.pk).update(
        state="confirmed", confirmed_by=ada.founder, confirmed_at=past, valid_until=past
    )
    deciding.lapse(made.pk)


def submit(ada: Place, sprint: Sprint) -> None:
    ada.practice.is_stage_approval_on = True
    ada.practice.save()
    StageItem.objects.filter(stage__sprint=sprint, stage__ordinal=2).update(
        verdict="pass", verdict_at=timezone.now(), override_reason=f"{BIRD}-override"
    )
    rows = Stage.objects.select_related("sprint__practice", "sprint__project", "sprint__lead")
    submitting.submit(rows.get(sprint=sprint, ordinal=2), "Please look", by=ada.consultant)


def ask(ada: Place, sprint: Sprint) -> None:
    make_request(ada, sprint=sprint, title="Which bank?", state="draft", sent_at=None)
    requesting.send(sprint, by=ada.consultant)


def nudge(ada: Place, sprint: Sprint) -> None:
    nudging.nudge(sprint, ada.founder, by=ada.consultant)


def join(ada: Place, sprint: Sprint) -> None:
    for role, user in (("founder", make_user("Gil")), ("viewer", ada.viewer)):
        members = ClientMembership.objects.filter(user=user, client=ada.client)
        if not members.exists():
            ClientMembership.objects.create(
                practice=ada.practice, client=ada.client, user=user, role=role
            )
        found = members.select_related("user", "practice").get()
        invitations.joined.send(ClientMembership, membership=found)


def agree(ada: Place, sprint: Sprint) -> None:
    risk, hidden = (staffed(ada, sprint, title) for title in ("Shown trouble", f"{BIRD}-later"))
    for one in (risk, hidden):
        data = {"title": one.title, "owner": "Maya", "due": None}
        record(sprint, "call_agreed", one.ref, actor=ada.consultant, data=data)
    hidden.change(hidden.row_version, is_internal=True)
    browser = Client()
    browser.force_login(ada.consultant)
    words = {"practice_slug": ada.practice.slug, "sprint_id": sprint.pk}
    assert browser.post(reverse("sprints:call-end", kwargs=words)).status_code == 302


def digest(ada: Place, sprint: Sprint) -> None:
    """Everybody of the client's side is told of everything there is, at once and gathered."""
    people = [ada.founder.pk, ada.viewer.pk]
    hidden = Risk.objects.get(sprint=sprint, title=f"{BIRD}-risk")
    shown = staffed(ada, sprint, "Shown trouble")
    refs = [shown.ref, hidden.ref]
    for verb, subject in (
        *(("outside_offered", ref) for ref in refs),
        *(("commented", ref) for ref in refs),
        *(("evidence_accepted", "“A picture”"), ("evidence_sent_back", "“A picture”")),
    ):
        data = {"mentions": people, "reason": "Later"}
        record(sprint, verb, subject, actor=ada.consultant, data=data)
    about = {"mentions": people}
    record(sprint, "commented", f"{BIRD}-talk", actor=ada.consultant, data=about, is_internal=True)
    record(sprint, "audit_finished", "Audit 2", data={"came_back": refs})
    Notice.objects.update(mail_at=timezone.now() - timedelta(seconds=1))
    for notice in Notice.objects.filter(person__in=people):
        digests.mail_about(notice.pk)


def week(ada: Place, sprint: Sprint) -> None:
    hidden = Risk.objects.get(sprint=sprint, title=f"{BIRD}-risk")
    record(sprint, "audit_finished", "Audit 2", data={"opened": [hidden.ref]})
    record(sprint, "outside_offered", hidden.ref, actor=ada.consultant, data={"reason": BIRD})
    due_at = timezone.now() - timedelta(seconds=1)
    people = ClientMembership.objects.filter(client=ada.client)
    people.update(weekly_at=due_at)
    with practice_scope(ada.practice.pk, actor=Actor.SYSTEM), pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: max(MONDAY, due_at))
        for pk in people.values_list("pk", flat=True):
            weekly_letter.write(pk)


# Which acts make which mails to the client's side, and to whom of it.
BOTH, FOUNDER, VIEWER = ("founder", "viewer"), ("founder",), ("viewer",)
MAKES: dict[Callable[[Place, Sprint], None], dict[str, tuple[str, ...]]] = {
    accept: {"acceptance_asked": FOUNDER, "acceptance_ends": FOUNDER, "acceptance_over": FOUNDER},
    decide: {"decision_asked": FOUNDER, "decision_lapsed": FOUNDER},
    submit: {"stage_asked": FOUNDER},
    ask: {"requests": FOUNDER},
    nudge: {"nudge": FOUNDER},
    join: {"requests_viewer": VIEWER},
    agree: {"call_agreed": FOUNDER},
    digest: {"digest": BOTH},
    week: {"weekly": FOUNDER},
}


def test_each_mail_that_there_is_is_made_here_or_goes_elsewhere():
    folder = Path(settings.BASE_DIR) / "templates" / "emails"
    made = {name for kinds in MAKES.values() for name in kinds}
    assert {path.stem for path in folder.glob("*.txt")} == made | TO_STAFF | OF_AN_ACCOUNT


@pytest.mark.parametrize("act", MAKES, ids=lambda act: act.__name__)
def test_no_mail_to_the_clients_side_says_anything_internal(
    world: World, sprint: Sprint, said: Said, act: Callable[[Place, Sprint], None]
):
    ada = world.ada
    with ada.as_staff():
        act(ada, sprint)
    for name, roles in MAKES[act].items():
        for role in ("founder", "viewer"):
            mails_of_one = said[name].get(getattr(ada, role).email, [])
            assert bool(mails_of_one) == (role in roles), (name, role)
    staff = {ada.owner.email, ada.consultant.email}
    to_client = {
        (name, text)
        for name, by_person in said.items()
        for to, texts in by_person.items()
        for text in texts
        if to not in staff
    }
    assert {(name, text) for name, text in to_client if BIRD in text} == set()


def test_the_same_net_would_catch_the_bird(world: World, sprint: Sprint, said: Said):
    """Staff are told of what is internal; were their mails looked at, it would be seen."""
    with world.ada.as_staff():
        digest(world.ada, sprint)
        for notice in Notice.objects.filter(person=world.ada.consultant):
            digests.mail_about(notice.pk)
    assert any(BIRD in text for text in said["digest"][world.ada.consultant.email])
