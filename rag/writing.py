"""How each language writes numbers with a scale, per cents and days.

A model that reads Indonesian sources copies "US$14,3 miliar" into an English answer: the right
value in the wrong writing. Only values whose writing tells their language are rewritten: a bare
"1.400" could be either, and is left as it stands.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import TypeAlias

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


def _alternatives(words: list[str]) -> str:
    return "|".join(words)


_INDONESIAN_SCALED = re.compile(rf"(\d[\d.,]*)\s(?:({_alternatives(list(_SCALES))}))\b", re.I)
_ENGLISH_SCALED = re.compile(rf"(\d[\d.,]*)\s(?:({_alternatives(list(_TO_INDONESIAN))}))\b", re.I)
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
        text = _INDONESIAN_SCALED.sub(_scaled(_SCALES), text)
        return _INDONESIAN_DAY.sub(_english_day, text)
    text = _ENGLISH_SCALED.sub(_scaled(_TO_INDONESIAN), text)
    return _ENGLISH_DAY.sub(_indonesian_day, text)


def _scaled(words: dict[str, str]) -> _Rewrite:
    return lambda match: f"{match[1].translate(_SWAPPED)} {words[match[2].lower()]}"


def _english_day(match: re.Match[str]) -> str:
    month = _MONTHS[Language.INDONESIAN].index(match[2])
    year = f", {match[3]}" if match[3] else ""
    return f"{_MONTHS[Language.ENGLISH][month]} {match[1]}{year}"


def _indonesian_day(match: re.Match[str]) -> str:
    month = _MONTHS[Language.ENGLISH].index(match[1])
    year = f" {match[3]}" if match[3] else ""
    return f"{match[2]} {_MONTHS[Language.INDONESIAN][month]}{year}"
