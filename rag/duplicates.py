"""Near-identical passages: agencies' texts that many sites print."""

from collections.abc import Iterable, Iterator

from rag.terms import words
from rag.values import Hit

_SHINGLE = 4
"""Words in a row that are compared as one."""

_SAME = 0.7
"""Share of the shorter passage's shingles that the longer one has, from which both are one."""


def without_near_copies(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Yield the first hit of each group of near-identical passages, in order.

    Broder, "On the resemblance and containment of documents", 1997: containment of word shingles.
    """
    kept: list[frozenset[tuple[str, ...]]] = []
    for hit in hits:
        shingles = _shingles(hit.passage.text)
        if not any(_contained(shingles, other) for other in kept):
            kept.append(shingles)
            yield hit


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    said = words(text)
    width = min(_SHINGLE, len(said))
    return frozenset(tuple(said[i : i + width]) for i in range(len(said) - width + 1))


def _contained(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    shorter = min(len(one), len(other))
    return bool(shorter) and len(one & other) / shorter >= _SAME
