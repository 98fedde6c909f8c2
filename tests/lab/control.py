"""The door through which a person plants and mends faults in the running lab.

One line of JSON in, one line of JSON out, on a loopback port that stands with its token in
`control.json` of the lab's folder.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

from tests.lab.faults import CATALOGUE, DEMO_DOMAIN

if TYPE_CHECKING:
    from tests.lab.internet import Lab

LINE_LIMIT_BYTES = 16 * 1024
type Order = dict[str, str]


class Planted(TypedDict):
    """One fault of a product: whether it is there now, and which checks it is for."""

    fault: str
    is_planted: bool
    checks: list[str]
    words: str


class Answer(TypedDict, total=False):
    """Either the product's faults or the sentence why the order was not obeyed."""

    domain: str
    faults: list[Planted]
    error: str


async def serve_control(
    lab: Lab, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Obey one order."""
    try:
        line = await reader.readline()
        answer = obey(lab, line)
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
    except (ConnectionError, ValueError):
        pass  # no order of ours: say nothing
    finally:
        writer.close()


def obey(lab: Lab, line: bytes) -> Answer:
    """What the lab did about one line. Raises ValueError for what is no order with our token."""
    found = json.loads(line)
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError("an order is an object of strings")
    order = cast(Order, found)
    if not hmac.compare_digest(order.get("token", "").encode(), lab.control_token.encode()):
        raise ValueError("wrong token")
    domain = order.get("domain") or DEMO_DOMAIN
    if domain not in lab.products:
        return {"error": f"The lab has no product at {domain}; list shows {DEMO_DOMAIN}."}
    if order.get("action") == "list":
        return {"domain": domain, "faults": state(lab, domain)}
    return switch(lab, domain, order)


def switch(lab: Lab, domain: str, order: Order) -> Answer:
    fault, action = order.get("fault", ""), order.get("action", "")
    if fault not in CATALOGUE:
        return {"error": f"No fault is called {fault!r}; `list` shows the names."}
    if action not in {"fix", "break"}:
        return {"error": f"{action!r} is no action: fix, break or list."}
    (lab.fix if action == "fix" else lab.plant)(domain, fault)
    return {"domain": domain, "faults": state(lab, domain)}


def state(lab: Lab, domain: str) -> list[Planted]:
    product = lab.products[domain]
    return [
        {
            "fault": name,
            "is_planted": name in product.faults,
            "checks": [find.check for find in CATALOGUE[name].finds],
            "words": CATALOGUE[name].words,
        }
        for name in sorted(product.declared | product.faults)
    ]


def send(folder: Path, order: Order) -> Answer:
    """Give one order to the lab that runs in `folder`. Raises OSError where none runs."""
    door = json.loads((folder / "control.json").read_text())
    host, _, port = door["address"].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(json.dumps({**order, "token": door["token"]}).encode() + b"\n")
        with connection.makefile("rb") as answers:
            return cast(Answer, json.loads(answers.readline()))
