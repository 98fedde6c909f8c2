"""The guard: every outgoing connection, judged before it is opened."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.guard.addresses import AddressPolicy, parse_networks
from accounts.guard.checks import lab_fault
from accounts.guard.client import Request
from accounts.guard.connections import Connector
from accounts.guard.dialler import Dialler, Endpoint, LabTable
from accounts.guard.exchange import DnsReply, Exchange, FetchError, GuardError, Handshake
from accounts.guard.fetching import Fetcher, Journey
from accounts.guard.limits import (
    MAX_CONNECTIONS,
    MAX_CONNECTIONS_PER_HOST,
    MAX_REQUESTS,
    Budget,
    Gates,
)
from accounts.guard.resolver import Resolver, Watchers, parse_resolvers, system_resolvers
from accounts.guard.streams import GuardStream
from accounts.guard.tap import Tap
from accounts.guard.tls import DEFAULT_OFFER, TlsOffer, read_handshake
from accounts.guard.urls import parse_url

PUBLIC_ONLY = AddressPolicy()
NO_TABLE = LabTable()


class Guard:
    """One piece of work's way to the outside, inside one event loop.

    The lab's exemptions (`policy.is_lab`, `table`, `lab_resolvers`) are arguments and
    nothing else; `from_settings` fills them from LAB, which stays on this machine.
    """

    def __init__(  # noqa: PLR0913
        self,
        *,
        resolvers: tuple[Endpoint, ...],
        policy: AddressPolicy = PUBLIC_ONLY,
        table: LabTable = NO_TABLE,
        lab_resolvers: tuple[Endpoint, ...] = (),
        watchers: Watchers | None = None,
        ca_file: str = "",
        user_agent: str = "LaunchReady/1",
        max_requests: int = MAX_REQUESTS,
        connections_per_host: int = MAX_CONNECTIONS_PER_HOST,
    ) -> None:
        self.policy = policy
        self.request_count = 0
        self._max_requests = max_requests
        self._user_agent = user_agent
        self._dialler = Dialler(policy, table)
        self._resolver = Resolver(self._dialler, resolvers, lab_resolvers, watchers)
        self._connector = Connector(self._resolver, self._dialler, ca_file)
        self._gates = Gates(connections_per_host, MAX_CONNECTIONS)
        self._fetcher = Fetcher(self._connector, self._gates, self._count_request)
        self._streams: set[GuardStream] = set()

    @classmethod
    def from_settings(cls, *, max_requests: int = MAX_REQUESTS) -> Self:
        """The guard as the settings say; ImproperlyConfigured with a sentence otherwise."""
        fault = lab_fault(is_lab=settings.LAB, allowed_hosts=settings.ALLOWED_HOSTS)
        if fault:
            raise ImproperlyConfigured(fault)
        try:
            return _from_settings(cls, max_requests)
        except (OSError, ValueError) as error:
            raise ImproperlyConfigured(
                f"The guard can't read its settings: {error}. Without them nothing may be "
                "dialled; correct AUDIT_RESOLVERS, WATCH_RESOLVERS, OWN_NETWORKS, LAB_RESOLVER "
                "or LAB_TABLE."
            ) from error

    @property
    def dns_question_count(self) -> int:
        return self._resolver.question_count

    @property
    def connection_count(self) -> int:
        return self._dialler.connection_count

    @property
    def resolver_count(self) -> int:
        return len(self._resolver.resolvers)

    def _count_request(self) -> None:
        if self.request_count >= self._max_requests:
            raise FetchError(
                "request_limit",
                f"{self._max_requests} requests are spent. A look at a site stays small for the "
                "site's sake; start another one for what is left.",
            )
        self.request_count += 1

    async def ask(
        self,
        name: str,
        rtype: str,
        *,
        resolver: int = 0,
        checking_disabled: bool = False,
        want_dnssec: bool = False,
    ) -> DnsReply:
        """The resolver's reply; see `Resolver.ask`. Never raises for the far side."""
        return await self._resolver.ask(
            name,
            rtype,
            resolver=resolver,
            checking_disabled=checking_disabled,
            want_dnssec=want_dnssec,
        )

    async def ask_server(
        self,
        address: str,
        name: str,
        rtype: str,
        *,
        is_tcp: bool = False,
        recursion_desired: bool = False,
        want_dnssec: bool = False,
    ) -> DnsReply:
        """The reply of the name server at `address`; TargetRefusedError where it is refused."""
        return await self._resolver.ask_server(
            address,
            name,
            rtype,
            is_tcp=is_tcp,
            recursion_desired=recursion_desired,
            want_dnssec=want_dnssec,
        )

    async def ask_watchers(self, name: str, rtype: str) -> tuple[DnsReply, ...]:
        """The replies of all WATCH_RESOLVERS (in the lab its own), in their order."""
        watchers = self._resolver.watchers.of(name)
        asked = (self._resolver.ask_watcher(watcher, name, rtype) for watcher in watchers)
        return tuple(await asyncio.gather(*asked))

    async def addresses(self, host: str) -> tuple[str, ...]:
        """A and AAAA of `host`, every one judged; raises TargetRefusedError or FetchError."""
        return await self._connector.addresses(host)

    def refusal(self, address: str) -> GuardError | None:
        """Why the literal `address` is refused, or None."""
        return self.policy.literal_refusal(address)

    async def fetch(  # noqa: PLR0913
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        follow: int = 5,
        deadline: timedelta = timedelta(seconds=20),
        max_body_bytes: int = 2 * 1024 * 1024,
        max_decoded_bytes: int = 4 * 1024 * 1024,
        verify: bool = True,
        address: str | None = None,
        accept_encoding: str = "gzip",
        tap: Tap | None = None,
    ) -> Exchange:
        """The answer to `method url`, at most `follow` redirects on (GET and HEAD only).

        `deadline` bounds all hops together, DNS and TLS included. `headers` replace our own
        by name and stay with the URL's origin. `address` is dialled instead of what the
        URL's host resolves to, and judged as an address of that host. `tap` hears the body
        piece by piece, with the times.

        Raises TargetRefusedError (nothing was connected to) or FetchError.
        """
        request = Request(
            url=parse_url(url, is_lab=self.policy.is_lab),
            method=method,
            headers=dict(headers or {}),
            body=body,
            user_agent=self._user_agent,
            accept_encoding=accept_encoding,
            max_body_bytes=max_body_bytes,
            max_decoded_bytes=max_decoded_bytes,
            tap=tap,
        )
        budget = Budget(deadline, str(request.url))
        return await self._fetcher.fetch(Journey(request, follow, verify, address, budget))

    async def handshake(
        self,
        host: str,
        *,
        port: int = 443,
        address: str | None = None,
        offer: TlsOffer = DEFAULT_OFFER,
        send_sni: bool = True,
        deadline: timedelta = timedelta(seconds=5),
    ) -> Handshake:
        """One TLS handshake, no request. Raises TargetRefusedError or FetchError.

        Where `offer.is_verifying` and the certificate is not trusted, a second handshake
        without verification describes it, and `verify_error` is OpenSSL's sentence.
        """
        budget = Budget(deadline, f"{host} port {port}")
        arguments = (host, port, address, send_sni, budget)
        try:
            return await self._handshake(offer, *arguments)
        except FetchError as error:
            if error.code != "tls_untrusted":
                raise
            seen = await self._handshake(replace(offer, is_verifying=False), *arguments)
            cause = error.__cause__
            return replace(seen, verify_error=getattr(cause, "verify_message", error.message))

    async def _handshake(
        self,
        offer: TlsOffer,
        host: str,
        port: int,
        address: str | None,
        send_sni: bool,
        budget: Budget,
    ) -> Handshake:
        async with self._gates.place(self._connector.host(host)), budget.spend():
            line = await self._connector.dial(host, port, purpose="tls", address=address)
            (_, writer), tls_ms = await self._connector.secure(line, offer, send_sni=send_sni)
        try:
            return replace(read_handshake(writer, line=line, offer=offer), elapsed_ms=tls_ms)
        finally:
            writer.transport.abort()

    async def tcp(
        self,
        host: str,
        port: int,
        *,
        address: str | None = None,
        purpose: str = "tls",
        deadline: timedelta = timedelta(seconds=10),
    ) -> GuardStream:
        """Raw bytes to `host`. `purpose` (tls, http, smtp, dns) decides which ports are open.

        `deadline` bounds connecting and everything done over the stream, not the pauses
        between. Close the stream: until then it holds one of the host's places.
        """
        key = self._connector.host(host)
        budget = Budget(deadline, f"{host} port {port}")
        await self._gates.enter(key)
        try:
            async with budget.spend():
                line = await self._connector.dial(host, port, purpose=purpose, address=address)
                reader, writer = await asyncio.open_connection(sock=line.sock)
        except BaseException:
            self._gates.leave(key)
            raise
        stream = GuardStream(
            reader,
            writer,
            line=line,
            budget=budget,
            ca_file=self._connector.ca_file,
            on_close=lambda: self._forget(stream, key),
        )
        self._streams.add(stream)
        return stream

    def _forget(self, stream: GuardStream, key: str) -> None:
        self._streams.discard(stream)
        self._gates.leave(key)

    async def aclose(self) -> None:
        """Close what callers left open."""
        for stream in tuple(self._streams):
            await stream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


def _from_settings[G: Guard](kind: type[G], max_requests: int) -> G:
    """The lab's table and resolver count in the lab only."""
    is_lab = settings.LAB
    table = LabTable.read(Path(settings.LAB_TABLE)) if is_lab and settings.LAB_TABLE else NO_TABLE
    return kind(
        resolvers=parse_resolvers(settings.AUDIT_RESOLVERS) or system_resolvers(),
        policy=AddressPolicy(is_lab=is_lab, own_networks=parse_networks(settings.OWN_NETWORKS)),
        table=table,
        lab_resolvers=parse_resolvers(settings.LAB_RESOLVER.split(",")) if is_lab else (),
        watchers=Watchers(
            parse_resolvers(settings.WATCH_RESOLVERS),
            parse_resolvers(settings.LAB_WATCH_RESOLVERS) if is_lab else (),
        ),
        ca_file=settings.AUDIT_CA_FILE,
        max_requests=max_requests,
        user_agent=f"LaunchReady/1 (+{settings.PUBLIC_URL}/bot/)",
    )
