"""What the page needs of a reading room."""

from collections.abc import Callable
from typing import Protocol

from rag.collecting import Collector
from rag.ports import Library, Reader
from ui.conversation import Asked


class PageSettings(Protocol):
    """The settings that the page looks at."""

    @property
    def page_language(self) -> str: ...


class PageRoom(Protocol):
    """The parts behind the page; each may be built when it is first asked for."""

    @property
    def settings(self) -> PageSettings: ...
    @property
    def answerer(self) -> Asked: ...
    @property
    def collector(self) -> Collector: ...
    @property
    def library(self) -> Library: ...
    @property
    def reader(self) -> Reader: ...
    @property
    def say(self) -> Callable[[str], None]: ...
