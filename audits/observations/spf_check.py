"""check_host(): may this sender send for this domain? The whole of RFC 7208 section 4. Pure.

An engine over known answers like `walk_spf`: call it again with the missing ones. Every
call runs the evaluation from its start, which costs nothing: ten terms at most.
"""

from dataclasses import dataclass, field
from ipaddress import ip_network

from audits.observations.dns_answers import (
    Answers,
    Question,
    addresses_in,
    is_askable,
    plain_name,
)
from audits.observations.spf_asking import (
    Asking,
    EndedError,
    MissingError,
    is_within,
    silent,
    voided,
)
from audits.observations.spf_macro import (
    MacroError,
    clip_term,
    expand,
    parse_macro_string,
)
from audits.observations.spf_record import (
    Directive,
    Modifier,
    SpfProblem,
    SpfRecord,
    parse_spf,
    select_spf,
)
from audits.observations.spf_result import BY_QUALIFIER, SpfCheck, SpfResult, Tested, Visit
from audits.observations.spf_sender import (
    SpfSender,
    checkable_domain,
    has_two_labels,
)
from audits.observations.spf_tree import MAX_MX_NAMES


def check_host(domain: str, sender: SpfSender, answers: Answers) -> SpfCheck:
    """The result for `sender` at `domain` (as typed), as far as `answers` reach.

    Never raises. Source: RFC 7208 section 4; RFC 8616 section 4 (internationalized mail).
    """
    name = checkable_domain(domain)
    if not name:
        return no_mail_domain(domain)
    root = Visit(name)
    run = _Run(sender, answers)
    missing: tuple[Question, ...] = ()
    result = SpfResult.TEMPERROR
    try:
        result = run.check(root)
        run.explain(result)
    except EndedError as ended:
        result = ended.result
        run.problems.append(ended.problem)
    except MissingError as lacking:
        missing = lacking.questions
    return SpfCheck(
        result,
        root,
        mechanism=run.matched,
        explanation=run.explanation,
        lookups=run.lookups,
        void_lookups=run.voids,
        problems=tuple(run.problems),
        missing=missing,
    )


def no_mail_domain(domain: str) -> SpfCheck:
    """The answer for a malformed domain, before any question (RFC 7208 section 4.3)."""
    met = clip_term(domain)
    message = f"{met!r} is no mail domain: two labels or more, of 1 to 63 characters each."
    problem = SpfProblem("malformed_domain", met, message)
    return SpfCheck(SpfResult.NONE, Visit(met, result=SpfResult.NONE), problems=(problem,))


@dataclass
class _Run(Asking):
    """One evaluation from the first record to its end; `depth` counts open includes."""

    depth: int = 0
    matched: str = ""
    explanation: str = ""
    problems: list[SpfProblem] = field(default_factory=list)
    decided: tuple[str, SpfRecord] | None = None

    def check(self, visit: Visit, reached_by: Tested | None = None) -> SpfResult:
        """check_host() for one domain."""
        try:
            record = self.record(visit, reached_by)
            visit.result = SpfResult.NONE if record is None else self.evaluate(visit, record)
        except EndedError as ended:
            visit.result = ended.result
            raise
        return visit.result

    def record(self, visit: Visit, reached_by: Tested | None) -> SpfRecord | None:
        """The one record, None where there is none. Sections 4.3 to 4.6."""
        answer = self.answer(Question(visit.domain, "TXT"))
        if not answer.is_known:
            raise silent(visit.domain, answer)
        if reached_by is not None and answer.is_void:
            self.void(reached_by)
        texts, near_misses = select_spf(answer.values)
        if len(texts) > 1:
            why = f"{clip_term(visit.domain)} has {len(texts)} SPF records; one is allowed."
            raise voided("multiple_records", visit.domain, why)
        if not texts:
            self.problems += [_near_miss(text) for text in near_misses[:1]]
            return None
        visit.text = texts[0]
        record = parse_spf(texts[0])
        self.problems += record.remarks if not self.depth else ()
        if record.problems:
            self.problems += record.problems[:-1]
            raise EndedError(SpfResult.PERMERROR, record.problems[-1])
        return record

    def evaluate(self, visit: Visit, record: SpfRecord) -> SpfResult:
        """The terms from left to right, then redirect, then neutral. Sections 4.6.2 and 4.7."""
        for directive in record.directives:
            tested = Tested(directive.text, is_counted=directive.is_asking)
            visit.tested.append(tested)
            if self.matches(directive, visit.domain, tested):
                tested.outcome = "match"
                if not self.depth:
                    self.matched, self.decided = tested.term, (visit.domain, record)
                return BY_QUALIFIER[directive.qualifier]
        return self.redirect(record.redirect, visit) if record.redirect else SpfResult.NEUTRAL

    def matches(self, directive: Directive, domain: str, tested: Tested) -> bool:
        """Whether one mechanism matches. Raises for errors. Section 5."""
        if directive.mechanism == "all":
            return True
        if directive.network is not None:
            return self.sender.ip in directive.network
        self.count(tested)
        tested.target = (
            domain if directive.domain is None else self.target(directive.domain, domain)
        )
        if tested.target is None:
            return False
        if directive.mechanism == "include":
            return self.includes(tested.target, tested)
        # Names that the DNS can't hold match nobody: section 4.8 leaves it open, many do so.
        return is_askable(tested.target) and self.asks(directive, tested.target, tested)

    def asks(self, directive: Directive, target: str, tested: Tested) -> bool:
        """`exists` (5.7), `ptr` (5.5), `a` (5.3) and `mx` (5.4)."""
        if directive.mechanism == "exists":
            return bool(self.found(Question(target, "A"), tested))
        if directive.mechanism == "ptr":
            return self.names_match(target, tested)
        if directive.mechanism == "a":
            return self.is_among(self.found(self.address(target), tested), directive)
        return self.exchanges_match(target, directive, tested)

    def includes(self, target: str, tested: Tested) -> bool:
        """The table of section 5.2; errors pass through."""
        self.depth += 1
        result = self.visited(target, tested)
        self.depth -= 1
        if result == SpfResult.NONE:
            why = f"{clip_term(target)} has no SPF record, so including it is an error."
            raise voided("include_none", tested.term, why, tested)
        return result == SpfResult.PASS

    def redirect(self, modifier: Modifier, visit: Visit) -> SpfResult:
        """Section 6.1: the target's result stands, but none is an error."""
        tested = Tested(str(modifier), is_counted=True)
        visit.tested.append(tested)
        self.count(tested)
        tested.target = self.target(modifier.value, visit.domain)
        result = SpfResult.NONE
        if tested.target is not None:
            result = self.visited(tested.target, tested)
        if result == SpfResult.NONE:
            why = f"{clip_term(tested.target or tested.term)} has no SPF record to redirect to."
            raise voided("redirect_none", tested.term, why, tested)
        tested.outcome = "match"
        return result

    def visited(self, target: str, tested: Tested) -> SpfResult:
        """check_host() one level down; a malformed name is none (section 4.3)."""
        tested.visit = Visit(target)
        if has_two_labels(target):
            return self.check(tested.visit, tested)
        tested.visit.result = SpfResult.NONE
        return SpfResult.NONE

    def exchanges_match(self, target: str, directive: Directive, tested: Tested) -> bool:
        """Section 5.4; more than ten names are an error (section 4.6.4)."""
        values = self.found(Question(target, "MX"), tested)
        if len(values) > MAX_MX_NAMES:
            why = (
                f"{clip_term(target)} has {len(values)} mail servers; {MAX_MX_NAMES} may be asked."
            )
            raise voided("mx_limit", tested.term, why, tested)
        names = [plain_name(value.rpartition(" ")[2]) for value in sorted(values, key=_preference)]
        questions = [self.address(name) for name in names if is_askable(name)]
        self.need(questions)
        return any(self.is_among(self.found(one, tested), directive) for one in questions)

    def names_match(self, target: str, tested: Tested) -> bool:
        """Section 5.5: a validated name that is the target or below it."""
        self.has_asked_ptr = True
        answer = self.answer(Question(self.sender.ptr_name, "PTR"))
        if answer.is_void:
            self.void(tested)
        return any(is_within(name, target) for name in self.validated(answer))

    def explain(self, result: SpfResult) -> None:
        """Section 6.2: only after a fail, and every trouble means no explanation."""
        modifier = self.decided[1].modifier("exp") if self.decided else None
        if result != SpfResult.FAIL or self.decided is None or modifier is None:
            return
        domain = self.decided[0]
        name = self.target(modifier.value, domain, is_explanation=True)
        if name is None or not is_askable(name):
            return
        texts = self.answer(Question(name, "TXT")).values
        if len(texts) == 1:
            self.explanation = self.explained(texts[0], domain)

    def explained(self, text: str, domain: str) -> str:
        try:
            macro = parse_macro_string(text, is_explanation=True)
        except MacroError:
            return ""
        values = self.sender.explanation_values(domain)
        if "p" in macro.letters:
            values["p"] = self.validated_name(domain, is_counted=False)
        said = expand(macro, values) or ""
        return said if said.isascii() and said.isprintable() else ""

    def is_among(self, values: tuple[str, ...], directive: Directive) -> bool:
        prefix = directive.ip4_prefix if self.sender.is_ip4 else directive.ip6_prefix
        network = ip_network(f"{self.sender.ip}/{prefix}", strict=False)
        return any(address in network for address in addresses_in(values))


def _near_miss(text: str) -> SpfProblem:
    why = "This text only looks like an SPF record: it does not begin with v=spf1 and a space."
    return SpfProblem("near_miss", clip_term(text), why)


def _preference(value: str) -> int:
    number = value.partition(" ")[0]
    return int(number[:9]) if number.isascii() and number.isdigit() else 0
