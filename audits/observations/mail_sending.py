"""Whether mail goes out in a domain's name, read from its public records. Pure."""

from collections.abc import Iterable, Iterator

from audits.observations.dns_answers import Said
from audits.observations.mail import Identity, MailExchange, SelectorSeen, Sending, Stream
from audits.observations.spf_tree import SpfTree
from audits.observations.target import MailDomain


def identify(
    mail_domain: MailDomain,
    exchange: MailExchange | None,
    tree: SpfTree | None,
    selectors: Iterable[SelectorSeen],
    streams: Iterable[Stream],
) -> Identity:
    """What the owner declared, else what the records show.

    A domain whose SPF record lets nobody send, and that signs nothing, is parked whatever
    its MX: it may still receive. A domain without any of this stays unknown.
    """
    evidence = tuple(_evidence(exchange, tree, selectors, streams))
    if mail_domain.is_sending is not None:
        sending = Sending.DECLARED if mail_domain.is_sending else Sending.DENIED
    elif evidence:
        sending = Sending.EVIDENT
    else:
        sending = Sending.PARKED if tree and is_closed(tree) else Sending.UNKNOWN
    is_gone = exchange is not None and exchange.said == Said.NO_NAME
    return Identity(mail_domain.name, sending, evidence, is_existing=not is_gone)


def is_closed(tree: SpfTree) -> bool:
    """True for one valid record that authorizes nobody, such as `v=spf1 -all`."""
    record = tree.root.record
    if record is None or not record.is_valid or record.redirect is not None:
        return False
    return bool(record.directives) and all(one.qualifier == "-" for one in record.directives)


def _evidence(
    exchange: MailExchange | None,
    tree: SpfTree | None,
    selectors: Iterable[SelectorSeen],
    streams: Iterable[Stream],
) -> Iterator[str]:
    has_closed_door = tree is not None and is_closed(tree)
    if tree is not None and tree.root.texts and not has_closed_door:
        yield "an SPF record that names senders"
    yield from (f"a DKIM key at {seen.name}" for seen in selectors if seen.has_key)
    yield from (f"{stream.vendor} at {stream.return_path}" for stream in streams)
    if exchange is not None and not has_closed_door and _receives(exchange):
        yield "an MX record"


def _receives(exchange: MailExchange) -> bool:
    return bool(exchange.hosts) and not exchange.has_null
