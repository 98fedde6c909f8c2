"""The mail family: what the DNS says about each domain that stands in the From of mail.

At most 60 questions go out for one mail domain, whatever its records say; usually 30.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from audits.gather import dkim, dmarc, mail_exchange, mail_streams, spf
from audits.gather.mail_questions import Asks, Questions
from audits.gather.site import Family, Site
from audits.observations.dmarc_record import select_dmarc
from audits.observations.dns_answers import Question, Said
from audits.observations.mail import (
    DkimKeys,
    DmarcPolicy,
    Identity,
    MailExchange,
    MailPosture,
    SpfPolicy,
    Stream,
)
from audits.observations.mail_sending import identify
from audits.observations.names import is_tenant_name, registrable_domain
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.spf_tree import SpfTree
from audits.observations.target import MailDomain, Target, Vendor
from audits.observations.vendors import recognise

FIRST_LIMIT = timedelta(seconds=14)
SECOND_LIMIT = timedelta(seconds=8)
MAX_MAIL_DOMAINS = 10

KINDS: tuple[type, ...] = (MailExchange, SpfPolicy, DkimKeys, DmarcPolicy, MailPosture)

type Seen[T] = T | GatherFailure


async def gather_mail(site: Site) -> None:
    """Look at every mail domain of the target; without a declared one, at the domain that
    its owner registered. A name lent by a platform has no mail of its own."""
    if not site.wants(*KINDS):
        return
    domains = identities_of(site.target)
    if not domains:
        miss_lent_name(site, *KINDS)
    await asyncio.gather(*(_look_and_keep(site, one) for one in domains))


def identities_of(target: Target) -> tuple[MailDomain, ...]:
    """The names that mail can come from: the declared ones and, above a subdomain, the
    registered domain, which receivers and forgers look at too. Without a declared one it
    is the product's own; () for a name lent by a platform."""
    if not target.mail_domains:
        return () if is_tenant_name(target.domain) else (_own_domain(target.domain),)
    declared = {one.name: one for one in target.mail_domains}
    for name in tuple(declared):
        above = registrable_domain(name)
        if above and not is_tenant_name(name):
            declared.setdefault(above, MailDomain(above))
    return tuple(declared.values())[:MAX_MAIL_DOMAINS]


async def look_at(mail_domain: MailDomain, asks: Asks) -> Iterator[tuple[type, object]]:
    """Everything about one mail domain: each observation type with what was seen, or with
    the `GatherFailure` that says why not. Never raises for the far side's faults."""
    look = _Look(mail_domain.name, asks)
    exchange, tree, streams, policy = await asyncio.gather(
        look.exchange(), look.tree(), look.streams(), look.policy()
    )
    vendors = _vendors(_seen(exchange), _seen(tree), _seen(streams) or ())
    keys = await look.keys(mail_domain.dkim_selectors, vendors)
    identity = identify(
        mail_domain,
        _seen(exchange),
        _seen(tree),
        keys.selectors if isinstance(keys, DkimKeys) else (),
        _seen(streams) or (),
    )
    spf_policy = _spf_policy(identity, tree, vendors, _seen(streams) or ())
    return _rows(identity, exchange, spf_policy, keys, policy, _seen(streams) or ())


def _own_domain(name: str) -> MailDomain:
    return MailDomain(registrable_domain(name) or name)


def miss_lent_name(site: Site, *kinds: type) -> None:
    """Keep that the product's name has no mail records that its owner could set."""
    domain = site.target.domain
    message = (
        f"{domain} belongs to a platform, so its mail records are not yours to set. "
        "Name the domain that your mail comes from."
    )
    failure = GatherFailure(FailureKind.NOT_APPLICABLE, message)
    for kind in filter(site.wants, kinds):
        site.seen.miss(kind, failure, subject=domain)


async def _look_and_keep(site: Site, mail_domain: MailDomain) -> None:
    for kind, value in await look_at(mail_domain, site):
        if not site.wants(kind):
            continue
        if isinstance(value, GatherFailure):
            site.seen.miss(kind, value, subject=mail_domain.name)
        else:
            site.seen.add(value, subject=mail_domain.name)


@dataclass
class _Look:
    """One domain under look. `asked` is what all of its parts have asked together."""

    domain: str
    asks: Asks
    asked: set[Question] = field(default_factory=set)

    def share(self, limit: int) -> Questions:
        return Questions(self.asks, limit, self.asked)

    async def exchange(self) -> Seen[MailExchange]:
        share = self.share(mail_exchange.MAX_QUESTIONS)
        return await _in_time(mail_exchange.gather_exchange(self.domain, share), FIRST_LIMIT)

    async def tree(self) -> Seen[SpfTree]:
        tree = await _in_time(
            spf.gather_spf(self.domain, self.share(spf.MAX_QUESTIONS)), FIRST_LIMIT
        )
        if isinstance(tree, GatherFailure) or tree.root.said != Said.SILENT:
            return tree
        return _silence(f"Nobody answered for the SPF record: {tree.root.reason}.")

    async def streams(self) -> Seen[tuple[Stream, ...]]:
        share = self.share(mail_streams.MAX_QUESTIONS)
        return await _in_time(mail_streams.gather_streams(self.domain, share), FIRST_LIMIT)

    async def policy(self) -> Seen[DmarcPolicy]:
        return await _in_time(self._policy(), FIRST_LIMIT + SECOND_LIMIT)

    async def _policy(self) -> Seen[DmarcPolicy]:
        questions = self.share(dmarc.MAX_QUESTIONS)
        walk = await dmarc.gather_walk(self.domain, questions)
        if walk.applied is None and walk.is_silent:
            reasons = "; ".join(step.reason for step in walk.steps if not step.is_known)
            return _silence(f"Nobody answered for the DMARC record: {reasons}.")
        apex = await questions.ask(self.domain, "TXT")
        return DmarcPolicy(
            identity=Identity(self.domain),
            walk=walk,
            mailboxes=await dmarc.gather_mailboxes(walk, questions),
            misplaced=select_dmarc(apex.values)[0],
        )

    async def keys(self, given: Iterable[str], vendors: Iterable[Vendor]) -> Seen[DkimKeys]:
        share = self.share(dkim.MAX_QUESTIONS)
        return await _in_time(dkim.gather_dkim(self.domain, given, vendors, share), SECOND_LIMIT)


async def _in_time[T](work: Coroutine[Any, Any, Seen[T]], limit: timedelta) -> Seen[T]:
    """The result of `work`, or a failure once `limit` has passed (`Any`: a coroutine's
    send and yield types)."""
    try:
        async with asyncio.timeout(limit.total_seconds()):
            return await work
    except TimeoutError:
        message = f"The name servers took more than {limit.total_seconds():.0f} s together."
        return GatherFailure(FailureKind.OUT_OF_TIME, message)


def _rows(
    identity: Identity,
    exchange: Seen[MailExchange],
    spf_policy: Seen[SpfPolicy],
    keys: Seen[DkimKeys],
    policy: Seen[DmarcPolicy],
    streams: tuple[Stream, ...],
) -> Iterator[tuple[type, object]]:
    named_exchange = _named(exchange, identity)
    named_keys = _named(keys, identity)
    named_policy = _named(policy, identity)
    yield MailExchange, named_exchange
    yield SpfPolicy, spf_policy
    yield DkimKeys, named_keys
    yield DmarcPolicy, named_policy
    yield (
        MailPosture,
        MailPosture(
            identity,
            exchange=_seen(named_exchange),
            spf=_seen(spf_policy),
            dkim=_seen(named_keys),
            dmarc=_seen(named_policy),
            streams=streams,
        ),
    )


def _named[T: (MailExchange, DkimKeys, DmarcPolicy)](value: Seen[T], identity: Identity) -> Seen[T]:
    """`value` with what the whole look has shown about the domain's sending."""
    return value if isinstance(value, GatherFailure) else replace(value, identity=identity)


def _seen[T](value: Seen[T]) -> T | None:
    return None if isinstance(value, GatherFailure) else value


def _spf_policy(
    identity: Identity,
    tree: Seen[SpfTree],
    vendors: tuple[Vendor, ...],
    streams: tuple[Stream, ...],
) -> Seen[SpfPolicy]:
    if isinstance(tree, GatherFailure):
        return tree
    return SpfPolicy(identity, tree, vendors, streams)


def _vendors(
    exchange: MailExchange | None, tree: SpfTree | None, streams: tuple[Stream, ...]
) -> tuple[Vendor, ...]:
    """Who takes the domain's mail or sends in its name, by MX, SPF and bounce domains."""
    includes = [node.domain for node in tree.root.walk()][1:] if tree else []
    found = recognise(spf_includes=includes)
    known = [*(exchange.vendors if exchange else ()), *found]
    known += [Vendor("sender", stream.vendor, stream.signal) for stream in streams]
    return tuple({(one.role, one.name): one for one in known}.values())


def _silence(message: str) -> GatherFailure:
    return GatherFailure(FailureKind.NO_ANSWER, message)


FAMILIES = (
    Family(
        name="mail",
        title="E-mail records",
        provides=KINDS,
        gather=gather_mail,
    ),
)
