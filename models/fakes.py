"""Embedder and generator without weights that keep the same promises.

They ship so that an installation can be tried, and everything above the models tested, in
milliseconds: ``embedder = "fake"`` and ``generator = "fake"`` in the settings.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from rag.errors import PromptTooLongError
from rag.ports import ChatPrompt, Pieces, Prompt, PromptForm, TextPrompt
from rag.terms import content_words, stems, words
from rag.values import Language, Vector, Vectors

_SOURCE = re.compile(r"^\[(\d+)\] .*\n(.+)$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


class FakeEmbedder:
    """Vectors of stemmed words: texts are close when they share words."""

    identity = "fake"
    dimensions = 256
    max_tokens = 512

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(words(text)) for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        for text, count in zip(texts, self.count_tokens(texts), strict=True):
            if count > self.max_tokens:
                raise ValueError(f"{count} tokens, {self.max_tokens} are read: {text[:40]!r}…")
        rows = [self._embed(text) for text in texts]
        return np.stack(rows) if rows else np.empty((0, self.dimensions), np.float32)

    def embed_question(self, text: str) -> Vector:
        return self._embed(" ".join(words(text)[: self.max_tokens]))

    def _embed(self, text: str) -> Vector:
        row = np.zeros(self.dimensions, np.float32)
        row[0] = 0.1  # A text without a word still has a direction.
        for word in content_words(text):
            for stem in stems(word, Language.UNDETERMINED):
                # Not hash(): Python salts it anew in every process.
                row[int.from_bytes(hashlib.sha256(stem.encode()).digest()[:4]) % len(row)] += 1
        unit: Vector = row / np.linalg.norm(row)
        return unit


def quote(prompt: Prompt) -> str:
    """Answer a chat prompt with the sentence of its sources that shares most of the question."""
    if isinstance(prompt, TextPrompt):
        return ""
    asked = prompt.messages[-1].text
    sources, _, question = asked.rpartition("\n\n")
    wanted = set(content_words(question))
    best, most = "", 0
    for number, text in _SOURCE.findall(sources):
        for sentence in _SENTENCE_END.split(text):
            shared = len(wanted & set(content_words(sentence)))
            if shared > most:
                best, most = f"{sentence.rstrip('.')} [{number}].", shared
    return best


class FakeGenerator:
    """Writes what ``write`` makes of the prompt: by default a quotation from the sources."""

    name = "fake"
    context_window = 4096

    def __init__(
        self, write: Callable[[Prompt], str] = quote, form: PromptForm = PromptForm.CHAT
    ) -> None:
        self._write = write
        self.form = form

    def count_tokens(self, prompt: Prompt) -> int:
        match prompt:
            case TextPrompt(text=text):
                return len(text.split())
            case ChatPrompt(messages=messages):
                return sum(len(message.text.split()) + 1 for message in messages)

    def stream(self, prompt: Prompt, *, max_tokens: int) -> Pieces:
        needed = self.count_tokens(prompt) + max_tokens
        if needed > self.context_window:
            raise PromptTooLongError(needed=needed, context_window=self.context_window)
        yield ""
        draft = self._write(prompt)
        if isinstance(prompt, TextPrompt):
            ends = [at for stop in prompt.stop if (at := draft.find(stop)) >= 0]
            draft = draft[: min(ends, default=len(draft))]
        cuts = [0, *(m.end() for m in re.finditer(r"\S+\s*", draft))][: max_tokens + 1]
        for start, end in pairwise(cuts):
            yield draft[start:end]
