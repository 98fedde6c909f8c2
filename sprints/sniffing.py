"""What a file is, by its first bytes and never by its name. Pure."""

from typing import Final

SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
TEXT_TYPES: Final = {
    "json": "application/json",
    "csv": "text/csv",
    "txt": "text/plain",
    "log": "text/plain",
    "md": "text/plain",
}
EXTENSIONS: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "video/mp4": "mp4",
    "application/json": "json",
    "text/csv": "csv",
    "text/plain": "txt",
}
TAKEN_WORDS: Final = "Pictures (PNG, JPEG, WebP, GIF), PDF, MP4 and plain text, JSON, CSV or logs"
# What a browser would run or draw as a page: looked for in the beginning of every text.
MARKUP: Final = ("<!doctype", "<html", "<svg", "<script", "<?xml", "<body", "<head", "<iframe")
BEGINNING_CHARS: Final = 2048


class UnknownContentError(Exception):
    """The content is none that is taken; the sentence says what was met."""


def sniff(data: bytes, filename: str) -> str:
    """The media type of `data`; the name only tells one kind of text from another."""
    if not data:
        raise UnknownContentError("The file is empty, so it shows nothing.")
    known = _binary(data)
    return known or _text(data, filename)


def _binary(data: bytes) -> str:
    for signature, mime in SIGNATURES:
        if data.startswith(signature):
            return mime
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "video/mp4" if data[4:8] == b"ftyp" else ""


def _text(data: bytes, filename: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UnknownContentError(f"We can’t tell what {filename} is. {TAKEN_WORDS} are taken.")
    beginning = text[:BEGINNING_CHARS].lower()
    if any(mark in beginning for mark in MARKUP):
        raise UnknownContentError(
            f"{filename} is a web page or an SVG: such a file can run code in the browser of "
            f"whoever opens it. Take a picture of it instead. {TAKEN_WORDS} are taken."
        )
    return TEXT_TYPES.get(filename.rpartition(".")[2].lower(), "text/plain")
