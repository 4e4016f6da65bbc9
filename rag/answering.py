"""Answerer: understand the question, retrieve, fit, stream, settle."""

import collections.abc
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeAlias

from rag import ports, prompts
from rag.citations import settle
from rag.duplicates import without_near_copies
from rag.fusion import fuse
from rag.ports import (
    Embedder,
    LanguageDetector,
    Library,
    Prompt,
    PromptForm,
)
from rag.questions import answer_language, searched_text
from rag.relevance import Bounds, is_about
from rag.values import Hit, Language, NotFound, Reason, Reply, Source, Turn

_LIST_LENGTH = 50
"""Hits of each list that are fused: fusion gains nothing from the tail."""

_SOURCES = {PromptForm.CHAT: 6, PromptForm.TEXT: 3}
"""Sources shown at most: a pretrained model loses the thread in more than a few."""

_TURNS = 3
"""Turns of a chat that go back into the prompt."""

_CLOSEST = 3
"""Passages shown when there is no answer."""


@dataclass(frozen=True, slots=True)
class Searching:
    """The library is being searched."""

    articles: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The model is reading these sources."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A bit of the draft. Empty while the model waits or reads: a chance to stop."""

    text: str


@dataclass(frozen=True, slots=True)
class Trace:
    """The whole way from question to reply, for whoever wants to see it.

    Attributes:
        searched: What was searched for: the question, completed from the turn before.
        dense: Hits by meaning, with their cosine.
        lexical: Hits by words, with their BM25.
        fused: Both lists as one.
        sources: What the model was shown.
        left_out: Sources that did not fit beside the draft.
        prompt: What the model was given; None when it was not asked.
        draft: What it wrote, before it was settled.
    """

    question: str
    searched: str
    dense: tuple[Hit, ...] = ()
    lexical: tuple[Hit, ...] = ()
    fused: tuple[Hit, ...] = ()
    sources: tuple[Source, ...] = ()
    left_out: tuple[Source, ...] = ()
    prompt: Prompt | None = None
    draft: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """The end: what is replied, and how it came about."""

    reply: Reply
    trace: Trace


Event: TypeAlias = Searching | Reading | Piece | Settled

Events: TypeAlias = Generator[Event, None, None]
"""What happens on the way to a reply; the last event is Settled, ``close()`` stops the model."""


class Answerer:
    """Answers questions from the library and from nothing else.

    ``bounds`` are the embedder's; without them the model is asked whatever was found.
    """

    def __init__(
        self,
        *,
        library: Library,
        embedder: Embedder,
        generator: ports.Generator,
        detector: LanguageDetector,
        bounds: Bounds | None = None,
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._generator = generator
        self._detector = detector
        self._bounds = bounds

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        language: Language | None = None,
        sources: int | None = None,
    ) -> collections.abc.Generator[Event, None, None]:
        """Answer a question, saying on the way what is being done; the last event is Settled.

        Close the generator to stop the model.

        Args:
            question: What the person typed.
            history: The turns before it, oldest first.
            language: Of the reply; the question's own when None.
            sources: How many sources to show the model at most.

        Raises:
            LibraryError, ModelError: as the ports say.
        """
        asked_in = answer_language(question, history, self._detector)
        language = language or asked_in
        articles = self._library.size().articles
        yield Searching(articles)
        if not articles:
            empty = NotFound(language, Reason.EMPTY_LIBRARY, ())
            yield Settled(empty, Trace(question, question))
            return
        trace = self._retrieve(question, searched_text(question, history))
        shown = sources or _SOURCES[self._generator.form]
        candidates = _numbered(islice(without_near_copies(trace.fused), shown))
        bounds = self._bounds
        if bounds and not is_about(trace.searched, asked_in, candidates, trace.dense, bounds):
            nothing = NotFound(language, Reason.NOTHING_CLOSE, candidates[:_CLOSEST])
            yield Settled(nothing, trace)
            return
        yield from self._write(trace, candidates, history, language)

    def search(self, question: str, *, limit: int) -> list[Hit]:
        """Find passages without asking a model: both lists fused, best first."""
        return list(self._retrieve(question, question).fused[:limit])

    def _retrieve(self, question: str, searched: str) -> Trace:
        vector = self._embedder.embed_question(searched)
        dense = self._library.dense(vector, limit=_LIST_LENGTH)
        lexical = self._library.lexical(searched, limit=_LIST_LENGTH)
        return Trace(question, searched, tuple(dense), tuple(lexical), tuple(fuse(dense, lexical)))

    def _write(
        self,
        trace: Trace,
        candidates: Sequence[Source],
        history: Sequence[Turn],
        language: Language,
    ) -> Events:
        recent = history[-_TURNS:]
        prompt, fitting = prompts.fit(
            candidates,
            lambda kept: prompts.answer_prompt(
                trace.question, kept, recent, language, self._generator.form
            ),
            self._generator,
        )
        yield Reading(fitting)
        pieces: list[str] = []
        with closing(self._generator.stream(prompt, max_tokens=prompts.DRAFT_TOKENS)) as stream:
            for piece in stream:
                pieces.append(piece)
                yield Piece(piece)
        draft = "".join(pieces)
        reply = settle(
            draft,
            question=trace.question,
            sources=fitting,
            language=language,
            closeness=self._closeness,
        )
        told = replace(
            trace,
            sources=fitting,
            left_out=tuple(candidates[len(fitting) :]),
            prompt=prompt,
            draft=draft,
        )
        yield Settled(reply, told)

    def _closeness(self, text: str, sentences: Sequence[str]) -> list[float]:
        vectors = self._embedder.embed_passages(sentences)
        cosines: list[float] = (vectors @ self._embedder.embed_question(text)).tolist()
        return cosines


def _numbered(hits: Iterable[Hit]) -> tuple[Source, ...]:
    return tuple(Source(n, hit.card, hit.passage) for n, hit in enumerate(hits, start=1))
