"""Whatever a person names -> an article: files, addresses, pasted text."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from index.addresses import canonical
from index.files import Listing, check_size, list_folder, read_file
from index.frontmatter import split_front_matter
from index.furniture import tidy
from index.kinds import is_html, kind
from index.markdown import read_markdown
from index.pages import read_page, stated_encoding
from index.texts import Extract, UndecodableError, decode, normalise, one_line
from index.titles import opening, shortened
from index.web import Web
from rag.errors import NothingToReadError, ReadingError
from rag.ports import LanguageDetector
from rag.values import Article, Card

_Read: TypeAlias = Callable[[bytes, str], Extract]
"""Takes a file's bytes and what errors shall call it."""

_PASTED = "The pasted text"
_LONGEST_TITLE = 300  # Characters. Whoever needs more for a title gave something else for one.


def _read_plain(data: bytes, origin: str) -> Extract:
    text = _decoded(data, origin)
    if is_html(text):
        raise ReadingError(
            f"{origin} is named like plain text and holds a web page.",
            origin=origin,
            remedy="Give it a name that ends in .html.",
        )
    return split_front_matter(text)


def _read_markdown(data: bytes, origin: str) -> Extract:
    described = _read_plain(data, origin)
    found = read_markdown(described.text)
    return replace(described, text=found.text, title=described.title or found.title)


def _read_html(data: bytes, origin: str) -> Extract:
    text = _decoded(data, origin, stated=stated_encoding(data))
    if "<" not in text:
        raise ReadingError(
            f"{origin} is named like a web page and holds plain text.",
            origin=origin,
            remedy="Give it a name that ends in .txt.",
        )
    return read_page(text, origin=origin)


# Another kind of file is a function above and its suffixes here.
_READERS: Mapping[str, _Read] = MappingProxyType(
    {
        ".txt": _read_plain,
        ".md": _read_markdown,
        ".markdown": _read_markdown,
        ".html": _read_html,
        ".htm": _read_html,
    }
)


def _now() -> datetime:
    return datetime.now(UTC)


class ArticleReader:
    """Reads articles from files, addresses and pasted text; keeps the promise of rag.ports.Reader.

    Args:
        detector: Tells the language of a text.
        allow_private_addresses: Fetch from this machine and its networks, too.
        clock: Says when an article was read; aware.
    """

    def __init__(
        self,
        detector: LanguageDetector,
        *,
        allow_private_addresses: bool = False,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._detector = detector
        self._web = Web(allow_private_addresses=allow_private_addresses)
        self._clock = clock

    def list_folder(self, folder: Path) -> Listing:
        """List the files of a folder and the folders in it that ``read_path`` has a reader for.

        Raises:
            ReadingError: there is no such folder, or it may not be opened.
        """
        return list_folder(folder, _READERS)

    def read_path(self, path: Path) -> Article:
        data = read_file(path, _READERS)
        extract = _READERS[path.suffix.lower()](data, str(path))
        return self._article(extract, origin=_stored(path.resolve()), named=str(path))

    def read_address(self, address: str) -> Article:
        address = address.strip()
        page = self._web.fetch(address)
        _check_kind(page.body, address)
        if page.is_html:
            stated = page.encoding or stated_encoding(page.body)
            html = _decoded(page.body, address, stated=stated)
            extract = read_page(html, origin=address, address=page.address)
        else:
            extract = Extract(_decoded(page.body, address, stated=page.encoding))
        origin = canonical(extract.address, fetched=page.address)
        return self._article(extract, origin=origin, named=address)

    def read_text(self, text: str, *, title: str | None = None) -> Article:
        check_size(text, _PASTED)
        extract = read_page(text, origin=_PASTED) if is_html(text) else split_front_matter(text)
        if title is not None:
            extract = replace(extract, title=title)
        return self._article(extract, origin=None, named=_PASTED)

    def read_bytes(self, data: bytes, *, title: str | None = None) -> Article:
        """Take standard input: pasted text that is still to be decoded.

        Raises:
            ReadingError: it is no text.
        """
        check_size(data, _PASTED)
        _check_kind(data, _PASTED)
        text = _decoded(data, _PASTED, stated=stated_encoding(data))
        return self.read_text(text, title=title)

    def _article(self, extract: Extract, *, origin: str | None, named: str) -> Article:
        title = one_line(extract.title or "") or None
        tidied = tidy(replace(extract, text=normalise(extract.text), title=title))
        text = tidied.text
        if not any(map(str.isalnum, text)):
            raise NothingToReadError(
                f"{named} holds no words.",
                origin=named,
                remedy="Check that it holds the text of an article.",
            )
        card = Card(
            origin=origin or f"text:{hashlib.sha256(text.encode()).hexdigest()[:16]}",
            title=shortened(tidied.title, _LONGEST_TITLE) if tidied.title else opening(text),
            language=self._detector.detect(text),
            added=self._clock(),
            characters=len(text),
            published=tidied.published,
            site=tidied.site,
            byline=tidied.byline,
        )
        return Article(card, text)


def _stored(path: Path) -> str:
    origin = str(path)
    try:
        origin.encode()
    except UnicodeEncodeError as error:  # Linux allows any bytes, the library stores UTF-8.
        raise ReadingError(
            f"{origin!a} has a name that is not Unicode.",
            origin=ascii(origin),
            remedy="Rename it.",
        ) from error
    return origin


def _check_kind(data: bytes, named: str) -> None:
    what = kind(data)
    if what is not None:
        raise ReadingError(
            f"{named} is {what}, which Kliping does not read.",
            origin=named,
            remedy="Copy its text and add that.",
        )


def _decoded(data: bytes, named: str, *, stated: str | None = None) -> str:
    try:
        return decode(data, stated=stated)
    except UndecodableError as error:
        raise ReadingError(
            f"{named} holds no text, but binary data.",
            origin=named,
            remedy="Save its text as .txt, .md or .html and add that.",
        ) from error
