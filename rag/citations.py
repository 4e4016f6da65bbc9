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
from rag.writing import in_writing_of, quantities

SUPPORTED_SHARE = 0.75
"""Part of what a sentence newly says that must stand where it is cited."""

_WHOLE_SENTENCE = 4
"""Content words from which a draft's sentence is read as a statement that can be denied."""

_NEGATIONS = frozenset("tidak bukan belum tanpa tak jangan not never no without cannot".split())
_MARK = re.compile(r"\[(\d+(?:\s*[,;]\s*\d+)*)\]")
_REFUSAL_WORDS = re.compile(
    r"^\W*(?:tidak ada (?:di|dalam) (?:artikel|sumber)|not in (?:your|the) (?:articles|sources))",
    re.IGNORECASE,
)

Translated: TypeAlias = Callable[[str, str], bool]
"""Whether a text and a sentence in another language say the same."""


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
    said_before: str = "",
    translated: Translated | None = None,
) -> Reply:
    """Turn a finished draft into a reply.

    A sentence of the draft becomes a statement when a sentence of a source, read with its
    neighbour, supports it. In the same language that one has at least ``SUPPORTED_SHARE`` of the
    content words that the question did not already have and every number with its scale; it
    denies what the draft denies, or, where the draft is a few words only, it or its title has some
    word of the question. In another language it has the numbers and the names, and is close in
    meaning. The statement cites those of the sources it named that support it, else the first
    source that does. What nothing supports is left out; when nothing is left, the reply is
    NotFound. Values are written as the language of the reply writes them.

    Args:
        draft: All that the model wrote.
        question: What it was asked; repeating the question supports nothing.
        sources: What it was shown.
        language: Of the reply.
        said_before: The reply to the turn before: saying it once more answers nothing.
        translated: Tells whether a text and a sentence of another language say the same; None
            when the embedder's scale is not known, and then no translation is trusted.
    """
    if is_refusal(draft):
        return NotFound(language, Reason.MODEL_REFUSED, tuple(sources))
    check = _Check(frozenset(content_words(question)), vocabulary(question), language, translated)
    found = (
        _statement(sentence, sources, check)
        for sentence in _sentences(draft)
        if words(sentence.text) != words(_MARK.sub("", said_before))
    )
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
    asked_vocabulary: frozenset[str]
    language: Language
    translated: Translated | None


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
    said = content_words(sentence)
    fresh = [word for word in said if not occurs(word, check.asked_vocabulary)]
    if not fresh:
        return None
    spans = sentence_spans(source.passage.text)
    texts = [source.passage.text[a:b] for a, b in spans]

    def share(at: int) -> float:
        held = vocabulary(texts[at])
        return _share(fresh, held) + _share([*said, *check.asked], held)

    # The best first; it is read with a neighbour, for a sentence may lean on the one before it.
    for at in sorted(range(len(texts)), key=share, reverse=True):
        windows = (" ".join(texts[max(at - 1, 0) : at + 1]), " ".join(texts[at : at + 2]))
        if any(_stands_in(window, texts[at], sentence, fresh, source, check) for window in windows):
            start, end = spans[at]
            return Citation(source, source.passage.start + start, source.passage.start + end)
    return None


def _stands_in(
    window: str, text: str, sentence: str, fresh: Sequence[str], source: Source, check: _Check
) -> bool:
    """Whether a sentence of the draft stands in a sentence of the source with a neighbour."""
    if not quantities(sentence) <= quantities(window):
        return False
    held = vocabulary(window)
    if check.language is source.card.language:
        if _share(fresh, held) < SUPPORTED_SHARE:
            return False
        if len(content_words(sentence)) >= _WHOLE_SENTENCE:
            return _denies(sentence) == _denies(text)
        # "240 pekerja" says nothing of what it answers: that must stand beside it.
        about = held | vocabulary(source.card.title)
        return not check.asked or any(occurs(word, about) for word in check.asked)
    if _share(fresh, held) >= SUPPORTED_SHARE:
        return True
    translated = check.translated
    return bool(translated and _names_occur(sentence, held) and translated(sentence, text))


def _denies(text: str) -> bool:
    return not _NEGATIONS.isdisjoint(words(text.replace("n't", " not").replace("n’t", " not")))


def _share(said: Sequence[str], held: frozenset[str]) -> float:
    return sum(occurs(word, held) for word in said) / len(said) if said else 0.0


def _names_occur(sentence: str, held: frozenset[str]) -> bool:
    """Whether every capitalised word after the first one is there: names are not translated."""
    names = [word for word in sentence.split()[1:] if word[:1].isupper()]
    return all(word in held for name in names for word in words(name))
