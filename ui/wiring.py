"""Builds the parts from the settings: the only place where a port meets its class."""

import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from index.library import SqliteLibrary
from models import catalog, weights
from models.catalog import EmbeddedModel, Prefixes
from models.fakes import FakeEmbedder, FakeGenerator
from models.fingerprint import fingerprint
from models.language import LinguaDetector
from models.llama import LlamaGenerator
from models.sentence import SentenceEmbedder
from models.server import ServerGenerator
from rag.answering import Answerer
from rag.collecting import Collector
from rag.errors import KlipingError, SettingsError
from rag.ports import Embedder, Generator
from rag.retrieval import Retriever
from ui.settings import Settings

if TYPE_CHECKING:
    from index.reading import ArticleReader

_EMBEDDED = "embedded"
_FAKE = "fake"


class Room:
    """One reading room: every part is built when it is first used, and then kept.

    The parts load their runtimes when they are first asked for work, so a command that needs no
    model loads none.

    Args:
        settings: As read.
        say: Takes notes for the person, one line each.
    """

    def __init__(self, settings: Settings, *, say: Callable[[str], None]) -> None:
        self.settings = settings
        self.say = say

    def close(self) -> None:
        """Close what was opened; nothing that was not."""
        for name in ("generator", "library"):
            close = getattr(self.__dict__.get(name), "close", None)
            if close:
                close()

    def warm_up(self) -> None:
        """Load the models in the background, so that the first question need not wait for all."""
        embedder, generator = self.embedder, self.generator

        def load() -> None:
            try:
                embedder.embed_question("apa kabar")
                generator.context_window  # noqa: B018 - asking for it loads the model
            except KlipingError as error:  # the first question would meet it as well
                self.say(str(error))

        threading.Thread(target=load, name="warm-up", daemon=True).start()

    @cached_property
    def detector(self) -> LinguaDetector:
        return LinguaDetector()

    @cached_property
    def reader(self) -> "ArticleReader":
        return self.reader_for(allow_private_addresses=self.settings.allow_private_addresses)

    def reader_for(self, *, allow_private_addresses: bool) -> "ArticleReader":
        """A reader that may be allowed more than the settings allow."""
        from index.reading import ArticleReader  # Brings an HTTP client that `ls` does not need.

        return ArticleReader(self.detector, allow_private_addresses=allow_private_addresses)

    @cached_property
    def embedder(self) -> Embedder:
        settings = self.settings
        match settings.embedder:
            case name if name == _FAKE:
                return FakeEmbedder()
            case name if name == _EMBEDDED:
                self._say_terms(catalog.embedder())
                source: str | Path = weights.embedded_embedder(settings.cache)
                prefixes: Prefixes | None = catalog.embedder().prefixes
            case name:
                source, prefixes = _folder(name) or name, self._prefixes(name)
        return SentenceEmbedder(source, identity=self._embedder_identity, prefixes=prefixes)

    @cached_property
    def generator(self) -> Generator:
        settings = self.settings
        match settings.generator:
            case name if name == _FAKE:
                return FakeGenerator()
            case address if address.startswith(("http://", "https://")):
                return ServerGenerator(
                    address,
                    model=settings.server_model,
                    api_key=settings.server_key,
                    context_window=settings.context_window or 4096,
                )
            case name if name == _EMBEDDED:
                self._say_terms(catalog.generator())
                path = weights.embedded_generator(settings.cache)
            case name:
                path = Path(name).expanduser()
        return LlamaGenerator(path, context_window=settings.context_window)

    @cached_property
    def library(self) -> SqliteLibrary:
        return SqliteLibrary(self.settings.data, embedder=self._embedder_identity)

    @cached_property
    def retriever(self) -> Retriever:
        return Retriever(self.library, self.embedder)

    @cached_property
    def answerer(self) -> Answerer:
        return Answerer(
            library=self.library,
            embedder=self.embedder,
            generator=self.generator,
            detector=self.detector,
            # Bounds are known for the embedder they were read off, and for no other.
            bounds=catalog.embedder().bounds if self.settings.embedder == _EMBEDDED else None,
        )

    @cached_property
    def collector(self) -> Collector:
        return Collector(self.library, self.embedder)

    @cached_property
    def _embedder_identity(self) -> str:
        """Known before anything is prepared or loaded: `ls` needs no model.

        Of a hub's model the name must do: whoever has it keeps the revision that was fetched first.
        """
        match self.settings.embedder:
            case name if name == _FAKE:
                return FakeEmbedder.identity
            case name if name == _EMBEDDED:
                if self._prefixes(name) is not None:
                    raise SettingsError(
                        "question_prefix and passage_prefix are not for the embedded embedder, "
                        "which knows its own.",
                        remedy="Unset them, or name another `embedder`.",
                    )
                return catalog.embedder().identity
            case name:
                folder = _folder(name)
                model = f"{folder.name}@{fingerprint(folder)}" if folder else name
                prefixes = self._prefixes(name) or Prefixes()
                return "|".join((model, prefixes.question, prefixes.passage)).rstrip("|")

    def _prefixes(self, name: str) -> Prefixes | None:
        """What the person set, else what is known of the model, else None: what it says itself."""
        question, passage = self.settings.question_prefix, self.settings.passage_prefix
        if question is None and passage is None:
            return catalog.prefixes(name)
        return Prefixes(question=question or "", passage=passage or "")

    def _say_terms(self, model: EmbeddedModel) -> None:
        """Before an embedded model is first prepared: whose it is, in one line."""
        if model in weights.unprepared(self.settings.cache):
            self.say(f"Preparing {model.name} once ({model.licence}; see NOTICE) …")


def _folder(name: str) -> Path | None:
    """The folder of that name, however it is written; None for a name on the hub."""
    path = Path(name).expanduser()
    return path.resolve() if path.is_dir() else None
