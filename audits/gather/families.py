"""Every family of gatherers, in the order in which progress is shown."""

from audits.gather.site import Family

FAMILIES: tuple[Family, ...] = ()
