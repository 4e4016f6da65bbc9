"""What one transaction sees of the library, as values."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from index.dense import Version
from index.lexical import TITLE_WEIGHT
from rag.ports import Size, Standing
from rag.values import Article, Card, Hit, Language, Passage, Vectors

_CARD = "a.origin, a.title, a.language, a.added, a.characters, a.published, a.site, a.byline"
_CARD_COLUMNS = 8


class Snapshot:
    """Everything here holds as long as the transaction that ``connection`` is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def size(self) -> Size:
        (articles,) = self._connection.execute("SELECT count(*) FROM articles").fetchone()
        (passages,) = self._connection.execute("SELECT count(*) FROM passages").fetchone()
        return Size(articles, passages)

    def version(self) -> Version | None:
        """Which vectors there are; None when there are none."""
        row = self._connection.execute(
            "SELECT l.embedder, l.dimensions, g.number, g.token"
            " FROM library AS l, generations AS g"
            " WHERE EXISTS (SELECT 1 FROM passages) ORDER BY g.number DESC LIMIT 1"
        ).fetchone()
        return Version(*row) if row else None

    def went_through(self, version: Version) -> bool:
        """Whether the library once was in that state, by its number and its token."""
        return bool(
            self._connection.execute(
                "SELECT 1 FROM generations WHERE number = ? AND token = ?",
                (version.generation, version.token),
            ).fetchone()
        )

    def passage_ids(self) -> npt.NDArray[np.int64]:
        """Every passage's id, ascending."""
        rows = self._connection.execute("SELECT id FROM passages ORDER BY id")
        return np.fromiter((number for (number,) in rows), np.int64)

    def vectors(self, passage_ids: npt.NDArray[np.int64]) -> Vectors:
        """Vectors of passages that exist, row by row; the ids must ascend."""
        rows = self._connection.execute(
            "SELECT vector FROM vectors"
            " WHERE passage IN (SELECT value FROM json_each(?)) ORDER BY passage",
            (json.dumps(passage_ids.tolist()),),
        )
        stored = np.frombuffer(b"".join(vector for (vector,) in rows), "<f4")
        return stored.reshape(len(passage_ids), -1).astype(np.float32, copy=False)

    def matching(self, expression: str, limit: int) -> list[tuple[int, float]]:
        """Passages that match a full-text query, with scores, best first."""
        return self._connection.execute(
            # FTS5's bm25() is lower for better ones.
            f"SELECT rowid, -bm25(words, {TITLE_WEIGHT}, 1.0) AS score"  # noqa: S608 - a constant
            " FROM words WHERE words MATCH ? ORDER BY score DESC, rowid LIMIT ?",
            (expression, limit),
        ).fetchall()

    def hits(self, scored: Sequence[tuple[int, float]]) -> list[Hit]:
        """Passages by id, in the order given."""
        rows = self._connection.execute(
            # Bytes and not characters: substr() of a text counts from its start each time, and
            # ends at a NUL.
            f"SELECT {_CARD}, a.id, p.start, p.stop,"  # noqa: S608 - a constant
            " substr(CAST(t.text AS BLOB), p.first_byte + 1, p.byte_count), p.id"
            " FROM json_each(?) AS wanted JOIN passages AS p ON p.id = wanted.value"
            " JOIN articles AS a ON a.number = p.article JOIN texts AS t ON t.article = p.article",
            (json.dumps([number for number, _ in scored]),),
        )
        found = {row[-1]: row for row in rows}
        return [_hit(found[number], score) for number, score in scored]

    def cards(self) -> list[Card]:
        rows = self._connection.execute(
            f"SELECT {_CARD} FROM articles AS a ORDER BY a.added DESC, a.number DESC"  # noqa: S608
        )
        return [_card(row) for row in rows]

    def card(self, article_id: str) -> Card | None:
        row = self._connection.execute(
            f"SELECT {_CARD} FROM articles AS a WHERE a.id = ?",  # noqa: S608 - a constant
            (article_id,),
        ).fetchone()
        return _card(row) if row else None

    def article(self, article_id: str) -> Article | None:
        row = self._connection.execute(
            f"SELECT {_CARD}, t.text FROM articles AS a"  # noqa: S608 - a constant
            " JOIN texts AS t ON t.article = a.number WHERE a.id = ?",
            (article_id,),
        ).fetchone()
        return Article(_card(row), row[-1]) if row else None

    def ids_beginning(self, beginning: str) -> list[str]:
        """Ids that begin so, ascending."""
        rows = self._connection.execute(
            "SELECT id FROM articles WHERE id BETWEEN ? AND ? ORDER BY id",
            (beginning, beginning + "g"),  # after every hex digit
        )
        return [article_id for (article_id,) in rows]

    def standing(self, article: Article) -> Standing:
        row = self._connection.execute(
            f"SELECT {_CARD}, a.fingerprint FROM articles AS a WHERE a.id = ?",  # noqa: S608
            (article.card.id,),
        ).fetchone()
        if row:
            same_card = replace(_card(row), added=article.card.added) == article.card
            same = same_card and row[-1] == article.fingerprint
            return Standing.UNCHANGED if same else Standing.CHANGED
        copy = self._connection.execute(
            "SELECT 1 FROM articles WHERE fingerprint = ?", (article.fingerprint,)
        ).fetchone()
        return Standing.COPY if copy else Standing.NEW


def _card(row: Sequence[Any]) -> Card:
    origin, title, language, added, characters, published, site, byline = row[:_CARD_COLUMNS]
    return Card(
        origin=origin,
        title=title,
        language=Language(language),
        added=datetime.fromisoformat(added),
        characters=characters,
        published=date.fromisoformat(published) if published else None,
        site=site,
        byline=byline,
    )


def _hit(row: Sequence[Any], score: float) -> Hit:
    article_id, start, stop, text = row[_CARD_COLUMNS:-1]
    return Hit(_card(row), Passage(article_id, start, stop, text.decode()), score)
