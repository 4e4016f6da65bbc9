import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.duplicates import without_near_copies
from rag.relevance import Bounds, is_about
from rag.terms import content_words, occurs, stems, vocabulary, words
from rag.values import Hit, Language
from tests.making import hit, source


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.400", "1,400"),
        ("14,3", "14.3"),
        ("1.400.000", "1,400,000"),
        ("Café", "CAFE"),
        ("anak-anak", "anak anak"),
        ("di-PHK", "di PHK"),
    ],
)
def test_two_writings_of_one_word_are_the_same_words(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(("one", "other"), [("1.400", "14.00"), ("14,3", "143"), ("1,5", "15")])
def test_different_numbers_stay_different(one: str, other: str) -> None:
    assert words(one) != words(other)


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("pendirinya", "didirikan", Language.INDONESIAN),
        ("karyawannya", "karyawan", Language.INDONESIAN),
        ("investments", "investing", Language.ENGLISH),
    ],
)
def test_forms_of_one_word_share_a_stem(one: str, other: str, language: Language) -> None:
    assert stems(one, language) == stems(other, language)


def test_a_word_occurs_in_any_of_its_forms() -> None:
    held = vocabulary("Perusahaan itu didirikan pada 2016 dengan 1.400 karyawan.")
    assert occurs("pendiri", held)
    assert occurs("1400", held)
    assert not occurs("2017", held)


def test_words_that_only_build_sentences_say_nothing() -> None:
    assert content_words("Siapa yang menjadi direktur di sana?") == ["menjadi", "direktur", "sana"]
    assert content_words("Who is the director?") == ["director"]


@given(st.text(max_size=60))
def test_any_text_has_words_in_a_stable_form(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once


def test_near_copies_are_shown_once_and_the_first_stays() -> None:
    text = "Kapal riset itu berangkat dari Ambon pada Senin pagi dengan 34 ilmuwan di dalamnya."
    first = hit(text, origin="/a")
    copy = hit(text.replace("Senin", "hari Senin"), origin="/b")
    other = hit("Harga kakao naik 12 persen sejak awal tahun di Sulawesi.", origin="/c")
    assert list(without_near_copies([first, copy, other])) == [first, other]


def about(question: str, text: str, cosine: float, language: Language) -> bool:
    shown = source(text, language=language)
    dense = [Hit(shown.card, shown.passage, cosine)]
    bounds = Bounds(close=0.84, near=0.81, across=0.79, translated=0.87)
    return is_about(question, Language.ENGLISH, [shown], dense, bounds)


@pytest.mark.parametrize(
    ("cosine", "language", "expected"),
    [
        (0.85, Language.ENGLISH, True),
        (0.82, Language.ENGLISH, True),  # near, and it shares the question's words
        (0.70, Language.ENGLISH, False),
        (0.80, Language.INDONESIAN, True),
        (0.70, Language.INDONESIAN, False),
    ],
)
def test_closeness_that_counts_depends_on_the_languages(
    cosine: float, language: Language, expected: bool
) -> None:
    assert about("Who founded Scale?", "Scale was founded in 2016.", cosine, language) is expected


def test_near_without_shared_words_is_about_something_else() -> None:
    assert not about("Who won the cup?", "Scale was founded in 2016.", 0.82, Language.ENGLISH)
