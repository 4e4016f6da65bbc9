from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from index.library import SqliteLibrary
from models.fakes import FakeEmbedder, FakeGenerator, quote
from rag.answering import Answerer, Event, Piece, Reading, Searching, Settled
from rag.collecting import Collector
from rag.errors import PromptTooLongError
from rag.ports import ChatPrompt, Pieces, Prompt, PromptForm, TextPrompt
from rag.relevance import Bounds
from rag.values import Answer, Article, Language, NotFound, Reason, Turn
from tests.making import article

FACTORY = article(
    "Nusa Volta memberhentikan 240 pekerja di Karawang. Pesanan baterai turun 30 persen.",
    title="Nusa Volta memberhentikan pekerja",
    origin="/volta.txt",
)
SHIP = article(
    "The research vessel Samudra Jaya left Ambon on May 11, 2026. It carries 34 scientists.",
    title="Samudra Jaya leaves Ambon",
    origin="/ship.txt",
    language=Language.ENGLISH,
    site="Banda Post",
    published=date(2026, 5, 12),
)


class SmallWords:
    def detect(self, text: str) -> Language:
        return Language.UNDETERMINED


@pytest.fixture
def library(tmp_path: Path) -> Iterator[SqliteLibrary]:
    with SqliteLibrary(tmp_path, embedder=FakeEmbedder.identity) as opened:
        yield opened


@pytest.fixture
def keep(library: SqliteLibrary) -> Callable[..., None]:
    def keep(*articles: Article) -> None:
        collector = Collector(library, FakeEmbedder())
        for _ in collector.collect(partial(given, a) for a in articles):
            pass

    return keep


def answerer(
    library: SqliteLibrary,
    generator: FakeGenerator | None = None,
    bounds: Bounds | None = None,
) -> Answerer:
    return Answerer(
        library=library,
        embedder=FakeEmbedder(),
        generator=generator or FakeGenerator(),
        detector=SmallWords(),
        bounds=bounds,
    )


def given(of: Article) -> Article:
    return of


def settled(events: Iterator[Event]) -> Settled:
    *_, last = events
    assert isinstance(last, Settled)
    return last


def test_the_way_from_question_to_answer(library: SqliteLibrary, keep: Callable[..., None]) -> None:
    keep(FACTORY, SHIP)
    events = list(answerer(library).ask("Berapa pekerja yang diberhentikan Nusa Volta?"))
    assert events[0] == Searching(articles=2)
    assert isinstance(events[1], Reading)
    pieces = [event.text for event in events[2:-1] if isinstance(event, Piece)]
    end = events[-1]
    assert isinstance(end, Settled)
    assert "".join(pieces) == end.trace.draft
    assert isinstance(end.reply, Answer)
    assert end.reply.text == "Nusa Volta memberhentikan 240 pekerja di Karawang [1]."
    assert end.reply.language is Language.INDONESIAN
    (citation,) = end.reply.citations
    assert citation.source.card.title == FACTORY.card.title
    assert FACTORY.text[citation.start : citation.end] == citation.sentence


def test_an_english_question_is_answered_in_english(
    library: SqliteLibrary, keep: Callable[..., None]
) -> None:
    keep(FACTORY, SHIP)
    reply = settled(answerer(library).ask("When did the Samudra Jaya leave Ambon?")).reply
    assert isinstance(reply, Answer)
    assert reply.language is Language.ENGLISH
    assert "May 11, 2026 [1]." in reply.text


def test_the_language_of_the_reply_can_be_chosen(
    library: SqliteLibrary, keep: Callable[..., None]
) -> None:
    keep(SHIP)
    end = settled(
        answerer(library).ask("When did the Samudra Jaya leave?", language=Language.INDONESIAN)
    )
    assert end.reply.language is Language.INDONESIAN
    assert isinstance(end.trace.prompt, ChatPrompt)
    assert "bahasa Indonesia" in end.trace.prompt.messages[0].text


def test_an_empty_library_asks_no_model(library: SqliteLibrary) -> None:
    def refuse(prompt: Prompt) -> str:
        raise AssertionError("the model was asked")

    end = settled(answerer(library, FakeGenerator(refuse)).ask("Siapa itu?"))
    assert end.reply == NotFound(Language.INDONESIAN, Reason.EMPTY_LIBRARY, ())


def test_a_question_about_something_else_asks_no_model_and_shows_the_closest(
    library: SqliteLibrary, keep: Callable[..., None]
) -> None:
    keep(FACTORY)
    strict = answerer(library, bounds=Bounds(close=0.5, near=0.3, across=0.5, translated=0.9))
    end = settled(strict.ask("Siapa pemenang lomba panahan Surakarta?"))
    assert isinstance(end.reply, NotFound)
    assert end.reply.reason is Reason.NOTHING_CLOSE
    assert [source.card.id for source in end.reply.closest] == [FACTORY.card.id]
    assert end.trace.prompt is None


def test_what_the_model_invents_is_not_an_answer(
    library: SqliteLibrary, keep: Callable[..., None]
) -> None:
    keep(FACTORY)
    inventor = FakeGenerator(lambda prompt: "Nusa Volta memberhentikan 900 pekerja [1].")
    end = settled(answerer(library, inventor).ask("Berapa pekerja diberhentikan Nusa Volta?"))
    assert isinstance(end.reply, NotFound)
    assert end.reply.reason is Reason.UNSUPPORTED
    assert end.trace.draft == "Nusa Volta memberhentikan 900 pekerja [1]."


def test_a_follow_up_is_searched_with_the_turn_before_it(
    library: SqliteLibrary, keep: Callable[..., None]
) -> None:
    keep(FACTORY, SHIP)
    history = [Turn("When did the Samudra Jaya leave Ambon?", "It left on May 11, 2026 [1].")]
    end = settled(answerer(library).ask("How many scientists does it carry?", history=history))
    assert "Samudra Jaya" in end.trace.found.searched
    assert isinstance(end.reply, Answer)
    assert "34 scientists" in end.reply.text
    assert isinstance(end.trace.prompt, ChatPrompt)
    assert history[0].question in [message.text for message in end.trace.prompt.messages]


def test_copies_of_one_text_enter_the_prompt_once(
    library: SqliteLibrary, keep: Callable[..., None]
) -> None:
    copy = article(FACTORY.text, title="Nusa Volta PHK 240 pekerja", origin="/copy.txt")
    keep(FACTORY, copy)
    end = settled(answerer(library).ask("Berapa pekerja yang diberhentikan Nusa Volta?"))
    assert len(end.trace.found.fused) == 2
    assert len(end.trace.sources) == 1


def test_sources_that_do_not_fit_are_left_out_and_named(
    library: SqliteLibrary, keep: Callable[..., None]
) -> None:
    many = [
        article(
            f"Nusa Volta memberhentikan {n} pekerja. " + f"Rincian nomor {n} menyusul. " * 20,
            title=f"Nusa Volta {n}",
            origin=f"/{n}.txt",
        )
        for n in range(200, 206)
    ]
    keep(*many)
    small = FakeGenerator()
    small.context_window = 600
    end = settled(answerer(library, small).ask("Berapa pekerja diberhentikan Nusa Volta?"))
    assert end.trace.left_out
    assert len(end.trace.sources) + len(end.trace.left_out) == 6
    assert end.trace.prompt is not None
    assert small.count_tokens(end.trace.prompt) + 256 <= 600


def test_a_window_too_small_for_one_source_is_an_error_that_names_both_sizes(
    library: SqliteLibrary, keep: Callable[..., None]
) -> None:
    keep(FACTORY)
    tiny = FakeGenerator()
    tiny.context_window = 300
    with pytest.raises(PromptTooLongError, match="the model holds 300"):
        settled(answerer(library, tiny).ask("Berapa pekerja diberhentikan Nusa Volta?"))


def test_closing_the_answer_closes_the_model(
    library: SqliteLibrary, keep: Callable[..., None]
) -> None:
    keep(FACTORY)
    closed = []

    class Endless(FakeGenerator):
        def stream(self, prompt: Prompt, *, max_tokens: int) -> Pieces:
            try:
                while True:
                    yield "lagi "
            finally:
                closed.append(True)

    events = answerer(library, Endless()).ask("Berapa pekerja diberhentikan Nusa Volta?")
    assert any(isinstance(event, Piece) for event in events)
    events.close()
    assert closed == [True]


def test_a_pretrained_model_gets_text_to_continue(
    library: SqliteLibrary, keep: Callable[..., None]
) -> None:
    keep(FACTORY)
    continuer = FakeGenerator(lambda prompt: " 240 pekerja\n\nPertanyaan:", PromptForm.TEXT)
    end = settled(answerer(library, continuer).ask("Berapa pekerja yang di-PHK Nusa Volta?"))
    assert isinstance(end.trace.prompt, TextPrompt)
    assert end.trace.prompt.text.endswith(
        "Pertanyaan: Berapa pekerja yang di-PHK Nusa Volta?\nJawaban:"
    )
    assert "(Nusa Volta memberhentikan pekerja, Suara Teluk, 3 Maret 2026)" in (
        end.trace.prompt.text
    )
    assert isinstance(end.reply, Answer)
    assert end.reply.text == "240 pekerja [1]"


def test_the_shipped_fake_quotes_nothing_where_nothing_is_shared() -> None:
    assert quote(TextPrompt("Pertanyaan: apa?", ())) == ""
