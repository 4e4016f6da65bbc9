"""Addresses: what they are called in the library, and which ones are on the public internet."""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from typing import TypeAlias

import httpx

from rag.errors import AddressRefusedError, ReadingError

Resolve: TypeAlias = Callable[[str], Sequence[str]]
"""Names the IP addresses of a host; raises OSError or UnicodeError when it has none."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(rb"(?:utm_\w+|fbclid|gclid)(?:=|$)")

# Of IPv6 only 2000::/3 is given out as public. These two carry an IPv4 address that counts
# instead: RFC 6052's prefix of NAT64, and RFC 3056's of 6to4.
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def parse(address: str, *, origin: str) -> httpx.URL:
    """Take an address apart.

    Raises:
        ReadingError: it is no http(s) address, or it carries a user's name or password.
    """
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise _not_an_address(address, origin) from error
    if url.scheme not in _DEFAULT_PORTS or not url.host.strip("."):
        raise _not_an_address(address, origin)
    if url.userinfo:
        raise ReadingError(
            f"The address on {url.host} carries a user name or a password.",  # And is not shown.
            origin=origin,
            remedy="Take it out: it would be stored with the article.",
        )
    return url


def _not_an_address(address: str, origin: str) -> ReadingError:
    return ReadingError(
        f"{address!r} is not an address Kliping can fetch.",
        origin=origin,
        remedy="Give a whole address that begins with https:// or http://.",
    )


def normalised(url: httpx.URL) -> str:
    """Return the one form under which the library knows an address.

    Lower-case scheme and host, no default port, no fragment, no tracking parameters; the rest of
    the query stays as it is, because it may say which article.
    """
    path, _, query = url.raw_path.partition(b"?")
    kept = b"&".join(pair for pair in query.split(b"&") if not _TRACKING.match(pair))
    return str(
        url.copy_with(
            host=url.host.rstrip("."),
            port=None if url.port == _DEFAULT_PORTS[url.scheme] else url.port,
            # Not path=: it would turn %2F into a slash.
            raw_path=(path or b"/") + (b"?" + kept if kept else b""),
            fragment=None,
        )
    )


def canonical(stated: str | None, *, fetched: str) -> str:
    """Return the address a page states for itself if that can be believed, else the fetched one.

    Another host's is not: a page could take the place of another site's article. Nor is the front
    page: on a site that states it everywhere, each article would replace the one before.
    """
    try:
        url = parse(stated or "", origin=fetched)
    except ReadingError:
        return fetched
    if url.host != httpx.URL(fetched).host or url.raw_path == b"/":
        return fetched
    return normalised(url)


def system_addresses(host: str) -> list[str]:
    """Ask the system, as a connection would; it reads 2130706433 and 0x7f.1 as 127.0.0.1."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    ips = dict.fromkeys(str(socket_address[0]) for *_, socket_address in found)
    return [ip for ip in ips if "%" not in ip]  # A link-local address that names its interface.


def check_public(ips: Sequence[str], *, host: str, origin: str) -> None:
    """Refuse a host unless all of its addresses are on the public internet.

    Raises:
        AddressRefusedError: one is not; which one would be connected to is chance.
    """
    for ip in ips:
        if not is_public(ip):
            raise AddressRefusedError(origin=origin, host=host, resolved=ip)


def is_public(ip: str) -> bool:
    """Whether an IP address is on the public internet, not on this machine or its networks."""
    parsed = ipaddress.ip_address(ip)
    if isinstance(parsed, ipaddress.IPv6Address):
        nat64 = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF) if parsed in _NAT64 else None
        inner = nat64 or parsed.ipv4_mapped or parsed.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if parsed not in _PUBLIC_IPV6:
            return False
    return parsed.is_global and not parsed.is_multicast
