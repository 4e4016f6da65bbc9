"""Writing articles into the library's tables and deleting them from there."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC

import numpy as np

from index import lexical
from rag.ports import Entry
from rag.values import Article, Card, Language

_UNIT_LENGTH_WITHIN = 1e-3


@dataclass(frozen=True, slots=True)
class PreparedPassage:
    """One passage as its rows will be."""

    start: int
    stop: int
    first_byte: int
    byte_count: int
    vector: bytes
    terms: str


@dataclass(frozen=True, slots=True)
class PreparedEntry:
    """An entry checked and computed, so that its transaction is short."""

    article: Article
    dimensions: int
    title_terms: str
    passages: tuple[PreparedPassage, ...]


def prepare(entry: Entry) -> PreparedEntry:
    """Check an entry and compute what is stored of it.

    Raises:
        ValueError: a passage is no slice of the article, or a vector is not of unit length.
    """
    article, passages = entry.article, entry.passages
    for passage in passages:
        same_article = passage.article_id == article.card.id
        if not same_article or article.text[passage.start : passage.end] != passage.text:
            raise ValueError(f"{passage!r} is no passage of {article.card.origin}")
    rows = np.ascontiguousarray(entry.vectors, "<f4")
    if rows.ndim != 2 or not np.allclose(  # noqa: PLR2004 - passages and dimensions
        np.linalg.norm(rows, axis=1), 1, atol=_UNIT_LENGTH_WITHIN
    ):
        raise ValueError(f"the vectors of {article.card.origin} are not rows of unit length")
    offsets = _byte_offsets(article.text, (at for p in passages for at in (p.start, p.end)))
    return PreparedEntry(
        article,
        rows.shape[1],
        indexed(article.card.title, article.card.language),
        tuple(
            PreparedPassage(
                start=passage.start,
                stop=passage.end,
                first_byte=offsets[passage.start],
                byte_count=offsets[passage.end] - offsets[passage.start],
                vector=row.tobytes(),
                terms=indexed(passage.text, article.card.language),
            )
            for passage, row in zip(passages, rows, strict=True)
        ),
    )


def insert(connection: sqlite3.Connection, entry: PreparedEntry) -> None:
    """Write an article that is not there."""
    number = _insert_article(connection, entry.article)
    for passage in entry.passages:
        passage_id = connection.execute(
            "INSERT INTO passages (article, start, stop, first_byte, byte_count)"
            " VALUES (?, ?, ?, ?, ?)",
            (number, passage.start, passage.stop, passage.first_byte, passage.byte_count),
        ).lastrowid
        connection.execute("INSERT INTO vectors VALUES (?, ?)", (passage_id, passage.vector))
        connection.execute(
            "INSERT INTO words (rowid, title, passage) VALUES (?, ?, ?)",
            (passage_id, entry.title_terms, passage.terms),
        )


def delete(connection: sqlite3.Connection, article_id: str) -> bool:
    """Delete an article with all that belongs to it; whether it was there."""
    connection.execute(
        "DELETE FROM words WHERE rowid IN (SELECT p.id FROM passages AS p"
        " JOIN articles AS a ON a.number = p.article WHERE a.id = ?)",
        (article_id,),
    )
    # Its text, passages and vectors go with it: ON DELETE CASCADE.
    return connection.execute("DELETE FROM articles WHERE id = ?", (article_id,)).rowcount > 0


def indexed(text: str, language: Language) -> str:
    """What of a text is written into the full text."""
    return " ".join(lexical.terms(text, language))


def facts(card: Card) -> tuple[str, str, str | None, str | None, str | None]:
    """Its columns language, added, published, site and byline."""
    return (
        card.language.value,
        card.added.astimezone(UTC).isoformat(timespec="microseconds"),
        card.published.isoformat() if card.published else None,
        card.site,
        card.byline,
    )


def _insert_article(connection: sqlite3.Connection, article: Article) -> int | None:
    card = article.card
    number = connection.execute(
        "INSERT INTO articles (id, origin, fingerprint, title, characters,"
        " language, added, published, site, byline) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            card.id,
            card.origin,
            article.fingerprint,
            card.title,
            card.characters,
            *facts(card),
        ),
    ).lastrowid
    connection.execute("INSERT INTO texts VALUES (?, ?)", (number, article.text))
    return number


def _byte_offsets(text: str, positions: Iterable[int]) -> dict[int, int]:
    """Where in the text's UTF-8 each of the positions is."""
    offsets = {0: 0}
    last = 0
    for position in sorted(set(positions)):
        offsets[position] = offsets[last] + len(text[last:position].encode())
        last = position
    return offsets
