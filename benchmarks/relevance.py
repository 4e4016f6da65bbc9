"""How often the relevance gate lets a question through, with its article and without it.

For each set: the library holds the project's sample articles and the question's own article (every
question should pass), then the sample articles alone (no question should). Pairs of files come in
the evaluation format: NAME.articles.jsonl and NAME.questions.jsonl.

    python -m benchmarks.relevance ../shared/data/eval/idk_mrc.calib …
"""

import argparse
import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from models import catalog
from rag.passages import embedded_text, split
from rag.relevance import is_about
from rag.values import Article, Card, Hit, Language, Passage, Source, Vectors
from ui.settings import read_settings
from ui.wiring import Room

_SHOWN = 3


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("sets", nargs="+", type=Path, metavar="NAME", help="path without suffix")
    parser.add_argument("--limit", type=int, default=150, help="questions of each set")
    chosen = parser.parse_args()
    room = Room(read_settings(), say=print)
    samples = Path(__file__).parent.parent / "ui" / "samples"
    library = [room.reader.read_path(path) for path in sorted(samples.glob("*.md"))]
    cards, passages, vectors = _embedded(room, library)
    print(f"{'set':46}{'questions':>10}{'with article':>14}{'without':>9}")
    for name in chosen.sets:
        articles = {row["id"]: _article(room, row) for row in _rows(name, "articles")}
        questions = [row for row in _rows(name, "questions") if not row["unanswerable"]]
        random.Random(5).shuffle(questions)
        questions = questions[: chosen.limit]
        rightly = wrongly = 0
        for row in questions:
            own = _embedded(room, [articles[row["article_id"]]])
            with_own = (cards + own[0], passages + own[1], np.vstack([vectors, own[2]]))
            rightly += _passes(room, row, *with_own)
            wrongly += _passes(room, row, cards, passages, vectors)
        n = len(questions)
        print(f"{name.name:46}{n:10}{rightly / n:14.3f}{wrongly / n:9.3f}", flush=True)


def _passes(
    room: Room, row: dict[str, Any], cards: list[Card], passages: list[Passage], vectors: Vectors
) -> bool:
    cosines = vectors @ room.embedder.embed_question(row["question"])
    best = np.argsort(-cosines)[:_SHOWN]
    hits = [Hit(cards[i], passages[i], float(cosines[i])) for i in best]
    sources = [Source(n, hit.card, hit.passage) for n, hit in enumerate(hits, start=1)]
    bounds = catalog.embedder().bounds
    assert bounds is not None
    return is_about(row["question"], Language(row["language"]), sources, hits, bounds)


def _embedded(room: Room, articles: list[Article]) -> tuple[list[Card], list[Passage], Vectors]:
    of = [(a.card, p) for a in articles for p in split(a, room.embedder)]
    vectors = room.embedder.embed_passages([embedded_text(card, passage) for card, passage in of])
    return [card for card, _ in of], [passage for _, passage in of], vectors


def _article(room: Room, row: dict[str, Any]) -> Article:
    return room.reader.read_text(row["text"], title=row.get("title"))


def _rows(name: Path, kind: str) -> list[dict[str, Any]]:
    path = name.with_name(f"{name.name}.{kind}.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
