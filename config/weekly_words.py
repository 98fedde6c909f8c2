"""The three lines of a founder's week. Pure: words.md holds for each of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from accounts.weekly import Letter
from config.founder_words import count, number_word
from sprints.needs import Need

# More sprints than these nobody reads in three lines; the page shows all.
MOST_SPRINTS = 3


@dataclass(frozen=True, slots=True)
class Happened:
    """What the client's side may know of a week: risks by their refs, and the newest act."""

    gone: Collection[str] = ()
    found: Collection[str] = ()
    came_back: Collection[str] = ()
    newest: str = ""
    act_count: int = 0


@dataclass(frozen=True, slots=True)
class Week:
    """One sprint's week as its founder reads it; `url` is the sprint's own page."""

    project: str
    answer: str
    answer_text: str
    url: str
    coming: str
    happened: Happened = field(default_factory=Happened)
    needs: Sequence[Need] = ()

    @property
    def is_worth_a_mail(self) -> bool:
        return bool(self.needs or self.happened.act_count)


def letter_of(weeks: Sequence[Week], *, site: str) -> Letter | None:
    """One letter about all of a client's sprints; None where it would say nothing new.

    `site` stands before each address.
    """
    told = [week for week in weeks if week.is_worth_a_mail][:MOST_SPRINTS]
    if not told:
        return None
    first = next((week for week in told if week.needs), told[0])
    act, path = (first.needs[0].act, first.needs[0].url) if first.needs else ("", first.url)
    return Letter(
        subject=subject_words(told[0]),
        answer=_each(told, [f"{week.answer} {week.answer_text}" for week in told]),
        needs=needs_words(first, sum(len(week.needs) for week in told), is_one=len(told) == 1),
        act=act or "See where it stands",
        url=f"{site}{path}",
        lately=_each(told, [f"{happened_words(week.happened)} {week.coming}" for week in told]),
    )


def subject_words(week: Week) -> str:
    """`BrightChat: not yet, 2 things stop the launch on Fri 4 Dec`"""
    news = week.answer.rstrip(".").replace(": ", ", ", 1)
    return f"{week.project}: {news[:1].lower()}{news[1:]}"


def needs_words(week: Week, total: int, *, is_one: bool) -> str:
    """`Needs you: Launch, or not yet? And 2 more.`"""
    if not week.needs:
        return "Nothing needs you."
    title = week.needs[0].title.rstrip(".")
    where = "" if is_one else f"{week.project}, "
    end = "" if title.endswith(("?", "!")) else "."
    more = f" And {number_word(total - 1)} more." if total > 1 else ""
    return f"Needs you: {where}{title}{end}{more}"


def happened_words(happened: Happened) -> str:
    """`Last week 3 things were fixed and checked, and 1 thing was found.`"""
    parts = [
        *_part(happened.gone, "fixed and checked"),
        *_part(happened.found, "found"),
        *([f"{count(len(happened.came_back), 'thing')} came back"] if happened.came_back else []),
    ]
    if parts:
        listed = " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
        return f"Last week {listed}."
    if not happened.act_count:
        return "Nothing changed last week."
    more = f" And {number_word(happened.act_count - 1)} more." if happened.act_count > 1 else ""
    return f"Last week: {happened.newest}{more}"


def _part(refs: Collection[str], verb: str) -> list[str]:
    was = "was" if len(refs) == 1 else "were"
    return [f"{count(len(refs), 'thing')} {was} {verb}"] if refs else []


def _each(weeks: Sequence[Week], lines: Sequence[str]) -> str:
    if len(weeks) == 1:
        return lines[0].strip()
    pairs = zip(weeks, lines, strict=True)
    return " ".join(f"{week.project}: {line.strip()}" for week, line in pairs)
