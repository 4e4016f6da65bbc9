"""Whether what was found is about what was asked at all.

A first, plain gate: it turns away questions about something else altogether. Whether sources that
are about the right thing also hold the answer is for the model and for :mod:`rag.citations`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.terms import content_words, occurs, vocabulary
from rag.values import Hit, Language, Source

SHARED_WORDS = 0.5
"""Part of the question's content words that a passage must share when it is only near."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """From which cosines on a passage is about a question. Every embedder has its own scale.

    Attributes:
        close: In the question's language.
        near: In the question's language, if half of the question's words are there, too.
        across: In another language: embedders place translations farther apart.
        translated: From this cosine on two sentences of two languages say the same.
    """

    close: float
    near: float
    across: float
    translated: float


def is_about(
    searched: str,
    language: Language,
    sources: Sequence[Source],
    dense: Sequence[Hit],
    bounds: Bounds,
) -> bool:
    """Whether any of the sources is about the question.

    Args:
        searched: The question, as it was searched for.
        language: Of the question.
        sources: What would be shown to the model.
        dense: Where their cosines stand.
        bounds: Of the embedder that made these cosines.
    """
    cosines = {hit.passage: hit.score for hit in dense}
    asked = content_words(searched)

    def shared(source: Source) -> float:
        held = vocabulary(f"{source.card.title} {source.passage.text}")
        return sum(occurs(word, held) for word in asked) / len(asked) if asked else 0.0

    def is_near(source: Source) -> bool:
        cosine = cosines.get(source.passage, 0.0)
        if source.card.language is not language:
            return cosine >= bounds.across
        return cosine >= bounds.close or (cosine >= bounds.near and shared(source) >= SHARED_WORDS)

    return any(is_near(source) for source in sources)
