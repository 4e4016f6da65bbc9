"""Fetches one http(s) address: from which hosts, how far, and for how long."""

import asyncio
import contextlib
import importlib.metadata
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import httpx

from index.addresses import Resolve, check_public, parse, system_addresses
from index.responses import Page, page, redirect
from rag.errors import ReadingError


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one fetch may go.

    Attributes:
        seconds: From the first connection to the last byte, redirects included.
        bytes: Of the body, decompressed; the heaviest of 224 news pages had 1.7 million.
        redirects: Browsers follow 20; an article that needs more than 5 has lost its way.
    """

    seconds: float = 30.0
    bytes: int = 10_000_000
    redirects: int = 5


# For one connection or one silence: a host's second IP address shall get its turn.
_STEP_SECONDS = 10.0

_LATER = "Add it again later, or save the page in a browser and add the file."


class Web:
    """Fetches pages from hosts it has checked, and from no others.

    Args:
        allow_private_addresses: Fetch from this machine and its networks, too.
        resolve: Names the IP addresses of a host.
        limits: How far one fetch may go.
    """

    def __init__(
        self,
        *,
        allow_private_addresses: bool = False,
        resolve: Resolve = system_addresses,
        limits: Limits = Limits(),
    ) -> None:
        self._allow_private_addresses = allow_private_addresses
        self._resolve = resolve
        self._limits = limits

    def fetch(self, address: str) -> Page:
        """Fetch what an address holds, wherever it redirects to.

        Not to be called where an event loop runs: it runs its own, because only a loop can stop a
        server that sends one byte of its headers every nine seconds.

        Raises:
            AddressRefusedError: a host on the way is not on the public internet.
            ReadingError: names the address, what went wrong and what to do.
        """
        try:
            return asyncio.run(self._follow(address))
        except TimeoutError as error:
            raise _too_slow(address, "did not arrive", self._limits.seconds) from error
        except httpx.TimeoutException as error:
            raise _too_slow(address, "did not answer", _STEP_SECONDS) from error
        except httpx.HTTPError as error:
            raise _disconnected(address, error) from error

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return httpx.create_ssl_context(trust_env=False)

    async def _follow(self, address: str) -> Page:
        url = parse(address, origin=address)
        async with asyncio.timeout(self._limits.seconds):
            for _ in range(self._limits.redirects + 1):
                found = await self._visit(url, address)
                if isinstance(found, Page):
                    return found
                url = found
        raise ReadingError(
            f"{address} redirects more than {self._limits.redirects} times, last to {url}.",
            origin=address,
            remedy="Open it in a browser and add the address it ends at.",
        )

    async def _visit(self, url: httpx.URL, origin: str) -> Page | httpx.URL:
        """Return the page at one address, or the address it redirects to."""
        *others, last = self._checked_ips(url.host, origin)
        for ip in others:
            with contextlib.suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._visit_at(ip, url, origin)
        return await self._visit_at(last, url, origin)

    def _checked_ips(self, host: str, origin: str) -> Sequence[str]:
        # Once for each visit: a name server may answer differently the next time, so what was
        # checked is what is connected to. The system bounds how long it asks, not the deadline.
        try:
            ips = self._resolve(host)
        except (OSError, UnicodeError) as error:
            raise _unknown_host(host, origin) from error
        if not ips:
            raise _unknown_host(host, origin)
        if not self._allow_private_addresses:
            check_public(ips, host=host, origin=origin)
        return ips

    async def _visit_at(self, ip: str, url: httpx.URL, origin: str) -> Page | httpx.URL:
        request = httpx.Request(
            "GET",
            url.copy_with(host=ip),
            headers={**_headers(), "Host": url.netloc.decode("ascii")},
            extensions={
                # The certificate must be the host's, not the IP address's.
                "sni_hostname": url.raw_host.decode("ascii").rstrip("."),
                "timeout": httpx.Timeout(_STEP_SECONDS).as_dict(),
            },
        )
        # Not a client: it would prepare to follow redirects by itself. A new transport for each
        # visit: one that is kept keeps connections by IP address, and would use one whose
        # certificate was checked for another host. No trust_env: a proxy from the environment
        # would look the host up once more and connect to whatever it finds.
        async with httpx.AsyncHTTPTransport(verify=self._context, trust_env=False) as transport:
            response = await transport.handle_async_request(request)
            try:
                target = redirect(response, url=url, origin=origin)
                if target is not None:
                    return target
                return await page(response, url=url, origin=origin, limit=self._limits.bytes)
            finally:
                await response.aclose()


def _headers() -> dict[str, str]:
    try:
        name = f"Kliping/{importlib.metadata.version('kliping')}"
    except importlib.metadata.PackageNotFoundError:  # A checkout that was not installed.
        name = "Kliping"
    return {
        "User-Agent": name,
        "Accept": "text/html, application/xhtml+xml, text/plain;q=0.8",
        "Accept-Encoding": "gzip",  # What responses.py can decompress within bounds.
    }


def _unknown_host(host: str, origin: str) -> ReadingError:
    return ReadingError(
        f"There is no host named {host!r}, or no network to ask.",
        origin=origin,
        remedy="Check the address and the network connection.",
    )


def _too_slow(address: str, what: str, seconds: float) -> ReadingError:
    return ReadingError(
        f"{address} {what} within {seconds:g} seconds.", origin=address, remedy=_LATER
    )


def _disconnected(address: str, error: httpx.HTTPError) -> ReadingError:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if cause is not None:
        return ReadingError(
            f"The certificate or encryption of {address} is not in order: {cause}.",
            origin=address,
            remedy="Check this machine's clock; else the site must mend it.",
        )
    if isinstance(error, httpx.ConnectError):
        return ReadingError(
            f"No server answers at {address}.",
            origin=address,
            remedy="Check the address and the network connection, or try again later.",
        )
    return ReadingError(
        f"The connection to {address} broke off: {error}.",
        origin=address,
        remedy=_LATER,
    )
