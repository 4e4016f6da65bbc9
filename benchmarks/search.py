"""Search, compared with raw FAISS on the very same index: `python -m benchmarks.search`.

Libraries are filled with perturbed real embeddings. At the default `--noise` of 0.6 a vector's
neighbours are about as near as those of real passages (cosine 0.86); at 0.3 they are like copies.
Questions are sentences, embedded as questions are.

`raw` is FAISS alone; `ours` goes from a vector to hits with their cards and texts, read from
SQLite and scored exactly; `words` is the full-text search. Recall is that of the ten nearest by
arithmetic over all vectors. `first` is the first search after a start, imports apart; `removed`
is the removal of one article with every trace.

The samples give few real passages; with a file of JSON lines that have a "text" it is fairer:
`python -m benchmarks.search --sizes 1000 100000 1000000 --texts FILE --real 4000`.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.generated import (
    CHUNK,
    article,
    embedder,
    first_sentences,
    perturbed,
    real_passages,
)
from index.library import SqliteLibrary
from index.sealed import reading_sealed
from rag.ports import Entry
from rag.values import Language, Passage, Vectors

LIMIT = 10
PASSAGES_EACH = 5


def main() -> None:
    """Measure and print a table."""
    import faiss

    options = _options()
    texts = real_passages(options.texts, options.real)
    questions = first_sentences(texts[:: max(1, len(texts) // options.questions)])
    model = embedder()
    real = model.embed_passages(texts)
    asked = np.stack([model.embed_question(question) for question in questions])
    print(
        f"{len(real)} real vectors, noise {options.noise}, {len(asked)} questions,"
        f" {faiss.omp_get_max_threads()} threads; medians"
    )
    columns = ("raw, ms", "ours, ms", "words, ms", "recall", "first, s", "removed, s", "MB")
    print(f"{'passages':>10}" + "".join(f"{column:>12}" for column in columns))
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            measured = _measured(Path(folder), texts, real, questions, asked, size, options.noise)
        cells = "".join(f"{value:12.3f}" if value < 100 else f"{value:12.0f}" for value in measured)
        print(f"{size:10}" + cells, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Search, against FAISS alone.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000], help="passages")
    parser.add_argument("--texts", type=Path, help="JSON lines with real passages")
    parser.add_argument("--real", type=int, default=200, help="how many of them to embed")
    parser.add_argument("--noise", type=float, default=0.6, help="how far to move vectors")
    parser.add_argument("--questions", type=int, default=50, help="how many to ask")
    return parser.parse_args()


def _measured(
    folder: Path,
    texts: Sequence[str],
    real: Vectors,
    questions: Sequence[str],
    asked: Vectors,
    size: int,
    noise: float,
) -> list[float]:
    tenth = np.full((len(asked), LIMIT), -1, np.float32)
    with SqliteLibrary(folder, embedder="measured") as library:
        for start, rows in zip(range(0, size, CHUNK), perturbed(real, size, noise, 0), strict=True):
            library.put(list(_entries(start, texts, rows)))
            tenth = np.sort(np.hstack([tenth, asked @ rows.T]), axis=1)[:, -LIMIT:]
        library.dense(asked[0], limit=1)  # makes the index and saves it
    with SqliteLibrary(folder, embedder="measured") as library:
        first = _seconds(lambda: library.dense(asked[0], limit=LIMIT))
        raw = _raw(folder)
        took: dict[str, list[float]] = {"raw": [], "ours": [], "words": []}
        found = 0
        for question, vector, least in zip(questions, asked, tenth[:, 0], strict=True):
            took["raw"].append(_seconds(lambda: raw.search(vector[np.newaxis], LIMIT)))  # noqa: B023
            took["ours"].append(_seconds(lambda: library.dense(vector, limit=LIMIT)))  # noqa: B023
            took["words"].append(_seconds(lambda: library.lexical(question, limit=LIMIT)))  # noqa: B023
            hits = library.dense(vector, limit=LIMIT)
            found += sum(hit.score >= least - 1e-6 for hit in hits)
        megabytes = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
        removed = _seconds(lambda: library.remove(library.cards()[0].id))
    in_milliseconds = [1000 * median(seconds) for seconds in took.values()]
    return [*in_milliseconds, found / asked.shape[0] / LIMIT, first, removed, megabytes]


def _entries(start: int, texts: Sequence[str], rows: Vectors) -> Iterator[Entry]:
    """Articles of a few passages, each a real text under other vectors."""
    for at in range(0, len(rows), PASSAGES_EACH):
        parts = [texts[(start + at * 7 + i) % len(texts)] for i in range(PASSAGES_EACH)]
        parts = parts[: len(rows) - at]
        of = article(start + at, "\n".join(parts), Language.INDONESIAN)
        passages = []
        begin = 0
        for part in parts:
            passages.append(Passage(of.card.id, begin, begin + len(part), part))
            begin += len(part) + 1
        yield Entry(of, tuple(passages), rows[at : at + PASSAGES_EACH])


def _raw(folder: Path) -> Any:
    """The index that the library saved, as FAISS's own object."""
    faiss: Any = import_module("faiss")  # Its type hints leave half of it out.
    with reading_sealed(folder / "vectors.faiss") as saved:
        assert saved, "the search above saved it"
        _, read = saved
        return faiss.read_index(faiss.PyCallbackIOReader(read))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
