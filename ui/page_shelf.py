"""The list of articles on the page, and deleting one of them."""

from collections.abc import Sequence
from typing import Any

import gradio as gr  # noqa: TID253 - the page is itself imported only on use
from gradio.events import Dependency  # noqa: TID253

from rag.errors import KlipingError
from rag.values import Card, Language
from ui import page_views
from ui.page_room import PageRoom
from ui.page_signs import QUIET, Signs, Updates, warn
from ui.words import WORDS, Words

# Gradio's own table draws a thousand rows in a hidden tab wrongly, hides them from the browser's
# search and leaves screen readers without a table; this is a plain one that tells what is clicked.
_TELL_WHICH = """
element.addEventListener("click", event => {
  const button = event.target.closest("button[data-article]");
  if (button) trigger("click", { article: button.dataset.article });
});
"""
_FOCUS_KEEP = "() => document.querySelector('#keep')?.focus()"
_FOCUS_LIST = "() => document.querySelector('#list table')?.focus()"


class Shelf:
    """Components and handlers; made where they are to stand."""

    def __init__(self, room: PageRoom, signs: Signs, language: gr.Radio) -> None:
        self._room = room
        self._language = language
        self._chosen = gr.State(None)
        self._count = gr.HTML(elem_id="count")
        self._notice = gr.HTML(elem_id="notice")
        with gr.Row(elem_id="deleting", visible=False) as self._deleting:
            self._really = signs.hang(
                gr.Button,
                lambda words: {"value": words.really_delete},
                size="sm",
                variant="stop",
                elem_id="really-delete",
            )
            self._keep = signs.hang(
                gr.Button, lambda words: {"value": words.keep}, size="sm", elem_id="keep"
            )
        self._list = gr.HTML(js_on_load=_TELL_WHICH, elem_id="list")
        self._wire()

    def refresh_on(self, triggers: Sequence[Any]) -> None:
        """List what is there when one of these happens; another process may have changed it."""
        refreshed = gr.on(triggers, self._refresh, self._language, self._shown, **QUIET)
        refreshed.failure(warn, self._language, **QUIET)

    def refresh_after(self, event: Dependency) -> None:
        """List what is there once an event is over."""
        event.then(self._refresh, self._language, self._shown, **QUIET)

    @property
    def _shown(self) -> list[Any]:
        return [self._chosen, self._count, self._notice, self._deleting, self._list]

    def _wire(self) -> None:
        chosen = [self._chosen, self._language]
        asking = [self._chosen, self._notice, self._deleting]
        choose = self._list.click(self._choose, self._language, asking, **QUIET)
        remove = self._really.click(self._remove, chosen, self._shown, **QUIET)
        keep = self._keep.click(self._refresh, self._language, self._shown, **QUIET)
        choose.success(None, js=_FOCUS_KEEP, **QUIET)
        for event in (remove, keep):
            event.success(None, js=_FOCUS_LIST, **QUIET)
        for event in (choose, remove, keep):
            event.failure(warn, self._language, **QUIET)

    def _refresh(self, language: str) -> Updates:
        return self._listed(WORDS[Language(language)])

    def _choose(self, event: gr.EventData, language: str) -> Updates:
        words = WORDS[Language(language)]
        try:
            card = self._room.library.article(str(event.article)).card
        except KlipingError as error:
            return {self._notice: page_views.trouble_html(error, words)}
        question = page_views.notice_html(words.confirm_delete.format(title=card.title))
        return {
            self._chosen: card,
            self._notice: question,
            self._deleting: gr.update(visible=True),
        }

    def _remove(self, card: Card, language: str) -> Updates:
        words = WORDS[Language(language)]
        try:
            self._room.library.remove(card.id)
        except KlipingError as error:
            return self._listed(words, page_views.trouble_html(error, words))
        return self._listed(words, page_views.notice_html(words.deleted.format(title=card.title)))

    def _listed(self, words: Words, said: str = "") -> Updates:
        """The list as it is now. It stays as it was when the library cannot be read."""
        updates = {self._chosen: None, self._notice: said, self._deleting: gr.update(visible=False)}
        try:
            cards = self._room.library.cards()
        except KlipingError as error:
            return {**updates, self._notice: page_views.trouble_html(error, words)}
        return {
            **updates,
            self._count: page_views.heading_html(words.articles(len(cards))),
            self._list: page_views.list_html(cards, words),
        }
