from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.library import SqliteLibrary
from models.fakes import FakeEmbedder
from rag.collecting import Collected, Collector, Failed
from rag.errors import ReadingError
from rag.passages import embedded_text
from rag.ports import Size, Standing
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


TODAY = article("Kapal tiba.", title="Pelabuhan", origin="/today.txt")
YESTERDAY = article("Kapal tiba.", title="Pelabuhan", origin="/yesterday.txt", site="Teluk Pos")
CHANGED = article("Pabrik tutup.", title="Pelabuhan", origin="/today.txt")
N, C, K = Standing.NEW, Standing.CHANGED, Standing.COPY


@pytest.mark.parametrize(
    ("runs", "stood"),
    [
        ([[TODAY, YESTERDAY, CHANGED]], [N, K, C]),
        ([[TODAY, CHANGED, YESTERDAY]], [N, C, N]),
        ([[TODAY], [YESTERDAY, CHANGED]], [N, K, C]),
        ([[TODAY], [CHANGED, YESTERDAY]], [N, C, N]),
        ([[TODAY, YESTERDAY], [CHANGED]], [N, K, C]),
        ([[TODAY], [YESTERDAY], [YESTERDAY], [CHANGED]], [N, K, K, C]),
        ([[YESTERDAY, TODAY, CHANGED]], [N, K, N]),
        ([[YESTERDAY], [TODAY], [CHANGED]], [N, K, N]),
    ],
)
def test_a_text_that_was_added_is_never_lost(
    library: SqliteLibrary, runs: list[list[Article]], stood: list[Standing]
) -> None:
    assert [one for run in runs for one in standings(library, *run)] == stood

    assert library.article(YESTERDAY.card.id) == YESTERDAY
    assert library.article(CHANGED.card.id) == CHANGED
    assert library.size() == Size(articles=2, passages=2)
    (hit,) = library.lexical("kapal", limit=5)
    assert hit.card == YESTERDAY.card
    texts = FakeEmbedder().embed_passages([embedded_text(hit.card, hit.passage)])
    (nearest,) = library.dense(texts[0], limit=1)
    assert nearest.passage == hit.passage
    assert nearest.score == pytest.approx(1)


def test_a_changed_copy_becomes_an_article_of_its_own(library: SqliteLibrary) -> None:
    own = article("Beras naik.", title="Pelabuhan", origin="/yesterday.txt")
    assert standings(library, TODAY, YESTERDAY) == [Standing.NEW, Standing.COPY]
    assert standings(library, own, own) == [Standing.NEW, Standing.UNCHANGED]
    assert standings(library, CHANGED) == [Standing.CHANGED]
    assert {library.article(card.id).text for card in library.cards()} == {own.text, CHANGED.text}


def test_a_corrected_card_replaces_the_old_one(library: SqliteLibrary) -> None:
    corrected = Article(replace(ONE.card, site="Teluk Pos", published=None), ONE.text)
    assert standings(library, ONE, YESTERDAY) == [Standing.NEW, Standing.NEW]
    assert standings(library, corrected) == [Standing.CHANGED]
    assert standings(library, corrected) == [Standing.UNCHANGED]
    assert library.article(ONE.card.id) == corrected


def test_a_copy_of_what_another_process_just_removed_is_stored(
    library: SqliteLibrary, tmp_path: Path
) -> None:
    class Overtaken(SqliteLibrary):
        def remember_copy(self, article: Article) -> bool:
            if TODAY.card in library.cards():
                library.remove(TODAY.card.id)
            return super().remember_copy(article)

    standings(library, TODAY)
    with Overtaken(tmp_path, embedder=FakeEmbedder.identity) as own:
        assert standings(own, YESTERDAY) == [Standing.NEW]
    assert library.cards() == [YESTERDAY.card]


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
