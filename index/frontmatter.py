"""Front matter, the lines between ``---`` that describe a text: the only file that knows PyYAML."""

import re
from collections.abc import Mapping
from datetime import date

import yaml

from index.texts import Extract, one_line
from rag.errors import ReadingError

# A key must follow: Markdown draws a line with three hyphens, too. Nobody writes more than 8,000
# characters about an article, and PyYAML takes a second for 200,000.
_FRONT_MATTER = re.compile(
    r"---[ \t]*\r?\n(?P<yaml>[A-Za-z_]\w*:.{0,8000}?\n)---[ \t]*(?:\r?\n|$)", re.DOTALL
)
_HOST = re.compile(r"https?://(?:www\.)?(?P<host>[^/:?#@\s]+)(?=[/:?#]|$)", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")


def split_front_matter(text: str, *, origin: str) -> Extract:
    """Split a text into what its front matter says and, as the extract's text, the rest.

    Known keys: ``title``, ``byline`` or ``author``, ``site``, ``published`` or ``date`` (ISO 8601),
    ``url`` (its host is the site where none is named). Others are of no interest here.

    Raises:
        ReadingError: the front matter is no YAML, or its date is no date.
    """
    found = _FRONT_MATTER.match(text)
    if found is None:
        return Extract(text)
    fields = _fields(found["yaml"], origin)
    return Extract(
        text[found.end() :],
        title=_said(fields, "title"),
        site=_said(fields, "site") or _host(_said(fields, "url")),
        byline=_said(fields, "byline", "author"),
        published=_day(_said(fields, "published", "date"), origin),
    )


def _fields(written: str, origin: str) -> Mapping[object, object]:
    try:
        # BaseLoader builds strings, lists and mappings only: as safe as safe_load, and a title of
        # 2024 or Yes stays what it says.
        fields = yaml.load(written, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError) as error:
        raise ReadingError(
            f"{origin} begins with lines between --- that are not YAML{_where(error)}.",
            origin=origin,
            remedy="Put quotes around values that hold a colon, or take these lines out.",
        ) from error
    return fields if isinstance(fields, dict) else {}


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f": look at line {mark.line + 2}" if mark is not None else ""


def _said(fields: Mapping[object, object], *keys: str) -> str | None:
    """Return the first of these fields that says something, on one line; lists joined by commas."""
    for key in keys:
        value = fields.get(key)
        parts = value if isinstance(value, list) else [value]
        said = ", ".join(one_line(part) for part in parts if isinstance(part, str))
        if said:
            return said
    return None


def _host(address: str | None) -> str | None:
    found = _HOST.match(address or "")
    return found["host"] if found else None


def _day(written: str | None, origin: str) -> date | None:
    """Read the calendar day, as printed: a time and its zone after it do not move it."""
    if written is None:
        return None
    found = _DAY.match(written)
    try:
        return date.fromisoformat(found[0] if found else written)
    except ValueError as error:
        raise ReadingError(
            f"{origin} says it is of {written!r}, which is not a date Kliping can read.",
            origin=origin,
            remedy="Write it like 2025-07-16.",
        ) from error
