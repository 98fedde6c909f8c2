"""May the authority that issued the live certificate do so again?"""

from audits.observations.ca_domains import ca_domains_of
from audits.observations.dns import CaaRecord, CaaView
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

# RFC 8659 section 4, RFC 8657, RFC 9495, and the tags of the CA/Browser Forum's documents.
KNOWN_TAGS = frozenset(
    {"issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"}
)


@check(
    id="dns.caa",
    title="The certificate's authority may renew it (CAA)",
    stage=1,
    severity=Severity.S1,
    consent=Consent.L0,
    needs=CaaView,
    source="RFC 8659 sections 3 and 4; RFC 8657; RFC 9495",
    remedy="Add an issue record with the domain of the authority in use, or remove the others.",
    trouble="The next certificate renewal will be refused",
    impact="When the certificate runs out, every visitor sees a warning instead of the app.",
    item="2.2",
)
def caa(view: CaaView) -> Result:
    if view.unanswered:
        message = f"No answer about CAA at {view.unanswered}, so the set in force is not known."
        return Result(Verdict.UNKNOWN, message, cause="no_answer")
    if view.found_at and not view.records:
        message = f"CAA at {view.found_at} can't be read, so whom it allows is not known."
        return Result(Verdict.UNKNOWN, message, subject=view.found_at, cause="malformed")
    if not view.records:
        message = f"No CAA record limits who may issue for {view.host}."
        return Result(Verdict.INFO, message, cause="no_caa")
    evidence = _evidence(view)
    strange = [r.tag for r in view.records if r.is_critical and r.tag not in KNOWN_TAGS]
    if strange:
        message = f"CAA at {view.found_at} holds the unknown critical tag {strange[0][:40]!r}."
        return Result(
            Verdict.FAIL, message, subject=view.found_at, cause="critical_tag", evidence=evidence
        )
    deciding = _deciding(view)
    if not deciding:
        message = f"CAA at {view.found_at} says nothing about web certificates."
        return Result(Verdict.PASS, message, evidence=evidence)
    allowed = {issuer for issuer in map(_issuer, deciding) if issuer}
    if not allowed:
        message = f"CAA at {view.found_at} forbids every authority."
        return Result(
            Verdict.FAIL, message, subject=view.found_at, cause="forbids_all", evidence=evidence
        )
    return _judge_issuer(view, allowed, evidence)


def _judge_issuer(view: CaaView, allowed: set[str], evidence: tuple[Evidence, ...]) -> Result:
    if not view.issuer_names:
        message = f"No live certificate to compare with: {view.certificate_problem}"[:300]
        return Result(Verdict.UNKNOWN, message, cause="no_certificate", evidence=evidence)
    issuer, listed = view.issuer_names[0], ", ".join(sorted(allowed))[:200]
    domains = ca_domains_of(view.issuer_names)
    if not domains:
        message = f"{issuer} is not in our list of authorities; CAA allows {listed}."
        return Result(Verdict.UNKNOWN, message, cause="issuer_not_known", evidence=evidence)
    if allowed.intersection(domains):
        message = f"CAA at {view.found_at} allows {issuer}{_limits(view, domains)}."
        return Result(Verdict.PASS, message, evidence=evidence)
    message = f"{issuer} issued the certificate, but CAA at {view.found_at} allows only {listed}."
    return Result(
        Verdict.FAIL, message, subject=view.found_at, cause="forbids_issuer", evidence=evidence
    )


def _deciding(view: CaaView) -> list[CaaRecord]:
    """The records that decide: `issuewild` for a wildcard where there is one, else `issue`."""
    wild = [record for record in view.records if record.tag == "issuewild"]
    if view.is_wildcard and wild:
        return wild
    return [record for record in view.records if record.tag == "issue"]


def _issuer(record: CaaRecord) -> str:
    """The issuer's domain without its parameters; "" for the value `;`, which names nobody."""
    return record.value.partition(";")[0].strip().rstrip(".").lower()


def _limits(view: CaaView, domains: tuple[str, ...]) -> str:
    """How the allowance is narrowed (RFC 8657), where no record for the issuer is without.

    Whose account renews can't be seen from outside, so it is told and not judged.
    """
    ours = [record for record in _deciding(view) if _issuer(record) in domains]
    met = [_parameters(record) for record in ours]
    if not all(met):
        return ""
    return f", but only with {' or '.join(met)[:200]}"


def _parameters(record: CaaRecord) -> str:
    parts = [part.strip() for part in record.value.partition(";")[2].split(";")]
    wanted = ("accounturi=", "validationmethods=")
    return " and ".join(part for part in parts if part.lower().startswith(wanted))


def _evidence(view: CaaView) -> tuple[Evidence, ...]:
    records = tuple(
        Evidence(f"CAA {view.found_at}", f"{r.flags} {r.tag} {r.value}"[:300])
        for r in view.records[:10]
    )
    issuer = " / ".join(view.issuer_names)[:200] or "none"
    return (*records, Evidence("issuer of the live certificate", issuer))


CHECKS = (caa,)
