"""Collector: read -> recognise duplicates -> split -> embed -> store."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from rag.errors import NothingToReadError, ReadingError
from rag.passages import embedded_text, split
from rag.ports import Embedder, Entry, Library, Standing
from rag.values import Article, Card, Passage

_BATCH_PASSAGES = 64
"""Passages embedded and stored together: a kill loses no more than these."""


@dataclass(frozen=True, slots=True)
class Collected:
    """An article that is in the library now; ``standing`` tells how it stood before."""

    card: Card
    standing: Standing


@dataclass(frozen=True, slots=True)
class Failed:
    """A source that could not be read; the others went on."""

    error: ReadingError


Outcome: TypeAlias = Collected | Failed
Read: TypeAlias = Callable[[], Article]
"""Reads one source when called; raises ReadingError when it cannot."""

_Pending: TypeAlias = tuple[Article, Standing, tuple[Passage, ...]]


class Collector:
    """Brings what can be read into the library."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self._library = library
        self._embedder = embedder

    def collect(self, reads: Iterable[Read]) -> Iterator[Outcome]:
        """Read, embed and store, batch by batch; yield what became of each, in order.

        An outcome is yielded only when it is true: a Collected article is stored by then.
        """
        batch: list[_Pending] = []
        for read in reads:
            try:
                article = read()
                if _bears_on(batch, article):
                    yield from self._store(batch)
                    batch = []
                pending = self._prepare(article)
            except ReadingError as error:
                yield from self._store(batch)
                batch = []
                yield Failed(error)
                continue
            batch.append(pending)
            if sum(len(passages) for _, _, passages in batch) >= _BATCH_PASSAGES:
                yield from self._store(batch)
                batch = []
        yield from self._store(batch)

    def entry(self, article: Article) -> Entry:
        """Split and embed one article, for a library that is built anew."""
        passages = split(article, self._embedder)
        return self._entries([(article, Standing.NEW, passages)])[0]

    def _prepare(self, article: Article) -> _Pending:
        standing = self._library.standing(article)
        while standing is Standing.COPY and not self._library.remember_copy(article):
            # Another process has just changed or removed what it is a copy of.
            standing = self._library.standing(article)
        if standing in (Standing.UNCHANGED, Standing.COPY):
            return article, standing, ()
        passages = split(article, self._embedder)
        if not passages:
            raise NothingToReadError(
                f"{article.card.origin} holds no words.",
                origin=article.card.origin,
                remedy="Check that it is the text you meant.",
            )
        return article, standing, passages

    def _store(self, batch: list[_Pending]) -> Iterator[Outcome]:
        fresh = [pending for pending in batch if pending[2]]
        if fresh:
            self._library.put(self._entries(fresh))
        for article, standing, _ in batch:
            yield Collected(article.card, standing)

    def _entries(self, batch: list[_Pending]) -> list[Entry]:
        texts = [embedded_text(a.card, p) for a, _, passages in batch for p in passages]
        vectors = self._embedder.embed_passages(texts)
        entries = []
        at = 0
        for article, _, passages in batch:
            entries.append(Entry(article, passages, vectors[at : at + len(passages)]))
            at += len(passages)
        return entries


def _bears_on(batch: list[_Pending], article: Article) -> bool:
    """Whether how the article stands may be another once the batch is stored."""
    return any(
        standing is Standing.CHANGED  # The text it replaces may be the article's.
        or (passages and other.card.id == article.card.id)
        or (passages and other.fingerprint == article.fingerprint)
        for other, standing, passages in batch
    )
