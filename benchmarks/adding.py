"""Adding articles, compared with embedding their passages alone: `python -m benchmarks.adding`.

One run is timed as a whole and, within it, what the embedder and the library take; so a busy
machine is as unfair to one as to the other. What is left is splitting and recognising duplicates.
The issue's measure is `--articles 1000`, which takes minutes.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.generated import articles, embedder
from index.library import SqliteLibrary
from models.sentence import SentenceEmbedder
from rag.collecting import Collector
from rag.ports import Entry, Standing
from rag.values import Article, Vector, Vectors


class TimedEmbedder:
    """An embedder that keeps how long it embedded passages."""

    def __init__(self, timed: SentenceEmbedder) -> None:
        self._timed = timed
        self.identity = timed.identity
        self.dimensions = timed.dimensions
        self.max_tokens = timed.max_tokens
        self.seconds = 0.0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._timed.count_tokens(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        start = time.perf_counter()
        vectors = self._timed.embed_passages(texts)
        self.seconds += time.perf_counter() - start
        return vectors

    def embed_question(self, text: str) -> Vector:
        return self._timed.embed_question(text)


class TimedLibrary(SqliteLibrary):
    """A library that keeps how long it stored and looked for duplicates."""

    seconds = 0.0

    def put(self, entries: Sequence[Entry]) -> None:
        start = time.perf_counter()
        super().put(entries)
        self.seconds += time.perf_counter() - start

    def standing(self, article: Article) -> Standing:
        start = time.perf_counter()
        standing = super().standing(article)
        self.seconds += time.perf_counter() - start
        return standing


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description="Adding, against embedding alone.")
    parser.add_argument("--articles", type=int, default=20, help="how many to add")
    parser.add_argument("--seed", type=int, default=7, help="of the articles")
    options = parser.parse_args()
    timed = TimedEmbedder(embedder())
    timed.embed_passages(["warms up"])
    timed.seconds = 0.0
    reads = [partial(_itself, article) for article in articles(options.articles, options.seed)]
    with (
        tempfile.TemporaryDirectory() as folder,
        TimedLibrary(Path(folder), embedder=timed.identity) as library,
    ):
        start = time.perf_counter()
        for _ in Collector(library, timed).collect(reads):
            pass
        total = time.perf_counter() - start
        size = library.size()
    print(f"{size.articles} articles, {size.passages} passages\n")
    rest = total - timed.seconds - library.seconds
    for name, seconds in [
        ("embedding alone", timed.seconds),
        ("storing", library.seconds),
        ("splitting and the rest", rest),
        ("adding", total),
    ]:
        print(f"{name:24}{seconds:10.2f} s{100 * seconds / timed.seconds:10.1f} %")


def _itself(article: Article) -> Article:
    return article


if __name__ == "__main__":
    main()
