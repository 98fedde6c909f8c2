"""1,000 sprints with 100,000 risks and all that hangs below them, laid by bulk inserts.

Two practices share the database; the one measured has 700 of the sprints among 60 clients.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import Client, ClientMembership
from accounts.notices import Notice
from sprints.impact import Weight, score
from sprints.models import (
    Acceptance,
    ActivityEvent,
    Comment,
    Decision,
    Evidence,
    EvidenceRevision,
    Project,
    Request,
    Risk,
    RiskSighting,
    RiskTemplate,
    ShareLink,
    Sprint,
    Stage,
    StageItem,
)
from sprints.models.activity import GENESIS
from tests.audits.factories import make_run
from tests.factories import Place, World, make_user
from tests.sprints.factories import make_project, make_sprint

CLIENTS = 60
SPRINTS = {"ada": 700, "bob": 300}
RISKS_PER_SPRINT = 100
RISKS_PER_CAUSE = 4
EVENTS_PER_SPRINT = 50
COMMENTS_PER_SPRINT = 20
REQUESTS_PER_SPRINT = 6
EVIDENCE_PER_SPRINT = 10
LINKS = 60
WRITE_UPS = 150
NOTICES = 2000
BATCH = 2000
# The sprint that is looked at has this many times as much as the others.
OURS_TIMES = 2
WEIGHTS = ((5, 5, 3), (4, 4, 2), (3, 3, 2), (2, 2, 2), (4, 3, 2), (1, 1, 1))
STATES = ("open", "open", "in_progress", "fixed", "verified", "accepted", "invalid", "verified")
COVERAGE = {"total": 90, "ran": 88, "unknown": ["dns.caa"], "blocked": [], "not_consented": ["x"]}


def fill(world: World) -> Sprint:
    """All of it; the sprint that is looked at."""
    with world.ada.as_staff():
        launch_on = timezone.localdate() + timedelta(days=10)
        ours = make_sprint(world.ada, project=make_project(world.ada, launch_on=launch_on))
        lay(world.ada, [ours, *sprints_of(world.ada, SPRINTS["ada"] - 1)])
        _of_practice(world.ada, ours)
    with world.bob.as_staff():
        lay(world.bob, sprints_of(world.bob, SPRINTS["bob"]))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return ours


def sprints_of(place: Place, count: int) -> list[Sprint]:
    """So many sprints with their stages; every fourth is over."""
    practice, founder, today = place.practice, make_user("Busy Founder"), timezone.localdate()
    clients = Client.objects.bulk_create(
        Client(practice=practice, name=f"Client {number:03}") for number in range(CLIENTS)
    )
    ClientMembership.objects.bulk_create(
        ClientMembership(practice=practice, client=client, user=founder, role="founder")
        for client in clients
    )
    projects = Project.objects.bulk_create(
        Project(
            practice=practice,
            client=clients[number % CLIENTS],
            name=f"App {number}",
            domain=f"big{number}.test",
            launch_on=today + timedelta(days=number % 90),
        )
        for number in range(count)
    )
    sprints = Sprint.objects.bulk_create(
        Sprint(
            practice=practice,
            client=project.client,
            project=project,
            number=1,
            lead=place.consultant,
            state="closed" if number % 4 == 3 else "active",  # noqa: PLR2004 - every fourth
        )
        for number, project in enumerate(projects)
    )
    for sprint in sprints:
        sprint.lay_stages()
    return sprints


def lay(place: Place, sprints: list[Sprint]) -> None:
    """What hangs below the sprints, the first with OURS_TIMES as much."""
    now, today = timezone.now(), timezone.localdate()
    StageItem.objects.filter(practice=place.practice).update(verdict="fail", verdict_at=now)
    Stage.objects.filter(practice=place.practice, ordinal__lte=2).update(state="done", done_at=now)
    rows = (risk for sprint in sprints for risk in risks_of(place, sprint, sprints[0], today))
    risks = Risk.objects.bulk_create(rows, batch_size=BATCH)
    RiskSighting.objects.bulk_create(
        (
            RiskSighting(**_of(one), risk=one, audit_number=1, at=now, word="opened")
            for one in risks
        ),
        batch_size=BATCH,
    )
    Sprint.objects.filter(pk__in=[one.pk for one in sprints]).update(
        risk_count=RISKS_PER_SPRINT * OURS_TIMES
    )
    first = {risk.sprint_id: risk for risk in reversed(risks)}
    Acceptance.objects.bulk_create(
        Acceptance(**_of(one), risk=one, state="accepted", rationale="Costs more than it saves",
                   expires_on=today + timedelta(days=30), proposer=place.consultant,
                   decider=place.founder, decided_at=now, risk_sha256="0" * 64,
                   score_at=one.score, band_at=one.band.value)
        for one in risks if one.state == "accepted"
    )  # fmt: skip
    for sprint in sprints:
        _talk(place, sprint, first[sprint.pk], OURS_TIMES if sprint is sprints[0] else 1)
    _evidence(place, sprints)


def risks_of(place: Place, sprint: Sprint, ours: Sprint, today: date) -> Iterator[Risk]:
    for number in range(1, RISKS_PER_SPRINT * (OURS_TIMES if sprint is ours else 1) + 1):
        cause = number // RISKS_PER_CAUSE
        weights = WEIGHTS[cause % len(WEIGHTS)]
        yield Risk(
            **_of(sprint),
            sprint=sprint,
            number=number,
            title=f"Trouble {cause}",
            plain_summary="Codes land in spam.",
            observed="2 records begin with v=spf1",
            remedy="Merge the two records",
            stage=1 + cause % 7,
            check_id=f"email.check_{cause}" if number % 9 else "",
            subject=f"host{number}.test",
            fingerprint=f"{sprint.pk:032x}{number:032x}",
            owner=(place.consultant, place.founder, None)[cause % 3],
            due_on=today - timedelta(days=1) if number % 10 == 0 else None,
            came_back_count=int(number % 20 == 0),
            state=STATES[number % len(STATES)],
            consequence=weights[0],
            likelihood=weights[1],
            recovery=weights[2],
            score=score(Weight(*weights)),
        )


def _talk(place: Place, sprint: Sprint, risk: Risk, times: int) -> None:
    now, us, them = timezone.now(), place.consultant, place.founder
    Comment.objects.bulk_create(
        Comment(**_of(sprint), sprint=sprint, risk=risk if number % 2 else None,
                text=f"Seen it {number}", author=(us, them)[number // 2 % 2],
                author_name="Kim", at=now - timedelta(hours=number))
        for number in range(COMMENTS_PER_SPRINT * times)
    )  # fmt: skip
    Request.objects.bulk_create(
        Request(**_of(sprint), sprint=sprint, title=f"Invite me {number}", created_by=us,
                state="sent" if number % 2 else "done", sent_at=now, answered_by=them,
                answered_at=None if number % 2 else now, noted_at=now if number % 3 else None)
        for number in range(REQUESTS_PER_SPRINT * times)
    )  # fmt: skip
    ActivityEvent.objects.bulk_create(events_of(place, sprint, EVENTS_PER_SPRINT * times**3))


def events_of(place: Place, sprint: Sprint, count: int) -> Iterator[ActivityEvent]:
    """A chain whose links hold."""
    last, now = GENESIS, timezone.now()
    for seq in range(1, count + 1):
        event = ActivityEvent(
            **_of(sprint), sprint=sprint, seq=seq, at=now, actor=place.consultant,
            actor_name="Kim", verb="risk_started", subject=f"R-{seq % RISKS_PER_SPRINT + 1:03}",
            prev_hash=last,
        )  # fmt: skip
        event.hash = last = event.link(last)
        yield event


def _evidence(place: Place, sprints: list[Sprint]) -> None:
    items = StageItem.objects.filter(stage__sprint__in=sprints, position__lt=2)
    rows = Evidence.objects.bulk_create(
        Evidence(**_of(item), stage_id=item.stage_id, item=item, kind="note", title="Seen it",
                 created_by=place.founder)
        for item in items.order_by("pk")[: EVIDENCE_PER_SPRINT * len(sprints)]
    )  # fmt: skip
    EvidenceRevision.objects.bulk_create(
        EvidenceRevision(**_of(one), evidence=one, number=1, text="It works", sha256="0" * 64,
                         by=place.founder)
        for one in rows
    )  # fmt: skip


def _of_practice(place: Place, sprint: Sprint) -> None:
    """The library, the inboxes, and the decisions, links and audits of the one sprint."""
    now, practice = timezone.now(), place.practice
    RiskTemplate.objects.bulk_create(
        RiskTemplate(practice=practice, title=f"Write-up {number}", plain_summary="It leaks.",
                     stage=1 + number % 7, consequence=3, likelihood=3, recovery=2)
        for number in range(WRITE_UPS)
    )  # fmt: skip
    for person, is_for_client in ((place.consultant, False), (place.founder, True)):
        Notice.objects.bulk_create(
            Notice(**_of(sprint), person=person, sprint_ref=sprint.pk, kind="risk_fixed", url="/",
                   is_for_client=is_for_client, text=f"Kim says it is fixed {number}",
                   dedup=f"n{number}", read_at=now if number % 3 else None)
            for number in range(NOTICES)
        )  # fmt: skip
    ShareLink.objects.bulk_create(
        ShareLink(**_of(sprint), sprint=sprint, kind="helper", token_hash=f"{number:064x}",
                  name="Sam", created_by=place.consultant, expires_at=now + timedelta(days=7))
        for number in range(LINKS)
    )  # fmt: skip
    Decision.objects.bulk_create(
        Decision(**_of(sprint), sprint=sprint, number=number, kind="launch", state="declined",
                 computed="no_go", outcome="no_go", inputs_sha256="0" * 64,
                 recommended_by=place.consultant)
        for number in range(1, 21)
    )  # fmt: skip
    make_run(place, sprint=sprint, state="done", finished_at=now, coverage=COVERAGE)
    Risk.objects.filter(sprint=sprint).update(last_seen_at=F("first_seen_at"))


def _of(row: Sprint | Risk | StageItem | Evidence) -> dict[str, int]:
    return {"practice_id": row.practice_id, "client_id": row.client_id}
