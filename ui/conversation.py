"""A chat as the page keeps it: its questions, and what has become of each so far."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias, assert_never

from rag.answering import Event, Piece, Reading, Searching, Settled
from rag.errors import KlipingError
from rag.values import Answer, NotFound, Reply, Source, Turn
from ui.words import WORDS


@dataclass(frozen=True, slots=True)
class Drafting:
    """The answerer is at work.

    Attributes:
        articles: How many are searched; None before the search has begun.
        sources: What the model reads; empty before it does.
        draft: What it has written; the settled reply may drop some of it.
    """

    articles: int | None = None
    sources: tuple[Source, ...] = ()
    draft: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The person stopped it; what was drafted by then was never checked."""

    sources: tuple[Source, ...]
    draft: str


@dataclass(frozen=True, slots=True)
class Broken:
    """It could not be answered. ``error`` is None when nobody expected what happened."""

    error: KlipingError | None


Outcome: TypeAlias = Drafting | Stopped | Broken | Reply


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of a chat and what has become of it so far."""

    question: str
    outcome: Outcome


Chat: TypeAlias = tuple[Exchange, ...]


class Asked(Protocol):
    """Whoever answers questions; closing the generator stops the model."""

    def ask(
        self, question: str, *, history: Sequence[Turn] = ()
    ) -> Generator[Event, None, None]: ...


def ask(answerer: Callable[[], Asked], chat: Chat, question: str) -> Generator[Chat, None, None]:
    """Put a question; yield the chat each time something has come of it.

    Close the generator to stop the model; then ``stopped`` says so in the chat.

    Args:
        answerer: Gets the answerer; it may have to be built first, which can fail, too.
        chat: What was asked before.
        question: What is asked now.
    """
    exchange = Exchange(question, Drafting())
    yield (*chat, exchange)
    try:
        with closing(answerer().ask(question, history=turns(chat))) as events:
            for event in events:
                exchange = replace(exchange, outcome=_after(exchange.outcome, event))
                yield (*chat, exchange)
    except KlipingError as error:
        yield (*chat, replace(exchange, outcome=Broken(error)))


def turns(chat: Chat) -> tuple[Turn, ...]:
    """What was said so far, as far as it was settled."""
    return tuple(_turns(chat))


def stopped(chat: Chat) -> Chat:
    """The chat after its last question was stopped; unchanged when that was settled already."""
    match chat:
        case (*before, Exchange(question=question, outcome=Drafting(sources=read, draft=draft))):
            return (*before, Exchange(question, Stopped(read, draft)))
        case _:
            return chat


def broken(chat: Chat) -> Chat:
    """The chat after something unexpected happened to its last question."""
    match chat:
        case (*before, Exchange(question=question, outcome=Drafting())):
            return (*before, Exchange(question, Broken(None)))
        case _:
            return chat


def _after(outcome: Outcome, event: Event) -> Outcome:
    match event, outcome:
        case Settled(reply=reply), _:
            return reply
        case Searching(articles=articles), _:
            return Drafting(articles)
        case Reading(sources=sources), Drafting():
            return replace(outcome, sources=sources)
        case Piece(text=text), Drafting(draft=draft):
            return replace(outcome, draft=draft + text)
        case _:
            return outcome


def _turns(chat: Chat) -> Iterator[Turn]:
    for exchange in chat:
        match exchange.outcome:
            case Answer(text=text):
                yield Turn(exchange.question, text)
            case NotFound(language=language):
                yield Turn(exchange.question, WORDS[language].not_found)
            case Drafting() | Stopped() | Broken():
                pass
            case _ as unreachable:
                assert_never(unreachable)
