"""The library's tables, and how a library of an older Kliping becomes one of this."""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from rag.errors import LibraryError, LibraryTooNewError

Migration: TypeAlias = Callable[[sqlite3.Connection], None]

_APPLICATION = 0x4B6C6970  # "Klip": tells a library from any other program's database.

_VERSION_1 = (
    # One row. `traces` is 1 while removed articles may have left traces in the file.
    """
    CREATE TABLE library (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        embedder TEXT,
        dimensions INTEGER,
        traces INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    # One row for each change. The token tells this library's change number 7 from the number 7
    # of another, and from its own in a time that a restored backup has undone.
    """
    CREATE TABLE generations (
        number INTEGER PRIMARY KEY,
        token TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE articles (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        origin TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        title TEXT NOT NULL,
        language TEXT NOT NULL,
        added TEXT NOT NULL,  -- ISO 8601 in UTC, of one width: sorts as text
        characters INTEGER NOT NULL,
        published TEXT,
        site TEXT,
        byline TEXT
    ) STRICT
    """,
    "CREATE INDEX articles_by_fingerprint ON articles (fingerprint)",
    # Where else the title and text of an article were read. By fingerprint and not by article, so
    # that they stay with a text that is put again.
    """
    CREATE TABLE copies (
        number INTEGER PRIMARY KEY,  -- the first copy has the lowest
        id TEXT NOT NULL UNIQUE,
        origin TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        language TEXT NOT NULL,
        added TEXT NOT NULL,
        published TEXT,
        site TEXT,
        byline TEXT
    ) STRICT
    """,
    "CREATE INDEX copies_by_fingerprint ON copies (fingerprint)",
    # Apart from articles, so that cards are read without touching a text.
    """
    CREATE TABLE texts (
        article INTEGER PRIMARY KEY REFERENCES articles (number) ON DELETE CASCADE,
        text TEXT NOT NULL
    ) STRICT
    """,
    # AUTOINCREMENT: an id is never given twice, so whoever holds vectors by id holds the right
    # ones. Start and stop count code points; first_byte and byte_count say the same of the UTF-8.
    """
    CREATE TABLE passages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        article INTEGER NOT NULL REFERENCES articles (number) ON DELETE CASCADE,
        start INTEGER NOT NULL,
        stop INTEGER NOT NULL,
        first_byte INTEGER NOT NULL,
        byte_count INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX passages_by_article ON passages (article)",
    # Apart from passages, so that ids are listed without reading past the vectors.
    """
    CREATE TABLE vectors (
        passage INTEGER PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE,
        vector BLOB NOT NULL  -- float32, little endian
    ) STRICT
    """,
    # What is stored here is stemmed already: a token is all between two spaces.
    """
    CREATE VIRTUAL TABLE words USING fts5 (
        title, passage, tokenize = "ascii tokenchars '.,_'''"
    )
    """,
)


def _first(connection: sqlite3.Connection) -> None:
    for statement in _VERSION_1:
        connection.execute(statement)
    connection.execute("INSERT INTO library (only) VALUES (1)")
    connection.execute("INSERT INTO generations VALUES (0, ?)", (secrets.token_hex(8),))


MIGRATIONS: Sequence[Migration] = (_first,)
"""Step n brings a library from format n to n + 1. A step that was released is never changed."""


def migrate(
    connection: sqlite3.Connection, path: Path, steps: Sequence[Migration] = MIGRATIONS
) -> None:
    """Bring the library to the newest format, in one transaction.

    Raises:
        LibraryTooNewError: a newer Kliping wrote it.
        LibraryError: it is a database, but not a library.
    """
    # To look, no lock is taken that a long change of another process would make one wait for.
    with transaction(connection, "BEGIN"):
        if _format(connection, path, len(steps)) == len(steps):
            return
    with transaction(connection, "BEGIN IMMEDIATE"):
        # Again: another process may have been first.
        for step in steps[_format(connection, path, len(steps)) :]:
            step(connection)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(steps)}")


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    """Commit at the end of the block; undo all of it if an exception ends it."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _format(connection: sqlite3.Connection, path: Path, known: int) -> int:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != _APPLICATION and (tables or found):
        raise LibraryError(
            f"{path} belongs to another program.",
            remedy="Move it away, or point KLIPING_HOME at another folder.",
        )
    if found > known:
        raise LibraryTooNewError(found=found, known=known)
    return int(found)
