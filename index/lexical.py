"""Full-text search in Indonesian and English: what of a text is indexed, what is looked for.

A passage is indexed by the stems of its article's language. A question is looked for by its stems
in both languages, because a question in one may be about an article in the other, and names and
numbers are the same in either.
"""

from rag.terms import content_words, stems, words
from rag.values import Language

TITLE_WEIGHT = 0.5
"""A word of the title counts half a word of the passage: all passages of an article share it."""


def terms(text: str, language: Language) -> list[str]:
    """What of a text is indexed: the stem of each word, in order.

    Of a text in an undetermined language, each word's stem in either language.
    """
    return [stem for word in words(text) for stem in sorted(stems(word, language))]


def question_terms(question: str) -> list[str]:
    """What of a question is looked for: its stems in both languages, each once.

    Words that only build sentences are left out, unless there are no others.
    """
    asked = content_words(question) or words(question)
    return list(
        dict.fromkeys(s for word in asked for s in sorted(stems(word, Language.UNDETERMINED)))
    )


def match_expression(question: str) -> str:
    """Write the FTS5 query for passages that share a term with the question; empty if it has none.

    Terms are quoted: whatever a person types is a word to look for and never an operator.
    """
    return " OR ".join(f'"{term}"' for term in question_terms(question))
