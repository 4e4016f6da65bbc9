import pytest

from rag.questions import answer_language, is_follow_up, searched_text, without_marks
from rag.values import Language, Turn

CEO = Turn("Siapa CEO sementara Scale AI?", "Jason Droege.")


class Undetermined:
    def detect(self, text: str) -> Language:
        return Language.UNDETERMINED


@pytest.mark.parametrize(
    "question",
    [
        "Kapan dia mengatakannya?",
        "Lalu berapa pesangonnya?",
        "Bagaimana dengan Google?",
        "Kenapa?",
        "When did he say that?",
        "What about Google?",
        "And then?",
        "Siapa pendirinya?",
    ],
)
def test_questions_that_lean_on_the_turn_before(question: str) -> None:
    assert is_follow_up(question)
    assert searched_text(question, [CEO]) == (
        f"{question} Siapa CEO sementara Scale AI? Jason Droege."
    )


@pytest.mark.parametrize(
    "question",
    [
        "Berapa karyawan yang di-PHK Scale AI?",
        "How much did Meta invest in Scale AI?",
        "Siapa presiden Indonesia?",
    ],
)
def test_questions_that_stand_alone(question: str) -> None:
    assert not is_follow_up(question)
    assert searched_text(question, [CEO]) == question


def test_source_numbers_of_earlier_turns_go() -> None:
    marked = [Turn("Siapa?", "Droege [1][2]. Ia CEO [3].")]
    assert without_marks(marked) == (Turn("Siapa?", "Droege. Ia CEO."),)


def test_without_a_turn_before_a_question_is_searched_as_it_is() -> None:
    assert searched_text("Kenapa?", []) == "Kenapa?"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Siapa Jason Droege?", Language.INDONESIAN),
        ("Who is Jason Droege?", Language.ENGLISH),
        ("Droege?", Language.INDONESIAN),
    ],
)
def test_small_words_tell_what_the_detector_cannot(question: str, expected: Language) -> None:
    assert answer_language(question, [], Undetermined()) is expected


def test_a_bare_name_is_answered_in_the_language_of_the_turn_before() -> None:
    before = [Turn("Who founded it?", "Alexandr Wang [1].")]
    assert answer_language("Droege?", before, Undetermined()) is Language.ENGLISH
