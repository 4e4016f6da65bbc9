"""Copies: origins that have the title and text of a stored article.

A copy is no article, so that nothing is found twice; but its text was added, and must not go when
the article it copies gets another one. Every copy's fingerprint is that of an article, and no
copy's id is.
"""

import sqlite3

from index.entries import PreparedEntry, delete, facts, indexed, insert
from rag.values import Article, Language


def remember(connection: sqlite3.Connection, article: Article) -> None:
    """Write down a copy; of one that is known, what its card says now."""
    card = article.card
    connection.execute(
        "INSERT INTO copies (id, origin, fingerprint, language, added, published, site, byline)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " (fingerprint, language, added, published, site, byline) = (excluded.fingerprint,"
        " excluded.language, excluded.added, excluded.published, excluded.site, excluded.byline)",
        (card.id, card.origin, article.fingerprint, *facts(card)),
    )


def forget(connection: sqlite3.Connection) -> None:
    """Delete the copies of texts that no article has any more."""
    connection.execute(
        "DELETE FROM copies WHERE fingerprint NOT IN (SELECT fingerprint FROM articles)"
    )


def replace(connection: sqlite3.Connection, entry: PreparedEntry) -> bool:
    """Write an article in the place of what had its id; whether there was something.

    Another text that was there is handed on to its first copy, or deleted if it has none.
    """
    article_id = entry.article.card.id
    connection.execute("DELETE FROM copies WHERE id = ?", (article_id,))
    was_there = _hand_on(connection, entry.article) or delete(connection, article_id)
    insert(connection, entry)
    return was_there


def _hand_on(connection: sqlite3.Connection, changed: Article) -> bool:
    """Give the article that has the id of ``changed``, and another text, to its first copy.

    Its passages and vectors stay as they are: they follow from title and text alone.
    """
    row = connection.execute(
        "SELECT a.number, a.language, c.number, c.language FROM articles AS a"
        " JOIN copies AS c ON c.fingerprint = a.fingerprint"
        " WHERE a.id = ? AND a.fingerprint <> ? ORDER BY c.number LIMIT 1",
        (changed.card.id, changed.fingerprint),
    ).fetchone()
    if not row:
        return False
    number, language, copy, copy_language = row
    connection.execute(
        "UPDATE articles SET (id, origin, language, added, published, site, byline) ="
        " (SELECT id, origin, language, added, published, site, byline FROM copies"
        " WHERE number = ?) WHERE number = ?",
        (copy, number),
    )
    connection.execute("DELETE FROM copies WHERE number = ?", (copy,))
    if language != copy_language:  # Words are stemmed by the language of their article.
        _index_anew(connection, number, Language(copy_language))
    return True


def _index_anew(connection: sqlite3.Connection, number: int, language: Language) -> None:
    rows = connection.execute(
        "SELECT p.id, p.start, p.stop, a.title, t.text FROM articles AS a"
        " JOIN texts AS t ON t.article = a.number JOIN passages AS p ON p.article = a.number"
        " WHERE a.number = ?",
        (number,),
    ).fetchall()
    for passage_id, start, stop, title, text in rows:
        connection.execute(
            "UPDATE words SET title = ?, passage = ? WHERE rowid = ?",
            (indexed(title, language), indexed(text[start:stop], language), passage_id),
        )
