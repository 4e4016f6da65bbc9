import doctest
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rag.writing
from rag.values import Language
from rag.writing import in_writing_of, long_date, quantities, read_long_date

PAIRS = [
    ("US$14,3 miliar", "US$14.3 billion"),
    ("Rp1,5 triliun", "Rp1.5 trillion"),
    ("1.250 juta", "1,250 million"),
    ("62 persen", "62 percent"),
    ("16 Juli 2025", "July 16, 2025"),
    ("2 Mei", "May 2"),
]


@pytest.mark.parametrize(("indonesian", "english"), PAIRS)
def test_one_value_in_two_writings(indonesian: str, english: str) -> None:
    assert in_writing_of(Language.ENGLISH, indonesian) == english
    assert in_writing_of(Language.INDONESIAN, english) == indonesian


@pytest.mark.parametrize(("indonesian", "english"), PAIRS)
def test_what_is_written_right_already_stays(indonesian: str, english: str) -> None:
    assert in_writing_of(Language.ENGLISH, english) == english
    assert in_writing_of(Language.INDONESIAN, indonesian) == indonesian


@pytest.mark.parametrize("text", ["1.400 orang", "14,3", "Llama 4", "May 2025 be good", ""])
def test_what_does_not_tell_its_language_stays(text: str) -> None:
    assert in_writing_of(Language.ENGLISH, text) == text
    assert in_writing_of(Language.INDONESIAN, text) == text


@pytest.mark.parametrize(
    ("mixed", "language", "expected"),
    [
        ("US$14.3 miliar", Language.ENGLISH, "US$14.3 billion"),
        ("3,5 billion", Language.INDONESIAN, "3,5 miliar"),
        ("1,250 juta", Language.ENGLISH, "1,250 million"),
    ],
)
def test_a_number_in_the_right_writing_keeps_it_beside_a_scale_in_the_wrong_one(
    mixed: str, language: Language, expected: str
) -> None:
    assert in_writing_of(language, mixed) == expected


def test_quantities_are_equal_when_their_values_are() -> None:
    assert quantities("US$14,3 miliar") == quantities("$14.3 billion") == {("14.3", "billion")}
    assert quantities("14%") == quantities("14 persen") == {("14", "percent")}
    assert quantities("Rp5 juta") != quantities("Rp5 miliar")
    assert quantities("1.400 orang") == {("1400", "")}


@given(st.dates())
def test_days_go_there_and_back(day: date) -> None:
    english = long_date(day, Language.ENGLISH)
    indonesian = long_date(day, Language.INDONESIAN)
    if day.year >= 1000:  # Years are written with four digits or not at all.
        assert in_writing_of(Language.ENGLISH, indonesian) == english
        assert in_writing_of(Language.INDONESIAN, english) == indonesian


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from(Language))
def test_a_long_date_is_read_as_it_was_written(day: date, language: Language) -> None:
    assert read_long_date(long_date(day, language)) == day


@pytest.mark.parametrize("text", ["Selasa, 3 Maret 2026 | 23:30 WIB", "3 march 2026"])
def test_a_long_date_may_stand_among_words(text: str) -> None:
    assert read_long_date(text) == date(2026, 3, 3)


@pytest.mark.parametrize("text", ["kemarin", "3 Maret", "Maret 2026", "31 Februari 2026", ""])
def test_what_is_no_whole_day_is_no_date(text: str) -> None:
    assert read_long_date(text) is None


def test_the_examples_are_true() -> None:
    assert doctest.testmod(rag.writing).failed == 0
