"""What the tests of the library make: entries with vectors that follow from their text alone."""

import hashlib
from itertools import pairwise

import numpy as np

from rag.ports import Entry
from rag.values import Language, Passage, Vector, Vectors
from tests.making import article

DIMENSIONS = 16


def entry(
    text: str,
    *,
    origin: str,
    title: str = "Judul",
    language: Language = Language.INDONESIAN,
    passages: int = 1,
) -> Entry:
    """An article cut into passages of about equal length."""
    of = article(text, title=title, origin=origin, language=language)
    cuts = [len(text) * i // passages for i in range(passages + 1)]
    parts = tuple(Passage(of.card.id, a, b, text[a:b]) for a, b in pairwise(cuts))
    return Entry(of, parts, np.stack([vector_of(part.text) for part in parts]))


def entry_with(vectors: Vectors, *, origin: str) -> Entry:
    """An article with those very vectors; its passages are its first letters."""
    of = article("x" * len(vectors), origin=origin)
    parts = tuple(Passage(of.card.id, i, i + 1, "x") for i in range(len(vectors)))
    return Entry(of, parts, vectors)


def vector_of(text: str) -> Vector:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    vector: Vector = unit_rows(np.random.default_rng(seed).standard_normal((1, DIMENSIONS)))[0]
    return vector


def unit_rows(rows: np.typing.ArrayLike) -> Vectors:
    rows = np.asarray(rows, np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
