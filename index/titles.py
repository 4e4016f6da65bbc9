"""A title for every article: the line that reads like one, else how the text begins."""

import re
from collections.abc import Iterable, Sequence

_LONGEST_HEADLINE = 140  # Characters; printed headlines rarely pass 120.
_BODY = 120  # Characters; longer than any line of hard-wrapped text.
_LONGEST_NAME = 100  # Characters of a site's name; longer ones are not looked for.
_OPENING = 80  # Characters of a made-up title; more does not fit a list's line.

_SEPARATOR = re.compile(r"\s+(?:[|*·•–—-]|::)\s+|:\s+")


def is_headline(lines: Sequence[str]) -> bool:
    """Whether the first of these lines is a headline for the rest.

    It is short, is no sentence, and a blank line or a whole paragraph on one line follows it; the
    first line of a hard-wrapped paragraph is followed by another of its length.
    """
    first, *rest = lines or [""]
    if not 0 < len(first) <= _LONGEST_HEADLINE or not any(map(str.isalpha, first)):
        return False
    if first.rstrip("\"'”’)]").endswith((".", ":", ";", ",", "…")) or first.startswith(("-", "*")):
        return False
    if not any(any(map(str.isalnum, line)) for line in rest):
        return False
    return not rest[0] or len(rest[0]) > max(_BODY, len(first))


def opening(text: str) -> str:
    """Return the first words of a text that holds some, for a title."""
    paragraph = next(part for part in text.split("\n\n") if any(map(str.isalnum, part)))
    return shortened(" ".join(paragraph.split()).removesuffix("."), _OPENING)


def shortened(words: str, longest: int) -> str:
    """Cut between words where there are too many, and mark the cut with …."""
    if len(words) <= longest:
        return words
    end = words.rfind(" ", 0, longest)
    return words[: end if end > 0 else longest - 1].rstrip(' ,;:–—-(“"') + "…"


def without_site(title: str, names: Iterable[str]) -> str:
    """Take the site's name off the beginning and the end of a page's title.

    "Judul - KOMPAS.com", "Judul | The Gateway Pundit | by Budi": pages put it there for the
    browser's tab. Only what equals one of ``names`` goes, signs and case aside.
    """
    keys = {_folded(name) for name in names} - {""}
    while True:
        halves = [(title[: m.start()], title[m.end() :]) for m in _SEPARATOR.finditer(title)]
        rest = next((head for head, tail in halves if _folded(tail) in keys), "") or next(
            (tail for head, tail in reversed(halves) if _folded(head) in keys), ""
        )
        if not rest:
            return title
        title = rest


def _folded(name: str) -> str:
    """Return a name's letters and digits, so that "thegatewaypundit" is The Gateway Pundit."""
    if len(name) > _LONGEST_NAME:  # A hostile title has thousands of separators.
        return ""
    return "".join(filter(str.isalnum, name)).casefold()
