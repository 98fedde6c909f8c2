"""Consent for deeper looks, and the owner's proof of control (decisions.md 20)."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.guard import Guard
from accounts.models import ClientMembership, MemberStatus, User
from accounts.roles import Role
from accounts.tenancy.scope import Actor, practice_scope
from audits.gather.proof import ProofLook, Sign, look_for_file, look_for_record
from audits.observations.names import is_tenant_name, registrable_domain
from audits.targets import granted_level
from audits.verdicts import Consent as Level
from sprints.models import Consent, DomainProof, Project, Sprint
from sprints.models.activity import record
from sprints.models.consent import new_token

Method = DomainProof.Method
PUBLIC_MAIL_FILE: Final = Path(__file__).with_name("public_mail_domains.txt")
BELL_LOST_AFTER: Final = timedelta(seconds=5)
GIVEN_UP_AFTER: Final = timedelta(hours=1)
# 2: what is found is shown to the people of the sprint, not to whoever ticks alone.
WORDS_VERSION: Final = 2
LAPSED_WORDS: Final = "Control of {domain} could not be shown any more: {words}"


@cache
def public_mail_domains() -> frozenset[str]:
    """Domains at which anybody can have an address, from the dated list beside this file."""
    lines = PUBLIC_MAIL_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def domain_of(project: Project) -> str:
    """The registrable domain that consent and proof are about."""
    return registrable_domain(project.domain) or project.domain


def proving_founder(project: Project) -> User | None:
    """A founder of the project's client whose verified login address lies at its domain.

    None for a public mail domain and for a name that a platform lends (`app.vercel.app`):
    there an address says nothing about who owns it.
    """
    domain = domain_of(project)
    if domain in public_mail_domains() or is_tenant_name(project.domain):
        return None
    founders = ClientMembership.objects.of(project.practice_id).filter(
        client=project.client_id, role=Role.FOUNDER, status=MemberStatus.ACTIVE
    )
    address = (
        EmailAddress.objects.filter(
            user__in=founders.values("user"), verified=True, email__iendswith=f"@{domain}"
        )
        .select_related("user")
        .order_by("pk")
        .first()
    )
    return address.user if address and address.user.is_active else None


def tick(project: Project, *, by: User, address: str | None) -> Consent:
    """Write down that level 2 was allowed, and lay out the ways to prove control."""
    consent, is_new = Consent.objects.get_or_create(
        practice_id=project.practice_id,
        client_id=project.client_id,
        project=project,
        domain=domain_of(project),
        level=int(Level.L2),
        withdrawn_at=None,
        defaults={"given_by": by, "words_version": WORDS_VERSION, "address": address},
    )
    if is_new:
        _tell(project, "consent_given", by)
    for method, domain in (
        (Method.DNS_TXT, domain_of(project)),
        (Method.FILE, project.domain),
        (Method.LOGIN, domain_of(project)),
    ):
        _lay_out(project, method, domain)
    return consent


def withdraw(project: Project, *, by: User) -> None:
    """Take every consent of the project back; what was found stays."""
    given = Consent.objects.of(project.practice_id).filter(project=project, withdrawn_at=None)
    if given.update(withdrawn_at=timezone.now()):
        _tell(project, "consent_withdrawn", by)


def prove_by_login(project: Project) -> bool:
    """Confirm the proof by login address where it holds; True where it does now."""
    proof = DomainProof.objects.filter(project=project, method=Method.LOGIN).first()
    founder = proving_founder(project)
    if proof is None or founder is None:
        return False
    proof.confirm(f"{founder} signs in with an address at {proof.domain}.")
    return True


def is_waiting() -> Q:
    """Proofs that were asked for and that nobody has looked at, for the sweep."""
    now = timezone.now()
    return Q(asked_at__lt=now - BELL_LOST_AFTER, asked_at__gt=now - GIVEN_UP_AFTER) & (
        Q(looked_at=None) | Q(looked_at__lt=F("asked_at"))
    )


def look(proof_id: int, *, on_consent: Callable[..., object]) -> None:
    """Look for one proof that was asked for; `on_consent` is called when consent arrives."""
    with transaction.atomic():
        proof = DomainProof.objects.select_related("project").filter(pk=proof_id).first()
    if proof is None or not proof.is_waiting:
        return
    found = asyncio.run(_look_for([proof]))[0]
    with transaction.atomic():
        proof = DomainProof.objects.select_for_update().select_related("project").get(pk=proof_id)
        before = granted_level(proof.project)
        if found.sign == Sign.FOUND:
            proof.confirm(found.words)
        else:
            proof.miss(found.words)
        if before < Level.L2 <= granted_level(proof.project):
            on_consent(proof.project, by=None)


def prove_again(project: Project) -> str:
    """Look again at the proofs on which a deeper level rests, as a run begins.

    What the domain's own servers say is gone no longer counts; silence keeps it until it
    lapses. Returns the sentence for the run's page where the level fell, else "".
    """
    with practice_scope(project.practice_id, actor=Actor.SYSTEM):
        before = granted_level(project)
        proofs = list(DomainProof.objects.filter(project=project).in_force())
    if before < Level.L2:
        return ""
    seen = [proof for proof in proofs if proof.method != Method.LOGIN]
    looks = list(zip(seen, asyncio.run(_look_for(seen)), strict=True))
    with practice_scope(project.practice_id, actor=Actor.SYSTEM):
        missing = [(proof, look.words) for proof, look in looks if look.sign == Sign.ABSENT]
        if proving_founder(project) is None:
            gone = "no founder signs in with an address there."
            missing += [(proof, gone) for proof in proofs if proof.method == Method.LOGIN]
        for proof, words in missing:
            proof.lapse(words)
        for proof, look in looks:
            if look.sign == Sign.FOUND:
                proof.confirm(look.words)
        if granted_level(project) < before and missing:
            return LAPSED_WORDS.format(domain=domain_of(project), words=missing[0][1])[:300]
    return ""


async def _look_for(proofs: list[DomainProof]) -> list[ProofLook]:
    guard = Guard.from_settings()
    try:
        return list(await asyncio.gather(*(_look_at(guard, proof) for proof in proofs)))
    finally:
        await guard.aclose()


async def _look_at(guard: Guard, proof: DomainProof) -> ProofLook:
    if proof.method == Method.FILE:
        return await look_for_file(guard, proof.file_url, proof.record_value)
    return await look_for_record(guard, proof.record_name, proof.record_value)


def _lay_out(project: Project, method: Method, domain: str) -> None:
    DomainProof.objects.get_or_create(
        practice_id=project.practice_id,
        client_id=project.client_id,
        project=project,
        domain=domain,
        method=method,
        defaults={"token": new_token()},
    )


def _tell(project: Project, verb: str, by: User) -> None:
    for sprint in Sprint.objects.filter(project=project, archived_at=None):
        record(sprint, verb, domain_of(project), actor=by)
