"""What the thinking needs from outside. Narrow promises; whoever implements one keeps all of it."""

import collections.abc
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from pathlib import Path
from typing import Protocol, TypeAlias

from rag.values import Article, Card, Hit, Language, Passage, Vector, Vectors


class Embedder(Protocol):
    """Turns passages and questions into vectors of one space; cosine is closeness."""

    @property
    def identity(self) -> str:
        """Names the model and its revision; vectors of equal identities may be compared."""
        ...

    @property
    def dimensions(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text are read; prefix and special tokens are already taken off."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text by the embedder's own tokenizer, special tokens not counted."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts to be found: shape (len(texts), dimensions), rows of unit length.

        Row i does not depend on the other texts beyond float rounding.

        Raises:
            ValueError: a text is longer than ``max_tokens``; nothing is cut unseen.
        """
        ...

    def embed_question(self, text: str) -> Vector:
        """Embed a text to find with: shape (dimensions,). Only ``max_tokens`` of it are read."""
        ...


class Role(StrEnum):
    """Who speaks in a chat prompt."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat prompt."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class TextPrompt:
    """Text to be continued, by a model that was only pretrained.

    The draft ends before the first of ``stop``, which is never part of it.
    """

    text: str
    stop: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChatPrompt:
    """A conversation to be answered, by a model tuned for it; the adapter applies its template."""

    messages: tuple[Message, ...]


Prompt: TypeAlias = TextPrompt | ChatPrompt

Pieces: TypeAlias = collections.abc.Generator[str, None, None]
"""A draft as it is written; ``close()`` stops the writing."""


class PromptForm(Enum):
    """Which kind of prompt a generator was made for."""

    TEXT = auto()
    CHAT = auto()


class Generator(Protocol):
    """Writes text, piece by piece. Safe to call from several threads: callers take turns."""

    @property
    def name(self) -> str:
        """What a person calls the model."""
        ...

    @property
    def form(self) -> PromptForm: ...

    @property
    def context_window(self) -> int:
        """How many tokens prompt and draft may fill together."""
        ...

    def count_tokens(self, prompt: Prompt) -> int:
        """Tokens of the whole prompt as the model will read it, template included."""
        ...

    def stream(self, prompt: Prompt, *, max_tokens: int) -> Pieces:
        """Yield the draft in pieces; joined, they are the whole draft.

        Empty pieces come while the caller waits for its turn and while the prompt is read, so
        that whoever iterates can stop at any time by closing it.

        Raises:
            PromptTooLongError: before the first piece, never after it.
            ModelError: the model cannot work, or its server does not answer.
        """
        ...


class Standing(Enum):
    """How an article stands to the library."""

    NEW = auto()
    UNCHANGED = auto()  # same origin, same text, same card but for when it was read
    CHANGED = auto()  # same origin, another text or card: put() will replace it
    COPY = auto()  # another origin has the very same title and text: remember_copy()


@dataclass(frozen=True, slots=True)
class Entry:
    """What is put into the library together: an article, its passages and their vectors.

    ``vectors`` has shape (len(passages), dimensions).
    """

    article: Article
    passages: tuple[Passage, ...]
    vectors: Vectors

    def __post_init__(self) -> None:
        if not self.passages or len(self.passages) != len(self.vectors):
            raise ValueError("an Entry needs passages, and one vector for each")


@dataclass(frozen=True, slots=True)
class Size:
    """How much the library holds."""

    articles: int
    passages: int


class Library(Protocol):
    """Everything that was added. Several processes may use one library at once."""

    def size(self) -> Size: ...

    def standing(self, article: Article) -> Standing: ...

    def put(self, entries: Sequence[Entry]) -> None:
        """Store all entries in one transaction, each in the place of what had its id.

        A text that is replaced lives on under the origin and card of its first copy, if it has one.
        """
        ...

    def remember_copy(self, article: Article) -> bool:
        """Remember where else a stored text was read, until another text is put from there.

        False, and nothing is remembered, when the article is no COPY (any more).
        """
        ...

    def remove(self, article_id: str) -> Card:
        """Remove an article, its copies and every trace of them; return its card.

        Raises:
            ArticleNotFoundError: there is none.
        """
        ...

    def article(self, article_id: str) -> Article:
        """Return the article with that id, or with the only id that begins so.

        Raises:
            ArticleNotFoundError: there is none, or several begin so.
        """
        ...

    def cards(self) -> list[Card]:
        """Every article's card, the latest added first."""
        ...

    def dense(self, vector: Vector, *, limit: int) -> list[Hit]:
        """Passages by cosine to the vector, best first; at most ``limit``."""
        ...

    def lexical(self, question: str, *, limit: int) -> list[Hit]:
        """Passages that share stemmed words with the question, by BM25, best first."""
        ...


class Reader(Protocol):
    """Turns what a person names into articles."""

    def read_path(self, path: Path) -> Article:
        """Read one file.

        Raises:
            ReadingError: names the file, what is wrong with it and what to do.
        """
        ...

    def read_address(self, address: str) -> Article:
        """Fetch one http(s) address and read the article on it.

        Raises:
            ReadingError: as above.
        """
        ...

    def read_text(self, text: str, *, title: str | None = None) -> Article:
        """Take pasted text or standard input.

        Raises:
            NothingToReadError: the text holds no words.
        """
        ...


class LanguageDetector(Protocol):
    """Tells Indonesian from English, and says when it cannot."""

    def detect(self, text: str) -> Language:
        """Language of a text; ``UNDETERMINED`` for very short, mixed or other-language text."""
        ...
