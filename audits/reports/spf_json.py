"""One SPF check or one SPF tree as plain JSON values, with the same seven keys."""

from collections.abc import Iterator
from typing import Any

from audits.observations.dns_answers import Said
from audits.observations.spf_macro import clip_term
from audits.observations.spf_record import SpfProblem
from audits.observations.spf_result import BY_QUALIFIER, SpfCheck, SpfResult, Tested, Visit
from audits.observations.spf_tree import (
    MAX_LOOKUPS,
    MAX_MX_NAMES,
    MAX_VOID_LOOKUPS,
    SpfLookup,
    SpfNode,
    SpfTree,
    Void,
)

KEYS = ("result", "mechanism", "explanation", "lookups", "void_lookups", "tree", "errors")
NOTHING = frozenset({Said.FOUND, Said.EMPTY, Said.NO_NAME})
HARMLESS = frozenset({"near_miss", "ignored_modifier", "by_sender"})


def check_as_json(check: SpfCheck) -> dict[str, Any]:  # Any: JSON
    """What a receiver finds for one sender; `tree` holds the terms that it tested."""
    return {
        "result": str(check.result),
        "mechanism": check.mechanism,
        "explanation": check.explanation,
        "lookups": check.lookups,
        "void_lookups": check.void_lookups,
        "tree": _visit(check.path),
        "errors": [_problem(one, domain="") for one in check.problems],
    }


def tree_as_json(tree: SpfTree) -> dict[str, Any]:  # Any: JSON
    """What a sender that no term names would get: the longest path, with every problem."""
    errors = list(_problems(tree))
    result, mechanism = _result(tree, errors)
    return {
        "result": str(result),
        "mechanism": mechanism,
        "explanation": "",
        "lookups": len(tree.lookups),
        "void_lookups": tree.void_count(Void.ALWAYS),
        "tree": _node(tree.root),
        "errors": errors,
    }


def _problem(problem: SpfProblem, *, domain: str) -> dict[str, str]:
    where = {"domain": domain} if domain else {}
    return where | {"code": problem.code, "term": problem.term, "message": problem.message}


def _visit(visit: Visit) -> dict[str, Any]:  # Any: JSON
    return {
        "domain": visit.domain,
        "record": visit.text,
        "result": str(visit.result) if visit.result else None,
        "terms": [_tested(one) for one in visit.tested],
    }


def _tested(tested: Tested) -> dict[str, Any]:  # Any: JSON
    return {
        "term": tested.term,
        "target": tested.target,
        "is_lookup": tested.is_counted,
        "is_void": tested.is_void,
        "outcome": tested.outcome,
        "leads_to": _visit(tested.visit) if tested.visit else None,
    }


def _node(node: SpfNode) -> dict[str, Any]:  # Any: JSON
    """As `_visit`, with every term that stands before the end; nothing is decided."""
    return {
        "domain": node.domain,
        "record": node.record.text if node.record else None,
        "result": None,
        "terms": list(_terms(node)) if node.record else [],
    }


def _terms(node: SpfNode) -> Iterator[dict[str, Any]]:  # Any: JSON
    looks = iter(node.lookups)
    for directive in node.record.directives if node.record else ():
        look = next(looks, None) if directive.is_asking else None
        if look is None and directive.is_asking:
            return
        yield _look(directive.text, look)
        if directive.mechanism == "all":
            return
    yield from (_look(look.term, look) for look in looks)


def _look(term: str, look: SpfLookup | None) -> dict[str, Any]:  # Any: JSON
    return {
        "term": term,
        "target": look.target if look else None,
        "is_lookup": look is not None,
        "is_void": look is not None and look.void == Void.ALWAYS,
        "outcome": "not decided",
        "leads_to": _node(look.node) if look and look.node else None,
    }


def _problems(tree: SpfTree) -> Iterator[dict[str, str]]:
    """Everything that is wrong on the longest path, in the order of evaluation."""
    for node in tree.root.walk():
        for problem in _wrong_at(node):
            yield _problem(problem, domain=node.domain)
    count, voids = len(tree.lookups), tree.void_count(Void.ALWAYS)
    if count > MAX_LOOKUPS:
        said = f"The record needs {count} lookups; {MAX_LOOKUPS} are allowed."
        yield _problem(SpfProblem("lookup_limit", str(count), said), domain=tree.root.domain)
    if voids > MAX_VOID_LOOKUPS:
        said = f"{voids} terms find nothing; {MAX_VOID_LOOKUPS} may."
        yield _problem(SpfProblem("void_limit", str(voids), said), domain=tree.root.domain)
    for look in tree.by_sender:
        said = "This term leads elsewhere for each sender; give an address to follow it."
        yield _problem(SpfProblem("by_sender", clip_term(look.term), said), domain="")


def _wrong_at(node: SpfNode) -> Iterator[SpfProblem]:
    name = clip_term(node.domain)
    if node.said in {Said.SILENT, Said.UNASKED} and not node.is_left_out:
        yield SpfProblem("dns_error", name, f"Nobody answered for {name} ({node.reason}).")
    if node.is_loop:
        yield SpfProblem("loop", name, f"{name} includes itself in the end.")
    if len(node.texts) > 1:
        said = f"{name} has {len(node.texts)} SPF records; one is allowed."
        yield SpfProblem("multiple_records", name, said)
    if node.record is not None:
        yield from (*node.record.problems, *node.record.remarks)
    elif node.near_misses and not node.texts:
        said = "This text only looks like an SPF record: v=spf1 and a space must come first."
        yield SpfProblem("near_miss", clip_term(node.near_misses[0]), said)
    for look in node.lookups:
        yield from _wrong_behind(look)


def _wrong_behind(look: SpfLookup) -> Iterator[SpfProblem]:
    behind, target = look.node, clip_term(look.target or "")
    if behind and not behind.texts and not behind.is_loop and behind.said in NOTHING:
        said = f"{target} has no SPF record, which is an error for {look.kind}."
        yield SpfProblem(f"{look.kind}_none", clip_term(look.term), said)
    if len(look.mx_names) > MAX_MX_NAMES:
        said = f"{target} has {len(look.mx_names)} mail servers; {MAX_MX_NAMES} may be."
        yield SpfProblem("mx_limit", clip_term(look.term), said)
    if look.void == Void.UNKNOWN:
        said = f"Nobody answered for {target}."
        yield SpfProblem("dns_error", clip_term(look.term), said)


def _result(tree: SpfTree, errors: list[dict[str, str]]) -> tuple[SpfResult, str]:
    root = tree.root
    serious = [one["code"] for one in errors if one["code"] not in HARMLESS]
    if serious:
        is_silent = serious[0] == "dns_error"
        return SpfResult.TEMPERROR if is_silent else SpfResult.PERMERROR, ""
    if root.record is None:
        return SpfResult.NONE, ""
    if root.passes_everybody:
        return SpfResult.PASS, _last_term(root)
    return BY_QUALIFIER.get(root.terminal, SpfResult.NEUTRAL), _last_term(root)


def _last_term(node: SpfNode) -> str:
    """The term at which the longest path ends, "" where it only runs out."""
    if node.record is None:
        return ""
    if node.record.redirect is not None:
        behind = node.lookups[-1].node if node.lookups else None
        return _last_term(behind) if behind else ""
    ends = [one for one in node.record.directives if one.matches_everybody]
    return ends[0].text if ends else ""
