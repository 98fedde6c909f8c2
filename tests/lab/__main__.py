"""`python -m tests.lab`: the lab in the foreground, and the switches of a running one."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from tests.lab.control import send
from tests.lab.internet import Lab
from tests.lab.products_list import DEMO_DOMAIN

DEFAULT_FOLDER = Path(".data/lab")


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parser.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, help="its files live here")
    parser.add_argument("--domain", default=DEMO_DOMAIN, help="the product to switch faults in")
    actions = parser.add_subparsers(dest="action")
    for name, words in (("fix", "mend one fault"), ("break", "plant one fault")):
        action = actions.add_parser(name, help=words)
        action.add_argument("fault")
    actions.add_parser("list", help="show the faults and the checks that find them")
    return parser


async def run(folder: Path) -> None:
    """The lab until SIGINT or SIGTERM."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ready").unlink(missing_ok=True)
    lab = Lab(folder)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, ended.set)
    await lab.open()
    for name, value in lab.environment.items():
        say(f"{name}={value}")
    await ended.wait()
    (folder / "ready").unlink(missing_ok=True)
    await lab.close()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    options = arguments().parse_args()
    folder: Path = options.folder.resolve()
    if options.action is None:
        asyncio.run(run(folder))
        return 0
    order = {"action": options.action, "domain": options.domain}
    if options.action != "list":
        order["fault"] = options.fault
    try:
        answer = send(folder, order)
    except (OSError, ValueError) as error:
        say(f"No lab answers in {folder} ({error}). Start one: python -m tests.lab")
        return 1
    if "error" in answer:
        say(str(answer["error"]))
        return 2
    faults = answer["faults"]
    assert isinstance(faults, list)
    for each in faults:
        mark = "planted" if each["is_planted"] else "mended "
        say(f"{mark}  {each['fault']:<24} {', '.join(each['checks']):<32} {each['words']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
