"""The values everything else speaks in. Frozen; what must not be cannot be built."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Vector: TypeAlias = npt.NDArray[np.float32]
"""One embedding: shape (dimensions,), unit length."""

Vectors: TypeAlias = npt.NDArray[np.float32]
"""Embeddings as rows: shape (n, dimensions), each of unit length."""


class Language(StrEnum):
    """A BCP 47 tag; ``und`` when a text is neither clearly one nor the other."""

    INDONESIAN = "id"
    ENGLISH = "en"
    UNDETERMINED = "und"


@dataclass(frozen=True, slots=True)
class Card:
    """All the catalogue knows about an article: everything but its text.

    Attributes:
        origin: Where it was read: an absolute path, an address, or ``text:<hash>`` for pasted
            text. One origin is one article.
        title: Never empty.
        language: Of the text.
        added: When it was read; aware.
        characters: Length of the text in code points.
        published: The calendar day its publisher printed on it, in the publisher's own time zone.
        site: Who published it, as a reader would say it: "Volubit.id".
        byline: Who wrote it.
    """

    origin: str
    title: str
    language: Language
    added: datetime
    characters: int
    published: date | None = None
    site: str | None = None
    byline: str | None = None

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValueError("a Card needs a title")
        if self.added.tzinfo is None:
            raise ValueError("Card.added must be aware of its time zone")

    @property
    def id(self) -> str:
        """Twelve hex digits that follow from the origin alone, so a changed text keeps its id."""
        return hashlib.sha256(self.origin.encode()).hexdigest()[:12]

    @property
    def address(self) -> str | None:
        """The http(s) address it came from, if it came from one."""
        return self.origin if self.origin.startswith(("http://", "https://")) else None


@dataclass(frozen=True, slots=True)
class Article:
    """One source text with its card."""

    card: Card
    text: str

    def __post_init__(self) -> None:
        if self.card.characters != len(self.text):
            raise ValueError("Card.characters must be the length of the text")

    @property
    def fingerprint(self) -> str:
        """Equal for equal title and text, wherever they were read."""
        return hashlib.sha256(f"{self.card.title}\0{self.text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of an article: ``article.text[start:end] == text``. Offsets count code points."""

    article_id: str
    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end or len(self.text) != self.end - self.start:
            raise ValueError(f"not a slice: {self.start}..{self.end}, {len(self.text)} long")


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, and how well it fits. Higher scores are better, everywhere."""

    card: Card
    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Source:
    """A passage as the model was shown it: under a number."""

    number: int
    card: Card
    passage: Passage


@dataclass(frozen=True, slots=True)
class Citation:
    """A source number in an answer and the sentence that supports it.

    ``start`` and ``end`` are offsets into the article's text; ``sentence`` is what stands there.
    """

    source: Source
    start: int
    end: int

    def __post_init__(self) -> None:
        passage = self.source.passage
        if not passage.start <= self.start < self.end <= passage.end:
            raise ValueError("a Citation's sentence must lie inside its passage")

    @property
    def sentence(self) -> str:
        """The supporting sentence, word for word."""
        passage = self.source.passage
        return passage.text[self.start - passage.start : self.end - passage.start]


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer with the citations it stands on."""

    text: str
    citations: tuple[Citation, ...]

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError("a Statement needs a citation; without one it is no answer")


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that the library supports: every statement names what it stands on."""

    statements: tuple[Statement, ...]
    language: Language

    def __post_init__(self) -> None:
        if not self.statements:
            raise ValueError("an Answer needs a statement; without one, reply NotFound")

    @property
    def text(self) -> str:
        """The statements, each with its source numbers before the full stop."""
        return " ".join(
            _with_marks(s.text, (c.source.number for c in s.citations)) for s in self.statements
        )

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every citation once, by source number and place."""
        unique = {c for s in self.statements for c in s.citations}
        return tuple(sorted(unique, key=lambda c: (c.source.number, c.start)))


class Reason(StrEnum):
    """Why there is no answer."""

    EMPTY_LIBRARY = "empty library"
    NOTHING_CLOSE = "nothing close"  # no passage is about what was asked
    MODEL_REFUSED = "model refused"  # the model read the sources and says they do not say
    UNSUPPORTED = "unsupported"  # the model said something that the sources do not


@dataclass(frozen=True, slots=True)
class NotFound:
    """A reply that says: not in your articles. ``closest`` are the nearest passages, best first."""

    language: Language
    reason: Reason
    closest: tuple[Source, ...]


Reply: TypeAlias = Answer | NotFound


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a chat and the text that was replied to it."""

    question: str
    reply: str


def _with_marks(text: str, numbers: Iterable[int]) -> str:
    """Put source numbers before the full stop, or at the end where there is none."""
    marks = "".join(f"[{n}]" for n in sorted(set(numbers)))
    body = text.rstrip(".")
    return f"{body} {marks}." if body != text else f"{text} {marks}"
