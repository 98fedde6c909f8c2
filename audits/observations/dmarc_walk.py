"""The DNS tree walk: which DMARC record applies, which domain is the organization's. Pure.

Source: RFC 9989 sections 4.10 (walk), 4.10.1 (policy) and 4.10.2 (organizational domain).
"""

from dataclasses import dataclass

from audits.observations.dmarc_record import (
    DmarcRecord,
    Policy,
    parse_dmarc,
    select_dmarc,
    softened,
)
from audits.observations.dns_answers import Answers, Question, Said, is_askable, plain_name

MAX_QUERIES = 8
LABELS_AFTER_SHORTCUT = 7


@dataclass(frozen=True, slots=True)
class WalkStep:
    """One name of the walk and what its `_dmarc` label holds.

    `record` is set where exactly one DMARC record stands there; of several none counts.
    """

    domain: str
    said: Said
    reason: str = ""
    texts: tuple[str, ...] = ()
    near_misses: tuple[str, ...] = ()
    record: DmarcRecord | None = None

    @property
    def queried(self) -> str:
        return f"_dmarc.{self.domain}"

    @property
    def is_known(self) -> bool:
        return self.said in {Said.FOUND, Said.EMPTY, Said.NO_NAME}


@dataclass(frozen=True, slots=True)
class EffectivePolicy:
    """What receivers are asked to do. `tag` is where it comes from, "" for a fallback."""

    policy: Policy
    tag: str
    record_domain: str
    is_testing: bool = False


@dataclass(frozen=True, slots=True)
class DmarcWalk:
    """The walk from `domain` upwards, in order; `missing` is empty once it has ended."""

    domain: str
    steps: tuple[WalkStep, ...] = ()
    missing: tuple[Question, ...] = ()

    @property
    def queried(self) -> tuple[str, ...]:
        return tuple(step.queried for step in self.steps)

    @property
    def is_silent(self) -> bool:
        """True where a name gave no answer, so that absence is not proven."""
        return bool(self.missing) or any(not step.is_known for step in self.steps)

    @property
    def organizational_domain(self) -> str | None:
        """The domain that alignment compares, or None where a silent name hides it."""
        if self.is_silent:
            return None
        found = [step for step in self.steps if step.record]
        for step in found:
            if step.record and step.record.psd == "n":
                return step.domain
            if step.record and step.record.psd == "y" and step.domain != self.domain:
                return _one_below(step.domain, self.domain)
        return found[-1].domain if found else self.domain

    @property
    def applied(self) -> WalkStep | None:
        """The step whose record applies to mail from `domain`, or None."""
        own = self.step_at(self.domain)
        if own and own.record:
            return own
        organizational = self.organizational_domain
        step = self.step_at(organizational) if organizational else None
        if step and step.record:
            return step
        suffix = self.steps[-1] if self.steps and not self.is_silent else None
        return suffix if suffix and suffix.record and suffix.record.psd == "y" else None

    def step_at(self, domain: str) -> WalkStep | None:
        return next((step for step in self.steps if step.domain == domain), None)

    def effective(self, *, is_existing: bool = True) -> EffectivePolicy | None:
        """The policy for mail from `domain` itself, which exists or not.

        None where no DMARC applies. Source: RFC 9989 section 4.10.1.
        """
        return _effective(self.applied, self.domain, is_existing=is_existing)

    def effective_below(self, *, is_existing: bool) -> EffectivePolicy | None:
        """The policy for a subdomain of `domain` without a record of its own.

        A record below the organizational domain covers its own name only: subdomains
        take what the organizational domain says.
        """
        organizational = self.organizational_domain
        step = self.step_at(organizational) if organizational else None
        if step is None or step.record is None:
            suffix = self.applied
            is_suffix = suffix and suffix.record and suffix.record.psd == "y"
            step = suffix if is_suffix else None
        return _effective(step, f"sub.{self.domain}", is_existing=is_existing)


def walk_names(domain: str) -> tuple[str, ...]:
    """The names of a full walk: at most eight, with the jump to seven labels.

    Source: RFC 9989 section 4.10, steps 3, 4 and 7.
    """
    labels = plain_name(domain).split(".")
    keep = min(len(labels) - 1, LABELS_AFTER_SHORTCUT)
    parents = (".".join(labels[-count:]) for count in range(keep, 0, -1))
    return (".".join(labels), *parents)


def walk_dmarc(domain: str, answers: Answers) -> DmarcWalk:
    """Walk from `domain` as far as `answers` reach; `missing` names the next question.

    The walk stops at a single record with psd=y or psd=n. A silent name does not stop it.
    """
    steps: list[WalkStep] = []
    names = walk_names(domain)
    for name in names:
        question = Question(f"_dmarc.{name}", "TXT")
        if not is_askable(question.name):
            steps.append(WalkStep(name, Said.NO_NAME))
            continue
        answer = answers.get(question)
        if answer is None:
            return DmarcWalk(names[0], tuple(steps), (question,))
        texts, near_misses = select_dmarc(answer.values)
        record = parse_dmarc(texts[0]) if len(texts) == 1 else None
        steps.append(WalkStep(name, answer.said, answer.reason, texts, near_misses, record))
        if record and record.psd in {"y", "n"}:
            break
    return DmarcWalk(names[0], tuple(steps))


def _effective(step: WalkStep | None, author: str, *, is_existing: bool) -> EffectivePolicy | None:
    if step is None or step.record is None or not step.record.is_applied:
        return None
    record = step.record
    is_subdomain = author != step.domain
    policy, tag = record.policy_for(is_subdomain=is_subdomain, is_existing=is_existing)
    policy = softened(policy, is_testing=record.is_testing)
    return EffectivePolicy(policy, tag, step.domain, record.is_testing)


def _one_below(parent: str, domain: str) -> str:
    """The ancestor of `domain` (or itself) that has one label more than `parent`."""
    count = parent.count(".") + 2
    return ".".join(domain.split(".")[-count:])
