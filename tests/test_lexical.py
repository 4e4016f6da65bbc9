"""What of a text is indexed and what of a question is looked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from index.lexical import question_terms, terms
from index.library import SqliteLibrary
from rag.values import Language
from tests.libraries import entry

INDONESIAN, ENGLISH, UND = Language.INDONESIAN, Language.ENGLISH, Language.UNDETERMINED


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteLibrary]:
    """One Indonesian, one English and one undetermined article, and some about other things."""
    with SqliteLibrary(tmp_path_factory.mktemp("library"), embedder="test") as opened:
        opened.put(
            [
                entry(
                    "Perusahaan itu memberhentikan 1.400 karyawan, termasuk anak-anak muda.",
                    origin="id",
                    title="Pabrik Tembaga",
                ),
                entry(
                    "Meta’s investments of $14.3 billion changed the companies’ plans.",
                    origin="en",
                    title="Copper",
                    language=ENGLISH,
                ),
                entry("Rapat meetings di Surabaya.", origin="und", title="Notes", language=UND),
                *(entry(f"Harga beras ke-{i} stabil.", origin=f"/{i}") for i in range(9)),
            ]
        )
        yield opened


@pytest.mark.parametrize(
    ("question", "origin"),
    [
        ("Berapa karyawannya yang diberhentikan?", "id"),
        ("pemberhentian", "id"),
        ("anak", "id"),
        ("anak-anaknya", "id"),
        ("1,400 workers", "id"),  # as English writes it
        ("TEMBAGA", "id"),  # only in the title
        ("How much did Meta invest?", "en"),
        ("Berapa investasi Meta?", "en"),  # a name is the same in both languages
        ("14,3 miliar", "en"),
        ("a company's planning", "en"),
        ("rapatkan", "und"),
        ("meeting", "und"),
        ("surabaya", "und"),
    ],
)
def test_a_question_finds_other_forms_of_its_words(
    library: SqliteLibrary, question: str, origin: str
) -> None:
    assert [hit.card.origin for hit in library.lexical(question, limit=9)] == [origin]


@pytest.mark.parametrize("question", ["140 karyawati", "143", "Siapa yang ada di sana?", "", "?!"])
def test_a_question_without_a_shared_word_finds_nothing(
    library: SqliteLibrary, question: str
) -> None:
    assert library.lexical(question, limit=9) == []


def test_a_word_in_the_text_counts_more_than_one_in_the_title(tmp_path: Path) -> None:
    with SqliteLibrary(tmp_path, embedder="test") as library:
        library.put(
            [
                entry("Hujan turun di kota.", origin="title", title="Banjir"),
                entry("Banjir tiba di kota.", origin="text", title="Hujan"),
                *(entry(f"Harga beras ke-{i} stabil.", origin=f"/{i}") for i in range(9)),
            ]
        )

        assert [hit.card.origin for hit in library.lexical("banjir", limit=9)] == ["text", "title"]


def test_equal_hits_come_in_the_order_they_were_added(library: SqliteLibrary) -> None:
    hits = library.lexical("beras", limit=9)

    assert [hit.card.origin for hit in hits] == [f"/{i}" for i in range(9)]
    assert len({hit.score for hit in hits}) == 1


def test_a_text_of_either_language_is_indexed_by_its_own_stems() -> None:
    assert terms("Karyawannya bekerja 1.400 jam", INDONESIAN) == ["karyaw", "kerja", "1400", "jam"]
    assert terms("Companies' investments", ENGLISH) == ["compani", "invest"]
    assert terms("Karyawannya investments", UND) == [
        "karyaw",
        "karyawannya",
        "invest",
        "investments",
    ]


def test_a_question_is_looked_for_by_the_stems_of_both_languages_once() -> None:
    assert question_terms("Siapa investasi dan siapa investments? Investasi!") == [
        "investasi",
        "invest",
        "investments",
    ]


def test_a_question_of_stop_words_alone_is_looked_for_as_it_is() -> None:
    assert question_terms("Siapa itu?")[0] == "siapa"
    assert question_terms("") == []


@pytest.mark.parametrize(
    "question",
    [
        'beras OR "',
        "beras*",
        "NEAR(beras stabil)",
        "title:beras",
        "beras -stabil",
        "^beras",
        "(beras",
    ],
)
def test_operators_of_the_full_text_query_are_only_words(
    library: SqliteLibrary, question: str
) -> None:
    assert len(library.lexical(question, limit=99)) == 9


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.text(max_size=80) | st.text(st.sampled_from("\"'*^():+-.,_\0 aB1é’😀ß½{}\\;%"), max_size=40)
)
@example('"')
@example("\0")
@example("a\0b")
@example("AND OR NOT NEAR")
@example("'; DROP TABLE words; --")
@example("\ud800")
def test_no_text_makes_a_query_that_fails(library: SqliteLibrary, question: str) -> None:
    library.lexical(question, limit=5)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.sampled_from(Language))
def test_what_is_indexed_is_found_by_its_own_text(text: str, language: Language) -> None:
    assert set(terms(text, language)) <= set(terms(text, UND))
    assert all(" " not in term and '"' not in term for term in terms(text, language))


def test_an_article_as_a_question_finds_itself(library: SqliteLibrary) -> None:
    words = " ".join(f"kata{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(676)) * 8

    assert library.lexical(words + " memberhentikan", limit=1)[0].card.origin == "id"
