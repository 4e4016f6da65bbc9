"""What the page shows of a chat and of additions, as HTML in the page's words."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, TypeAlias, assert_never

from rag.collecting import Collected, Failed
from rag.collecting import Outcome as Addition
from rag.errors import KlipingError
from rag.values import Answer, Card, Language, NotFound, Reason, Source
from ui import render
from ui.conversation import Broken, Chat, Drafting, Outcome, Stopped
from ui.words import WORDS, Words

Message: TypeAlias = dict[str, Any]
"""A message as Gradio's chat takes it: ``role`` and ``content``."""


def messages(chat: Chat, words: Words) -> list[Message]:
    """The chat's questions and what has become of them, in order."""
    return [
        message
        for exchange in chat
        for message in (
            {"role": "user", "content": _element("asked", _line("said", exchange.question))},
            {"role": "assistant", "content": outcome_html(exchange.outcome, words)},
        )
    ]


def outcome_html(outcome: Outcome, words: Words) -> str:
    """What has become of a question: one HTML element on one line, so that no Markdown is in it.

    A reply is in its own language, everything around it in the page's.
    """
    match outcome:
        case Drafting(draft=draft):
            return _element("drafting", _draft(draft), _line("stage", _stage(outcome, words)))
        case Stopped(draft=draft):
            return _element("stopped", _draft(draft), _line("stage", words.stopped))
        case Broken(error=error):
            return trouble_html(error, words)
        case Answer(text=text, language=language):
            said = f'<p class="said">{render.marked_html(text)}</p>'
            return _element("answer", said, language=language)
        case NotFound():
            return _not_found_html(outcome)
        case _ as unreachable:
            assert_never(unreachable)


def error_html(error: KlipingError | None, words: Words) -> str:
    """What happened and what to do; when nobody expected it, where to look."""
    if error is None:
        return _line("why", words.unexpected)
    return _line("why", error.what) + _line("remedy", error.remedy)


def panel_html(chat: Chat, words: Words) -> str:
    """The sources of the chat's last reply, or what is being read for the next one."""
    outcome = chat[-1].outcome if chat else None
    match outcome:
        case Answer():
            heading, cards = words.sources, render.answer_sources_html(outcome, words)
        case NotFound(closest=(_, *_) as closest):
            heading, cards = words.closest, _cards(closest, words)
        case Drafting(sources=(_, *_) as read) | Stopped(sources=(_, *_) as read):
            heading, cards = words.being_read, _cards(read, words)
        case _:
            heading, cards = words.sources, _line("later", words.sources_later)
    return heading_html(heading) + cards


def welcome_html(articles: int, words: Words) -> str:
    """What an empty chat says: how much can be asked about, or how to add something."""
    if not articles:
        return _element(
            "welcome",
            _line("headline", words.welcome_empty),
            _line("why", words.welcome_how_to_add),
        )
    return _element(
        "welcome",
        _line("headline", words.welcome),
        _line("why", words.welcome_articles(articles)),
    )


def additions_html(additions: Iterable[Addition], words: Words) -> str:
    """What became of each addition, in order."""
    items = "".join(f"<li>{_addition_html(addition, words)}</li>" for addition in additions)
    return f'<ul class="additions">{items}</ul>' if items else ""


def notice_html(text: str) -> str:
    """One line about what was or is being done."""
    return _element("notice", _line("why", text))


def trouble_html(error: KlipingError | None, words: Words) -> str:
    """Something that could not be done, outside of the chat."""
    return _element("broken", _line("headline", words.trouble), error_html(error, words))


def masthead_html(words: Words) -> str:
    """The page's name and what it promises."""
    return f'<h1>Kliping</h1><p class="tagline">{render.text_html(words.tagline)}</p>'


def heading_html(text: str) -> str:
    """The heading of a part of the page."""
    return f'<h2 class="heading">{render.text_html(text)}</h2>'


def list_html(cards: Sequence[Card], words: Words) -> str:
    """The articles as a table; each row's button carries the article's id in ``data-article``."""
    if not cards:
        return notice_html(words.welcome_empty)
    columns = (
        words.column_title,
        words.column_site,
        words.column_date,
        words.column_language,
        words.column_added,
    )
    caption = render.text_html(words.article_list)
    head = "".join(f'<th scope="col">{render.text_html(column)}</th>' for column in columns)
    head += f'<th scope="col"><span class="unseen">{render.text_html(words.delete)}</span></th>'
    return (
        f'<table tabindex="-1"><caption class="unseen">{caption}</caption>'
        f"<thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(_row_html(card, words) for card in cards)}</tbody></table>"
    )


def _row_html(card: Card, words: Words) -> str:
    added = render.text_html(words.column_added)
    delete = render.text_html(words.delete)
    named = render.text_html(words.delete_this.format(title=card.title))
    return (
        f'<tr><th scope="row"{render.lang_html(card.language)}>{render.text_html(card.title)}</th>'
        f"<td>{render.text_html(card.site or '')}</td>"
        f"<td>{_day_html(card.published, words)}</td>"
        f"<td>{render.text_html(words.language_names[card.language])}</td>"
        f'<td data-label="{added}">{_day_html(card.added.astimezone().date(), words)}</td>'
        f'<td><button type="button" data-article="{card.id}" aria-label="{named}">{delete}</button>'
        "</td></tr>"
    )


def _day_html(day: date | None, words: Words) -> str:
    return f'<time datetime="{day}">{words.day(day)}</time>' if day else ""


def _stage(drafting: Drafting, words: Words) -> str:
    if drafting.draft:
        return words.writing
    if drafting.sources:
        return words.reading(len(drafting.sources))
    if drafting.articles is not None:
        return words.searching(drafting.articles)
    return words.preparing


def _not_found_html(reply: NotFound) -> str:
    words = WORDS[reply.language]
    empty = reply.reason is Reason.EMPTY_LIBRARY
    return _element(
        "not-found",
        _line("headline", words.library_is_empty if empty else words.not_found),
        _line("why", words.add_on_the_page if empty else words.why[reply.reason]),
        language=reply.language,
    )


def _cards(sources: Iterable[Source], words: Words) -> str:
    return "".join(render.source_html(source, words) for source in sources)


def _addition_html(addition: Addition, words: Words) -> str:
    match addition:
        case Collected(card=card, standing=standing):
            became, about = words.became[standing], _line("name", card.title)
        case Failed(error=error):
            became, about = words.failed, _line("name", error.origin) + error_html(error, words)
        case _ as unreachable:
            assert_never(unreachable)
    return _line("became", became) + about


def _draft(text: str) -> str:
    return f'<p class="draft">{render.marked_html(text)}</p>' if text.strip() else ""


def _line(kind: str, text: str) -> str:
    return f'<p class="{kind}">{render.text_html(text)}</p>' if text else ""


def _element(kind: str, *parts: str, language: Language = Language.UNDETERMINED) -> str:
    return f'<div class="{kind}"{render.lang_html(language)}>{"".join(parts)}</div>'
