"""The tab for asking: the chat on the left, the sources of its last reply on the right."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import gradio as gr  # noqa: TID253 - the page is itself imported only on use

from rag.errors import KlipingError
from rag.values import Language
from ui import conversation, page_views
from ui.conversation import Chat, Drafting
from ui.page_room import PageRoom
from ui.page_signs import QUIET, Signs, Updates, warn
from ui.words import WORDS, Words


@dataclass
class _Spoken:
    """The page's language as it is now, in one browser session.

    Shared on purpose: a handler that streams got its inputs when it began, and looks here.
    """

    language: str

    @property
    def words(self) -> Words:
        return WORDS[Language(self.language)]


class Conversation:
    """Components and handlers of the tab; made inside the tab's block."""

    def __init__(self, room: PageRoom, signs: Signs, language: gr.Radio) -> None:
        self._room = room
        self._language = language
        self._chat = gr.State(())
        self._spoken = gr.State(_Spoken(room.settings.page_language))
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=3, min_width=320):
                self._make_chat(signs)
            with gr.Column(scale=2, min_width=320):
                self._panel = gr.HTML(elem_id="sources")
        self._wire()

    def _make_chat(self, signs: Signs) -> None:
        with gr.Row(elem_classes="above"):
            signs.hang(gr.HTML, lambda words: {"value": page_views.heading_html(words.chat)})
            self._new = signs.hang(
                gr.Button,
                lambda words: {"value": words.new_chat},
                size="sm",
                elem_id="new-chat",
                elem_classes="quiet",
            )
        self._messages = signs.hang(
            gr.Chatbot,
            lambda words: {"label": words.chat},
            elem_id="messages",
            show_label=False,
            buttons=[],
            feedback_options=None,
            latex_delimiters=[],
            height=None,
        )
        with gr.Row(elem_id="asking"):
            self._question = signs.hang(
                gr.Textbox,
                lambda words: {"label": words.question, "placeholder": words.question_placeholder},
                elem_id="question",
                show_label=False,
                lines=1,
                max_lines=6,
                autofocus=True,
                scale=1,
            )
            self._stop = signs.hang(
                gr.Button,
                lambda words: {"value": words.stop},
                elem_id="stop",
                visible=False,
                scale=0,
            )
            self._send = signs.hang(
                gr.Button,
                lambda words: {"value": words.send},
                elem_id="send",
                variant="primary",
                scale=0,
            )

    def redraw_on(self, triggers: Sequence[Any]) -> None:
        """Show the chat as it is, in the page's words as they are, when one of these happens."""
        state = [self._chat, self._language, self._spoken]
        redrawn = gr.on(triggers, self._redraw, state, self._drawn, **QUIET)
        redrawn.failure(warn, self._language, **QUIET)

    def _wire(self) -> None:
        state = [self._chat, self._language]
        everything = [self._chat, *self._drawn]
        asked = gr.on(
            [self._question.submit, self._send.click],
            self._ask,
            [self._question, self._chat, self._spoken],
            [self._question, *everything],
            concurrency_limit=None,  # The generator lets its callers take turns itself.
            **QUIET,
        )
        asked.failure(self._break, state, [self._question, *everything], **QUIET)
        # Gradio closes the handler's generator, and that the answerer's, between two pieces.
        stopped = self._stop.click(None, cancels=[asked], **QUIET)
        stopped.then(self._mark_stopped, state, everything, **QUIET)
        left = self._new.click(None, cancels=[asked], **QUIET)
        left.then(self._clear, self._language, everything, **QUIET)

    @property
    def _drawn(self) -> list[Any]:
        """What shows the chat, beside the chat itself."""
        return [self._messages, self._panel, self._send, self._stop]

    def _ask(self, question: str, chat: Chat, spoken: _Spoken) -> Iterator[Updates]:
        if not question.strip():
            yield {self._question: ""}
            return
        updates: Updates = {self._question: ""}
        panel = page_views.panel_html(chat, spoken.words)
        asked = conversation.ask(lambda: self._room.answerer, chat, question.strip())
        with closing(asked) as steps:
            for now in steps:
                updates |= self._shown(now, spoken.words)
                # The panel is drawn anew only when it changes: someone may be reading in it.
                if updates[self._panel] == panel:
                    del updates[self._panel]
                panel = updates.get(self._panel, panel)
                yield updates
                updates = {}

    def _mark_stopped(self, chat: Chat, language: str) -> Updates:
        return self._shown(conversation.stopped(chat), WORDS[Language(language)])

    def _break(self, chat: Chat, language: str) -> Updates:
        return self._shown(conversation.broken(chat), WORDS[Language(language)])

    def _clear(self, language: str) -> Updates:
        return self._shown((), WORDS[Language(language)])

    def _redraw(self, chat: Chat, language: str, spoken: _Spoken) -> Updates:
        spoken.language = language
        placeholder = self._welcome(spoken.words)
        if _drafting(chat):
            # What streams shows itself, in the new words, too; this chat is older by now.
            return {self._messages: gr.update(placeholder=placeholder)}
        updates = self._shown(chat, spoken.words)
        del updates[self._chat]
        messages = gr.update(value=updates[self._messages], placeholder=placeholder)
        return {**updates, self._messages: messages}

    def _welcome(self, words: Words) -> str:
        try:
            return page_views.welcome_html(self._room.library.size().articles, words)
        except KlipingError as error:
            return page_views.trouble_html(error, words)

    def _shown(self, chat: Chat, words: Words) -> Updates:
        drafting = _drafting(chat)
        return {
            self._chat: chat,
            self._messages: page_views.messages(chat, words),
            self._panel: page_views.panel_html(chat, words),
            self._send: gr.update(visible=not drafting),
            self._stop: gr.update(visible=drafting),
        }


def _drafting(chat: Chat) -> bool:
    return bool(chat) and isinstance(chat[-1].outcome, Drafting)
