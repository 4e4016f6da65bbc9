"""The page's layout: one tab for asking, one for the library, and what switches the words."""

from collections.abc import Callable
from typing import Any

import gradio as gr  # noqa: TID253 - the page is itself imported only on use

from rag.values import Language
from ui import page_views
from ui.page_adding import Adding
from ui.page_chat import Conversation
from ui.page_room import PageRoom
from ui.page_shelf import Shelf
from ui.page_signs import QUIET, Signs
from ui.words import WORDS

_PRONOUNCE = "language => { document.documentElement.lang = language }"
"""Tells screen readers which language the page's words are in."""


def build_page(room: PageRoom) -> gr.Blocks:
    """Lay out the page and wire it to the room's parts."""
    start = Language(room.settings.page_language)
    signs = Signs(WORDS[start])
    page = gr.Blocks(title="Kliping", analytics_enabled=False, fill_width=True)
    with page:
        with gr.Row(elem_id="masthead"):
            signs.hang(gr.HTML, lambda words: {"value": page_views.masthead_html(words)})
            language = signs.hang(
                gr.Radio,
                lambda words: {"label": words.page_language},
                choices=[(words.own_name, tag.value) for tag, words in WORDS.items()],
                value=start.value,
                elem_id="language",
            )
        with gr.Tabs(elem_id="tabs"):
            asking = signs.hang(gr.Tab, lambda words: {"label": words.tab_chat}, elem_id="ask")
            with asking:
                talk = Conversation(room, signs, language)
            shelves = signs.hang(
                gr.Tab, lambda words: {"label": words.tab_library}, elem_id="library"
            )
            with shelves, gr.Row(elem_id="shelf"):
                with gr.Column(scale=2, min_width=320):
                    adding = Adding(room, signs, language)
                with gr.Column(scale=4, min_width=320):
                    shelf = Shelf(room, signs, language)
        talk.redraw_on([page.load, asking.select, language.change])
        shelf.refresh_on([page.load, shelves.select, language.change])
        for added in adding.added:
            shelf.refresh_after(added)
        language.change(_speak(signs), language, signs.components, **QUIET)
        gr.on([page.load, language.change], None, language, js=_PRONOUNCE, **QUIET)
    return page


def _speak(signs: Signs) -> Callable[[str], list[Any]]:
    return lambda language: signs.changed(WORDS[Language(language)])
