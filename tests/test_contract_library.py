"""What rag.ports.Library promises, whoever keeps it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.library import SqliteLibrary
from rag.errors import ArticleNotFoundError
from rag.ports import Entry, Library, Size, Standing
from rag.values import Article, Language
from tests.libraries import entry, vector_of
from tests.making import article


def _about(of: Article, **facts: Any) -> Article:
    return Article(replace(of.card, **facts), of.text)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with SqliteLibrary(tmp_path / "data", embedder="test") as opened:
        yield opened


@pytest.fixture
def port() -> Entry:
    return entry(
        "Pelabuhan ditutup. Kapal menunggu di laut.",
        origin="/a/port.txt",
        title="Ombak",
        passages=2,
    )


@pytest.fixture
def plant() -> Entry:
    return entry(
        "The plant dismissed 1,400 workers.",
        origin="/a/plant.txt",
        title="Layoffs",
        language=Language.ENGLISH,
    )


def test_a_new_library_holds_and_finds_nothing(library: Library) -> None:
    assert library.size() == Size(articles=0, passages=0)
    assert library.cards() == []
    assert library.dense(vector_of("apa pun"), limit=5) == []
    assert library.lexical("apa pun", limit=5) == []


def test_what_was_put_is_there_as_it_was(library: Library, port: Entry, plant: Entry) -> None:
    library.put([port, plant])

    assert library.size() == Size(articles=2, passages=3)
    assert library.article(port.article.card.id) == port.article
    assert library.article(plant.article.card.id) == plant.article


@pytest.mark.parametrize("text", ["a\0b", "é́ “x” — 😀", "baris\r\nbaris\n\n", " ", "'; --"])
def test_no_character_of_a_text_is_lost(library: Library, text: str) -> None:
    put = entry(text, origin="/a", passages=1)
    library.put([put])

    assert library.article(put.article.card.id).text == text
    (hit,) = library.dense(vector_of(text), limit=1)
    assert hit.passage == put.passages[0]


def test_a_passage_is_its_slice_of_the_article(library: Library) -> None:
    put = entry("Kafé 😀\0 “tutup” — naïve. " * 20, origin="/a", passages=7)
    library.put([put])

    found = {hit.passage for hit in library.dense(vector_of("x"), limit=100)}

    assert found == set(put.passages)


def test_every_fact_on_a_card_is_kept(library: Library) -> None:
    full = article("isi", origin="https://a.id/1", site="Suara", language=Language.UNDETERMINED)
    full = Article(replace(full.card, byline="Sari"), full.text)
    bare = article("isi lain", origin="/b", site=None, published=None)
    for one in (full, bare):
        library.put([_entry_of(one)])

    assert library.article(full.card.id).card == full.card
    assert library.article(bare.card.id).card == bare.card


def test_of_two_entries_of_one_article_the_last_stays(library: Library) -> None:
    library.put([entry("lama", origin="/a"), entry("baru", origin="/a")])

    assert library.size() == Size(articles=1, passages=1)
    assert [hit.passage.text for hit in library.dense(vector_of("lama"), limit=5)] == ["baru"]


def test_putting_nothing_changes_nothing(library: Library) -> None:
    library.put([])

    assert library.size() == Size(articles=0, passages=0)


def test_a_changed_article_is_replaced_with_all_its_passages(library: Library) -> None:
    library.put([entry("Bandara ditutup karena abu gunung.", origin="/a", passages=3)])
    library.put([entry("Bandara dibuka kembali.", origin="/a", passages=1)])

    assert library.size() == Size(articles=1, passages=1)
    assert library.lexical("gunung", limit=5) == []
    assert [hit.passage.text for hit in library.dense(vector_of("abu"), limit=5)] == [
        "Bandara dibuka kembali."
    ]


def test_standing_tells_new_unchanged_changed_and_copy(library: Library, port: Entry) -> None:
    assert library.standing(port.article) is Standing.NEW
    library.put([port])

    text, title = port.article.text, port.article.card.title
    assert library.standing(port.article) is Standing.UNCHANGED
    changed = article(text + " Lagi.", title=title, origin="/a/port.txt")
    assert library.standing(changed) is Standing.CHANGED
    assert library.standing(article(text, title="Lain", origin="/a/port.txt")) is Standing.CHANGED
    assert library.standing(article(text, title=title, origin="/b/port.txt")) is Standing.COPY
    assert library.standing(article(text, title="Lain", origin="/b/port.txt")) is Standing.NEW


@pytest.mark.parametrize(
    "corrected",
    [{"published": None}, {"site": "Teluk"}, {"byline": "Sari"}, {"language": Language.ENGLISH}],
    ids=lambda corrected: next(iter(corrected)),
)
def test_a_corrected_card_is_a_change(library: Library, corrected: dict[str, Any]) -> None:
    one = entry("isi", origin="/a")
    library.put([one])
    changed = _about(one.article, **corrected)

    assert library.standing(changed) is Standing.CHANGED
    library.put([Entry(changed, one.passages, one.vectors)])
    assert library.article(changed.card.id) == changed
    assert library.standing(changed) is Standing.UNCHANGED


def test_read_later_and_otherwise_the_same_is_unchanged(library: Library) -> None:
    one = entry("isi", origin="/a")
    library.put([one])

    later = one.article.card.added + timedelta(days=1)
    assert library.standing(_about(one.article, added=later)) is Standing.UNCHANGED


# Copies

TODAY = entry("Kapal tiba. Muatan dibongkar.", origin="/today.txt", passages=2)
YESTERDAY = Article(
    replace(
        TODAY.article.card,
        origin="/yesterday.txt",
        added=TODAY.article.card.added + timedelta(hours=1),
        published=date(2026, 3, 2),
        site="Teluk Pos",
        byline="Sari",
    ),
    TODAY.article.text,
)
OLDER = _about(YESTERDAY, origin="/older.txt")
CHANGED = entry("Pabrik tutup.", origin="/today.txt")


def test_whatever_its_card_says_the_same_title_and_text_are_a_copy(library: Library) -> None:
    library.put([TODAY])

    assert library.standing(YESTERDAY) is Standing.COPY
    assert library.remember_copy(YESTERDAY)
    assert library.standing(YESTERDAY) is Standing.COPY
    assert library.cards() == [TODAY.article.card]


def test_only_a_copy_is_remembered_as_one(library: Library) -> None:
    assert not library.remember_copy(YESTERDAY)
    library.put([TODAY])
    assert not library.remember_copy(TODAY.article)
    assert not library.remember_copy(CHANGED.article)

    library.put([CHANGED])
    assert library.cards() == [CHANGED.article.card]


def test_a_replaced_text_lives_on_under_its_copy(library: Library) -> None:
    library.put([TODAY])
    library.dense(TODAY.vectors[0], limit=1)
    library.remember_copy(YESTERDAY)
    library.put([CHANGED])

    assert library.size() == Size(articles=2, passages=3)
    assert library.article(CHANGED.article.card.id) == CHANGED.article
    assert library.article(YESTERDAY.card.id) == YESTERDAY
    assert library.standing(YESTERDAY) is Standing.UNCHANGED
    for passage, vector in zip(TODAY.passages, TODAY.vectors, strict=True):
        moved = replace(passage, article_id=YESTERDAY.card.id)
        (hit,) = library.dense(vector, limit=1)
        assert (hit.card, hit.passage) == (YESTERDAY.card, moved)
        (hit,) = library.lexical(passage.text, limit=5)
        assert (hit.card, hit.passage) == (YESTERDAY.card, moved)
    (hit,) = library.lexical("pabrik", limit=5)
    assert hit.card == CHANGED.article.card


def test_the_first_copy_takes_the_text_and_the_next_one_after_it(library: Library) -> None:
    library.put([TODAY])
    library.remember_copy(YESTERDAY)
    library.remember_copy(OLDER)
    library.remember_copy(YESTERDAY)

    library.put([CHANGED])
    assert {card.origin for card in library.cards()} == {"/today.txt", "/yesterday.txt"}
    assert library.standing(OLDER) is Standing.COPY

    library.put([entry("Lain lagi.", origin="/yesterday.txt")])
    assert library.article(OLDER.card.id) == OLDER
    assert library.size() == Size(articles=3, passages=4)


def test_a_copy_is_remembered_as_it_was_read_last(library: Library) -> None:
    corrected = _about(YESTERDAY, byline=None, site="Pos")
    library.put([TODAY])
    library.remember_copy(YESTERDAY)
    library.remember_copy(corrected)
    library.put([CHANGED])

    assert library.article(YESTERDAY.card.id) == corrected


def test_a_text_keeps_its_copies_when_its_card_is_corrected(library: Library) -> None:
    library.put([TODAY])
    library.remember_copy(YESTERDAY)
    corrected = Entry(_about(TODAY.article, site=None), TODAY.passages, TODAY.vectors)
    library.put([corrected])
    assert library.cards() == [corrected.article.card]

    library.put([CHANGED])
    assert library.article(YESTERDAY.card.id) == YESTERDAY


def test_a_copy_with_a_text_of_its_own_is_no_copy_any_more(library: Library) -> None:
    own = entry("Beras naik.", origin="/yesterday.txt")
    library.put([TODAY])
    library.remember_copy(YESTERDAY)

    assert library.standing(own.article) is Standing.NEW
    library.put([own])
    library.put([CHANGED])

    assert {card.id for card in library.cards()} == {own.article.card.id, CHANGED.article.card.id}
    assert library.article(own.article.card.id) == own.article
    assert library.lexical("kapal", limit=5) == []


def test_a_copy_follows_its_origin_to_another_text(library: Library) -> None:
    other = entry("Beras naik.", origin="/beras.txt")
    now = _about(other.article, origin="/yesterday.txt")
    library.put([TODAY, other])
    library.remember_copy(YESTERDAY)
    library.remember_copy(now)

    library.put([CHANGED])
    assert library.size().articles == 2
    library.put([entry("Beras turun.", origin="/beras.txt")])
    assert library.article(now.card.id) == now


def test_an_article_is_removed_with_its_copies(library: Library) -> None:
    library.put([TODAY])
    library.remember_copy(YESTERDAY)
    library.remove(TODAY.article.card.id)

    assert library.standing(YESTERDAY) is Standing.NEW
    library.put([TODAY])
    library.put([CHANGED])
    assert library.cards() == [CHANGED.article.card]


def test_a_copy_is_not_removed_by_its_own_id(library: Library) -> None:
    library.put([TODAY])
    library.remember_copy(YESTERDAY)

    with pytest.raises(ArticleNotFoundError):
        library.remove(YESTERDAY.card.id)


def test_a_text_is_found_by_the_stems_of_its_copys_language(library: Library) -> None:
    made = entry("The plant dismissed workers.", origin="/today.txt")
    library.put([made])
    english = _about(made.article, origin="/yesterday.txt", language=Language.ENGLISH)
    assert library.lexical("dismissing", limit=5) == []

    library.remember_copy(english)
    library.put([CHANGED])

    (hit,) = library.lexical("dismissing", limit=5)
    assert hit.card == english.card


def test_a_removed_article_is_nowhere(library: Library, port: Entry, plant: Entry) -> None:
    library.put([port, plant])
    library.dense(vector_of("x"), limit=1)

    assert library.remove(port.article.card.id) == port.article.card

    assert library.size() == Size(articles=1, passages=1)
    assert library.cards() == [plant.article.card]
    assert library.standing(port.article) is Standing.NEW
    assert library.lexical("pelabuhan", limit=5) == []
    assert [hit.card for hit in library.dense(port.vectors[0], limit=5)] == [plant.article.card]
    with pytest.raises(ArticleNotFoundError):
        library.article(port.article.card.id)
    with pytest.raises(ArticleNotFoundError):
        library.remove(port.article.card.id)


def test_an_article_removed_can_be_put_again(library: Library, port: Entry) -> None:
    library.put([port])
    library.remove(port.article.card.id)
    library.put([port])

    assert library.article(port.article.card.id) == port.article
    assert library.dense(port.vectors[1], limit=1)[0].passage == port.passages[1]


def test_an_article_is_found_by_the_beginning_of_its_id(library: Library, port: Entry) -> None:
    library.put([port])

    assert library.article(port.article.card.id[:4]) == port.article


def test_a_beginning_of_several_ids_names_none(library: Library) -> None:
    library.put([entry(f"isi {i}", origin=f"/{i}") for i in range(17)])  # of 16 hex digits

    first = [card.id[0] for card in library.cards()]
    shared = next(digit for digit in first if first.count(digit) > 1)
    with pytest.raises(ArticleNotFoundError, match=f"{first.count(shared)} articles"):
        library.article(shared)


@pytest.mark.parametrize("article_id", ["", "ffffffffffff", "zzz", "%", "g' OR 1=1 --", "\0", "é"])
def test_an_id_that_no_article_has_is_not_found(
    library: Library, port: Entry, article_id: str
) -> None:
    library.put([port])

    with pytest.raises(ArticleNotFoundError):
        library.article(article_id)
    with pytest.raises(ArticleNotFoundError):
        library.remove(article_id)


def test_only_a_whole_id_removes(library: Library, port: Entry) -> None:
    library.put([port])

    with pytest.raises(ArticleNotFoundError):
        library.remove(port.article.card.id[:11])


def test_cards_come_with_the_latest_added_first(library: Library) -> None:
    articles = [article(f"isi {i}", origin=f"/{i}") for i in range(3)]
    hours = [2, 3, 1]
    added = [
        Article(replace(a.card, added=a.card.added + timedelta(hours=h)), a.text)
        for a, h in zip(articles, hours, strict=True)
    ]
    library.put([_entry_of(one) for one in added])

    assert [card.origin for card in library.cards()] == ["/1", "/0", "/2"]


def test_dense_finds_the_nearest_first_with_their_cosines(library: Library) -> None:
    entries = [entry(f"isi {i}", origin=f"/{i}", passages=2) for i in range(10)]
    library.put(entries)
    question = vector_of("pertanyaan")

    hits = library.dense(question, limit=20)

    cosines = {
        p: float(v @ question) for e in entries for p, v in zip(e.passages, e.vectors, strict=True)
    }
    assert [hit.passage for hit in hits] == sorted(cosines, key=cosines.__getitem__, reverse=True)
    np.testing.assert_allclose(
        [hit.score for hit in hits], [cosines[hit.passage] for hit in hits], atol=1e-6
    )
    assert library.dense(question, limit=3) == hits[:3]


def test_lexical_finds_passages_that_share_a_stem(
    library: Library, port: Entry, plant: Entry
) -> None:
    library.put([port, plant])

    (hit,) = library.lexical("Apakah pelabuhannya tutup?", limit=5)
    assert (hit.card, hit.passage) == (port.article.card, port.passages[0])
    (hit,) = library.lexical("Who was dismissing the worker?", limit=5)
    assert (hit.card, hit.passage) == (plant.article.card, plant.passages[0])
    assert hit.score > 0


def test_a_word_of_the_title_finds_every_passage_of_the_article(
    library: Library, port: Entry, plant: Entry
) -> None:
    library.put([port, plant])

    assert [hit.passage for hit in library.lexical("ombak", limit=5)] == list(port.passages)


def test_the_better_lexical_hit_comes_first(library: Library) -> None:
    library.put(
        [
            entry("Banjir surut, kata bupati di pasar itu.", origin="/1"),
            entry("Banjir: jalan tertutup banjir, rumah terendam banjir.", origin="/2"),
            *(entry(f"Harga beras nomor {i} tetap.", origin=f"/x{i}") for i in range(9)),
        ]
    )

    hits = library.lexical("banjir", limit=5)

    assert [hit.card.origin for hit in hits] == ["/2", "/1"]
    assert hits[0].score > hits[1].score


def test_no_more_hits_than_asked_for(library: Library) -> None:
    library.put([entry(f"beras {i}", origin=f"/{i}") for i in range(9)])

    assert len(library.lexical("beras", limit=4)) == 4
    assert len(library.dense(vector_of("beras"), limit=4)) == 4


def _entry_of(one: Article) -> Entry:
    made = entry(one.text, origin=one.card.origin)
    return Entry(one, made.passages, made.vectors)
