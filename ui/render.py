"""Values -> plain text and HTML. What comes from articles, models or people stays text.

In HTML every character of theirs that could mean something to a browser, to Markdown or to a
template is written as a character reference. In plain text control characters are replaced, so
that no article can steer a terminal.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from textwrap import indent
from typing import TypeAlias, assert_never

from rag.values import Answer, Card, Citation, Language, NotFound, Passage, Reason, Reply, Source
from ui.output import plain
from ui.words import WORDS, Words

_Span: TypeAlias = tuple[int, int]

_MEANINGFUL = re.compile(r"[^\w ]|_")
_MARK = re.compile(r"(\[\d+\])")
_INDENT = "    "


def reply_text(reply: Reply) -> str:
    """Write a reply out for a terminal or a file, in the reply's own language."""
    words = WORDS[reply.language]
    match reply:
        case Answer():
            cited = [
                _entry(source, [words.quotation.format(c.sentence) for c in citations], words)
                for source, citations in by_source(reply.citations)
            ]
            blocks = [reply.text, words.sources, *cited]
        case NotFound(reason=Reason.EMPTY_LIBRARY):
            blocks = [f"{words.library_is_empty}\n{words.add_in_the_terminal}"]
        case NotFound(reason=reason, closest=closest):
            near = [_entry(source, [source.passage.text], words) for source in closest]
            blocks = [f"{words.not_found}\n{words.why[reason]}"]
            blocks += [words.closest, *near] if near else []
        case _ as unreachable:
            assert_never(unreachable)
    return plain("\n\n".join(blocks))


def by_source(citations: Iterable[Citation]) -> Iterator[tuple[Source, tuple[Citation, ...]]]:
    """Gather the citations of each source, by source number."""
    ordered = sorted(citations, key=lambda c: (c.source.number, c.start))
    for source, found in groupby(ordered, key=lambda c: c.source):
        yield source, tuple(found)


def text_html(text: str) -> str:
    """Write a text so that it stays that very text in HTML, in Markdown and in a template."""
    return _MEANINGFUL.sub(lambda match: f"&#{ord(match[0])};", text)


def marked_html(text: str) -> str:
    """A text whose source numbers, "[1]", are set apart."""
    # Splitting by a group keeps what it matched, at the odd places.
    return "".join(
        f'<span class="number">{text_html(part)}</span>' if at % 2 else text_html(part)
        for at, part in enumerate(_MARK.split(text))
    )


def answer_sources_html(answer: Answer, words: Words) -> str:
    """The cited sources as cards, each with its supporting sentences marked."""
    return "".join(
        source_html(source, words, [(c.start, c.end) for c in citations])
        for source, citations in by_source(answer.citations)
    )


def source_html(source: Source, words: Words, supporting: Iterable[_Span] = ()) -> str:
    """A source as a card.

    Args:
        source: What the model was shown.
        words: For the date and the link.
        supporting: Offsets into the article's text of what is marked.
    """
    card, passage = source.card, source.passage
    return (
        f'<article class="source">'
        f'<h3><span class="number">{source.number}</span>{text_html(card.title)}</h3>'
        f'<p class="from">{text_html(provenance(card, words))}</p>'
        f"<blockquote{lang_html(card.language)}>{_passage_html(passage, supporting)}</blockquote>"
        f"{_link_html(card, words)}</article>"
    )


def provenance(card: Card, words: Words) -> str:
    """Who published an article, and when; empty when neither is known."""
    day = words.day(card.published) if card.published else None
    return " · ".join(part for part in (card.site, day) if part)


def lang_html(language: Language) -> str:
    """The attribute that tells a screen reader how to pronounce what follows."""
    return "" if language is Language.UNDETERMINED else f' lang="{language.value}"'


def _entry(source: Source, quoted: Iterable[str], words: Words) -> str:
    card = source.card
    about = [part for part in (provenance(card, words), card.address) if part]
    lines = [_one_line(line) for line in (*about, *quoted)]
    head = f"[{source.number}] {_one_line(card.title)}"
    return "\n".join([head, *(indent(line, _INDENT) for line in lines)])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _passage_html(passage: Passage, supporting: Iterable[_Span]) -> str:
    pieces = []
    at = 0
    for start, end in sorted(set(supporting)):
        first, last = max(start - passage.start, at), end - passage.start
        if last > first:
            pieces += [text_html(passage.text[at:first])]
            pieces += [f"<mark>{text_html(passage.text[first:last])}</mark>"]
            at = last
    return "".join([*pieces, text_html(passage.text[at:])])


def _link_html(card: Card, words: Words) -> str:
    if card.address is None:
        return ""
    return (
        f'<p><a href="{text_html(card.address)}" target="_blank" rel="noopener noreferrer">'
        f"{text_html(words.open_original)}</a></p>"
    )
