"""How many lookups it takes until the senders that a record names are met. Pure.

The limit of ten holds per evaluation: a service that stands early in the record still
passes where one that stands late does not. Source: RFC 7208 sections 4.6.2 and 4.6.4.
"""

from dataclasses import dataclass, field

from audits.observations.spf_tree import SpfLookup, SpfNode, SpfTree


def lookups_until_met(tree: SpfTree) -> dict[str, int]:
    """For each domain whose record lists addresses: the lookups counted when they are met."""
    path = _Path()
    path.visit(tree.root)
    return path.met


@dataclass
class _Path:
    count: int = 0
    met: dict[str, int] = field(default_factory=dict)

    def visit(self, node: SpfNode) -> None:
        """The terms of one record in order, what they lead to included."""
        looks = iter(node.lookups)
        for directive in node.record.directives if node.record else ():
            if directive.network is not None and directive.qualifier == "+":
                self.met.setdefault(node.domain, self.count)
            if directive.is_asking:
                self.follow(next(looks, None))
            if directive.matches_everybody:
                return
        for redirect in looks:
            self.follow(redirect)

    def follow(self, look: SpfLookup | None) -> None:
        if look is not None:
            self.count += 1
        if look is not None and look.node is not None:
            self.visit(look.node)
