"""What the records of a typed domain suggested, put into the project's form as if typed.

The fragment `audits/guess.html` names its fields `guessed_host` (each that is still ticked),
`guessed_mail_domain`, `guessed_hosting` and `guessed_mail_vendor`.
"""

from collections.abc import Iterable

from django.http import QueryDict

from audits.aim import kind_of
from sprints.forms_rows import FIELDS, MAX_ROWS, Typed, typed_rows

EMPTY_IN_A_NEW_ROW = {"kind": "web"}


def with_guess(sent: QueryDict) -> QueryDict:
    """The form as sent, with the guesses where nothing was typed; rows being changed stay."""
    if "rows" in sent:
        return sent
    data = sent.copy()
    for name in ("hosting", "mail_vendor"):
        if not data.get(name):
            data[name] = sent.get(f"guessed_{name}", "")
    hosts = ({"name": name, "kind": _kind(name, sent)} for name in sent.getlist("guessed_host"))
    mails = ({"name": name} for name in sent.getlist("guessed_mail_domain"))
    _add(data, "hosts", hosts)
    _add(data, "mail", mails)
    return data


def _kind(name: str, sent: QueryDict) -> str:
    return str(kind_of(name, sent.get("domain", "")))


def _add(data: QueryDict, section: str, guesses: Iterable[Typed]) -> None:
    """Add the rows whose name is not in the list; what stands there stays as it is."""
    rows = [row for row in typed_rows(data, section) if _says_something(row)]
    names = {row["name"].strip().lower() for row in rows}
    new = [guess for guess in guesses if guess["name"].lower() not in names]
    if not new:
        return
    kept = [*rows, *new][:MAX_ROWS]
    data[f"{section}-TOTAL_FORMS"] = str(len(kept))
    for number, row in enumerate(kept):
        for name in FIELDS[section]:
            data[f"{section}-{number}-{name}"] = row.get(name, "")


def _says_something(row: Typed) -> bool:
    return any(value and value != EMPTY_IN_A_NEW_ROW.get(name) for name, value in row.items())
