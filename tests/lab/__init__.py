"""A small internet on loopback: name servers, mail records, web sites, a registry.

In a test: the fixture of `tests.lab.fixture`, or `Lab.start(folder)`, which runs it in a
thread. By itself: `python -m tests.lab --folder DIR`; then `list`, `fix FAULT` and
`break FAULT` (with `--domain NAME`, else the demo's) switch faults in the running one.
Its folder holds `ready` (written last), `environment.json`, `table.json`, `ca.pem`,
`rdap.json`, `control.json`. Faults are back as they came with the next start.

Everything listens on high ports of 127.0.0.1. Names have addresses in 127.0.0.0/16, and
the table leads `address:port` there. Names outside `test` are SERVFAIL, but for a
handful of vendors that checks look up.

`tests.lab.faults` is the table of what is planted where (`PLANTED`), what must stay
quiet (`QUIET`) and the target to audit for each domain (`lab_target`). A product is the
same code with or without a fault, so a fault differs from its healthy twin in nothing else.
"""

from tests.lab.internet import Lab

__all__ = ["Lab"]
