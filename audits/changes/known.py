"""What is known of the zone while a change is computed, and the zone after it. Pure.

A maker is a function of the answers known so far. It raises `UnknownYetError` with the
questions that it still misses; whoever owns the network answers them and calls it again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from accounts.guard.exchange import DnsRecord
from audits.changes.sets import USUAL_TTL_SECONDS, Act, Change, plain_value, without
from audits.observations.dns_answers import Answer, Answers, Question, Said
from audits.observations.vendor_sign import VendorSign


class UnknownYetError(Exception):
    """The next step needs answers: `live` from the zone's own servers, `told` from a resolver."""

    def __init__(self, *, live: Iterable[Question] = (), told: Iterable[Question] = ()) -> None:
        super().__init__()
        self.live = tuple(live)
        self.told = tuple(told)


class NotKnownError(Exception):
    """A question got no answer, so the change can't be computed."""


@dataclass(frozen=True, slots=True)
class Known:
    """`live` holds the records that the zone's own servers gave at that very name (None
    where none answered), `told` a resolver's answers, `sign` who keeps the DNS."""

    sign: VendorSign | None = None
    live: Mapping[Question, tuple[DnsRecord, ...] | None] = field(default_factory=dict)
    told: Mapping[Question, Answer] = field(default_factory=dict)

    def records(self, name: str, rtype: str) -> tuple[DnsRecord, ...]:
        """The live records. Raises UnknownYetError or NotKnownError."""
        question = Question(name, rtype)
        if question not in self.live:
            raise UnknownYetError(live=[question])
        found = self.live[question]
        if found is None:
            raise NotKnownError(f"{rtype} {name}")
        return found

    def answer(self, name: str, rtype: str) -> Answer:
        """A resolver's answer. Raises UnknownYetError or NotKnownError."""
        question = Question(name, rtype)
        if question not in self.told:
            raise UnknownYetError(told=[question])
        if not self.told[question].is_known:
            raise NotKnownError(f"{rtype} {name}")
        return self.told[question]


def rest(records: Iterable[DnsRecord], removed: Iterable[DnsRecord]) -> tuple[Change, ...]:
    """KEEP rows for what stands at the same name and must not be deleted."""
    gone = set(removed)
    return tuple(
        Change(Act.KEEP, one.rtype, one.name, one.value, one.ttl_seconds)
        for one in records
        if one not in gone
    )


def removed(records: Iterable[DnsRecord]) -> tuple[Change, ...]:
    return tuple(
        Change(Act.REMOVE, one.rtype, one.name, one.value, one.ttl_seconds) for one in records
    )


def added(
    rtype: str,
    name: str,
    value: str,
    *,
    like: Iterable[DnsRecord] = (),
    proxied: bool | None = None,
) -> Change:
    """An ADD row with the TTL of the records that it replaces, else the usual one."""
    ttl_seconds = max((one.ttl_seconds for one in like), default=USUAL_TTL_SECONDS)
    return Change(Act.ADD, rtype, name, value, ttl_seconds, proxied)


def applied(known: Known, rows: Iterable[Change]) -> Known:
    """The zone as it will be once `rows` are done, as its servers and a resolver show it."""
    changed = [row for row in rows if row.act != Act.KEEP]
    live, told = dict(known.live), dict(known.told)
    for question in dict.fromkeys(row.question for row in changed):
        here = [row for row in changed if row.question == question]
        before = _values(known, question)
        values = without(before, question.rtype, (r.value for r in here if r.act == Act.REMOVE))
        have = {plain_value(question.rtype, value) for value in values}
        values += [
            row.value
            for row in here
            if row.act == Act.ADD and plain_value(question.rtype, row.value) not in have
        ]
        live[question] = tuple(
            DnsRecord(question.name, question.rtype, USUAL_TTL_SECONDS, value) for value in values
        )
        told[question] = Answer(Said.FOUND if values else Said.EMPTY, tuple(values))
    return replace(known, live=live, told=told)


def _values(known: Known, question: Question) -> tuple[str, ...]:
    records = known.live.get(question)
    if records is not None:
        return tuple(record.value for record in records)
    answer = known.told.get(question)
    return answer.values if answer else ()


def settled[S](step: Callable[[Answers], S], answers: Answers) -> S:
    """The engine's state where nothing is missing. Raises UnknownYetError for the rest."""
    state = step(answers)
    missing = tuple(getattr(state, "missing", ()))
    if missing:
        raise UnknownYetError(told=missing)
    return state
