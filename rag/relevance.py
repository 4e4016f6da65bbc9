"""Whether what was found is about what was asked at all.

A first, plain gate: it turns away questions about something else altogether. Whether sources that
are about the right thing also hold the answer is for the model and for :mod:`rag.citations`.
"""

from collections.abc import Sequence

from rag.terms import content_words, occurs, vocabulary
from rag.values import Hit, Language, Source

CLOSE = 0.84
"""From this cosine on, a passage in the question's language is about the question."""

NEAR = 0.81
"""From this cosine on it is, if it also shares ``SHARED_WORDS`` of the question's words."""

SHARED_WORDS = 0.5

CLOSE_ACROSS = 0.79
"""From this cosine on, a passage in another language is about the question: embedders place
translations farther apart than texts of one language."""


def is_about(
    searched: str, language: Language, sources: Sequence[Source], dense: Sequence[Hit]
) -> bool:
    """Whether any of the sources is about the question.

    The bounds are for E5 embedders, read off calibration questions; ``benchmarks/relevance.py``
    prints how many questions they let through, rightly and wrongly.

    Args:
        searched: The question, as it was searched for.
        language: Of the question.
        sources: What would be shown to the model.
        dense: Where their cosines stand.
    """
    cosines = {hit.passage: hit.score for hit in dense}
    asked = content_words(searched)

    def shared(source: Source) -> float:
        held = vocabulary(f"{source.card.title} {source.passage.text}")
        return sum(occurs(word, held) for word in asked) / len(asked) if asked else 0.0

    def is_near(source: Source) -> bool:
        cosine = cosines.get(source.passage, 0.0)
        if source.card.language is not language:
            return cosine >= CLOSE_ACROSS
        return cosine >= CLOSE or (cosine >= NEAR and shared(source) >= SHARED_WORDS)

    return any(is_near(source) for source in sources)
