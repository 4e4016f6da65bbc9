"""Builds the parts from the settings: the only place where a port meets its class."""

from functools import cached_property

from index.library import SqliteLibrary
from index.reading import ArticleReader
from rag.answering import Answerer
from rag.collecting import Collector
from rag.ports import Embedder, Generator, LanguageDetector
from ui.settings import Settings


class Room:
    """One reading room: every part is built when it is first used, and then kept.

    A command that needs no model loads none.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def detector(self) -> LanguageDetector:
        from models.language import LinguaDetector

        return LinguaDetector()

    @cached_property
    def reader(self) -> ArticleReader:
        return ArticleReader(
            self.detector, allow_private_addresses=self.settings.allow_private_addresses
        )

    @cached_property
    def embedder(self) -> Embedder:
        raise NotImplementedError

    @cached_property
    def generator(self) -> Generator:
        raise NotImplementedError

    @cached_property
    def library(self) -> SqliteLibrary:
        return SqliteLibrary(self.settings.data, embedder=self.embedder.identity)

    @cached_property
    def answerer(self) -> Answerer:
        return Answerer(
            library=self.library,
            embedder=self.embedder,
            generator=self.generator,
            detector=self.detector,
        )

    @cached_property
    def collector(self) -> Collector:
        return Collector(self.library, self.embedder)
