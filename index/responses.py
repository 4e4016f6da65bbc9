"""What a server's answer holds: the page, where else to look, or why there is nothing to read."""

import zlib
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from index.addresses import normalised, parse
from rag.errors import ReadingError


@dataclass(frozen=True, slots=True)
class Page:
    """What an address holds.

    Attributes:
        address: Where the redirects ended, normalised.
        body: Decompressed.
        is_html: False for plain text; nothing else is taken.
        encoding: The one the server states.
    """

    address: str
    body: bytes
    is_html: bool
    encoding: str | None


# Many a server that states nothing sends HTML.
_IS_HTML = {"text/html": True, "application/xhtml+xml": True, "": True, "text/plain": False}

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_GZIP = 16 + zlib.MAX_WBITS  # zlib's sign for a gzip header.

_SAVE_IT = "Open it in a browser, save the page as HTML and add the file."
_CHECK_IT = "Check the address; the page may have moved or been taken down."
_WAIT = "Wait a few minutes and add it again."
_REMEDIES = {401: _SAVE_IT, 402: _SAVE_IT, 403: _SAVE_IT, 451: _SAVE_IT}
_REMEDIES |= {404: _CHECK_IT, 410: _CHECK_IT, 408: _WAIT, 425: _WAIT, 429: _WAIT}


def redirect(response: httpx.Response, *, url: httpx.URL, origin: str) -> httpx.URL | None:
    """Return where an answer sends its reader, or ``None`` if it is the last.

    Raises:
        ReadingError: it leads to something that is no http(s) address.
    """
    location = response.headers.get("location")
    if response.status_code not in _REDIRECTS or location is None:
        return None
    try:
        target = str(url.join(location))
    except (httpx.InvalidURL, UnicodeError):
        target = location
    return parse(target, origin=origin)


async def page(response: httpx.Response, *, url: httpx.URL, origin: str, limit: int) -> Page:
    """Read what the last answer holds.

    Raises:
        ReadingError: it is no success, no text, damaged, or longer than ``limit`` bytes.
    """
    status = response.status_code
    if not response.is_success:
        raise ReadingError(
            f"{origin} answered {status}{_phrase(status)}.",
            origin=origin,
            remedy=_REMEDIES.get(status, _WAIT if response.is_server_error else _SAVE_IT),
        )
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _IS_HTML:
        raise ReadingError(
            f"{origin} is of the type {media_type!r}, which Kliping does not read.",
            origin=origin,
            remedy="Give the address of a web page or of plain text.",
        )
    return Page(
        address=normalised(url),
        body=await _body(response, origin, limit),
        is_html=_IS_HTML[media_type],
        encoding=response.charset_encoding,
    )


def _phrase(status: int) -> str:
    # Not the server's own words: they go to a terminal.
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""


async def _body(response: httpx.Response, origin: str, limit: int) -> bytes:
    """Read and decompress, never holding more than ``limit`` bytes and one chunk.

    Not httpx's own decoders: they decompress a chunk whole, and 64 KB of Brotli can be gigabytes.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise _damaged(origin, f"it is packed as {encoding!r}, which was not asked for")
    gzip = zlib.decompressobj(_GZIP) if "gzip" in encoding else None
    body = bytearray()
    received = 0
    try:
        async for chunk in response.aiter_raw():
            received += len(chunk)
            body += gzip.decompress(chunk, limit + 1 - len(body)) if gzip else chunk
            if max(received, len(body)) > limit:
                raise ReadingError(
                    f"{origin} is larger than {limit / 1e6:g} MB.",
                    origin=origin,
                    remedy="Copy the text you need in a browser and add it as text.",
                )
    except zlib.error as error:
        raise _damaged(origin, str(error)) from error
    if gzip and received and (not gzip.eof or gzip.unused_data):
        raise _damaged(origin, "its compressed data does not end where it should")
    return bytes(body)


def _damaged(origin: str, how: str) -> ReadingError:
    return ReadingError(f"{origin} arrived damaged: {how}.", origin=origin, remedy=_SAVE_IT)
