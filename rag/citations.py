"""Draft + sources -> reply. What the sources do not support never becomes an answer.

Two things are decided here by code, whatever the model wrote: which source a sentence of the
draft stands on, and whether it stands on any. A source number that the draft invented is dropped;
one that is missing or wrong is found from the words.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rag.sentences import sentence_spans
from rag.terms import content_words, occurs, vocabulary, words
from rag.values import (
    Answer,
    Citation,
    Language,
    NotFound,
    Reason,
    Reply,
    Source,
    Statement,
)
from rag.writing import in_writing_of

SUPPORTED_SHARE = 0.75
"""A sentence stands on a passage that has this share of what it newly says, and every number."""

TRANSLATED_CLOSENESS = 0.88
"""Cosine from which a sentence of a passage counts as saying the same in the other language."""

_MARK = re.compile(r"\[(\d+(?:\s*[,;]\s*\d+)*)\]")
_REFUSAL_WORDS = re.compile(
    r"^\W*(?:tidak ada (?:di|dalam) (?:artikel|sumber)|not in (?:your|the) (?:articles|sources))",
    re.IGNORECASE,
)

Closeness: TypeAlias = Callable[[str, Sequence[str]], Sequence[float]]
"""Cosine of a text to each of some sentences, across languages."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One sentence of a draft: its text without source numbers, and the numbers it named."""

    text: str
    named: frozenset[int]


def settle(
    draft: str,
    *,
    question: str,
    sources: Sequence[Source],
    language: Language,
    closeness: Closeness,
) -> Reply:
    """Turn a finished draft into a reply.

    A sentence becomes a statement when a passage supports it: the passage has at least
    ``SUPPORTED_SHARE`` of the content words that the question did not already have, and every
    number. Where sentence and passage are in different languages, its numbers and names must be
    there, and one sentence of the passage must be close in meaning. The passages the draft named
    are tried first, then the others. What no passage supports is left out; when nothing is
    left, the reply is NotFound. Values are written as the language of the reply writes them.

    Args:
        draft: All that the model wrote.
        question: What it was asked; repeating the question supports nothing.
        sources: What it was shown.
        language: Of the reply.
        closeness: Consulted only across languages.
    """
    if is_refusal(draft):
        return NotFound(language, Reason.MODEL_REFUSED, tuple(sources))
    asked = vocabulary(question)
    statements = []
    for sentence in _sentences(draft):
        named_first = sorted(sources, key=lambda s: (s.number not in sentence.named, s.number))
        citations = [
            citation
            for source in named_first
            if (citation := _support(sentence.text, asked, source, language, closeness))
        ]
        named = [c for c in citations if c.source.number in sentence.named]
        if citations:
            text = in_writing_of(language, sentence.text)
            statements.append(Statement(text, tuple(named or citations[:1])))
    if not statements:
        return NotFound(language, Reason.UNSUPPORTED, tuple(sources))
    return Answer(tuple(statements), language)


def is_refusal(draft: str) -> bool:
    """Whether a draft says, in either language, that the sources do not say."""
    return not draft.strip() or bool(_REFUSAL_WORDS.match(draft))


def _sentences(draft: str) -> list[_Sentence]:
    """Sentences of a draft; a mark that follows a full stop belongs to the sentence before it."""
    text = re.sub(r"([.!?])((?:\s*\[[\d\s,;]+\])+)", r"\2\1", draft)
    found = []
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        named = {int(n) for mark in _MARK.findall(sentence) for n in re.findall(r"\d+", mark)}
        bare = re.sub(r"\s+([.,;!?])", r"\1", _MARK.sub("", sentence)).strip()
        bare = re.sub(r"^[-*•]\s+|\s{2,}", lambda m: "" if m.start() == 0 else " ", bare)
        if words(bare) and not bare.endswith("?"):  # A question answers nothing.
            found.append(_Sentence(bare, frozenset(named)))
    return found


def _support(
    sentence: str,
    asked: frozenset[str],
    source: Source,
    language: Language,
    closeness: Closeness,
) -> Citation | None:
    """The citation of the sentence in the source that supports it most, if any does."""
    held = vocabulary(source.passage.text)
    said = content_words(sentence)
    fresh = [word for word in said if not occurs(word, asked)]
    if not fresh:
        return None
    if not all(word in held for word in words(sentence) if word[0].isdigit()):
        return None
    spans = sentence_spans(source.passage.text)
    texts = [source.passage.text[a:b] for a, b in spans]
    shares = [_share(fresh, vocabulary(text)) + _share(said, vocabulary(text)) for text in texts]
    if _share(fresh, held) < SUPPORTED_SHARE:
        if language is source.card.language or not _names_occur(sentence, held):
            return None
        shares = list(closeness(sentence, texts))
        if max(shares) < TRANSLATED_CLOSENESS:
            return None
    start, end = spans[max(range(len(spans)), key=shares.__getitem__)]
    offset = source.passage.start
    return Citation(source, offset + start, offset + end)


def _share(said: Sequence[str], held: frozenset[str]) -> float:
    return sum(occurs(word, held) for word in said) / len(said) if said else 0.0


def _names_occur(sentence: str, held: frozenset[str]) -> bool:
    """Whether every capitalised word after the first one is there: names are not translated."""
    names = [word for word in sentence.split()[1:] if word[:1].isupper()]
    return all(word in held for name in names for word in words(name))
