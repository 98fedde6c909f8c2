"""An arrival as JSON and back, so that it can be judged again without its mail. Pure."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from audits.observations.mail_arrival import Arrival, LinkFault, LinkHost, Signature, Signed
from audits.observations.spf_result import SpfResult

# `Any` throughout: JSON.


def arrival_data(arrival: Arrival) -> dict[str, Any]:
    """The arrival as JSON; `took_ms` stands for the duration."""
    made = asdict(arrival)
    took = made.pop("took")
    return made | {"took_ms": None if took is None else int(took / timedelta(milliseconds=1))}


def arrival_of(data: dict[str, Any]) -> Arrival:
    """What `arrival_data` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    given = dict(data)
    took_ms = given.pop("took_ms")
    given["took"] = None if took_ms is None else timedelta(milliseconds=took_ms)
    given["spf"] = SpfResult(given["spf"])
    given["signatures"] = tuple(
        Signature(**one | {"outcome": Signed(one["outcome"])}) for one in given["signatures"]
    )
    given["links"] = tuple(
        LinkHost(**one | {"fault": LinkFault(one["fault"])}) for one in given["links"]
    )
    return Arrival(**given)
