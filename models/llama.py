"""A model in process: any GGUF, by path."""

import threading
from collections.abc import Iterator
from pathlib import Path

from models.drafts import Draft, Thinking, runs_in_circles
from models.engine import Engine
from models.llamacpp import load
from models.templates import Segment, Template, render
from models.turns import Turns
from rag.errors import ModelDamagedError, PromptTooLongError
from rag.ports import ChatPrompt, Pieces, Prompt, PromptForm, TextPrompt

HEARTBEAT = 0.1  # seconds between the empty pieces of a caller who waits


class LlamaGenerator:
    """Writes with a GGUF, each token the likeliest: equal prompts give equal drafts.

    Loads when it is first asked for more than its name. A draft that only repeats itself is ended.

    Args:
        path: The GGUF; of a model in several files, the first one.
        context_window: At most so many tokens; None for a usual number. The model and the memory
            may allow less.
        threads: How many to compute with; None for one on each core.
    """

    def __init__(
        self, path: Path, *, context_window: int | None = None, threads: int | None = None
    ) -> None:
        self._path = path
        self._asked_window = context_window
        self._threads = threads
        self._turns = Turns()
        self._loading = threading.Lock()
        self._loaded: Engine | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return self._path.stem

    @property
    def form(self) -> PromptForm:
        """CHAT when the GGUF brings a chat template along."""
        return PromptForm.CHAT if self._engine().template else PromptForm.TEXT

    @property
    def context_window(self) -> int:
        """As asked, as the model was trained for, as the memory allows: the least of them."""
        return self._engine().context_window

    def count_tokens(self, prompt: Prompt) -> int:
        return len(self._understand(self._engine(), prompt)[0])

    def stream(self, prompt: Prompt, *, max_tokens: int) -> Pieces:
        engine = self._engine()
        tokens, draft = self._understand(engine, prompt)
        if len(tokens) + max_tokens > engine.context_window:
            raise PromptTooLongError(
                needed=len(tokens) + max_tokens, context_window=engine.context_window
            )
        with self._turns.line_up() as place:
            while not place.reached(within=HEARTBEAT):
                yield ""
            for _ in engine.read(tokens):
                yield ""
            yield from _write(engine, draft, max_tokens)

    def close(self) -> None:
        """Free the memory; who is still writing gets a ModelError, who asks again loads again."""
        with self._loading:
            if self._loaded is not None:
                self._loaded.close()
                self._loaded = None

    def _engine(self) -> Engine:
        with self._loading:
            if self._loaded is None:
                self._loaded = load(
                    self._path, context_window=self._asked_window, threads=self._threads
                )
            return self._loaded

    def _understand(self, engine: Engine, prompt: Prompt) -> tuple[list[int], Draft]:
        """The prompt as tokens, and what to make of the model's answer to it."""
        match prompt:
            case TextPrompt(text=text, stop=stop):
                return engine.vocabulary.of_text(text), Draft(stop=stop)
            case ChatPrompt():
                segments = self._render(engine.template, prompt)
                thinking = Thinking(segments[-1].text)
                return engine.vocabulary.of_conversation(segments), Draft(thinking=thinking)

    def _render(self, template: Template | None, prompt: ChatPrompt) -> list[Segment]:
        if template is None:
            raise TypeError(f"{self.name} has no chat template; give it a TextPrompt")
        try:
            return render(template, prompt.messages)
        except ValueError as error:
            raise ModelDamagedError(
                f"The chat template of {self.name} does not take this conversation: {error}.",
                remedy="Choose another GGUF of the model, with a repaired template.",
            ) from error


def _write(engine: Engine, draft: Draft, max_tokens: int) -> Iterator[str]:
    """Write one token after the other until the model, a stop or the room ends the draft."""
    written: list[int] = []
    while len(written) < max_tokens:
        if written:
            engine.write(written[-1])
        token = int(engine.logits().argmax())
        written.append(token)
        if engine.vocabulary.ends(token) or runs_in_circles(written):
            break
        # Some models mark their thinking with control tokens, which are not shown otherwise.
        yield draft.add(engine.vocabulary.piece(token, control=draft.opening))
        if draft.ended:
            return
    yield draft.rest()
