"""Files that a product serves by mistake, each true to what it is."""

from __future__ import annotations

import json

from tests.lab import planted_keys
from tests.lab.product_pages import Has
from tests.lab.web import Request, Response, text

NOTES = "# BrightChat\n\n## Commands\n\n- `npm run dev` starts it. The admin page is /ops.\n" * 3
COMPOSE = "services:\n  db:\n    image: postgres:18\n    ports: ['5432:5432']\n"
DUMP = "-- PostgreSQL database dump\nCREATE TABLE users (id int, email text);\n"
LISTING = (
    "<html><head><title>Index of /_next/static/chunks</title></head><body><pre>"
    '<a href="../">../</a>\n<a href="main-old.js">main-old.js</a>\n<a href="x.js">x.js</a>\n'
    "</pre></body></html>"
)
SETTINGS = 'window.__ENV = {"API_URL": "/api", "ADMIN_SECRET": "correct horse battery"};\n'
DESCRIPTION = {
    "openapi": "3.1.0",
    "info": {"title": "Assistant"},
    "paths": {"/v1/models": {}, "/admin/users": {}},
}


def left_behind(request: Request, has: Has) -> Response | None:
    """The file at this address where its fault is planted."""
    path = request.path
    if path == "/CLAUDE.md" and has("ai_notes"):
        return text(NOTES, content_type="text/markdown")
    if path == "/.cursorrules" and has("ai_notes_key"):
        return text(
            f"Always answer in TypeScript, and use {planted_keys.openai_key()} for tests.\n"
        )
    if path == "/docker-compose.yml" and has("compose_file"):
        return text(COMPOSE, content_type="text/yaml")
    if path == "/dump.sql" and has("database_dump"):
        return text(DUMP, content_type="application/sql")
    if path == "/env.js" and has("private_setting"):
        return text(SETTINGS, content_type="application/javascript")
    if path.startswith("/_next/") and path.endswith("/") and has("folder_lists"):
        return Response(200, LISTING.encode())
    return None


def described(request: Request, has: Has) -> Response | None:
    """The API's description of itself."""
    if request.path == "/openapi.json" and has("admin_described"):
        return text(json.dumps(DESCRIPTION), content_type="application/json")
    return None
