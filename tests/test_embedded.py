"""The main job with the embedded models, offline: from sample files to cited answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answering import Settled
from rag.collecting import Collected
from rag.values import Answer, Language, NotFound, Reason, Reply
from ui.settings import Settings
from ui.wiring import Room

SAMPLES = Path(__file__).parent.parent / "ui" / "samples"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[Room]:
    home = tmp_path_factory.mktemp("home")
    (home / "cache").symlink_to(model_cache, target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KLIPING_HOME", str(home))
        opened = Room(Settings(), say=print)
        reads = [lambda p=p: opened.reader.read_path(p) for p in sorted(SAMPLES.glob("*.md"))]
        outcomes = list(opened.collector.collect(reads))
        assert all(isinstance(outcome, Collected) for outcome in outcomes)
        yield opened
        opened.close()


def asked(room: Room, question: str) -> Reply:
    *_, end = room.answerer.ask(question)
    assert isinstance(end, Settled)
    return end.reply


def test_an_indonesian_question_is_answered_with_its_sentence(room: Room) -> None:
    reply = asked(room, "Berapa karyawan yang di-PHK Aruvolt?")
    assert isinstance(reply, Answer)
    assert reply.language is Language.INDONESIAN
    assert "240" in reply.text
    (citation,) = reply.citations
    assert "240 karyawan" in citation.sentence
    text = room.library.article(citation.source.card.id).text
    assert text[citation.start : citation.end] == citation.sentence


def test_an_english_question_is_answered_with_its_sentence(room: Room) -> None:
    reply = asked(room, "How deep are the vents that the Arung Palung found?")
    assert isinstance(reply, Answer)
    assert reply.language is Language.ENGLISH
    assert "3,420 metres" in reply.text
    assert "3,420 metres" in reply.citations[0].sentence


@pytest.mark.parametrize(
    "question",
    [
        "Siapa pemenang Piala Dunia 2022?",
        "What is the capital of France?",
        "Siapa presiden Amerika?",
    ],
)
def test_what_no_article_is_about_is_not_found(room: Room, question: str) -> None:
    reply = asked(room, question)
    assert isinstance(reply, NotFound)
    assert reply.reason is Reason.NOTHING_CLOSE
    assert len(reply.closest) == 3


def test_meaning_finds_across_languages(room: Room) -> None:
    hits = room.retriever.find("uji coba vaksin demam berdarah").fused
    assert Path(hits[0].card.origin).name == "lembayung-dengue-vaccine-trial.md"
