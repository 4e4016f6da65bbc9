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
    there, and one sentence of the passage must be close in meaning. It cites those of the sources
    it named that support it, else the first source that does. What no passage supports is left
    out; when nothing is left, the reply is NotFound. Values are written as the language of the
    reply writes them.

    Args:
        draft: All that the model wrote.
        question: What it was asked; repeating the question supports nothing.
        sources: What it was shown.
        language: Of the reply.
        closeness: Consulted only across languages.
    """
    if is_refusal(draft):
        return NotFound(language, Reason.MODEL_REFUSED, tuple(sources))
    check = _Check(vocabulary(question), language, closeness)
    found = (_statement(sentence, sources, check) for sentence in _sentences(draft))
    statements = tuple(statement for statement in found if statement)
    if not statements:
        return NotFound(language, Reason.UNSUPPORTED, tuple(sources))
    return Answer(statements, language)


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


@dataclass(frozen=True, slots=True)
class _Check:
    """What every sentence of a draft is checked with."""

    asked: frozenset[str]
    language: Language
    closeness: Closeness


def _statement(sentence: _Sentence, sources: Sequence[Source], check: _Check) -> Statement | None:
    """The sentence with the sources it named and that support it, else the first that does."""
    supports = (_support(sentence.text, source, check) for source in sources)
    citations = [citation for citation in supports if citation]
    if not citations:
        return None
    named = [citation for citation in citations if citation.source.number in sentence.named]
    text = in_writing_of(check.language, sentence.text)
    return Statement(text, tuple(named or citations[:1]))


def _support(sentence: str, source: Source, check: _Check) -> Citation | None:
    """The citation of the sentence in the source that supports it most, if any does."""
    held = vocabulary(source.passage.text)
    said = content_words(sentence)
    fresh = [word for word in said if not occurs(word, check.asked)]
    if not fresh:
        return None
    if not all(word in held for word in words(sentence) if word[0].isdigit()):
        return None
    spans = sentence_spans(source.passage.text)
    texts = [source.passage.text[a:b] for a, b in spans]
    shares = [_share(fresh, vocabulary(text)) + _share(said, vocabulary(text)) for text in texts]
    if _share(fresh, held) < SUPPORTED_SHARE:
        if check.language is source.card.language or not _names_occur(sentence, held):
            return None
        shares = list(check.closeness(sentence, texts))
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
