from collections.abc import Generator, Sequence

import pytest

from rag.answering import Event, Piece, Reading, Searching, Settled, Trace
from rag.errors import ModelMissingError
from rag.retrieval import Found
from rag.values import Answer, Citation, Language, NotFound, Reason, Statement, Turn
from tests.making import source
from ui.conversation import Broken, Chat, Drafting, Exchange, Stopped, ask, broken, stopped, turns

ONE = source("Pabrik tutup.")
ANSWER = Answer((Statement("Pabrik tutup.", (Citation(ONE, 0, 13),)),), Language.INDONESIAN)
REFUSAL = NotFound(Language.ENGLISH, Reason.MODEL_REFUSED, (ONE,))
TRACE = Trace("Kapan?", Found("Kapan?", (), (), ()))


class Answering:
    """Says what it is told to, and remembers what it was asked and whether it was closed."""

    def __init__(self, *events: Event | Exception) -> None:
        self.events = events
        self.history: Sequence[Turn] = ()
        self.closed = False

    def ask(self, question: str, *, history: Sequence[Turn] = ()) -> Generator[Event, None, None]:
        self.history = history
        try:
            for event in self.events:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed = True


def outcomes(answering: Answering, chat: Chat = ()) -> list[object]:
    return [step[-1].outcome for step in ask(lambda: answering, chat, "Kapan?")]


def test_a_question_goes_from_searching_to_its_reply() -> None:
    answering = Answering(
        Searching(16), Reading((ONE,)), Piece(""), Piece("Pabrik "), Piece("tutup."),
        Settled(ANSWER, TRACE),
    )  # fmt: skip
    assert outcomes(answering) == [
        Drafting(),
        Drafting(16),
        Drafting(16, (ONE,)),
        Drafting(16, (ONE,)),
        Drafting(16, (ONE,), "Pabrik "),
        Drafting(16, (ONE,), "Pabrik tutup."),
        ANSWER,
    ]


def test_earlier_questions_stay_and_settled_ones_are_remembered() -> None:
    before = (
        Exchange("Siapa?", ANSWER),
        Exchange("Mengapa?", Stopped((), "Karena")),
        Exchange("Who?", REFUSAL),
        Exchange("Di mana?", Broken(None)),
    )
    answering = Answering(Settled(ANSWER, TRACE))
    *_, last = ask(lambda: answering, before, "Kapan?")
    assert last == (*before, Exchange("Kapan?", ANSWER))
    assert answering.history == turns(before)
    assert answering.history == (
        Turn("Siapa?", "Pabrik tutup [1]."),
        Turn("Who?", "Not in your articles."),
    )


def test_closing_stops_the_answerer_and_the_chat_says_so() -> None:
    answering = Answering(Reading((ONE,)), Piece("Pabrik"), Piece(" tutup"))
    steps = ask(lambda: answering, (), "Kapan?")
    chat = [next(steps) for _ in range(3)][-1]
    steps.close()
    assert answering.closed
    assert stopped(chat) == (Exchange("Kapan?", Stopped((ONE,), "Pabrik")),)


def test_a_settled_question_cannot_be_stopped_or_broken_any_more() -> None:
    chat = (Exchange("Kapan?", ANSWER),)
    assert stopped(chat) is chat
    assert broken(chat) is chat
    assert stopped(()) == ()


@pytest.mark.parametrize("when", ["at once", "while answering"])
def test_an_error_that_speaks_to_the_person_is_part_of_the_chat(when: str) -> None:
    error = ModelMissingError("There are no weights.", remedy="Fetch them.")

    def missing() -> Answering:
        if when == "at once":
            raise error
        return Answering(Searching(16), error)

    *_, last = ask(missing, (), "Kapan?")
    assert last == (Exchange("Kapan?", Broken(error)),)


def test_an_error_that_nobody_expected_is_raised_and_then_told() -> None:
    steps = ask(lambda: Answering(Searching(16), ZeroDivisionError()), (), "Kapan?")
    chat = [next(steps), next(steps)][-1]
    with pytest.raises(ZeroDivisionError):
        next(steps)
    assert broken(chat) == (Exchange("Kapan?", Broken(None)),)
