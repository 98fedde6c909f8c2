"""Consent and proof of control: who may allow what, how it is proved, when it lapses (X24)."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client as Browser
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from audits import proofs
from audits.begin import begin_run
from audits.catalogue import CATALOGUE
from audits.models import AuditRun, Finding
from audits.proofs import prove_again, proving_founder, public_mail_domains, tick
from audits.runs import carry_out
from audits.targets import granted_level
from audits.tasks import check_proof, take_next_run
from audits.verdicts import Consent as Level
from sprints.models import Consent, DomainProof
from tests.audits.factories import make_run
from tests.browser.audit_world import seeing
from tests.factories import World, make_client_membership, make_user
from tests.lab import Lab
from tests.lab.web import text
from tests.sprints.factories import make_consent, make_project, make_proof, make_sprint

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "ops"])

DOMAIN = "consent.test"
DEEP = [rule.id for rule in CATALOGUE if rule.consent == Level.L2]
DEEP_PATHS = (".env", ".git")


@pytest.fixture(autouse=True)
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    rung: list[str] = []
    monkeypatch.setattr(take_next_run, "apply_async", lambda *_, **__: rung.append("run"))
    monkeypatch.setattr(check_proof, "apply_async", lambda *_, **__: rung.append("proof"))
    return rung


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory):
    from tests.lab.fixture import running_lab

    running = running_lab(str(tmp_path_factory.getbasetemp()))
    running.add_product(DOMAIN)
    with seeing(running):
        yield running
    running.drop_product(DOMAIN)


@pytest.fixture
def browser(world: World) -> Browser:
    browser = Browser()
    browser.force_login(world.ada.consultant)
    return browser


def new_project(world: World, domain: str = DOMAIN):
    with world.ada.as_staff():
        return make_project(world.ada, domain=domain)


def ticked(world: World, domain: str = DOMAIN):
    project = new_project(world, domain)
    with world.ada.as_staff():
        tick(project, by=world.ada.consultant, address=None)
    return project


def proof_of(world: World, project, method: str = "dns_txt") -> DomainProof:
    with world.ada.as_staff():
        return DomainProof.objects.select_related("project").get(project=project, method=method)


def level_of(world: World, project) -> Level:
    with world.ada.as_staff():
        return granted_level(project)


def address(world: World, name: str, **words: object) -> str:
    return reverse(f"audits:{name}", kwargs={"practice_slug": world.ada.practice.slug, **words})


def asked(world: World, project, method: str = "dns_txt") -> DomainProof:
    proof = proof_of(world, project, method)
    with world.ada.as_staff():
        DomainProof.objects.filter(pk=proof.pk).update(asked_at=timezone.now())
    return proof


def look(world: World, proof: DomainProof) -> list[object]:
    """What the task does; answers the projects whose consent arrived."""
    arrived: list[object] = []
    from accounts.tenancy.scope import Actor, Scope, bound

    with bound(Scope(world.ada.practice.pk, Actor.SYSTEM)):
        proofs.look(proof.pk, on_consent=lambda project, by: arrived.append(project))
    return arrived


def add_record(lab: Lab, proof: DomainProof, value: str = "") -> None:
    lab.zone(DOMAIN).add(proof.record_name, "TXT", f'"{value or proof.record_value}"')


# the tick


def test_without_the_tick_nothing_is_allowed_and_the_form_says_what_that_means(world, browser):
    project = new_project(world)
    answer = browser.post(address(world, "consent", project_id=project.pk), {})
    assert answer.status_code == 422
    assert "everything else is audited all the same" in answer.content.decode()
    with world.ada.as_staff():
        assert not Consent.objects.exists()


def test_a_tick_is_written_down_and_shows_what_to_add(world, browser):
    project = new_project(world)
    url = address(world, "consent", project_id=project.pk)
    page = browser.post(url, {"is_allowed": "on"}, follow=True).content.decode()
    with world.ada.as_staff():
        given = Consent.objects.get()
        assert (given.domain, given.level, given.given_by) == (DOMAIN, 2, world.ada.consultant)
    record, file = proof_of(world, project), proof_of(world, project, "file")
    for shown in (record.record_name, record.record_value, file.file_url, file.record_value):
        assert f'data-copy="{shown}"' in page
    assert record.token != file.token
    assert level_of(world, project) == Level.L1


def test_a_tick_alone_and_a_proof_alone_allow_nothing(world):
    project = new_project(world)
    with world.ada.as_staff():
        proof = make_proof(world.ada, project=project)
        proof.confirm("found")
        assert granted_level(project) == Level.L1
        make_consent(world.ada, project=project)
        assert granted_level(project) == Level.L2
        DomainProof.objects.all().delete()
        assert granted_level(project) == Level.L1


def test_consent_can_be_taken_back(world, browser):
    project = ticked(world)
    proof_of(world, project)
    with world.ada.as_staff():
        DomainProof.objects.get(method="dns_txt").confirm("found")
    assert level_of(world, project) == Level.L2
    browser.post(address(world, "consent-withdrawal", project_id=project.pk))
    assert level_of(world, project) == Level.L1


# the login address


def founder_at(world: World, mail: str, *, verified: bool = True, role: str = "founder"):
    user = make_user("Jonas", email=mail)
    EmailAddress.objects.filter(user=user).update(verified=verified)
    make_client_membership(world.ada, user=user, role=role)
    return user


@pytest.mark.parametrize(
    ("mail", "domain", "counts"),
    [
        ("jonas@consent.test", DOMAIN, True),
        ("jonas@consent.test", "www.consent.test", True),
        ("Jonas@Consent.test", DOMAIN, True),
        ("jonas@mail.consent.test", DOMAIN, False),
        ("jonas@notconsent.test", DOMAIN, False),
        ("jonas@gmail.com", "gmail.com", False),
        ("jonas@app.vercel.app", "app.vercel.app", False),
        ("jonas@vercel.app", "app.vercel.app", False),
    ],
)
def test_a_founders_login_address_proves_its_own_domain_only(world, mail, domain, counts):
    with world.ada.as_staff():
        founder_at(world, mail)
        assert (proving_founder(make_project(world.ada, domain=domain)) is not None) is counts


@pytest.mark.parametrize("how", ["unverified", "viewer", "removed", "consultant", "other client"])
def test_only_a_verified_address_of_a_founder_of_this_client_counts(world, how):
    place = world.ada_two if how == "other client" else world.ada
    with world.ada.as_staff():
        if how == "consultant":
            EmailAddress.objects.filter(user=world.ada.consultant).update(email=f"a@{DOMAIN}")
        else:
            user = make_user("Jonas", email=f"jonas@{DOMAIN}")
            EmailAddress.objects.filter(user=user).update(verified=how != "unverified")
            make_client_membership(
                place,
                user=user,
                role="viewer" if how == "viewer" else "founder",
                status="removed" if how == "removed" else "active",
            )
        assert proving_founder(make_project(world.ada, domain=DOMAIN)) is None


def test_the_list_of_public_mail_is_long_dated_and_well_formed():
    text = proofs.PUBLIC_MAIL_FILE.read_text()
    assert "2026-11-24" in text
    assert len(public_mail_domains()) >= 150
    assert {"gmail.com", "outlook.com", "proton.me", "gmx.de", "qq.com"} <= public_mail_domains()
    assert all(name == name.lower() and "." in name for name in public_mail_domains())


def test_a_founders_tick_or_ours_is_proved_by_the_founders_address_at_once(world, browser, bells):
    project = new_project(world)
    with world.ada.as_staff():
        founder_at(world, f"jonas@{DOMAIN}")
        sprint = make_sprint(world.ada, project=project)
        begin_run(sprint, by=None)
        AuditRun.objects.update(state="done")
    bells.clear()
    browser.post(address(world, "consent", project_id=project.pk), {"is_allowed": "on"})
    assert level_of(world, project) == Level.L2
    with world.ada.as_staff():
        run = AuditRun.objects.get(scope="consent-2")
        assert run.check_ids == DEEP
    assert bells == ["run"]


def test_a_tick_with_a_proof_in_force_lets_run_what_waited(world, browser, bells):
    project = ticked(world)
    with world.ada.as_staff():
        DomainProof.objects.get(method="dns_txt").confirm("found")
        make_run(world.ada, sprint=make_sprint(world.ada, project=project), state="done")
    browser.post(address(world, "consent-withdrawal", project_id=project.pk))
    for _ in range(2):
        browser.post(address(world, "consent", project_id=project.pk), {"is_allowed": "on"})
    with world.ada.as_staff():
        assert AuditRun.objects.filter(scope="consent-2").count() == 1
    assert bells == ["run"]


# record and file


@pytest.mark.lab
def test_the_record_is_found_and_what_waited_runs_by_itself(world, lab):
    project = ticked(world)
    proof = asked(world, project)
    add_record(lab, proof)
    assert look(world, proof) == [project]
    assert level_of(world, project) == Level.L2
    lapses_at = proof_of(world, project).lapses_at
    assert lapses_at is not None
    assert lapses_at > timezone.now() + timedelta(days=29)
    assert look(world, proof) == []


@pytest.mark.lab
@pytest.mark.parametrize(
    ("value", "words"),
    [("", "There is no TXT record"), ("lr-verify=0000", "which is not the value shown here")],
)
def test_a_record_that_is_missing_or_another_proves_nothing(world, lab, value, words):
    project = ticked(world)
    proof = asked(world, project)
    if value:
        add_record(lab, proof, value)
    assert look(world, proof) == []
    assert words in proof_of(world, project).answer
    assert level_of(world, project) == Level.L1


@pytest.mark.lab
def test_the_file_is_found_only_with_exactly_the_line(world, lab):
    project = ticked(world)
    proof = asked(world, project, "file")
    path = "/" + proof.file_url.partition(f"{DOMAIN}/")[2]
    look(world, proof)
    assert "there is no such file" in proof_of(world, project, "file").answer
    lab.site(DOMAIN).swap(path, text(f"<html>{proof.record_value}</html>"))
    asked(world, project, "file")
    look(world, proof)
    assert "not the line shown here" in proof_of(world, project, "file").answer
    assert level_of(world, project) == Level.L1
    lab.site(DOMAIN).swap(path, text(f"{proof.record_value}\n"))
    asked(world, project, "file")
    assert look(world, proof) == [project]
    assert level_of(world, project) == Level.L2


def test_check_now_rings_once_and_the_fragment_asks_until_the_answer(world, browser, bells):
    project = ticked(world)
    proof = proof_of(world, project)
    url = address(world, "proof-check", project_id=project.pk, proof_id=proof.pk)
    first = browser.post(url, headers={"HX-Request": "true"}).content.decode()
    browser.post(url, headers={"HX-Request": "true"})
    assert bells == ["proof"]
    assert 'hx-trigger="every 1s"' in first
    with world.ada.as_staff():
        proof_of(world, project).miss("There is no TXT record.")
    poll = address(world, "proof-progress", project_id=project.pk, proof_id=proof.pk)
    later = browser.get(poll)
    assert "hx-trigger" not in later.content.decode()
    assert "There is no TXT record." in later.content.decode()
    assert "HX-Redirect" not in later
    with world.ada.as_staff():
        proof_of(world, project).confirm("found")
    assert "HX-Redirect" in browser.get(poll)


# lapse


@pytest.mark.parametrize(("days", "level"), [(29, Level.L2), (31, Level.L1)])
def test_a_proof_lapses_after_thirty_days(world, days, level):
    project = ticked(world)
    with world.ada.as_staff():
        proof_of(world, project).confirm("found")
        DomainProof.objects.filter(method="dns_txt").update(
            lapses_at=timezone.now() + timedelta(days=30 - days)
        )
    assert level_of(world, project) == level


def proved(world: World, lab: Lab):
    project = ticked(world)
    proof = asked(world, project)
    add_record(lab, proof)
    look(world, proof)
    return project, proof


@pytest.mark.lab
def test_a_record_that_is_gone_takes_the_level_down_and_the_run_says_so(world, lab):
    project, proof = proved(world, lab)
    assert prove_again(project) == ""
    lab.zone(DOMAIN).remove(proof.record_name, "TXT")
    note = prove_again(project)
    assert "could not be shown any more" in note
    assert level_of(world, project) == Level.L1
    assert prove_again(project) == ""


@pytest.mark.lab
def test_silence_keeps_the_proof(world, lab):
    project, _ = proved(world, lab)
    with override_settings(LAB_RESOLVER="127.0.0.1:9", AUDIT_RESOLVERS=["127.0.0.1:9"]):
        assert prove_again(project) == ""
    assert level_of(world, project) == Level.L2


@pytest.mark.lab
def test_a_founder_who_has_left_proves_nothing_any_more(world, lab):
    project = new_project(world)
    with world.ada.as_staff():
        user = founder_at(world, f"jonas@{DOMAIN}")
        tick(project, by=world.ada.consultant, address=None)
        assert proofs.prove_by_login(project)
    assert prove_again(project) == ""
    with world.ada.as_staff():
        from accounts.models import ClientMembership

        ClientMembership.objects.filter(user=user).update(status="removed")
    assert "no founder signs in" in prove_again(project)
    assert level_of(world, project) == Level.L1


# X24


def carried_out(world: World, project, **how) -> AuditRun:
    with world.ada.as_staff():
        sprint = project.sprints.first() or make_sprint(world.ada, project=project)
        run, _ = begin_run(sprint, by=None, **how)
    claimed = AuditRun.objects.claim_next()
    assert claimed == run
    carry_out(claimed)
    with world.ada.as_staff():
        return AuditRun.objects.get(pk=run.pk)


def deep_requests(lab: Lab) -> list[str]:
    met = [line for host, lines in lab.requests.items() if DOMAIN in host for line in lines]
    return [line for line in met if any(path in line for path in DEEP_PATHS)]


@pytest.mark.lab
@pytest.mark.skipif(not DEEP, reason="the catalogue has no check of level 2")
def test_without_proof_no_deeper_check_asks_for_anything(world, lab):
    project = ticked(world)
    run = carried_out(world, project, checks=DEEP, scope="consent-2")
    with world.ada.as_staff():
        found = list(Finding.objects.filter(run=run).values_list("verdict", "cause"))
    assert set(found) == {("na", "consent")}
    assert len(found) == len(DEEP)
    assert deep_requests(lab) == []
    assert run.consent_level == 1


@pytest.mark.lab
@pytest.mark.skipif(not DEEP, reason="the catalogue has no check of level 2")
def test_with_proof_they_look(world, lab):
    project, _ = proved(world, lab)
    run = carried_out(world, project, checks=DEEP, scope="consent-2")
    with world.ada.as_staff():
        assert not Finding.objects.filter(run=run, cause="consent").exists()
    assert deep_requests(lab) != []
    assert run.consent_level == 2
