"""Whether an address that somebody entered may be reached, without reaching it."""

from dataclasses import dataclass

from accounts.guard.exchange import GuardError
from accounts.guard.guard import Guard
from accounts.guard.hosts import MAX_URL_CHARACTERS, shown
from accounts.guard.urls import parse_address


@dataclass(frozen=True, slots=True)
class Reach:
    """The guard's answer about one `address` as entered; `code` is None where admitted."""

    address: str
    is_admitted: bool
    code: str | None
    message: str
    host: str = ""
    addresses: tuple[str, ...] = ()


async def reach(guard: Guard, address: str) -> Reach:
    """Judge `address` (URL, host, host:port or literal) and all that its host resolves to.

    Asks the resolvers, connects to nothing. Never raises for what was entered.
    """
    entered = address[:MAX_URL_CHARACTERS]
    host = ""
    try:
        url = parse_address(address, is_lab=guard.policy.is_lab)
        host = url.host
        addresses = await guard.addresses(host)
    except GuardError as error:
        return Reach(entered, False, error.code, error.message, host)
    message = f"{shown(str(url))} may be reached at {', '.join(addresses)}."
    return Reach(entered, True, None, message, host, addresses)
