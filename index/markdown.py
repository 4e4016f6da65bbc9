"""Markdown -> readable plain text: the only file that knows markdown-it-py."""

import html
import itertools
import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.texts import Extract

# What nobody closes ends with the block, as in a browser, and no tag reaches into the next one:
# looking for an end again from every beginning would take seconds for 40 kB.
_TAGS = re.compile(
    r"<!--(?:.*?-->|.*\Z)|<(script|style)\b(?:.*?</\1\s*>|.*\Z)|<[^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
_BREAK = re.compile(r"<br\b", re.IGNORECASE)


def read_markdown(text: str) -> Extract:
    """Read the words without the markup; the first heading of the first level is the title.

    Links keep their words and lose their addresses; pictures go; list items keep their bullet or
    number; a table row is one line.
    """
    # CommonMark, and of GitHub's additions those that leave signs behind when they are not known.
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    parts: list[str] = []
    last_group = 0
    for group, block in _blocks(tokens):
        parts += ["\n" if group and group == last_group else "\n\n", block]
        last_group = group
    return Extract("".join(parts[1:]), title=_first_heading(tokens))


def _first_heading(tokens: Sequence[Token]) -> str | None:
    headings = (
        _words(inline)
        for opening, inline in itertools.pairwise(tokens)
        if opening.type == "heading_open" and opening.tag == "h1"
    )
    return next(filter(None, headings), None)


def _blocks(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    """Yield the text of every block with the number of the list or table it is a line of, or 0."""
    group = depth = 0
    bullet = ""
    cells: list[str] | None = None
    for token in tokens:
        if token.level == 0 and token.nesting == 1:
            group += 1
        if token.type == "list_item_open":
            depth += 1
            bullet = f"{token.info}{token.markup} " if token.info else "- "
        elif token.type == "list_item_close":
            depth -= 1
            bullet = ""  # An empty item must not lend its bullet to what follows the list.
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close" and cells is not None:
            yield group, " | ".join(cells)
            cells = None
        elif cells is not None:
            if token.type == "inline":
                cells.append(_words(token))
        elif words := _words(token):
            yield group if bullet else 0, "  " * max(0, depth - 1) + bullet + words
            bullet = ""


def _words(token: Token) -> str:
    """Return what a reader sees of one block."""
    if token.type == "inline":
        return "".join(map(_inline_words, token.children or ())).strip()
    if token.type in ("fence", "code_block"):
        return token.content.rstrip()
    if token.type == "html_block":
        return html.unescape(_TAGS.sub("", token.content)).strip()
    return ""


def _inline_words(token: Token) -> str:
    match token.type:
        case "softbreak":
            return " "  # The writer's editor broke the line here, not the writer.
        case "hardbreak":
            return "\n"
        case "html_inline":
            return "\n" if _BREAK.match(token.content) else ""
        case "image":
            return ""
        case _:
            return token.content
