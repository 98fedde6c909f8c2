"""What waits for somebody: one shape for the founder's card and the consultant's day. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Turn(IntEnum):
    """The order in which a day is worked through; the first comes first."""

    INCIDENT = 1
    CAME_BACK = 2
    ANSWERED = 3
    DUE = 4
    MINE = 5
    READY = 6


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that one side must do, in that side's words.

    `title` says what, `text` why or by when, `act` is the button ("Answer", "Yes, launch"),
    `url` where it is done; `since` orders needs of one turn, oldest first.
    """

    title: str
    text: str
    act: str
    url: str
    since: datetime
    turn: Turn = Turn.MINE
