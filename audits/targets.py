"""From a project's declared facts to the target of an audit, and how deep it may look."""

from audits.mail_models import GIVEN_UP_AFTER, MailTest
from audits.observations.mail_arrival import ForgottenMail, MailKind, TriedMail
from audits.observations.mail_stored import arrival_of
from audits.observations.names import registrable_domain
from audits.observations.target import Host, HostKind, MailDomain, Route, Target
from audits.verdicts import Consent as Level
from sprints.models import Consent as Tick
from sprints.models import DomainProof, Project


def target_of(project: Project) -> Target:
    """What an audit of `project` looks at."""
    domain = registrable_domain(project.domain) or project.domain
    hosts = [
        Host(host.name, HostKind(host.kind), _listed(host.points_to))
        for host in project.hosts.order_by("pk")
    ]
    if all(host.name != project.domain for host in hosts):
        hosts.insert(0, Host(project.domain))
    mails = tuple(
        MailDomain(sender.name, sender.is_sending, _listed(sender.dkim_selectors))
        for sender in project.sending_domains.order_by("pk")
    )
    return Target(
        domain=domain,
        hosts=tuple(sorted(hosts, key=lambda host: host.name != project.domain)),
        mail_domains=mails or (MailDomain(domain),),
        routes=tuple(
            Route(route.url, route.method, route.expected_status, must_say=route.must_say)
            for route in project.routes.order_by("pk")
        ),
        canonical_host=project.canonical_host,
        is_auto_renew_confirmed=project.is_auto_renew_confirmed,
        is_indexing_unwanted=project.is_indexing_unwanted,
        has_ios_app=project.has_ios_app,
        has_android_app=project.has_android_app,
        ios_app_ids=_listed(project.ios_app_ids),
        android_package=project.android_package,
        android_fingerprints=tuple(project.android_fingerprints.split()),
        store_pages=tuple(
            (name, url)
            for name, url in (
                ("privacy policy", project.privacy_url),
                ("terms", project.terms_url),
                ("support", project.support_url),
                ("deleting an account", project.deletion_url),
            )
            if url
        ),
        tried_mails=tried_mails(project),
    )


def tried_mails(project: Project) -> tuple[TriedMail | ForgottenMail, ...]:
    """The last mail of each kind that was tried, as it came in or did not."""
    made: dict[str, TriedMail | ForgottenMail] = {}
    tests = MailTest.objects.filter(sprint__project=project).order_by("-started_at", "-pk")
    known = tests.exclude(arrived_at=None, given_up_at=None)
    for test in known.prefetch_related("arrivals"):
        if test.kind not in made:
            made[test.kind] = tried_mail(test)
    return tuple(made.values())


def tried_mail(test: MailTest) -> TriedMail | ForgottenMail:
    kind = MailKind(test.kind)
    arrived = max(test.arrivals.all(), key=lambda one: one.received_at, default=None)
    if arrived is not None:
        return TriedMail(kind, arrival_of(arrived.facts))
    if test.arrived_at is not None or test.local_part is None:
        return ForgottenMail(kind)
    return TriedMail(kind, None, GIVEN_UP_AFTER)


def granted_level(project: Project) -> Level:
    """The deepest level that a tick and a proof allow at this moment (decisions.md 20)."""
    domain = registrable_domain(project.domain) or project.domain
    ticked = set(
        Tick.objects.filter(
            project=project, domain__in=[domain, project.domain], withdrawn_at=None
        ).values_list("level", flat=True)
    )
    proved = set(
        DomainProof.objects.filter(project=project, domain__in=[domain, project.domain])
        .in_force()
        .values_list("method", flat=True)
    )
    strong = proved & {DomainProof.Method.DNS_TXT, DomainProof.Method.FILE}
    if int(Level.L3) in ticked and strong:
        return Level.L3
    if ticked and proved:
        return Level.L2
    return Level.L1


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
