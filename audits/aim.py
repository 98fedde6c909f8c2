"""From what a person typed to the target of an audit."""

from collections.abc import Iterable

from django.conf import settings

from accounts.guard import Guard
from accounts.guard.urls import parse_address
from audits.observations.names import registrable_domain
from audits.observations.target import Host, HostKind, MailDomain, Target

KIND_OF_LABEL = {
    "api": HostKind.API,
    "admin": HostKind.ADMIN,
    "cdn": HostKind.ASSETS,
    "static": HostKind.ASSETS,
    "assets": HostKind.ASSETS,
    "mail": HostKind.MAIL,
    "staging": HostKind.STAGING,
    "dev": HostKind.STAGING,
    "preview": HostKind.STAGING,
}


class NotANameError(Exception):
    """What was entered can be reached, but has no domain to audit."""


def host_of(text: str) -> str:
    """The host in what was typed: a URL, a host or host:port, lower case, A-labels.

    Raises `TargetRefusedError` with a sentence where the guard would never go there.
    """
    url = parse_address(text.strip(), is_lab=settings.LAB)
    refusal = Guard.from_settings().refusal(url.host) if url.is_literal else None
    if refusal is not None:
        raise refusal
    return url.host


def aimed(
    hosts: Iterable[str], *, more_hosts: Iterable[str] = (), mail_domains: Iterable[str] = ()
) -> list[Target]:
    """One target per registrable domain among `hosts`, in the order they were named.

    `more_hosts` join the target whose domain they lie under, else the first. A mail
    domain that is named is taken as sending; without one the domain itself is looked at
    with nothing declared.
    """
    groups: dict[str, list[str]] = {}
    for name in map(host_of, hosts):
        groups.setdefault(domain_of(name), []).append(name)
    for name in map(host_of, more_hosts):
        domain = domain_of(name)
        groups[domain if domain in groups else next(iter(groups))].append(name)
    declared = [host_of(name) for name in mail_domains]
    return [_target(domain, names, declared) for domain, names in groups.items()]


def domain_of(name: str) -> str:
    """The registrable domain of `name`; NotANameError where it has none."""
    domain = registrable_domain(name)
    if not domain:
        raise NotANameError(
            f"{name} is not a name that somebody could have registered. An audit needs the "
            "domain that visitors type, such as example.com."
        )
    return domain


def _target(domain: str, names: list[str], declared: list[str]) -> Target:
    known = dict.fromkeys(names)
    mails = tuple(MailDomain(name, is_sending=True) for name in declared) or (MailDomain(domain),)
    return Target(
        domain=domain,
        hosts=tuple(Host(name, kind_of(name, domain)) for name in known),
        mail_domains=mails,
    )


def kind_of(name: str, domain: str) -> HostKind:
    """What a host is for, guessed from its first label; the domain itself is a web host."""
    if name == domain:
        return HostKind.WEB
    return KIND_OF_LABEL.get(name.partition(".")[0], HostKind.WEB)
