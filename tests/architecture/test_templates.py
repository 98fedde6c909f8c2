"""Rules that keep every template within the strict policy and usable without script."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
MAX_LINES = 120

# Mails are read by mail programs that know no style sheet of ours.
PAGES = sorted(
    path
    for path in TEMPLATES.rglob("*.html")
    if not path.relative_to(TEMPLATES).parts[0].startswith("email")
)
SOURCES = [
    path
    for app in ("accounts", "audits", "config", "handover", "monitoring", "sprints")
    for path in (ROOT / app).rglob("*.py")
]

FORBIDDEN = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "hx-on": re.compile(r"\b(?:data-)?hx-on\b", re.IGNORECASE),
    "evaluated values": re.compile(r"['\"\s](?:js|javascript):", re.IGNORECASE),
    "a trigger's filter": re.compile(r"hx-trigger\s*=\s*\"[^\"]*\["),
    "|safe": re.compile(r"\|\s*safe\b"),
    "autoescape off": re.compile(r"autoescape\s+off"),
    "hx-delete, which sends no token": re.compile(r"\bhx-(?:delete|put|patch)\b"),
    "a nonce": re.compile(r"nonce"),
}
SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)
FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.IGNORECASE | re.DOTALL)
POST = re.compile(r"^<form\b[^>]*(?:method\s*=\s*[\"']?post|hx-post)", re.IGNORECASE)
TAG = re.compile(r"<([a-z][a-z0-9-]*)\b((?:\{%.*?%\}|\{\{.*?\}\}|\"[^\"]*\"|[^>])*)>", re.DOTALL)
INCLUDE_ALONE = re.compile(r"{%\s*include\s+\"([^\"]+)\"[^%]*\bonly\s*%}")


def tags(text: str, wanted: str) -> Iterator[str]:
    """The attributes of each element that carries `wanted`."""
    return (match[2] for match in TAG.finditer(text) if wanted in match[2])


def handlers(text: str) -> list[str]:
    """The names of event handlers among the attributes of all elements."""
    bare = (re.sub(r"\"[^\"]*\"|'[^']*'", "", match[2]) for match in TAG.finditer(text))
    return [name for attributes in bare for name in re.findall(r"\s(on[a-z]+)\s*=", attributes)]


def name_of(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


def uses_the_token(name: str) -> bool:
    path = TEMPLATES / name.partition("#")[0]
    if not path.exists():
        return False
    text = path.read_text()
    return "csrf_token" in text


@pytest.fixture(params=PAGES, ids=name_of)
def page(request: pytest.FixtureRequest) -> str:
    return request.param.read_text()


def test_there_are_templates_to_look_at() -> None:
    assert len(PAGES) > 20


def test_no_template_steps_outside_the_policy(page: str) -> None:
    for what, pattern in FORBIDDEN.items():
        met = pattern.search(page)
        assert met is None, f"{what}: {met[0]!r}"


def test_no_element_carries_a_handler(page: str) -> None:
    assert handlers(page) == []


def test_a_handler_is_seen_behind_a_template_tag() -> None:
    assert handlers("""<a href="{% url "x" %}" onclick="go()">""") == ["onclick"]


def test_every_script_is_a_file_or_a_block_of_data(page: str) -> None:
    for attributes in SCRIPT.findall(page):
        assert "src=" in attributes, f"<script{attributes}> has no src; use json_script for data"


def test_every_posting_form_carries_the_token(page: str) -> None:
    for form in FORM.findall(page):
        if POST.match(form):
            assert "csrf_token" in form, form[:120]


def test_no_include_drops_the_token(page: str) -> None:
    for name in INCLUDE_ALONE.findall(page):
        assert not uses_the_token(name), f"{name} posts a form: include it without `only`"


def test_every_template_stays_short(page: str) -> None:
    assert page.count("\n") <= MAX_LINES


@pytest.mark.parametrize(("wanted", "fallback"), [("hx-get", "href="), ("hx-post", "action=")])
def test_htmx_improves_what_works_without_it(page: str, wanted: str, fallback: str) -> None:
    for attributes in tags(page, f"{wanted}="):
        by_itself = re.search(r"hx-trigger=\"(?:every|load|revealed)", attributes)
        field = "name=" in attributes or "formaction=" in attributes
        assert by_itself or field or fallback in attributes or "action=" in attributes, (
            f"{wanted} without {fallback}: {attributes.strip()[:120]}"
        )


def test_every_picture_says_what_it_shows(page: str) -> None:
    for match in TAG.finditer(page):
        if match[1] == "img":
            assert "alt=" in match[2]


@pytest.mark.parametrize("path", sorted((TEMPLATES / "components").glob("*.html")), ids=name_of)
def test_a_component_names_its_parameters_in_the_first_line(path: Path) -> None:
    first = path.read_text().partition("\n")[0]
    assert first.startswith("{# " + path.name + ":")
    assert first.endswith("#}")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_code_marks_foreign_text_as_safe(path: Path) -> None:
    met = re.search(r"\b(?:mark_safe|SafeString|csp_override|csp_nonce)\b", path.read_text())
    assert met is None, met and met[0]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('<p style="color:red">', "a style attribute"),
        ("<style>p{}</style>", "a style element"),
        ('<a hx-on:click="go()">', "hx-on"),
        ("""<a hx-vals='js:{a: 1}'>""", "evaluated values"),
        ('<a href="javascript:go()">', "evaluated values"),
        ('<i hx-trigger="keyup[ctrlKey]">', "a trigger's filter"),
        ("{{ text|safe }}", "|safe"),
        ("{% autoescape off %}", "autoescape off"),
    ],
)
def test_the_rules_see_what_they_forbid(text: str, what: str) -> None:
    assert FORBIDDEN[what].search(text)


STYLES = sorted((ROOT / "config" / "static" / "css").glob("*.css"))
LINKED = (TEMPLATES / "base.html").read_text() + "".join(
    path.read_text() for path in (TEMPLATES / "home").glob("*.html")
)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_every_style_sheet_is_linked_and_layered(path: Path) -> None:
    assert f"css/{path.name}" in LINKED
    text = path.read_text()
    assert "@layer " in text
    assert "@import" not in text


def test_a_colour_is_a_token() -> None:
    for path in STYLES:
        if path.name in {"tokens.css", "print.css"}:
            continue
        met = re.search(
            r"(?:oklch|rgba?|hsla?)\((?!from)[\d.]|:\s*#[0-9a-f]{3,8}\b", path.read_text()
        )
        assert met is None, f"{path.name}: {met and met[0]}"
