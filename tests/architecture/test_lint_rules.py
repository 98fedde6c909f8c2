"""What no linter of ours forbids and the house does; exceptions are listed with their reason."""

import ast
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "accounts", "sprints", "audits", "monitoring", "handover")
CODE = sorted(path for app in APPS for path in (ROOT / app).rglob("*.py"))
PAGES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
STATIC = sorted(
    path
    for kind in ("css", "js")
    for path in (ROOT / "config" / "static").rglob(f"*.{kind}")
    if "vendor" not in path.parts
)

# Boundaries of a task: whatever fails there is told and the rest goes on.
BROAD_EXCEPTIONS = {
    "audits/examine.py": "one family or one check that crashes must not lose the whole run",
    "audits/planning.py": "one change that crashes must not lose the whole run",
    "audits/tasks.py": "the run goes back into the queue, or ends with a sentence",
}
NO_TOKEN = {
    "accounts/views/notices.py": "a mail program's one-click end of mails (RFC 8058) has no "
    "session; the address itself is signed, for one person, and can only end mails",
}
# These pass on what they catch, KeyboardInterrupt too, after giving something back.
PASSED_ON = {
    "accounts/guard/dialler.py": "closes the socket",
    "accounts/guard/guard.py": "gives the place of a connection back",
    "accounts/guard/limits.py": "gives the place of a host back",
    "accounts/guard/connections.py": "closes the connection",
    "audits/looking.py": "hands it to the thread that waits",
}
# PostgreSQL takes no parameters for names; these are ours, from code.
BUILT_SQL = {
    "accounts/places.py": "the names of two functions of our own",
    "accounts/tenancy/functions.py": "names and signatures in migrations",
    "accounts/tenancy/grants.py": "names of tables and roles at migration",
}
# "todo" alone is the state of a stage.
UNFINISHED = re.compile(
    r"\b(?:TODO|FIXME|XXX|HACK|NotImplementedError)\b"
    r"|(?i:\btodo:|\bfixme\b|coming soon|lorem ipsum)"
)

type Rule = Callable[[ast.AST], bool]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def called(node: ast.AST) -> str:
    """The last name of what is called: `a.b.c()` is `c`."""
    return ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""


def is_built(node: ast.AST | None) -> bool:
    """A text put together at run time: f-string, %, + or format; `sql.SQL` quotes properly."""
    is_format = (
        isinstance(node, ast.Call)
        and called(node) == "format"
        and not ast.unparse(node.func).startswith("sql.SQL(")
    )
    return isinstance(node, (ast.JoinedStr, ast.BinOp)) or is_format


def first(node: ast.AST) -> ast.AST | None:
    return node.args[0] if isinstance(node, ast.Call) and node.args else None


def is_broad(node: ast.AST, *names: str) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    return (ast.unparse(node.type) if node.type else "bare") in names


def sets_all_fields(node: ast.AST) -> bool:
    """X17: a form that takes whatever the model has."""
    if not isinstance(node, ast.Assign):
        return False
    names = {target.id for target in node.targets if isinstance(target, ast.Name)}
    return "exclude" in names or ("fields" in names and "__all__" in ast.unparse(node.value))


RULES: dict[str, tuple[Rule, dict[str, str]]] = {
    "text marked as safe": (
        lambda node: called(node) in {"mark_safe", "SafeString", "SafeText"},
        {},
    ),
    "format_html over a text that is put together": (
        lambda node: called(node) in {"format_html", "format_html_join"} and is_built(first(node)),
        {},
    ),
    "a template response, rendered after the transaction": (
        lambda node: called(node) in {"TemplateResponse", "SimpleTemplateResponse"},
        {},
    ),
    "print": (lambda node: isinstance(node, ast.Call) and ast.unparse(node.func) == "print", {}),
    "SQL put together": (
        lambda node: (
            called(node) in {"execute", "executemany", "RawSQL", "raw"} and is_built(first(node))
        ),
        BUILT_SQL,
    ),
    "except Exception": (lambda node: is_broad(node, "Exception", "bare"), BROAD_EXCEPTIONS),
    "except BaseException": (lambda node: is_broad(node, "BaseException"), PASSED_ON),
    "a form with every field": (sets_all_fields, {}),
    "no token asked": (
        lambda node: isinstance(node, ast.Name) and node.id == "csrf_exempt",
        NO_TOKEN,
    ),
    "code made at run time": (
        lambda node: isinstance(node, ast.Call) and ast.unparse(node.func) in {"eval", "exec"},
        {},
    ),
    "pickle": (
        lambda node: (
            isinstance(node, (ast.Import, ast.ImportFrom))
            and re.search(r"\b(?:pickle|marshal|shelve)\b", ast.unparse(node)) is not None
        ),
        {},
    ),
}


def met(rule: Rule, source: str) -> Iterator[int]:
    return (getattr(node, "lineno", 0) for node in ast.walk(ast.parse(source)) if rule(node))


def product_code() -> Iterator[tuple[str, str]]:
    for path in CODE:
        if "migrations" not in path.parts:
            yield name_of(path), path.read_text("utf-8")


@pytest.mark.parametrize("what", RULES)
def test_the_product_keeps_the_rule(what: str):
    rule, exceptions = RULES[what]
    faults = {
        name: lines
        for name, source in product_code()
        if name not in exceptions and (lines := list(met(rule, source)))
    }
    assert faults == {}, f"{what}: change it, or list the file with its reason"


@pytest.mark.parametrize(
    ("what", "path"), [(what, path) for what, (_, listed) in RULES.items() for path in listed]
)
def test_no_exception_outlives_its_reason(what: str, path: str):
    assert list(met(RULES[what][0], (ROOT / path).read_text("utf-8"))), "delete its line"


@pytest.mark.parametrize("path", PASSED_ON)
def test_what_catches_everything_passes_it_on(path: str):
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if is_broad(node, "BaseException"):
            body = ast.unparse(node)
            assert "raise" in body or "set_exception" in body, body


@pytest.mark.parametrize(
    ("what", "source"),
    [
        ("text marked as safe", "html.mark_safe(x)"),
        ("format_html over a text that is put together", "format_html(f'<b>{x}</b>')"),
        ("format_html over a text that is put together", "format_html('<b>%s' % x)"),
        ("a template response, rendered after the transaction", "TemplateResponse(r, 'a.html')"),
        ("print", "print('seen')"),
        ("SQL put together", "cursor.execute(f'SELECT {x}')"),
        ("SQL put together", "cursor.execute('SELECT ' + x)"),
        ("SQL put together", "cursor.execute('SELECT {}'.format(x))"),
        ("except Exception", "try:\n    f()\nexcept Exception:\n    pass"),
        ("except Exception", "try:\n    f()\nexcept:\n    pass"),
        ("except BaseException", "try:\n    f()\nexcept BaseException as e:\n    pass"),
        ("a form with every field", "class Meta:\n    fields = '__all__'"),
        ("a form with every field", "class Meta:\n    exclude = ['a']"),
        ("no token asked", "@csrf_exempt\ndef f(): ..."),
        ("code made at run time", "eval(x)"),
        ("pickle", "import pickle"),
    ],
)
def test_the_rule_sees_what_it_forbids(what: str, source: str):
    assert list(met(RULES[what][0], source))


@pytest.mark.parametrize(
    ("what", "source"),
    [
        ("print", "console.print('seen')"),
        ("SQL put together", "cursor.execute('SELECT %s', [x])"),
        ("SQL put together", "cursor.execute(sql.SQL('CREATE DATABASE {}').format(name))"),
        ("format_html over a text that is put together", "format_html('<b>{}</b>', x)"),
        ("code made at run time", "re.compile(x)"),
    ],
)
def test_the_rule_lets_the_proper_way_pass(what: str, source: str):
    assert not list(met(RULES[what][0], source))


def test_nothing_is_left_for_later():
    texts = [*CODE, *PAGES, *STATIC]
    assert len(texts) > 300
    faults = {name_of(path): found for path in texts
              if (found := UNFINISHED.findall(path.read_text("utf-8")))}  # fmt: skip
    assert faults == {}


@pytest.mark.parametrize(
    "text", ["# TODO: later", "todo: x", "FIXME", "Coming soon", "Lorem ipsum"]
)
def test_what_is_left_for_later_is_seen(text: str):
    assert UNFINISHED.search(text)


def tracked() -> list[Path]:
    git = shutil.which("git")
    if not git or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = (ROOT / name.decode() for name in listed.stdout.split(b"\0") if name)
    return [path for path in paths if path.is_file()]


# Spelled in parts, so that this file is not its own finding.
OF_A_MACHINE = re.compile(
    rb"/(?:" + b"|".join((b"work", b"root", b"opt/(?:wheels|pypi)")) + rb")/[\w.]"
    rb"|/(?:home|Users)/(?!nobody\b)[a-z][\w.-]*/"
    rb"|[A-Z]:\\\\?Users\\"
)
OF_A_REGISTRY = re.compile(
    rb"(?:files\.pythonhosted|pypi|test\.pypi|registry\.npmjs|proxy\.golang)" + rb"\.org"
    rb"|artifactory|nexus\.[a-z]|devpi|PIP_(?:EXTRA_)?INDEX_URL|PIP_FIND_LINKS",
    re.IGNORECASE,
)
# A word of the audited world, not of ours.
NAMES_OF_OTHERS: dict[str, str] = {}


def test_no_file_tells_of_a_machine_or_a_package_registry():
    here = str(ROOT).encode()
    faults = {}
    for path in tracked():
        if path == Path(__file__).resolve() or name_of(path) in NAMES_OF_OTHERS:
            continue
        text = path.read_bytes()
        found = [*OF_A_MACHINE.findall(text), *OF_A_REGISTRY.findall(text)]
        if found or here + b"/" in text:
            faults[name_of(path)] = found[:3]
    assert faults == {}


@pytest.mark.parametrize(
    "text", [b"open('/home/kim/a')", b"/Users/kim/x", b"/root/.cache", b"C:\\Users\\kim"]
)
def test_a_path_of_a_machine_is_seen(text: bytes):
    assert OF_A_MACHINE.search(text)
