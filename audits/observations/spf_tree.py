"""The tree of lookups behind an SPF record, for a sender that no term matches. Pure.

That sender's path is the longest one: every term up to `all` is tested, every include
opened. A term that depends on the sender (`%{i}`) counts, what lies behind it is unknown.
Source: RFC 7208 sections 4.6.4 (limits), 5 (mechanisms) and 6.1 (redirect).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from audits.observations.dns_answers import (
    Answer,
    Answers,
    Question,
    Said,
    is_askable,
    plain_name,
)
from audits.observations.spf_macro import MacroString, expand_domain
from audits.observations.spf_record import Directive, SpfRecord, parse_spf, select_spf

MAX_LOOKUPS = 10
MAX_VOID_LOOKUPS = 2
MAX_MX_NAMES = 10
ENOUGH_LOOKUPS = 40  # four times the limit: the verdict is certain, more would be rude
ENOUGH_DEPTH = 20


class Void(StrEnum):
    """Whether a term's query comes back without records."""

    NO = "no"
    ALWAYS = "always"
    FOR_IP6 = "for_ip6"  # there is an IPv4 answer only
    BY_SENDER = "by_sender"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SpfLookup:
    """One term that asks the DNS, met on the path of the unmatched sender.

    `target` is None where it depends on the sender. `node` is what an include or a
    redirect leads to. `mx_names` are the exchanges of an mx term.
    """

    term: str
    kind: str
    qualifier: str = "+"
    target: str | None = None
    is_askable: bool = True
    void: Void = Void.NO
    node: "SpfNode | None" = None
    mx_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SpfNode:
    """One name in the tree, what its TXT answer was and what its record asks for."""

    domain: str
    said: Said
    reason: str = ""
    texts: tuple[str, ...] = ()
    near_misses: tuple[str, ...] = ()
    record: SpfRecord | None = None
    lookups: tuple[SpfLookup, ...] = ()
    is_loop: bool = False
    is_left_out: bool = False
    passes_everybody: bool = False
    answer_bytes: int = 0

    @property
    def terminal(self) -> str:
        """How the record ends for a sender that nothing matched: `+ - ~ ?`, "" without an
        end (which means neutral, section 4.7) or "unknown" behind an unread redirect."""
        if self.record is None:
            return "unknown"
        if self.record.all:
            return self.record.all.qualifier
        if self.record.redirect is None:
            return ""
        behind = next((look.node for look in self.lookups if look.kind == "redirect"), None)
        return behind.terminal if behind else "unknown"

    def walk(self) -> Iterator["SpfNode"]:
        """This node and all below, in the order of evaluation."""
        yield self
        for look in self.lookups:
            if look.node:
                yield from look.node.walk()


@dataclass(frozen=True, slots=True)
class SpfTree:
    """What is known so far, and the questions still missing (none: it is complete)."""

    root: SpfNode
    missing: tuple[Question, ...] = ()
    is_cut: bool = False

    @property
    def lookups(self) -> tuple[SpfLookup, ...]:
        """Every counted term, in the order of evaluation."""
        return tuple(look for node in self.root.walk() for look in node.lookups)

    @property
    def is_partial(self) -> bool:
        """True where the count may be too low: a silent name, a cut, or a macro."""
        return self.is_cut or any(
            (node.said in {Said.SILENT, Said.UNASKED}) or node.is_left_out
            for node in self.root.walk()
        )

    @property
    def by_sender(self) -> tuple[SpfLookup, ...]:
        """Includes and redirects whose target depends on the sender."""
        return tuple(
            look
            for look in self.lookups
            if look.target is None and look.kind in {"include", "redirect"}
        )

    def void_count(self, *kinds: Void) -> int:
        return sum(look.void in kinds for look in self.lookups)


def walk_spf(domain: str, answers: Answers) -> SpfTree:
    """The tree of `domain` as far as `answers` reach; call again with the missing ones.

    Address questions come after all TXT and MX questions, so that a bounded number of
    questions settles the count of lookups first. A record with syntax errors is walked
    too (its owner wants to know what comes after the repair). Never raises; at most
    `ENOUGH_LOOKUPS` terms and `ENOUGH_DEPTH` levels are opened.
    """
    walker = _Walker(plain_name(domain), answers)
    root = walker.node(walker.sender_domain, path=())
    missing = walker.first or walker.second
    return SpfTree(root, tuple(dict.fromkeys(missing)), walker.is_cut)


@dataclass
class _Walker:
    sender_domain: str
    answers: Answers
    count: int = 0
    is_cut: bool = False
    first: list[Question] = field(default_factory=list)
    second: list[Question] = field(default_factory=list)

    def node(self, domain: str, path: tuple[str, ...]) -> SpfNode:
        if domain in path:
            return SpfNode(domain, Said.FOUND, is_loop=True)
        if self.count > ENOUGH_LOOKUPS or len(path) >= ENOUGH_DEPTH:
            self.is_cut = True
            return SpfNode(domain, Said.UNASKED, is_left_out=True)
        answer = self.told(Question(domain, "TXT"), self.first)
        if answer is None:
            return SpfNode(domain, Said.UNASKED)
        texts, near_misses = select_spf(answer.values)
        record = parse_spf(texts[0]) if len(texts) == 1 else None
        node = SpfNode(
            domain,
            answer.said,
            answer.reason,
            texts,
            near_misses,
            record,
            answer_bytes=answer.size_bytes,
        )
        return self.opened(node, record, (*path, domain)) if record else node

    def opened(self, node: SpfNode, record: SpfRecord, path: tuple[str, ...]) -> SpfNode:
        looks: list[SpfLookup] = []
        passes = False
        for directive in record.directives:
            if directive.is_asking:
                looks.append(self.look(directive, path))
            if directive.matches_everybody or _lets_everybody_in(directive, looks):
                passes = directive.qualifier == "+"
                break
            if self.count > ENOUGH_LOOKUPS:
                self.is_cut = True
                break
        else:
            if record.redirect is not None:
                looks.append(
                    self.linked("redirect", "+", str(record.redirect), path, record.redirect.value)
                )
                behind = looks[-1].node
                passes = bool(behind and behind.passes_everybody)
        return SpfNode(
            node.domain,
            node.said,
            node.reason,
            node.texts,
            node.near_misses,
            record,
            tuple(looks),
            passes_everybody=passes,
            answer_bytes=node.answer_bytes,
        )

    def look(self, directive: Directive, path: tuple[str, ...]) -> SpfLookup:
        kind, qualifier, term = directive.mechanism, directive.qualifier, str(directive)
        if kind == "include":
            return self.linked(kind, qualifier, term, path, directive.domain)
        self.count += 1
        target = self.target(directive.domain, path)
        if kind == "ptr":
            return SpfLookup(term, kind, qualifier, target)
        if target is None:
            return SpfLookup(term, kind, qualifier, void=Void.BY_SENDER)
        if not is_askable(target):
            return SpfLookup(term, kind, qualifier, target, is_askable=False)
        if kind == "mx":
            return self.mx(term, qualifier, target)
        void = self.host_void(target) if kind == "a" else self.exists_void(target)
        return SpfLookup(term, kind, qualifier, target, void=void)

    def linked(
        self,
        kind: str,
        qualifier: str,
        term: str,
        path: tuple[str, ...],
        domain: MacroString | None,
    ) -> SpfLookup:
        """An include or a redirect: one lookup, and the record behind it."""
        self.count += 1
        target = self.target(domain, path)
        if target is None:
            return SpfLookup(term, kind, qualifier)
        if not is_askable(target):
            node = SpfNode(target, Said.NO_NAME, reason="no valid name")
            return SpfLookup(term, kind, qualifier, target, is_askable=False, node=node)
        node = self.node(target, path)
        is_void = node.said in {Said.EMPTY, Said.NO_NAME}
        void = Void.ALWAYS if is_void else Void.NO
        return SpfLookup(term, kind, qualifier, target, void=void, node=node)

    def mx(self, term: str, qualifier: str, target: str) -> SpfLookup:
        answer = self.told(Question(target, "MX"), self.first)
        if answer is None or not answer.is_known:
            return SpfLookup(term, "mx", qualifier, target, void=Void.UNKNOWN)
        if answer.is_void:
            return SpfLookup(term, "mx", qualifier, target, void=Void.ALWAYS)
        names = tuple(plain_name(value.rpartition(" ")[2]) for value in answer.values)
        voids = {self.host_void(name) for name in names[:MAX_MX_NAMES] if is_askable(name)}
        order = (Void.ALWAYS, Void.UNKNOWN, Void.FOR_IP6)
        void = next((kind for kind in order if kind in voids), Void.NO)
        return SpfLookup(term, "mx", qualifier, target, void=void, mx_names=names)

    def host_void(self, name: str) -> Void:
        """A and AAAA are one lookup of the sender's own family (sections 5.3 and 5.4)."""
        ip4 = self.told(Question(name, "A"), self.second)
        if ip4 is not None and ip4.said == Said.NO_NAME:
            return Void.ALWAYS
        ip6 = self.told(Question(name, "AAAA"), self.second)
        if ip4 is None or ip6 is None or not (ip4.is_known and ip6.is_known):
            return Void.UNKNOWN
        if ip4.is_void:
            return Void.ALWAYS if ip6.is_void else Void.NO
        return Void.FOR_IP6 if ip6.is_void else Void.NO

    def exists_void(self, name: str) -> Void:
        """`exists` asks for A whatever the sender's family (section 5.7)."""
        answer = self.told(Question(name, "A"), self.second)
        if answer is None or not answer.is_known:
            return Void.UNKNOWN
        return Void.ALWAYS if answer.is_void else Void.NO

    def target(self, domain: MacroString | None, path: tuple[str, ...]) -> str | None:
        if domain is None:
            return path[-1]
        return expand_domain(domain, {"d": path[-1], "o": self.sender_domain})

    def told(self, question: Question, missing: list[Question]) -> Answer | None:
        answer = self.answers.get(question)
        if answer is None:
            missing.append(question)
        return answer


def _lets_everybody_in(directive: Directive, looks: list[SpfLookup]) -> bool:
    """True where an include matches whoever sends, so that nothing after it is tested."""
    if directive.mechanism != "include" or not looks:
        return False
    node = looks[-1].node
    return node is not None and node.passes_everybody
