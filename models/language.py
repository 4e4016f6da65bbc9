"""The only file that knows lingua, the language detector.

Lingua alone always finds a language: to it "Joko Widodo" is Indonesian and "Scale AI" English, and
so is, surely, a sentence in Javanese. So two witnesses are heard. The small words of a text
("yang", "di", "siapa"; "the", "of", "who") say how much of it is Indonesian or English; lingua,
knowing neighbours that share small words with English, says whether that can be.

Measured, in per cent (id, en, und):

    questions in Indonesian: IDK-MRC, FacQA, Belebele       95.9/0.2/3.9  97.4/0/2.6  99.2/0/0.8
    questions in English: SQuAD 2.0, Belebele               0/99.5/0.5  0/100/0
    Indonesian paragraphs: of those, IndoSum                99.2/0/0.8  96.6/0/3.4  100/0/0 (two)
    English paragraphs: of those                            0/100/0 (both)
    NusaX's reviews in Indonesian, English                  95.0/0/5.0  0.2/98.2/1.6
      in Javanese, Madurese, Toba Batak                     4/0/96  6/0/94  6/0/94
      in Buginese, Sundanese, Balinese, Acehnese            9/0/91  10/0/90  17/0/83  24/0/76
      in Ngaju, Banjarese, Minangkabau                      49/0/51  51/0/49  63/0/37
    five sentences in one language, one in the other        94.5/0/5.5  0/99.0/1.0
    one sentence in each, two in each                       13.5/17/69.5  4/11/85

Malay is told as Indonesian: they share their small words, and a reader of one reads the other.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from rag.terms import STOP_WORDS, words
from rag.values import Language

if TYPE_CHECKING:
    from lingua import LanguageDetector

# Of a hundred words of an article, how many are small ones (medians of the collections above).
_USUAL_SHARE = {Language.INDONESIAN: 0.28, Language.ENGLISH: 0.42}
# A third of that is enough, for names and numbers take their room, too.
_ENOUGH = 0.3
# Twice the other language's: two thirds of the text, then, are in one language.
_CLEARLY_MORE = 2.0
# What lingua gives at least to the language that it is. Names bring it down to this, seldom lower.
_PLAUSIBLE = 0.01


class LinguaDetector:
    """A LanguageDetector for Indonesian and English; loaded at the first text that has words."""

    def detect(self, text: str) -> Language:
        language = _language_of_small_words(text)
        if language is Language.UNDETERMINED or self._confidence(text, language) < _PLAUSIBLE:
            return Language.UNDETERMINED
        return language

    def _confidence(self, text: str, language: Language) -> float:
        from lingua import Language as LinguaLanguage

        asked = {
            Language.INDONESIAN: LinguaLanguage.INDONESIAN,
            Language.ENGLISH: LinguaLanguage.ENGLISH,
        }[language]
        return float(self._detector.compute_language_confidence(text, asked))

    @cached_property
    def _detector(self) -> "LanguageDetector":
        from lingua import Language as LinguaLanguage
        from lingua import LanguageDetectorBuilder

        return (
            LanguageDetectorBuilder.from_languages(
                LinguaLanguage.INDONESIAN,
                LinguaLanguage.ENGLISH,
                # They have "is", "was", "in", "me", "a" or "do" as well. Tagalog is not among
                # them: lingua takes one Indonesian question in twenty for it.
                LinguaLanguage.DUTCH,
                LinguaLanguage.FRENCH,
                LinguaLanguage.GERMAN,
                LinguaLanguage.PORTUGUESE,
                LinguaLanguage.SPANISH,
            )
            # Trigrams only: a tenth of the memory and of the time to load, and as good a witness.
            .with_low_accuracy_mode()
            .build()
        )


def _language_of_small_words(text: str) -> Language:
    spoken = words(text)
    weights = {
        language: sum(word in STOP_WORDS[language] for word in spoken) / len(spoken) / usual
        for language, usual in _USUAL_SHARE.items()
        if spoken
    }
    if not weights:
        return Language.UNDETERMINED
    less, more = sorted(weights, key=weights.__getitem__)
    if weights[more] >= _ENOUGH and weights[more] >= _CLEARLY_MORE * weights[less]:
        return more
    return Language.UNDETERMINED
