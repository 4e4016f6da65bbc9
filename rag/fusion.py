"""Ranked lists -> one ranked list."""

from collections.abc import Sequence
from dataclasses import replace

from rag.values import Hit, Passage

RANK_CONSTANT = 60
"""Damps the difference between first ranks; 60 is the value of the paper below."""


def fuse(*lists: Sequence[Hit]) -> list[Hit]:
    """Fuse ranked lists by reciprocal rank: a passage scores the sum of 1 / (60 + rank).

    Every passage of any list comes back once, best first, with its fused score; equal scores
    keep the order of the first list that has the passage. Adding a list that ranks nothing
    changes nothing.

    Reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009.
    """
    scores: dict[Passage, float] = {}
    hits: dict[Passage, Hit] = {}
    for ranked in lists:
        for rank, hit in enumerate(ranked, start=1):
            hits.setdefault(hit.passage, hit)
            scores[hit.passage] = scores.get(hit.passage, 0.0) + 1 / (RANK_CONSTANT + rank)
    best_first = sorted(hits.values(), key=lambda hit: -scores[hit.passage])
    return [replace(hit, score=scores[hit.passage]) for hit in best_first]
