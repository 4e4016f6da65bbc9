"""Retriever: both searches of the library, fused. No model writes anything."""

from dataclasses import dataclass

from rag.fusion import fuse
from rag.ports import Embedder, Library
from rag.values import Hit

_LIST_LENGTH = 50
"""Hits of each list that are fused: fusion gains nothing from the tail."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was searched for, what each search found, and both lists as one."""

    searched: str
    dense: tuple[Hit, ...]
    lexical: tuple[Hit, ...]
    fused: tuple[Hit, ...]


class Retriever:
    """Finds passages by meaning and by words."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self._library = library
        self._embedder = embedder

    def find(self, text: str) -> Found:
        """Find the passages for a question or a few words, best first in each list."""
        vector = self._embedder.embed_question(text)
        dense = self._library.dense(vector, limit=_LIST_LENGTH)
        lexical = self._library.lexical(text, limit=_LIST_LENGTH)
        return Found(text, tuple(dense), tuple(lexical), tuple(fuse(dense, lexical)))
