"""Faults of files that nobody meant to serve."""

from __future__ import annotations

from tests.lab.fault import Find, fault

LEFTOVERS = {
    "ai_notes": fault("CLAUDE.md is served", Find("sec.ai_tool_files", "warn", consent=2)),
    "ai_notes_key": fault("Cursor's rules hold a key", Find("sec.ai_tool_files", consent=2)),
    "compose_file": fault("docker-compose.yml is served", Find("sec.backup_vcs", consent=2)),
    "database_dump": fault("A dump is served", Find("sec.backup_vcs", consent=2)),
    "private_setting": fault("A secret in /env.js", Find("sec.client_env", "warn")),
    "folder_lists": fault("A folder lists its files", Find("sec.dir_listing", "warn")),
    "admin_described": fault("The API describes its admin part", Find("sec.api_docs", "warn")),
}
