import re
import string
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from rag.ports import Standing
from rag.values import Language, Reason
from ui.words import ENGLISH, INDONESIAN, WORDS, Words

SAME_IN_BOTH = {"address_placeholder", "quotation"}
EVERY_MEMBER: dict[str, type[Standing] | type[Reason] | type[Language]] = {
    "became": Standing,
    "why": Reason,
    "language_names": Language,
}
NAMES = [field.name for field in fields(Words) if field.name not in ("language", "own_name")]


def said(words: Words, name: str) -> list[str]:
    """Everything a word can say, in a fixed order."""
    value = getattr(words, name)
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [value[key] for key in sorted(value, key=str)]
    return [value(n) for n in (1, 1204)] if callable(value) else list(value)


def filled(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("name", NAMES)
def test_a_word_is_said_in_each_language(name: str) -> None:
    indonesian, english = said(INDONESIAN, name), said(ENGLISH, name)
    assert all(text.strip() == text != "" for text in indonesian + english)
    assert [filled(text) for text in indonesian] == [filled(text) for text in english]
    if name not in SAME_IN_BOTH:
        assert indonesian != english


@pytest.mark.parametrize("name", EVERY_MEMBER)
def test_a_word_stands_for_every_case(name: str) -> None:
    for words in WORDS.values():
        assert set(getattr(words, name)) == set(EVERY_MEMBER[name])


def test_every_language_stands_under_its_own_name() -> None:
    assert {language: words.language for language, words in WORDS.items()} == {
        Language.INDONESIAN: Language.INDONESIAN,
        Language.ENGLISH: Language.ENGLISH,
    }


def test_a_count_is_worded_and_grouped_as_its_language_does() -> None:
    assert [ENGLISH.articles(n) for n in (0, 1, 2, 1204)] == [
        "0 articles",
        "1 article",
        "2 articles",
        "1,204 articles",
    ]
    assert [INDONESIAN.articles(n) for n in (0, 1, 1204)] == [
        "0 artikel",
        "1 artikel",
        "1.204 artikel",
    ]


def test_a_day_is_written_as_in_running_text() -> None:
    assert INDONESIAN.day(date(2026, 8, 17)) == "17 Agustus 2026"
    assert ENGLISH.day(date(2026, 8, 17)) == "17 August 2026"


def test_no_word_is_left_over() -> None:
    ui = Path(__file__).parent.parent / "ui"
    code = "".join(path.read_text("utf-8") for path in ui.glob("*.py"))
    assert [name for name in NAMES if not re.search(rf"\.{name}\b", code)] == []
