"""The risk list as a file: CSV, JSON, SARIF 2.1.0. Pure; a file goes to staff only.

Source of the third: OASIS, Static Analysis Results Interchange Format 2.1.0, section 3.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import SplitResult, quote, urlsplit

from sprints.impact import Band
from sprints.models import Risk
from sprints.prompt import masked

# A spreadsheet takes a cell that begins so for a formula.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
AUDIENCES: Final = {True: "staff only", False: "client"}
SARIF_LEVELS: Final = {
    Band.CRITICAL: "error",
    Band.HIGH: "error",
    Band.MEDIUM: "warning",
    Band.LOW: "note",
}
SARIF_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def fields_of(risk: Risk) -> dict[str, str | int]:
    """One risk, by the names of the columns."""
    return {
        "ref": risk.ref,
        "title": risk.title,
        "users_notice": risk.plain_summary,
        "remedy": risk.remedy,
        "stage": risk.stage,
        "consequence": risk.consequence,
        "likelihood": risk.likelihood,
        "recovery": risk.recovery,
        "due": risk.due_on.isoformat() if risk.due_on else "",
        "audience": AUDIENCES[risk.is_internal],
        "revisit_when": risk.revisit_when,
        "launch": risk.band.words,
        "score": risk.score,
        "state": str(risk.get_state_display()),
        "accepted_until": risk.accepted_until.isoformat() if risk.accepted_until else "",
        "outside": outside_words(risk),
        "owner": str(risk.owner) if risk.owner else "",
        "source": risk.source,
        "check": risk.check_id,
        "where": risk.subject,
        "observed": masked(risk.observed),
    }


def outside_words(risk: Risk) -> str:
    """Whether it lies outside the sprint: `agreed: …`, `offered: …`, or nothing."""
    if risk.outside_accepted_at is not None:
        return f"agreed: {risk.outside_offer}"
    return f"offered: {risk.outside_offer}" if risk.outside_offered_at is not None else ""


COLUMNS: Final = (
    *("ref", "title", "users_notice", "remedy", "stage", "consequence", "likelihood"),
    *("recovery", "due", "audience", "revisit_when", "launch", "score", "state"),
    *("accepted_until", "outside", "owner", "source", "check", "where", "observed"),
)


def harmless(value: object) -> str:
    """The value as a cell that no spreadsheet runs; `plain` undoes it."""
    text = str(value)
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def plain(cell: str) -> str:
    """The value of a cell that `harmless` wrote."""
    is_quoted = cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_STARTS)
    return cell[1:] if is_quoted else cell


def as_csv(risks: Iterable[Risk], title: str) -> str:  # noqa: ARG001 - as its neighbours
    """RFC 4180 with a head line; every cell harmless."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for risk in risks:
        writer.writerow({name: harmless(value) for name, value in fields_of(risk).items()})
    return out.getvalue()


def as_json(risks: Iterable[Risk], title: str) -> str:
    rows = [fields_of(risk) for risk in risks]
    whole = {"format": "launch-ready-risks/1", "sprint": title, "risks": rows}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def as_sarif(risks: Iterable[Risk], title: str) -> str:
    """One run; a rule for each check, a result for each risk."""
    listed = list(risks)
    rules: dict[str, Risk] = {}
    for risk in listed:
        rules.setdefault(rule_of(risk), risk)
    places = {rule: place for place, rule in enumerate(rules)}
    driver = {
        "name": "Launch Ready",
        "rules": [
            {
                "id": rule,
                "shortDescription": {"text": message(risk.title)},
                "help": {"text": message(risk.remedy or risk.title)},
            }
            for rule, risk in rules.items()
        ],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"description": {"text": message(title)}},
        "results": [_result(risk, places) for risk in listed],
    }
    whole = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def rule_of(risk: Risk) -> str:
    """The check, or for what a person has seen the risk itself."""
    return risk.check_id or f"by-hand/{risk.ref}"


def message(text: str) -> str:
    """The text as a plain SARIF message: braces would be placeholders (section 3.11.5), a text
    in brackets before one in parentheses a link (section 3.11.6); never empty (3.11.8)."""
    plain_text = text.replace("{", "{{").replace("}", "}}").replace("](", "] (")
    return plain_text.strip() or "(no words)"


# `Any` below: JSON.


def _result(risk: Risk, places: Mapping[str, int]) -> dict[str, Any]:
    rule = rule_of(risk)
    result: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": places[rule],
        "level": SARIF_LEVELS[risk.band],
        "rank": float(risk.score),
        "message": {"text": message(f"{risk.title} {risk.plain_summary}")},
        "properties": fields_of(risk),
    }
    if risk.fingerprint:
        result["partialFingerprints"] = {"launchReady/v1": risk.fingerprint}
    if risk.subject:
        result["locations"] = [_location(risk.subject)]
    why = _why_silent(risk)
    if why:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _location(subject: str) -> dict[str, Any]:
    if uri := uri_of(subject):
        return {"physicalLocation": {"artifactLocation": {"uri": uri}}}
    return {"logicalLocations": [{"fullyQualifiedName": subject, "kind": "resource"}]}


def uri_of(subject: str) -> str:
    """The web address with what RFC 3986 has no place for percent-encoded; "" for no address."""
    if not subject.startswith(("http://", "https://")):
        return ""
    try:
        parts = urlsplit(subject)
    except ValueError:
        return ""
    safe = "!$&'()*+,;=:@/%~"
    kept = SplitResult(
        parts.scheme,
        quote(parts.netloc, safe=f"{safe}[]"),
        quote(parts.path, safe=safe),
        quote(parts.query, safe=f"{safe}?"),
        quote(parts.fragment, safe=f"{safe}?"),
    )
    return STRAY_PERCENT.sub("%25", kept.geturl())


def _why_silent(risk: Risk) -> str:
    """Why whoever reads the file need not act."""
    if risk.outside_accepted_at is not None:
        return f"Outside this sprint: {risk.outside_offer}"
    return "" if risk.is_unsettled else str(risk.get_state_display()).capitalize()


FORMATS: Final[dict[str, tuple[Callable[[Iterable[Risk], str], str], str]]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "json": (as_json, "application/json"),
    "sarif": (as_sarif, "application/sarif+json"),
}
