"""Front matter, the lines between ``---`` that describe a text: the only file that knows PyYAML."""

import re
from collections.abc import Mapping
from datetime import date

import yaml

from index.texts import Extract, one_line
from rag.writing import read_long_date

# A key must follow: Markdown draws a line with three hyphens, too. Nobody writes more than 8,000
# characters about an article, and PyYAML takes a second for 200,000.
_FRONT_MATTER = re.compile(
    r"---[ \t]*\r?\n(?P<yaml>[A-Za-z_]\w*:.{0,8000}?\n)---[ \t]*(?:\r?\n|$)", re.DOTALL
)
_KNOWN_LINE = re.compile(
    r"^(title|byline|author|site|published|date|url)[ \t]*:[ \t]+(\S.*)$", re.MULTILINE
)
_HOST = re.compile(r"https?://(?:www\.)?(?P<host>[^/:?#@\s]+)(?=[/:?#]|$)", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")


def split_front_matter(text: str) -> Extract:
    """Split a text into what its front matter says and, as the extract's text, the rest.

    Known keys: ``title``, ``byline`` or ``author``, ``site``, ``published`` or ``date`` (ISO 8601,
    or written out in Indonesian or English), ``url`` (its host is the site where none is named).
    Others are of no interest here. A date that cannot be read is left out. Lines that are not YAML
    are read one by one; where none of them has a known key they are text, and stay in it.
    """
    found = _FRONT_MATTER.match(text)
    if found is None:
        return Extract(text)
    fields = _fields(found["yaml"])
    if fields is None:
        return Extract(text)
    return Extract(
        text[found.end() :],
        title=_said(fields, "title"),
        site=_said(fields, "site") or _host(_said(fields, "url")),
        byline=_said(fields, "byline", "author"),
        published=_day(_said(fields, "published", "date") or ""),
    )


def _fields(written: str) -> Mapping[object, object] | None:
    try:
        # BaseLoader builds strings, lists and mappings only: as safe as safe_load, and a title of
        # 2024 or Yes stays what it says.
        fields = yaml.load(written, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError):
        # Mostly a title with a colon that nobody put into quotes.
        return {key: value.strip("\"' \t\r") for key, value in _KNOWN_LINE.findall(written)} or None
    return fields if isinstance(fields, dict) else {}


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


def _day(written: str) -> date | None:
    """Read the calendar day, as printed: a time and its zone after it do not move it."""
    found = _DAY.match(written)
    try:
        return date.fromisoformat(found[0] if found else written)
    except ValueError:
        return read_long_date(written)
