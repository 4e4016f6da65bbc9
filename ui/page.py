"""The page: one tab for asking, one for the library, in the person's words.

Gradio is known to the files of the page alone, and those are imported only when it is served.
"""

import hmac
import ipaddress
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr  # noqa: TID253 - the page is itself imported only on use
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from rag.errors import PageError
from rag.values import Language
from ui import page_views
from ui.page_adding import Adding
from ui.page_chat import Conversation
from ui.page_room import PageRoom
from ui.page_shelf import Shelf
from ui.page_signs import QUIET, Signs
from ui.page_theme import theme
from ui.words import WORDS

_STYLE = Path(__file__).with_name("page.css")
_ICON = Path(__file__).with_name("page.svg")
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


def serve(room: PageRoom, *, host: str, port: int, password: str | None = None) -> None:
    """Serve the page until the person interrupts it.

    Raises:
        PageError: as ``opened`` says.
    """
    with opened(room, host=host, port=port, password=password) as page:
        words = WORDS[Language(room.settings.page_language)]
        room.say(words.page_is_at.format(address=page.local_url))
        # In short sleeps: an endless wait cannot be interrupted on Windows.
        while True:
            time.sleep(1)


@contextmanager
def opened(
    room: PageRoom, *, host: str, port: int, password: str | None = None
) -> Iterator[gr.Blocks]:
    """Serve the page as long as the context lasts; its ``local_url`` says where.

    Raises:
        PageError: others could open it without a password, or the port cannot be had.
    """
    alone = _is_this_machine(host)
    if not alone and not password:
        raise PageError(
            f"A page at {host} can be opened from other machines, so it needs a password.",
            remedy="Give --password, or serve this machine alone: --host 127.0.0.1.",
        )
    with tempfile.TemporaryDirectory(prefix="kliping-") as uploads:
        # Gradio's own place is shared by all who use the machine, and outlives the page.
        os.environ["GRADIO_TEMP_DIR"] = uploads
        page = build_page(room)
        try:
            page.launch(
                server_name=host,
                server_port=port,
                auth=_gate(password) if password else None,
                auth_message=WORDS[Language(room.settings.page_language)].sign_in,
                app_kwargs={"middleware": [_only_to_this_machine(host)]} if alone else {},
                theme=theme(),
                css_paths=_STYLE,
                share=False,
                run_history=False,  # It keeps every question in the browser.
                enable_monitoring=False,
                mcp_server=False,
                ssr_mode=False,
                pwa=False,
                footer_links=[],
                show_error=False,  # It would show Python's words; the page has its own.
                favicon_path=_ICON,
                quiet=True,
                prevent_thread_lock=True,
            )
        except OSError as error:
            raise PageError(
                f"The page cannot be served at {host}, port {port}; something may use it already.",
                remedy="Close what uses the port, or choose another one with --port.",
            ) from error
        try:
            yield page
        finally:
            page.close(verbose=False)


def _gate(password: str) -> Callable[[str, str], bool]:
    """Let in whoever knows the password, under any name."""
    return lambda _, given: hmac.compare_digest(given.encode(), password.encode())


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _only_to_this_machine(host: str) -> Middleware:
    """Answer no other host's name: a web page may point its own at 127.0.0.1, and read along."""
    names = ["127.0.0.1", "localhost", "::1", "[::1]", host]
    return Middleware(TrustedHostMiddleware, allowed_hosts=names)
