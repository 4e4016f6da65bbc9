from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.library import SqliteLibrary
from models.fakes import FakeEmbedder
from rag.collecting import Collected, Collector, Failed
from rag.errors import ReadingError
from rag.ports import Standing
from rag.values import Article
from tests.making import article


@pytest.fixture
def library(tmp_path: Path) -> Iterator[SqliteLibrary]:
    with SqliteLibrary(tmp_path, embedder=FakeEmbedder.identity) as opened:
        yield opened


def reads(*articles: Article) -> list[Callable[[], Article]]:
    return [lambda a=a: a for a in articles]  # type: ignore[misc]


def standings(library: SqliteLibrary, *articles: Article) -> list[Standing]:
    outcomes = Collector(library, FakeEmbedder()).collect(reads(*articles))
    return [outcome.standing for outcome in outcomes if isinstance(outcome, Collected)]


ONE = article("Pabrik itu tutup.", title="Satu", origin="/satu.txt")
TWO = article("Kapal itu berangkat.", title="Dua", origin="/dua.txt")


def test_articles_are_in_the_library_when_they_are_said_to_be(library: SqliteLibrary) -> None:
    for outcome in Collector(library, FakeEmbedder()).collect(reads(ONE, TWO)):
        assert isinstance(outcome, Collected)
        assert library.article(outcome.card.id).text


def test_added_again_is_recognised(library: SqliteLibrary) -> None:
    assert standings(library, ONE) == [Standing.NEW]
    assert standings(library, ONE, ONE) == [Standing.UNCHANGED, Standing.UNCHANGED]
    assert library.size().articles == 1


def test_the_same_text_from_elsewhere_is_a_copy(library: SqliteLibrary) -> None:
    elsewhere = article(ONE.text, title="Satu", origin="/lain.txt")
    assert standings(library, ONE, elsewhere) == [Standing.NEW, Standing.COPY]
    assert standings(library, elsewhere) == [Standing.COPY]
    assert library.size().articles == 1


def test_a_changed_text_replaces_the_old_one(library: SqliteLibrary) -> None:
    changed = article("Pabrik itu buka lagi.", title="Satu", origin="/satu.txt")
    assert standings(library, ONE) == [Standing.NEW]
    assert standings(library, changed) == [Standing.CHANGED]
    assert library.article(ONE.card.id).text == "Pabrik itu buka lagi."
    assert library.lexical("tutup", limit=5) == []


def test_changed_twice_within_one_batch_the_last_reading_counts(library: SqliteLibrary) -> None:
    changed = article("Pabrik itu buka lagi.", title="Satu", origin="/satu.txt")
    assert standings(library, ONE, changed) == [Standing.NEW, Standing.CHANGED]
    assert library.article(ONE.card.id).text == "Pabrik itu buka lagi."
    assert library.size().articles == 1


def test_a_source_that_cannot_be_read_does_not_stop_the_rest(library: SqliteLibrary) -> None:
    def broken() -> Article:
        raise ReadingError("x.txt is a picture.", origin="x.txt", remedy="Add its text.")

    sources = [*reads(ONE), broken, *reads(TWO)]
    outcomes = list(Collector(library, FakeEmbedder()).collect(sources))
    assert [type(outcome) for outcome in outcomes] == [Collected, Failed, Collected]
    assert library.size().articles == 2


def test_a_text_without_words_is_said_to_hold_none(library: SqliteLibrary) -> None:
    (outcome,) = Collector(library, FakeEmbedder()).collect(reads(article("\n \n", title="Kosong")))
    assert isinstance(outcome, Failed)
    assert "no words" in str(outcome.error)


def test_rebuilding_makes_the_same_entry_as_adding(library: SqliteLibrary) -> None:
    entry = Collector(library, FakeEmbedder()).entry(ONE)
    library.put([entry])
    assert library.standing(ONE) is Standing.UNCHANGED
    assert entry.vectors.shape == (1, FakeEmbedder.dimensions)
