"""A small internet on loopback: name servers, mail records, web sites, a registry.

`Lab.start(folder)` runs it in a thread; `python -m tests.lab --folder DIR` in the
foreground. `tests.lab.faults` is the table of what is planted where.
"""

from tests.lab.internet import Lab

__all__ = ["Lab"]
