"""Answerer: understand the question, retrieve, fit, stream, settle."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeAlias

from rag import ports, prompts
from rag.citations import settle
from rag.duplicates import without_near_copies
from rag.ports import (
    Embedder,
    LanguageDetector,
    Library,
    Prompt,
    PromptForm,
)
from rag.questions import answer_language, searched_text, without_marks
from rag.relevance import Bounds, is_about
from rag.retrieval import Found, Retriever
from rag.values import Hit, Language, NotFound, Reason, Reply, Source, Turn

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
        found: What was searched for (the question, completed from the turn before) and found.
        sources: What the model was shown.
        left_out: Sources that did not fit beside the draft.
        turns_left_out: How many earlier turns did not fit.
        prompt: What the model was given; None when it was not asked.
        draft: What it wrote, before it was settled.
    """

    question: str
    found: Found
    sources: tuple[Source, ...] = ()
    left_out: tuple[Source, ...] = ()
    turns_left_out: int = 0
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

    ``bounds`` are the embedder's; without them the model is asked whatever was found, and no
    translation is trusted.
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
        self._retriever = Retriever(library, embedder)
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
    ) -> Events:
        """Answer a question, saying on the way what is being done; the last event is Settled.

        Close the events to stop the model.

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
        recent = without_marks(history[-_TURNS:])
        articles = self._library.size().articles
        yield Searching(articles)
        if not articles:
            nothing = Found(question, (), (), ())
            empty = NotFound(language, Reason.EMPTY_LIBRARY, ())
            yield Settled(empty, Trace(question, nothing))
            return
        found = self._retriever.find(searched_text(question, recent))
        trace = Trace(question, found)
        shown = sources or _SOURCES[self._generator.form]
        candidates = _numbered(islice(without_near_copies(found.fused), shown))
        bounds = self._bounds
        if bounds and not is_about(found.searched, asked_in, candidates, found.dense, bounds):
            yield Settled(NotFound(language, Reason.NOTHING_CLOSE, candidates[:_CLOSEST]), trace)
            return
        yield from self._write(trace, candidates, recent, language)

    def _write(
        self, trace: Trace, candidates: Sequence[Source], recent: Sequence[Turn], language: Language
    ) -> Events:
        prompt, fitting, turns = prompts.fit(
            candidates,
            recent,
            lambda kept, told: prompts.answer_prompt(
                trace.question, kept, told, language, self._generator.form
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
            said_before=recent[-1].reply if recent else "",
            translated=self._translated if self._bounds else None,
        )
        told = replace(
            trace,
            sources=fitting,
            left_out=tuple(candidates[len(fitting) :]),
            turns_left_out=len(recent) - len(turns),
            prompt=prompt,
            draft=draft,
        )
        yield Settled(reply, told)

    def _translated(self, text: str, sentence: str) -> bool:
        (vector,) = self._embedder.embed_passages([sentence])
        cosine = float(vector @ self._embedder.embed_question(text))
        return self._bounds is not None and cosine >= self._bounds.translated


def _numbered(hits: Iterable[Hit]) -> tuple[Source, ...]:
    return tuple(Source(n, hit.card, hit.passage) for n, hit in enumerate(hits, start=1))
