"""What a check says of one observation."""

from typing import Any

from audits.verdicts import Check, Result


def every(rule: Check[Any], seen: Any) -> list[Result]:  # Any: rules of every observation type
    """All results of `rule` about `seen`."""
    made = rule.judge(seen)
    return [made] if isinstance(made, Result) else list(made)


def only(rule: Check[Any], seen: Any) -> Result:  # Any: as above
    """The one result of `rule` about `seen`."""
    results = every(rule, seen)
    assert len(results) == 1, results
    return results[0]
