"""What became of the founder's yes to the launch, as the first page says it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from accounts.models import User
from config.founder_words import Asked
from sprints.models import Decision, Sprint
from sprints.moments import calendar_day

State, Outcome = Decision.State, Decision.Outcome
COUNTED = "A yes counts for seven days."


@dataclass(frozen=True, slots=True)
class LaunchWord:
    """One note: what holds (`title`), what that means and who acts (`text`)."""

    title: str
    text: str
    tone: str
    icon: str


def launch_word(sprint: Sprint, asked: Asked, *, is_stopped: bool) -> LaunchWord | None:
    """The note about the newest yes; none where nobody has said one, or a "not yet" followed.

    `is_stopped` says that something stops the launch by now.
    """
    rows = Decision.objects.of(sprint.practice_id).filter(sprint=sprint, kind=Decision.Kind.LAUNCH)
    said = rows.filter(state__in=(State.CONFIRMED, State.LAPSED)).order_by("-number")
    yes = said.select_related("confirmed_by").prefetch_related("conditions").first()
    if yes is None or yes.outcome == Outcome.NO_GO or yes.confirmed_by is None:
        return None
    if yes.state == State.LAPSED or _is_over(yes, asked):
        again = rows.filter(state=State.RECOMMENDED, number__gt=yes.number)
        return _lapsed(yes, asked, is_asked=again.exists())
    return _in_force(yes, asked, is_stopped=is_stopped)


def _is_over(yes: Decision, asked: Asked) -> bool:
    """Past its moment, and no launch day used it; the sweep that writes it down comes later."""
    if yes.valid_until is None or yes.valid_until > timezone.now():
        return False
    return bool(_unmet(yes)) or not _falls_into(yes, asked.launch_on)


def _in_force(yes: Decision, asked: Asked, *, is_stopped: bool) -> LaunchWord:
    who, mine = _who(yes.confirmed_by, asked)
    if yes.valid_until is None:
        return LaunchWord(f"{who} said yes to the launch; it stands.", "", "good", "pass")
    until = _day(yes.valid_until)
    title = f"{who} said yes to the launch; it counts until {calendar_day(until, asked.today)}."
    if is_stopped:
        text = "Since then something has come up that stops the launch; it is named on this page."
        return LaunchWord(title, text, "warn", "warn")
    missing = _unmet(yes)
    if missing:
        text = f"By then this must hold, or the yes lapses: {missing}"
        return LaunchWord(title, text, "warn", "clock")
    launch_on = asked.launch_on
    if launch_on is not None and launch_on > until:
        text = (
            f"The launch is on {calendar_day(launch_on, asked.today)}, so {mine} yes will have "
            f"lapsed by then. {asked.lead} recommends again in the days before; then "
            f"{_says(who)} yes once more, or the launch moves forward."
        )
        return LaunchWord(title, text, "warn", "clock")
    return LaunchWord(title, "", "good", "pass")


def _lapsed(yes: Decision, asked: Asked, *, is_asked: bool) -> LaunchWord:
    who, mine = _who(yes.confirmed_by, asked)
    ended = _day(yes.ended_at or yes.valid_until or timezone.now())
    title = f"{mine.capitalize() if mine == 'your' else mine} yes to the launch no longer counts."
    missing = _unmet(yes)
    why = f"This was not met by its day: {missing}" if missing else COUNTED
    since = f"It lapsed on {calendar_day(ended, asked.today)}. {why}"
    if is_asked:
        text = f"{since} {asked.lead} has recommended again; the answer is open."
    else:
        text = (
            f"{since} {asked.lead} looks at everything and recommends again; then "
            f"{_says(who)} yes once more."
        )
    return LaunchWord(title, text, "warn", "warn")


def _unmet(yes: Decision) -> str:
    """What still has to hold, the first by its day, as a sentence; empty where all does."""
    left = [one for one in yes.conditions.all() if one.met_at is None]
    return f"“{min(left, key=lambda one: one.due_on).text}”." if left else ""


def _falls_into(yes: Decision, launch_on: date | None) -> bool:
    if launch_on is None or yes.confirmed_at is None or yes.valid_until is None:
        return False
    return _day(yes.confirmed_at) <= launch_on <= _day(yes.valid_until)


def _day(at: datetime) -> date:
    return timezone.localdate(at)


def _who(person: User | None, asked: Asked) -> tuple[str, str]:
    """Who said yes and whose it is: `You`, `your`, or `Jonas`, `Jonas’s`; never an address."""
    if person is not None and person.pk == asked.me:
        return "You", "your"
    name = person.name.split()[0] if person and person.name.strip() else "The founder"
    return name, f"{name}’s"


def _says(who: str) -> str:
    return "you say" if who == "You" else f"{who} says"
