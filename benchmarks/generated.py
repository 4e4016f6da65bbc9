"""What the library is measured on: articles of the samples' sentences, vectors of real texts."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import platformdirs

from models import catalog
from models.sentence import SentenceEmbedder
from models.weights import embedded_embedder
from rag.sentences import sentence_spans
from rag.values import Article, Card, Language, Vectors

SAMPLES = Path(__file__).parent.parent / "ui" / "samples"
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
CHUNK = 10_000


def embedder() -> SentenceEmbedder:
    """The embedded one."""
    folder = embedded_embedder(platformdirs.user_cache_path("kliping"))
    return SentenceEmbedder(folder, identity=catalog.embedder().identity)


def sample_sentences() -> dict[Language, list[str]]:
    """Every sentence of the sample articles."""
    found: dict[Language, list[str]] = {Language.INDONESIAN: [], Language.ENGLISH: []}
    for path in sorted(SAMPLES.glob("*.md")):
        text = path.read_text("utf-8").split("---", maxsplit=2)[2]
        language = Language.INDONESIAN if " yang " in text else Language.ENGLISH
        found[language] += [text[start:end] for start, end in sentence_spans(text)]
    return found


def articles(count: int, seed: int) -> Iterator[Article]:
    """Articles of ten to thirty sentences each, no two alike, every third in English."""
    sentences = sample_sentences()
    chance = random.Random(seed)
    for number in range(count):
        language = Language.INDONESIAN if number % 3 else Language.ENGLISH
        lead = f"{chance.randint(1000, 9999)} / {number}. "
        text = lead + " ".join(chance.choices(sentences[language], k=chance.randint(10, 30)))
        yield article(number, text, language)


def article(number: int, text: str, language: Language) -> Article:
    """An article with that text; each number is another one."""
    added = NEW_YEAR + timedelta(minutes=number)
    card = Card(f"/generated/{number}.txt", f"Berita {number}", language, added, len(text))
    return Article(card, text)


def real_passages(file: Path | None, count: int) -> list[str]:
    """Texts of a few sentences, from JSON lines with a "text" or from the samples."""
    if file:
        with file.open(encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in lines]
        # Evenly from the whole file, which may be sorted by subject.
        return [text[:800] for text in texts[:: max(1, len(texts) // count)]][:count]
    pairs = [
        " ".join(sentences[at : at + 2])
        for sentences in sample_sentences().values()
        for at in range(len(sentences) - 1)
    ]
    return pairs[:: max(1, len(pairs) // count)][:count]


def perturbed(real: Vectors, count: int, noise: float, seed: int) -> Iterator[Vectors]:
    """Real vectors, each moved by a part of the difference of two others; chunk by chunk.

    So what is moved stays in the shape that real vectors have, which are far from everywhere.
    """
    for start in range(0, count, CHUNK):
        chance = np.random.default_rng((seed, start))
        one, two, three = chance.integers(len(real), size=(3, min(CHUNK, count - start)))
        rows = real[one] + np.float32(noise) * (real[two] - real[three])
        yield rows / np.linalg.norm(rows, axis=1, keepdims=True)


def first_sentences(texts: Sequence[str]) -> list[str]:
    """What the questions of the measurements are."""
    return [text[slice(*sentence_spans(text)[0])] for text in texts]
