"""How each language writes numbers with a scale, per cents and days.

A model that reads Indonesian sources copies "US$14,3 miliar" into an English answer: the right
value in the wrong writing. Only values whose writing tells their language are rewritten: a bare
"1.400" could be either, and is left as it stands.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeAlias

from rag.terms import words
from rag.values import Language

_MONTHS = {
    Language.INDONESIAN: "Januari Februari Maret April Mei Juni Juli Agustus September Oktober "
    "November Desember".split(),
    Language.ENGLISH: "January February March April May June July August September October "
    "November December".split(),
}
_SCALES = {
    "ribu": "thousand",
    "juta": "million",
    "miliar": "billion",
    "triliun": "trillion",
    "persen": "percent",
}
_TO_INDONESIAN = {english: indonesian for indonesian, english in _SCALES.items()}
_SWAPPED = str.maketrans(".,", ",.")

_Rewrite: TypeAlias = Callable[[re.Match[str]], str]


def _alternatives(names: Iterable[str]) -> str:
    return "|".join(names)


_INDONESIAN_SCALED = re.compile(rf"(\d[\d.,]*)\s({_alternatives(_SCALES)})\b", re.I)
_ENGLISH_SCALED = re.compile(rf"(\d[\d.,]*)\s({_alternatives(_TO_INDONESIAN)})\b", re.I)
# "1.250,5" and "1,250.5". What is written otherwise is left: a model may have mixed both writings.
_INDONESIAN_NUMBER = re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d{1,2})?")
_ENGLISH_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{1,2})?")
_INDONESIAN_DAY = re.compile(
    rf"\b(\d{{1,2}})\s({_alternatives(_MONTHS[Language.INDONESIAN])})(?:\s(\d{{4}}))?\b"
)
_ENGLISH_DAY = re.compile(
    rf"\b({_alternatives(_MONTHS[Language.ENGLISH])})\s(\d{{1,2}})(?:,\s(\d{{4}}))?\b"
)

_NUMBERED = {
    month.casefold(): number
    for months in _MONTHS.values()
    for number, month in enumerate(months, start=1)
}
_LONG_DATE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}}) (?P<month>{_alternatives(list(_NUMBERED))})"
    rf"|(?P<named>{_alternatives(_MONTHS[Language.ENGLISH])}) (?P<counted>\d{{1,2}}),)"
    r" (?P<year>\d{4})\b",
    re.I,
)


def long_date(day: date, language: Language) -> str:
    """Write a day as news does: "16 Juli 2025", "July 16, 2025"."""
    if language is Language.ENGLISH:
        return f"{_MONTHS[language][day.month - 1]} {day.day}, {day.year}"
    return f"{day.day} {_MONTHS[Language.INDONESIAN][day.month - 1]} {day.year}"


def read_long_date(text: str) -> date | None:
    """Find the first day that a text writes out with its year, in either language.

    >>> read_long_date("Rabu, 16 Juli 2025 10.30 WIB")
    datetime.date(2025, 7, 16)
    """
    found = _LONG_DATE.search(text)
    if found is None:
        return None
    month = _NUMBERED[(found["month"] or found["named"]).casefold()]
    try:
        return date(int(found["year"]), month, int(found["day"] or found["counted"]))
    except ValueError:  # 31 Februari 2025
        return None


def in_writing_of(language: Language, text: str) -> str:
    """Rewrite the values of a text as the language writes them; the values stay the same.

    >>> in_writing_of(Language.ENGLISH, "US$14,3 miliar pada 16 Juli 2025")
    'US$14.3 billion pada July 16, 2025'
    """
    if language is Language.ENGLISH:
        text = _INDONESIAN_SCALED.sub(_scaled(_SCALES, _INDONESIAN_NUMBER), text)
        return _INDONESIAN_DAY.sub(_english_day, text)
    text = _ENGLISH_SCALED.sub(_scaled(_TO_INDONESIAN, _ENGLISH_NUMBER), text)
    return _ENGLISH_DAY.sub(_indonesian_day, text)


def quantities(text: str) -> frozenset[tuple[str, str]]:
    """The numbers of a text, each with the scale or per cent that follows it, else with "".

    Numbers are written as :func:`rag.terms.words` writes them, scales as English does: equal
    values in the two languages are equal here, and 5 million is not 5 billion.
    """
    said = words(text.replace("%", " percent "))
    followed = zip(said, [*said[1:], ""], strict=True)
    return frozenset(
        (word, scale if (scale := _SCALES.get(after, after)) in _TO_INDONESIAN else "")
        for word, after in followed
        if word[0].isdigit()
    )


def _scaled(names: dict[str, str], writing: re.Pattern[str]) -> _Rewrite:
    def rewrite(match: re.Match[str]) -> str:
        number, scale = match.groups()
        if writing.fullmatch(number):
            number = number.translate(_SWAPPED)
        return f"{number} {names[scale.lower()]}"

    return rewrite


def _english_day(match: re.Match[str]) -> str:
    month = _MONTHS[Language.INDONESIAN].index(match[2])
    year = f", {match[3]}" if match[3] else ""
    return f"{_MONTHS[Language.ENGLISH][month]} {match[1]}{year}"


def _indonesian_day(match: re.Match[str]) -> str:
    month = _MONTHS[Language.ENGLISH].index(match[1])
    year = f" {match[3]}" if match[3] else ""
    return f"{match[2]} {_MONTHS[Language.INDONESIAN][month]}{year}"
