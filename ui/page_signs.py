"""The page's words on its components, and how they change together."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import gradio as gr  # noqa: TID253 - the page is itself imported only on use
from gradio.blocks import Block  # noqa: TID253

from rag.values import Language
from ui import render
from ui.words import WORDS, Words

Said: TypeAlias = Callable[[Words], Mapping[str, Any]]
"""The worded properties of a component: ``lambda words: {"label": words.question}``."""

Updates: TypeAlias = dict[Any, Any]
"""New values of components, as a handler returns them; what is not named stays."""

QUIET: Mapping[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""How every event of the page is wired: without Gradio's timer, and for the page alone."""

_Component = TypeVar("_Component", bound=Block)


class Signs:
    """Hangs words on components, and changes all of them when the page's language does.

    Args:
        words: What the page says at its start.
    """

    def __init__(self, words: Words) -> None:
        self.words = words
        self._hung: list[tuple[Block, Said]] = []

    def hang(self, kind: type[_Component], said: Said, **fixed: Any) -> _Component:
        """Make a component with these words on it."""
        component = kind(**said(self.words), **fixed)
        self._hung.append((component, said))
        return component

    @property
    def components(self) -> list[Block]:
        """Every component with words on it, in the order of ``changed``."""
        return [component for component, _ in self._hung]

    def changed(self, words: Words) -> list[Any]:
        """What each component says in other words."""
        return [gr.update(**said(words)) for _, said in self._hung]


def warn(language: str) -> None:
    """Say that something nobody expected has happened; Gradio has written what to stderr."""
    words = WORDS[Language(language)]
    gr.Warning(render.text_html(words.unexpected), title=words.trouble)
