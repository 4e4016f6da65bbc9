"""Article -> passages that respect sentences and know their character offsets."""

from collections.abc import Iterator
from typing import TypeAlias

from rag.ports import Embedder
from rag.sentences import sentence_spans
from rag.values import Article, Card, Passage

TARGET_TOKENS = 160
"""How long a passage is meant to be, in the embedder's tokens: a paragraph or two of news."""

_TITLE_CHARACTERS = 200
"""As much of a title as goes before each passage: headlines are shorter, pasted walls are not."""

_PARAGRAPH_BREAK_AFTER = 0.6
"""A passage this full ends with its paragraph rather than begin the next one."""

_Span: TypeAlias = tuple[int, int]


def embedded_text(card: Card, passage: Passage) -> str:
    """What is embedded for a passage: the title says what the passage may leave unsaid."""
    return _head(card) + passage.text


def split(article: Article, embedder: Embedder) -> tuple[Passage, ...]:
    """Cut an article into passages; no word of it is left out.

    Passages consist of whole sentences. A sentence that alone is longer than the embedder reads
    is cut between words, and a word that long within it. With its title a passage always fits
    into ``embedder.max_tokens``. A text without words has no passages.
    """
    (head,) = embedder.count_tokens([_head(article.card)])
    # Tokens of a joined text can exceed the sum of its parts' by a token a joint.
    limit = max(8, min(TARGET_TOKENS, embedder.max_tokens - head - 8))
    text = article.text
    spans = list(_short_enough(text, sentence_spans(text), embedder, limit))
    counts = embedder.count_tokens([text[a:b] for a, b in spans])
    return tuple(
        Passage(article.card.id, start, end, text[start:end])
        for start, end in _packed(text, spans, counts, limit)
    )


def _head(card: Card) -> str:
    return card.title[:_TITLE_CHARACTERS] + "\n"


def _short_enough(text: str, spans: list[_Span], embedder: Embedder, limit: int) -> Iterator[_Span]:
    counts = embedder.count_tokens([text[a:b] for a, b in spans])
    for (start, end), count in zip(spans, counts, strict=True):
        if count <= limit:
            yield start, end
        else:
            yield from _short_enough(text, _halves(text, start, end), embedder, limit)


def _halves(text: str, start: int, end: int) -> list[_Span]:
    """Cut at the white space nearest to the middle, or in the middle where there is none."""
    middle = (start + end) // 2
    before = max((text.rfind(space, start, middle) for space in " \t"), default=-1)
    after = min((at for space in " \t" if (at := text.find(space, middle, end)) >= 0), default=-1)
    cuts = [at for at in (before, after) if start < at < end - 1]
    cut = min(cuts, key=lambda at: abs(at - middle), default=middle)
    pieces = ((start, cut), (cut, end))
    return [(a, b) for a, b in (_trim(text, *piece) for piece in pieces) if a < b]


def _trim(text: str, start: int, end: int) -> _Span:
    piece = text[start:end]
    first = start + len(piece) - len(piece.lstrip())
    return first, first + len(piece.strip())


def _packed(text: str, spans: list[_Span], counts: list[int], limit: int) -> Iterator[_Span]:
    start = end = -1
    filled = 0
    for (first, last), count in zip(spans, counts, strict=True):
        cost = count + 1
        full = filled + cost > limit
        at_paragraph = filled >= limit * _PARAGRAPH_BREAK_AFTER and "\n" in text[end:first]
        if filled and (full or at_paragraph):
            yield start, end
            filled = 0
        if not filled:
            start = first
        end = last
        filled += cost
    if filled:
        yield start, end
