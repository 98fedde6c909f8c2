"""Signs of how served code was built, where its source lives, and which keys it uses. Pure."""

import re
from dataclasses import dataclass, field

from audits.observations.answers import Answer

# Each belongs to a development bundle itself; a library's own text about one has none of them.
DEVELOPMENT = (
    # The head of the bundle itself; packages that choose between two builds name both.
    ("React’s development build", re.compile(r"\* react(?:-dom|-jsx-runtime)?\.development\.js")),
    ("Vue’s development build", re.compile(r"You are running a development build of Vue")),
    ("Vite’s development client", re.compile(r"""["']/@vite/client["']|@react-refresh["']""")),
    ("Next’s reload socket", re.compile(r"/_next/webpack-hmr")),
    ("webpack’s development server", re.compile(r"webpack-dev-server/client")),
    ("webpack’s development mode", re.compile(r"\* ATTENTION: The \"eval\" devtool")),
)
CLERK_TEST = "a Clerk development instance"
# An emulator or a sandbox mostly stands behind a condition that live code never meets.
SANDBOXES = (
    (CLERK_TEST, re.compile(r"[a-z0-9-]{3,60}\.clerk\.accounts\.dev")),
    ("PayPal’s sandbox", re.compile(r"https://(?:www|api-m|api)\.sandbox\.paypal\.com")),
    (
        "a Firebase emulator",
        re.compile(
            r"connect(?:Auth|Firestore|Database|Storage|Functions)Emulator\(\s*[\w$.]{1,60}\s*,"
            r"\s*[\"'`](?:http://)?(?:localhost|127\.0\.0\.1)"
        ),
    ),
)
REPOSITORY = re.compile(
    r"https://(?:www\.)?(github\.com|gitlab\.com|bitbucket\.org)/([\w.-]{1,60})/([\w.-]{1,100})"
)
NEXT_BUILD = re.compile(r"/_next/static/([\w-]{8,40})/_(?:buildManifest|ssgManifest)\.js")
BUILD_HEADERS = ("x-vercel-deployment-url", "x-build-id", "x-version", "x-deployment-id",
                 "x-nf-request-id-build", "x-render-origin-server", "etag")  # fmt: skip
MAX_SIGNS = 8


def development_signs(text: str) -> tuple[str, ...]:
    """What shows that `text` was built for development."""
    return tuple(words for words, sign in DEVELOPMENT if sign.search(text))


def sandbox_signs(text: str) -> tuple[str, ...]:
    """Test instances of services that `text` uses."""
    return tuple(words for words, sign in SANDBOXES if sign.search(text))


def repositories(urls: tuple[str, ...]) -> tuple[str, ...]:
    """Repositories that links of a page lead to, as `host/owner/name`."""
    found = (match for url in urls if (match := REPOSITORY.match(url)))
    names = (f"{match[1]}/{match[2]}/{match[3].removesuffix('.git')}" for match in found)
    return tuple(dict.fromkeys(names))[:MAX_SIGNS]


def build_marks(answer: Answer, html: str) -> tuple[str, ...]:
    """What names this very build: a build id in the page, headers of the platform."""
    marks = [f"build {match}" for match in NEXT_BUILD.findall(html)[:1]]
    marks += [f"{name} {value[:80]}" for name in BUILD_HEADERS if (value := answer.header(name))]
    return tuple(marks)


@dataclass(frozen=True, slots=True)
class Deployed:
    """How the main host behaves as something that is deployed.

    `missing` is its answer to a path that can't exist and whether it is the start page
    again; `missing_chunk` its answer to a script whose name holds another hash, None where
    the page loads no such script. `marks` name the build, `links` its repositories.
    """

    host: str
    missing: Answer
    is_missing_home: bool
    chunk_url: str = ""
    missing_chunk: Answer | None = None
    marks: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HealthRoute:
    """A declared route that tells whether the product is well.

    `must_say` is what its owner declared a right answer to contain; `text` the first part
    of the body; `secrets` labels of credentials in it.
    """

    url: str
    expected_status: int
    must_say: str
    answer: Answer
    text: str
    elapsed_ms: float
    secrets: tuple[str, ...] = field(default=())
