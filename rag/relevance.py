"""Whether what was found is about what was asked at all.

A first, plain gate: it turns away questions about something else altogether. Whether sources that
are about the right thing also hold the answer is for the model and for :mod:`rag.citations`.
"""

from collections.abc import Sequence

from rag.terms import content_words, occurs, vocabulary
from rag.values import Hit, Source

CLOSE_COSINE = 0.86
"""From this cosine on, a passage counts as about the question whatever words it uses."""

DISTANT_COSINE = 0.80
"""Below this cosine, a passage needs most of the question's words to count."""

_SHARED_WORDS = 0.5
_MOST_WORDS = 0.75


def is_about(searched: str, sources: Sequence[Source], dense: Sequence[Hit]) -> bool:
    """Whether any of the sources is about the question.

    By meaning, when a passage of them is close; by words, when one passage has a good share of
    what the question is about. The bounds were read off calibration questions:
    ``benchmarks/relevance.py`` prints the table.
    """
    cosines = {hit.passage: hit.score for hit in dense}
    asked = content_words(searched)
    for source in sources:
        cosine = cosines.get(source.passage, 0.0)
        if cosine >= CLOSE_COSINE:
            return True
        held = vocabulary(f"{source.card.title} {source.passage.text}")
        share = sum(occurs(word, held) for word in asked) / len(asked) if asked else 0.0
        if share >= (_SHARED_WORDS if cosine >= DISTANT_COSINE else _MOST_WORDS):
            return True
    return False
