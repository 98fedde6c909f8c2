"""From a host to an open stream: resolve once, judge every answer, dial the literal."""

import asyncio
import ssl
import time
from collections.abc import Sequence

from accounts.guard.addresses import parse_literal
from accounts.guard.dialler import Dialler
from accounts.guard.exchange import DnsReply, DnsStatus, FetchError
from accounts.guard.hosts import parse_host
from accounts.guard.resolver import Resolver
from accounts.guard.tls import TLS_SECONDS, Line, TlsOffer, tls_context, tls_failure

CONNECT_SECONDS = 5.0
MAX_ADDRESSES = 16
MAX_ATTEMPTS = 4

type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_DNS_FAULTS = {
    DnsStatus.NXDOMAIN: (
        "dns_nxdomain",
        "does not exist in DNS. Visitors reach nothing there; check its spelling, or create it",
    ),
    DnsStatus.NODATA: (
        "dns_nodata",
        "has no address in DNS. Visitors reach nothing there; add an A or AAAA record",
    ),
    DnsStatus.SERVFAIL: (
        "dns_servfail",
        "can't be resolved: the resolver answers SERVFAIL. The zone's servers or its DNSSEC "
        "are broken, or its CNAME records lead in a circle; look at the zone",
    ),
    DnsStatus.REFUSED: (
        "dns_refused",
        "can't be resolved: the resolver refuses the question. It may not serve this machine; "
        "set AUDIT_RESOLVERS to one that does",
    ),
    DnsStatus.TIMEOUT: (
        "dns_timeout",
        "can't be resolved: no answer came in time. Either the resolver or the zone's servers "
        "are silent; try again, then set AUDIT_RESOLVERS to another resolver",
    ),
    DnsStatus.MALFORMED: (
        "dns_malformed",
        "can't be resolved: the answer can't be read. The resolver or the zone is broken; set "
        "AUDIT_RESOLVERS to another resolver",
    ),
}
# What speaks for the name as a whole where A and AAAA fail differently: a fault that may
# hide an address comes before a statement that there is none.
_WORST_FIRST = (
    DnsStatus.TIMEOUT,
    DnsStatus.SERVFAIL,
    DnsStatus.REFUSED,
    DnsStatus.MALFORMED,
    DnsStatus.NXDOMAIN,
    DnsStatus.NODATA,
)


class Connector:
    """Opens connections for one Guard."""

    def __init__(self, resolver: Resolver, dialler: Dialler, ca_file: str) -> None:
        self.resolver = resolver
        self.dialler = dialler
        self.ca_file = ca_file

    def host(self, text: str) -> str:
        """`text` (a name, or a literal with or without brackets) as the grammar's host."""
        bracketed = ":" in text and not text.startswith("[")
        return parse_host(f"[{text}]" if bracketed else text, is_lab=self.dialler.policy.is_lab)

    async def addresses(self, text: str) -> tuple[str, ...]:
        """A and AAAA of `text`, at most 16, all of them judged; a literal is its own answer.

        Raises TargetRefusedError where one single address is refused, FetchError (`dns_…`)
        where there is none.
        """
        host = self.host(text)
        if parse_literal(host) is not None:
            self._judge(host, (host,))
            return (host,)
        replies = await asyncio.gather(
            self.resolver.ask(host, "A"), self.resolver.ask(host, "AAAA")
        )
        found = tuple(value for reply in replies for value in reply.values)
        self._judge(host, found)
        if not found:
            raise dns_failure(host, replies)
        return found[:MAX_ADDRESSES]

    def _judge(self, host: str, addresses: Sequence[str]) -> None:
        refusal = self.dialler.policy.judge(host, addresses)
        if refusal is not None:
            raise refusal

    async def dial(self, text: str, port: int, *, purpose: str, address: str | None = None) -> Line:
        """A connection to `text`, resolved once here, or to its given `address`.

        At most four addresses are tried, one after the other; the first one's error stands
        for all.
        """
        host = self.host(text)
        started = time.monotonic()
        if address:
            addresses: tuple[str, ...] = (str(parse_literal(address) or address),)
        else:
            addresses = await self.addresses(host)
        resolved = time.monotonic()
        failure: FetchError | None = None
        for candidate in addresses[:MAX_ATTEMPTS]:
            connecting = time.monotonic()
            try:
                sock = await self.dialler.open_tcp(
                    candidate, port, host=host, purpose=purpose, timeout_seconds=CONNECT_SECONDS
                )
            except FetchError as error:
                failure = failure or error
                continue
            return Line(
                sock=sock,
                host=host,
                address=candidate,
                port=port,
                dns_ms=(resolved - started) * 1000,
                connect_ms=(time.monotonic() - connecting) * 1000,
            )
        assert failure is not None  # noqa: S101 - addresses() never answers with none
        raise failure

    async def secure(
        self, line: Line, offer: TlsOffer, *, send_sni: bool = True
    ) -> tuple[Streams, float]:
        """TLS over `line`, and the milliseconds it took; the name stays the SNI."""
        context = tls_context(offer, self.ca_file)
        return await self.wrap(line, context, line.host if send_sni else "")

    async def wrap(
        self, line: Line, context: ssl.SSLContext, server_name: str
    ) -> tuple[Streams, float]:
        """TLS over `line` by `context`; an empty `server_name` sends no SNI.

        In two steps: cut off in the first instant of `open_connection(ssl=…)`, asyncio
        leaves the transport open, and its descriptor must not be closed underneath it.
        """
        started = time.monotonic()
        try:
            async with asyncio.timeout(TLS_SECONDS):
                reader, writer = await asyncio.open_connection(sock=line.sock)
                try:
                    await writer.start_tls(context, server_hostname=server_name)
                except BaseException:
                    writer.transport.abort()
                    raise
        except OSError as error:
            raise tls_failure(error, line.host, line.port) from error
        return (reader, writer), (time.monotonic() - started) * 1000


def dns_failure(host: str, replies: Sequence[DnsReply]) -> FetchError:
    """Why `host` has no address, the worst of `replies` deciding."""
    status = min((reply.status for reply in replies), key=_WORST_FIRST.index)
    code, sentence = _DNS_FAULTS[status]
    return FetchError(code, f"{host} {sentence}.")
