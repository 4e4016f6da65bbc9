"""Where sentences begin and end, in Indonesian and English news."""

import re
from collections.abc import Iterator

# Words that end in a full stop without ending a sentence. Compared in lower case.
_ABBREVIATIONS = frozenset(
    # Titles, forms of address and degrees.
    "dr drs dra prof ir h hj kh ny tn sdr st mr mrs ms jr sr hon gen col lt sgt capt rep sen gov "
    "s.h m.h s.e m.m s.t m.t s.sos m.si s.kom s.pd m.pd s.ip m.sc ph.d m.a b.a m.hum "
    # Companies, places and money.
    "pt cv tbk inc ltd co corp jl jln gg kab kec kel u.s u.k u.n d.c "
    # Within sentences.
    "dll dsb dst tsb yth ed eds al vs etc e.g i.e a.m p.m a.n u.p d.a approx est dept "
    "jan feb mar apr jun jul agt aug sep sept okt oct nov des dec mon tue wed thu fri".split()
)
# These are abbreviations only before a number: "no. 12", "hal. 4", but "beberapa hal. Lalu".
_BEFORE_NUMBER = frozenset("no hal hlm vol rp pasal art fig".split())
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)")
_LAST_WORD = re.compile(r"[\w.]+$")
_LONGEST = 12  # No abbreviation is longer; looking back farther makes long lines cost their square.
_NEXT = re.compile(r"\S")
_LINE = re.compile(r"[^\n]+")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Offsets of the sentences of a text, in order and without surrounding white space.

    A line break always ends a sentence. Every character that is not white space lies in exactly
    one span.
    """
    return [
        span
        for line in _LINE.finditer(text)
        for span in _spans_of_line(text, line.start(), line.end())
    ]


def _spans_of_line(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    start = begin
    for mark in _END.finditer(text, begin, end):
        if _ends_sentence(text, start, mark, end):
            yield from _trimmed(text, start, mark.end())
            start = mark.end()
    yield from _trimmed(text, start, end)


def _ends_sentence(text: str, start: int, mark: re.Match[str], end: int) -> bool:
    found = _NEXT.search(text, mark.end(), end)
    following = found.group() if found else ""
    # "kata dia." Lalu …: a sentence goes on in lower case after a quotation or an abbreviation.
    if following.islower():
        return False
    if mark.group()[0] != "." or mark.group().startswith(".."):
        return True
    word = _LAST_WORD.search(text[max(start, mark.start() - _LONGEST) : mark.start()])
    if word is None:
        return True
    last = word.group().lower()
    if last in _BEFORE_NUMBER and following.isdigit():
        return False
    # Not a single letter: "Alexandr W. Wang", "A. M. Hendropriyono".
    return last not in _ABBREVIATIONS and not (len(last) == 1 and last.isalpha())


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        first = start + len(piece) - len(piece.lstrip())
        yield first, first + len(stripped)
