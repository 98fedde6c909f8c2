"""Who may do what, asked of the real addresses: what the walls of test_isolation_urls leave open.

There every address is visited by strangers of every kind. Here stand the people who do belong
somewhere and reach for more: a viewer who writes, a founder among staff's acts, a link's holder,
somebody who is staff here and a founder there.
"""

import re
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import ClientMembership, Membership, User, token_hash
from accounts.roles import CLIENT, PERMISSIONS, STAFF, Action, Role
from sprints.models import Acceptance, Risk
from tests import isolation_urls
from tests.factories import World, all_factories
from tests.isolation_urls import ADDRESSES, ROLES
from tests.sprints.factories import make_acceptance, make_decision, make_link, make_risk

all_factories()
isolation_urls.load()

TOKEN = "t" * 43


def views(
    patterns: list[URLPattern | URLResolver], spaces: str = ""
) -> Iterator[tuple[str, dict[str, Action]]]:
    """(name of the address, the actions that its view asks for to read and to write)."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            inner = f"{spaces}{entry.namespace}:" if entry.namespace else spaces
            yield from views(entry.url_patterns, inner)
        elif hasattr(entry.callback, "actions"):
            yield f"{spaces}{entry.name}", entry.callback.actions


ASKED = dict(views(get_resolver().url_patterns))


def browser_of(person: User | None) -> Browser:
    browser = Browser(raise_request_exception=False)
    if person is not None:
        browser.force_login(person)
    return browser


def side_of(name: str) -> frozenset[Role]:
    """The roles that stand on the address's side at all."""
    return STAFF if set(ADDRESSES[name].roles) & {"owner", "consultant"} else CLIENT


def test_every_view_of_a_tenant_asks_for_an_action_of_the_matrix():
    assert {name for name in ADDRESSES if name not in ASKED} == set()
    assert {action for one in ASKED.values() for action in one.values()} <= PERMISSIONS.keys()


def wrongly_answered(world: World, name: str, role: Role, browser: Browser) -> Iterator[str]:
    with world.ada.as_staff():
        url = reverse(name, kwargs=ADDRESSES[name].build(world.ada))
    for method in ADDRESSES[name].methods:
        action = ASKED[name]["read" if method == "GET" else "write"]
        is_named = role in PERMISSIONS[action]
        if is_named and method != "GET":
            continue  # What those do who may is tested where it is built.
        status = getattr(browser, method.lower())(url).status_code
        if (status == 403) is is_named or status >= 500:
            yield f"{role}, {name}, {method}, {action}: {status}"


@pytest.mark.parametrize("role", ROLES)
def test_each_address_lets_its_side_do_what_the_matrix_names(world: World, role):
    """Each role at each address of its own side: refused exactly where the matrix refuses."""
    browser = browser_of(getattr(world.ada, role))
    wrong: list[str] = []
    for name in sorted(ADDRESSES):
        if Role(role) not in side_of(name):
            continue
        with transaction.atomic():
            wrong += wrongly_answered(world, name, Role(role), browser)
            transaction.set_rollback(True)
    assert wrong == []


def test_a_viewer_writes_nothing_but_comments_and_what_a_page_says_by_itself():
    writing = {
        action
        for name, address in ADDRESSES.items()
        if side_of(name) == CLIENT and "POST" in address.methods
        for action in [ASKED[name]["write"]]
        if Role.VIEWER in PERMISSIONS[action]
    }
    assert writing <= {Action.SEE, Action.COMMENT, Action.RUN_DRILL}


@pytest.mark.parametrize("who", ["nobody", "founder", "bob's owner"])
def test_a_link_that_opens_nothing_answers_alike_to_everybody(world: World, who):
    person = {"nobody": None, "founder": world.ada.founder, "bob's owner": world.bob.owner}[who]
    answers = {
        re.sub(r"<meta name=.csrf[^>]+>|value=.[A-Za-z0-9]{64}.", "", answer.content.decode())
        for kind in ("helper", "report")
        for answer in [browser_of(person).get(reverse(kind, kwargs={"token": TOKEN}))]
        if answer.status_code == 404
    }
    assert len(answers) == 1


@pytest.mark.parametrize("kind", ["helper", "report"])
def test_a_links_holder_reaches_nothing_below_p_and_c(world: World, kind):
    with world.ada.as_staff():
        risk = make_risk(world.ada)
        make_link(world.ada, sprint=risk.sprint, kind=kind, risk_numbers=[risk.number],
                  token_hash=token_hash(TOKEN), snapshot={"on": "2026-11-24"})  # fmt: skip
    browser = browser_of(None)
    browser.get(reverse(kind, kwargs={"token": TOKEN}))
    for url in (
        reverse("client-risk", kwargs={"sprint_id": risk.sprint_id, "number": risk.number}),
        reverse("client-risk-fixed", kwargs={"sprint_id": risk.sprint_id, "number": risk.number}),
        f"/p/{world.ada.practice.slug}/sprints/{risk.sprint_id}/",
    ):
        for answer in (browser.get(url), browser.post(url)):
            assert (answer.status_code, "/login" in answer.headers.get("Location", "")) == (
                302,
                True,
            )


def test_the_report_links_token_writes_nothing(world: World):
    with world.ada.as_staff():
        risk = make_risk(world.ada)
        make_link(world.ada, sprint=risk.sprint, kind="report", risk_numbers=[risk.number],
                  token_hash=token_hash(TOKEN))  # fmt: skip
    for name in ("helper-comment", "helper-fixed"):
        url = reverse(name, kwargs={"token": TOKEN, "number": risk.number})
        assert browser_of(None).post(url, {"text": "Hello"}).status_code == 404


def test_staff_here_and_founder_there_is_each_only_in_its_place(world: World):
    both = world.ada.consultant
    with world.bob.as_staff():
        ClientMembership.objects.create(
            practice=world.bob.practice, client=world.bob.client, user=both, role="founder"
        )
        theirs = make_acceptance(world.bob)
        other = make_acceptance(world.bob_two)
    with world.ada.as_staff():
        ours = make_acceptance(world.ada)
    browser = browser_of(both)

    def client(one: Acceptance) -> str:
        words = {"sprint_id": one.risk.sprint_id, "acceptance_id": one.pk}
        return reverse("client-acceptance", kwargs=words)

    assert browser.get(client(theirs)).status_code == 200
    assert browser.get(client(other)).status_code == 404
    assert browser.get(client(ours)).status_code == 404
    assert browser.get(f"/p/{world.bob.practice.slug}/").status_code == 404
    assert browser.get(f"/p/{world.ada.practice.slug}/").status_code == 200


def test_whoever_proposed_or_recommended_never_answers_it_themselves(world: World):
    """Nobody stands on both sides of one practice; whoever changed sides keeps their hand off."""
    ada = world.ada
    with ada.as_staff(), pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(practice=ada.practice, user=ada.founder, role="consultant")
    with ada.as_staff():
        asked = make_acceptance(ada, proposer=ada.founder)
        decision = make_decision(ada, recommended_by=ada.founder)
    browser = browser_of(ada.founder)
    words = {"sprint_id": asked.risk.sprint_id, "acceptance_id": asked.pk}
    sent = {"answer": "no", f"seen-{asked.pk}": "1"}
    assert browser.post(reverse("client-acceptance", kwargs=words), sent).status_code in (403, 409)
    words = {"sprint_id": decision.sprint_id, "number": decision.number}
    sent = {"answer": "talk", "words": "Call me"}
    assert browser.post(reverse("client-decision", kwargs=words), sent).status_code in (403, 409)
    with ada.as_staff():
        asked.refresh_from_db()
        decision.refresh_from_db()
    assert (asked.state, decision.state) == ("proposed", "recommended")


@pytest.mark.parametrize("hidden", [{"is_internal": True}, {"plain_summary": ""}])
def test_nobody_decides_on_a_risk_that_they_do_not_see(world: World, hidden):
    """Its id in the form would also have left out the step-up of what stops the launch."""
    ada = world.ada
    with ada.as_staff():
        seen = make_acceptance(ada)
        secret = make_risk(
            ada, sprint=seen.risk.sprint, title="Unseen", consequence=5, likelihood=5, **hidden
        )
        asked = make_acceptance(ada, risk=secret)
    url = reverse("client-acceptances", kwargs={"sprint_id": seen.risk.sprint_id})
    answer = browser_of(ada.founder).post(url, {"all": "yes", f"seen-{asked.pk}": "1"})
    assert answer.status_code in (403, 409)
    assert secret.title not in answer.content.decode()
    with ada.as_staff():
        asked.refresh_from_db()
        assert (asked.state, Risk.objects.get(pk=secret.pk).state) == ("proposed", "open")


@pytest.mark.parametrize("source", ["ada_two", "bob"])
def test_another_clients_proposal_in_the_form_is_no_proposal_here(world: World, source):
    with world.ada.as_staff():
        here = make_acceptance(world.ada)
    place = getattr(world, source)
    with place.as_staff():
        foreign = make_acceptance(place)
    url = reverse("client-acceptances", kwargs={"sprint_id": here.risk.sprint_id})
    answer = browser_of(world.ada.founder).post(url, {"all": "no", f"seen-{foreign.pk}": "1"})
    assert answer.status_code in (403, 409)
    with place.as_staff():
        foreign.refresh_from_db()
    assert foreign.state == "proposed"
