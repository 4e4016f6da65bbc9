"""Web pages -> the article on them: the only file that knows trafilatura."""

import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from index.texts import Extract, one_line
from index.titles import without_site
from rag.errors import NothingToReadError, ReadingError

_MAX_CHARACTERS = 10_000_000  # The heaviest of 224 news pages had 1.7 million.

# What bounds the time: trafilatura cannot be interrupted, and takes up to 0.3 ms an element.
_MAX_ELEMENTS = 50_000  # Of the 224 the largest had 2,650.
_MAX_DEPTH = 250  # Of the 224 the deepest had 50; below 255 libxml2 drops text without a word.

_COPY_IT = "If a browser shows an article there, copy its text and add that."

_STATED = re.compile(
    rb"<(?:meta|\?xml)\b[^>]*\b(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE
)
_STATED_WITHIN = 4096  # Bytes. Browsers look at 1,024, some pages are later.


def stated_encoding(page: bytes) -> str | None:
    """Return the encoding a page claims for itself."""
    found = _STATED.search(page[:_STATED_WITHIN])
    return found[1].decode("ascii") if found else None


def read_page(html: str, *, origin: str, address: str | None = None) -> Extract:
    """Read the article on a page, without what stands around it.

    Args:
        html: The whole page.
        origin: What the person named; errors name it.
        address: Where the page was fetched from, if it was.

    Raises:
        NothingToReadError: there is no article on the page.
        ReadingError: the page is so large or so nested that reading it would take too long.
    """
    found = _extracted(html, origin, address)
    if found is None or not found.text:
        raise NothingToReadError(f"{origin} holds no article text.", origin=origin, remedy=_COPY_IT)
    parts = urlsplit(found.url or "")
    host = (parts.hostname or "").removeprefix("www.")
    named = one_line(found.sitename or "")
    # Where a page does not name its site, trafilatura gives the host, with its port.
    site = host if not named or parts.netloc.endswith(named) else named
    byline = one_line((found.author or "").replace(";", ",")) or None
    # "tekno.kompas.com" is called by its longest part, too.
    names = [site, host, max(host.split("."), key=len)]
    names += [f"by {byline}"] if byline else []
    return Extract(
        "\n".join(" ".join(line.split()) for line in found.text.splitlines()),
        title=without_site(one_line(found.title or ""), names) or None,
        site=site or None,
        byline=byline,
        published=date.fromisoformat(found.date) if found.date else None,
        address=found.url,
    )


def _extracted(html: str, origin: str, address: str | None) -> Any:
    """Return trafilatura's untyped document, or ``None`` where it finds no article."""
    import trafilatura

    too_large = len(html) > _MAX_CHARACTERS
    try:
        tree = None if too_large else trafilatura.load_html(html)
        if tree is not None and _is_simple(tree):
            return trafilatura.bare_extraction(
                tree, url=address, include_comments=False, with_metadata=True
            )
    except Exception as error:  # lxml, htmldate and justext: there is no one class to name.
        raise ReadingError(
            f"{origin} could not be taken apart as a page: {error!r}.",
            origin=origin,
            remedy=_COPY_IT,
        ) from error
    if tree is None and not too_large:
        return None
    raise ReadingError(
        f"{origin} is too large a page: Kliping reads up to {_MAX_CHARACTERS:,} characters and "
        f"{_MAX_ELEMENTS:,} elements, nested {_MAX_DEPTH} deep.",
        origin=origin,
        remedy=_COPY_IT,
    )


def _is_simple(tree: Any) -> bool:
    """Whether a page has few enough elements, and none lies too deep."""
    elements = 0
    level = [tree]
    for _ in range(_MAX_DEPTH):
        elements += len(level)
        level = [child for element in level for child in element]
        if not level:
            return elements <= _MAX_ELEMENTS
    return False
