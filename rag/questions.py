"""What a question means: its language, and what it leaves to the turn before it."""

import re
from collections.abc import Sequence

from rag.ports import LanguageDetector
from rag.terms import STOP_WORDS, content_words, words
from rag.values import Language, Turn

# Words that point back to something said before.
_POINTING = frozenset(
    "dia ia beliau mereka itu ini tersebut sana situ begitu tadi "
    "he him his she her hers it its they them their theirs that this those these there".split()
)
_POINTING_SUFFIX = re.compile(r"[a-z]{3,}(?:nya)\b")  # "gajinya", "kapan didirikannya"
_OPENING = re.compile(
    r"^\W*(?:lalu|terus|kalau|bagaimana dengan|gimana dengan|dan|what about|how about|and|then)\b",
    re.IGNORECASE,
)
_MARKS = re.compile(r"\s*\[\d+\]")
_FEW_CONTENT_WORDS = 1
"""A question with no more content words than this cannot stand alone: "Kenapa?", "And when?"."""


def is_follow_up(question: str) -> bool:
    """Whether a question seems to lean on the turn before it."""
    spoken = words(question)
    return (
        bool(_OPENING.search(question))
        or any(word in _POINTING for word in spoken)
        or bool(_POINTING_SUFFIX.search(question.lower()))
        or len(content_words(question)) <= _FEW_CONTENT_WORDS
    )


def searched_text(question: str, history: Sequence[Turn]) -> str:
    """What to search for: the question, with the turn before it where it leans on that.

    No model is asked. The reply brings the names that "dia" and "it" stand for. The question
    goes first: an embedder that reads only so much must not miss it.
    """
    if not history or not is_follow_up(question):
        return question
    before = history[-1]
    return f"{question} {before.question} {before.reply}"


def without_marks(history: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns without their source numbers, which now would name other sources."""
    return tuple(Turn(turn.question, _MARKS.sub("", turn.reply)) for turn in history)


def answer_language(question: str, history: Sequence[Turn], detector: LanguageDetector) -> Language:
    """Indonesian or English: of the question, else of the turn before, else Indonesian.

    The detector is honest about short questions; their little words often still tell.
    """
    for text in (question, *(turn.question for turn in reversed(history))):
        detected = detector.detect(text)
        if detected is Language.UNDETERMINED:
            detected = _language_of_small_words(text)
        if detected is not Language.UNDETERMINED:
            return detected
    return Language.INDONESIAN


def _language_of_small_words(text: str) -> Language:
    spoken = words(text)
    counts = {
        language: sum(word in listed for word in spoken) for language, listed in STOP_WORDS.items()
    }
    indonesian, english = counts[Language.INDONESIAN], counts[Language.ENGLISH]
    if indonesian == english:
        return Language.UNDETERMINED
    return Language.INDONESIAN if indonesian > english else Language.ENGLISH
