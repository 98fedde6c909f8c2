"""Mails to a person: written from a template, guarded, and promised to the outbox.

A template in `templates/emails/` begins with its subject on the first line; the rest is the
text, in paragraphs. The HTML is made from the same paragraphs, or by a template of its own
beside it (`<name>.html`).
"""

import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.template import Context
from django.template.loader import get_template, select_template

from accounts.brand import Brand
from accounts.models import Practice
from accounts.outbox import post

MAX_SUBJECT_CHARS: Final = 150
MAX_NAME_CHARS: Final = 60
# Control characters, and the two separators that some programs take for a new line.
BREAKING: Final = frozenset({"Cc", "Zl", "Zp"})

type Words = Mapping[str, object]


class MailRefusedError(ValueError):
    """A mail would carry what a header must not, or go to more than one address."""


def send(
    name: str,
    to: str,
    words: Words,
    *,
    practice_id: int | None = None,
    dedup_key: str = "",
    reply_to: str = "",
) -> None:
    """Promise the mail `emails/<name>.txt` to one address, within the current transaction.

    `reply_to` stands before the practice's own address for answers.
    """
    recipient = one_address(to)
    subject, _, body = rendered(name, {**words, "recipient": recipient}).partition("\n")
    text = body.strip()
    parts = [_part(paragraph, str(words.get("code", ""))) for paragraph in text.split("\n\n")]
    brand = _brand_of(practice_id)
    post(
        dedup_key=dedup_key or f"{name}:{uuid.uuid4()}",
        to=recipient,
        subject=checked_subject(subject.strip()),
        text=f"{text}\n\n{brand.footer}\n" if brand.footer else f"{text}\n",
        html=_html(name, {**plain(words), "parts": parts, "brand": brand}),
        reply_to=reply_to or brand.reply_to,
        sender_name=brand.sender,
        stop_url=str(words.get("stop_url", "")),
        practice_id=practice_id,
    )


def _brand_of(practice_id: int | None) -> Brand:
    """The practice's look; a mail without a practice is ours."""
    found = Practice.objects.filter(pk=practice_id).first() if practice_id else None
    if found is None:
        return Brand()
    brand = Brand.of(found.brand)
    sender = brand.sender or short_name(found.name)
    if found.proven_at is None:
        # Nobody has looked who this is: it must not sign as a bank, nor write below our mails.
        return Brand(sender=f"{sender} via Launch Ready", reply_to=brand.reply_to)
    return replace(brand, sender=sender)


def rendered(name: str, words: Words) -> str:
    """The template's text. It is plain text, so nothing is escaped for HTML."""
    template = get_template(f"emails/{name}.txt").template  # type: ignore[attr-defined]
    return str(template.render(Context(plain(words), autoescape=False))).strip()


def plain(words: Words) -> dict[str, object]:
    """The words, each text of them on one line."""
    return {key: one_line(value) if isinstance(value, str) else value
            for key, value in words.items()}  # fmt: skip


def _html(name: str, shown: dict[str, object]) -> str:
    return str(select_template([f"emails/{name}.html", "emails/frame.html"]).render(shown))


def one_address(to: str) -> str:
    """The address, if it is exactly one; raises `MailRefusedError`."""
    try:
        validate_email(to)
    except ValidationError as error:
        raise MailRefusedError(
            f"A mail was to go to {to!r}, which is not one address; nobody would receive it."
        ) from error
    if "," in to or any(unicodedata.category(letter) in BREAKING for letter in to):
        raise MailRefusedError(f"A mail was to go to {to!r}, which holds more than an address.")
    return to


def checked_subject(subject: str) -> str:
    """The subject, cut to 150 characters; raises `MailRefusedError` for control characters."""
    met = next((mark for mark in subject if unicodedata.category(mark) in BREAKING), None)
    if met is not None:
        raise MailRefusedError(
            f"The subject {subject!r} holds {met!r}, which would begin a header of its own."
        )
    return subject[:MAX_SUBJECT_CHARS]


def one_line(text: str) -> str:
    """Foreign words on one line, without control characters: fit for a subject or a sentence."""
    kept = (" " if unicodedata.category(mark) in BREAKING else mark for mark in text)
    return " ".join("".join(kept).split())


def short_name(text: str) -> str:
    """A person's, practice's or client's name, fit for a subject."""
    return one_line(text)[:MAX_NAME_CHARS]


def _part(paragraph: str, code: str) -> dict[str, str]:
    words = " ".join(paragraph.split())
    if code and words == code:
        return {"kind": "code", "text": words}
    if words.startswith(("http://", "https://")) and " " not in words:
        return {"kind": "link", "text": words}
    return {"kind": "text", "text": words}
