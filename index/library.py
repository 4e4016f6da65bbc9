"""The library in SQLite: the one source of truth for articles, passages, vectors and full text."""

import logging
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from index import copies, lexical
from index.database import Database
from index.dense import DenseIndex
from index.entries import PreparedEntry, delete, prepare
from index.snapshot import Snapshot
from rag.errors import ArticleNotFoundError, EmbedderChangedError, LibraryBusyError, LibraryError
from rag.ports import Entry, Size, Standing
from rag.values import Article, Card, Hit, Vector

_log = logging.getLogger(__name__)

_PATIENCE = 60.0
"""Seconds to wait for another process: at 100,000 passages the longest change takes a few."""


class SqliteLibrary:
    """Everything that was added, in one folder; threads and processes may share it.

    Nothing is opened before it is used, and FAISS is loaded by :meth:`dense` alone.

    Args:
        folder: Where ``library.db`` and ``vectors.faiss`` lie; made for its owner only.
        embedder: Identity of the embedder whose vectors are stored and searched.
        patience: Seconds to wait while another thread or process writes.
    """

    def __init__(self, folder: Path, *, embedder: str, patience: float = _PATIENCE) -> None:
        self._database = Database(folder / "library.db", patience=patience)
        self._index = DenseIndex(folder / "vectors.faiss")
        self._embedder = embedder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files; using the library again opens them again."""
        self._database.close()

    def size(self) -> Size:
        with self._reading() as snapshot:
            return snapshot.size()

    def standing(self, article: Article) -> Standing:
        with self._reading() as snapshot:
            return snapshot.standing(article)

    def article(self, article_id: str) -> Article:
        with self._reading() as snapshot:
            ids = snapshot.ids_beginning(article_id) if article_id else []
            found = snapshot.article(ids[0]) if len(ids) == 1 else None
        if not found:
            raise ArticleNotFoundError(article_id, several=len(ids))
        return found

    def articles(self) -> Iterator[Article]:
        """Every article, one in memory at a time, the earliest added first."""
        for card in reversed(self.cards()):
            with self._reading() as snapshot:
                article = snapshot.article(card.id)
            if article:  # Another process may have removed it by now.
                yield article

    def cards(self) -> list[Card]:
        with self._reading() as snapshot:
            return snapshot.cards()

    def dense(self, vector: Vector, *, limit: int) -> list[Hit]:
        """Passages by cosine to the vector, best first; at most ``limit``.

        Raises:
            EmbedderChangedError: the library was embedded with another embedder.
        """
        with self._reading() as snapshot:
            version = snapshot.version()
            if not version:
                return []
            self._check_embedder(version.embedder)
            hits = snapshot.hits(self._index.search(vector, _positive(limit), snapshot))
        if self._index.is_worth_saving:
            self._save_index()
        return hits

    def lexical(self, question: str, *, limit: int) -> list[Hit]:
        expression = lexical.match_expression(question)
        if not expression:
            return []
        with self._reading() as snapshot:
            return snapshot.hits(snapshot.matching(expression, _positive(limit)))

    def put(self, entries: Sequence[Entry]) -> None:
        """Store all entries in one transaction; of several with one id, the last.

        A text that is replaced lives on under the origin and card of its first copy, if it has one.

        Raises:
            EmbedderChangedError: the library was embedded with another embedder.
            ValueError: a passage is no slice of its article, or a vector not of unit length.
        """
        latest = {entry.article.card.id: prepare(entry) for entry in entries}
        if not latest:
            return
        with self._writing() as connection:
            self._adopt_embedder(connection, latest.values())
            for entry in latest.values():
                copies.replace(connection, entry)
            (traces,) = connection.execute("SELECT traces FROM library").fetchone()
        if traces:  # A removal was killed, or could not finish.
            try:
                self._remove_traces()
            except LibraryError as error:
                _log.warning("%s", error)

    def remember_copy(self, article: Article) -> bool:
        # No generation: the vectors stay as they are.
        with self._database.writing() as connection:
            is_copy = Snapshot(connection).standing(article) is Standing.COPY
            if is_copy:
                copies.remember(connection, article)
        return is_copy

    def remove(self, article_id: str) -> Card:
        with self._writing() as connection:
            snapshot = Snapshot(connection)
            card = snapshot.card(article_id)
            if not card:
                raise ArticleNotFoundError(article_id)
            delete(connection, article_id)
            copies.forget(connection)
            self._forget_deleted(connection)
        self._remove_traces()
        return card

    def rebuild(self, entries: Iterable[Entry]) -> None:
        """Put every article anew under this library's embedder, in one transaction.

        Until it is through, everyone else sees the library as it was, and a kill leaves it so;
        others who want to write are told that it is busy.

        Args:
            entries: One for each of :meth:`articles`; taken one at a time, so they may be lazy.

        Raises:
            ValueError: an article was left out, or one is not in the library.
        """
        with self._writing() as connection:
            (last,) = connection.execute("SELECT max(id) FROM passages").fetchone()
            dimensions = set()
            for entry in map(prepare, entries):
                if not copies.replace(connection, entry):
                    raise ValueError(f"{entry.article.card.origin} is not in the library")
                dimensions.add(entry.dimensions)
            if connection.execute("SELECT 1 FROM passages WHERE id <= ?", (last,)).fetchone():
                raise ValueError("a rebuild must put every article anew")
            self._set_embedder(connection, dimensions)
            self._forget_deleted(connection)
        self._remove_traces()

    @contextmanager
    def _reading(self) -> Iterator[Snapshot]:
        with self._database.reading() as connection:
            yield Snapshot(connection)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO generations SELECT max(number) + 1, ? FROM generations",
                (secrets.token_hex(8),),
            )
            yield connection

    def _forget_deleted(self, connection: sqlite3.Connection) -> None:
        """Remove what deleting rows leaves behind: terms, copies of vectors, bytes in the file."""
        # FTS5 only marks what is deleted; the terms go when its segments are merged.
        connection.execute("INSERT INTO words (words) VALUES ('optimize')")
        connection.execute("UPDATE library SET traces = 1")
        try:
            self._index.forget_deleted(Snapshot(connection))
        except OSError as error:
            raise LibraryError(
                f"The vectors cannot be taken out of the search index: {error}.",
                remedy="Nothing was changed; close other Klipings, free some space and try again.",
            ) from error

    def _remove_traces(self) -> None:
        """Remove the bytes of deleted rows from the file, as can be done in no transaction."""
        try:
            self._database.rewrite()
        except LibraryBusyError as error:
            raise LibraryError(
                "Bytes of removed articles are still in the library's files, because another"
                " Kliping is using them.",
                remedy="Close it; the next `kliping add` or `kliping rm` clears them.",
            ) from error
        with self._database.writing() as connection:
            connection.execute("UPDATE library SET traces = 0")

    def _adopt_embedder(
        self, connection: sqlite3.Connection, entries: Iterable[PreparedEntry]
    ) -> None:
        version = Snapshot(connection).version()
        if version:
            self._check_embedder(version.embedder)
        dimensions = {entry.dimensions for entry in entries}
        self._set_embedder(connection, dimensions | ({version.dimensions} if version else set()))

    def _set_embedder(self, connection: sqlite3.Connection, dimensions: set[int]) -> None:
        if len(dimensions) > 1:
            raise ValueError(f"vectors of {sorted(dimensions)} dimensions in one library")
        connection.execute(
            "UPDATE library SET embedder = ?, dimensions = ?",
            (self._embedder, next(iter(dimensions), None)),
        )

    def _check_embedder(self, built_with: str) -> None:
        if built_with != self._embedder:
            raise EmbedderChangedError(built_with=built_with, asked_with=self._embedder)

    def _save_index(self) -> None:
        # Within a transaction, so that no other process removes an article and finds its vectors
        # back in the file that is written here. A cache can wait: not now, then the next time.
        try:
            with self._database.writing(patience=0) as connection:
                self._index.save(Snapshot(connection))
        except LibraryBusyError:
            _log.debug("The search index is not saved now: another process is writing.")
        except OSError as error:
            _log.warning("The search index is not saved, so searches start slower: %s", error)


def _positive(limit: int) -> int:
    if limit < 1:  # SQLite would take a negative one for no limit.
        raise ValueError(f"limit must be positive, not {limit}")
    return limit
