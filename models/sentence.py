"""The only file that knows sentence-transformers."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.catalog import Prefixes
from models.turns import Turns
from rag.errors import ModelDamagedError, ModelError, ModelMissingError
from rag.values import Vector, Vectors

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

# Tokens that are run together, padding included. A processor is fastest while they stay in its
# cache: up to about 2048; 4096 took 1.2 times as long in bfloat16 and 1.5 times in float32. And a
# question of another thread waits for one batch at most. An accelerator needs more to be busy.
_BATCH_TOKENS = {"cpu": 2048}
_BATCH_TOKENS_ELSEWHERE = 16_384


class SentenceEmbedder:
    """An Embedder over any sentence-transformers model, loaded when it is first needed.

    Computes in bfloat16 where the processor is good at it, else in float32; vectors of both may
    be compared (cosine of the same text: 0.9999). Safe to call from several threads: they take
    turns, batch by batch. Weights are read from safetensors only, and no code of the model's
    folder is ever run.

    Args:
        source: A folder, or a name on the Hugging Face hub. The hub is asked only for what was
            not fetched before.
        identity: As the port has it; known before anything is loaded.
        prefixes: None for the prompts that the model's own folder names.
    """

    def __init__(
        self,
        source: str | Path,
        *,
        identity: str,
        prefixes: Prefixes | None = None,
    ) -> None:
        self.identity = identity
        self._source = str(source)
        self._prefixes = prefixes
        self._turns = Turns()
        self._loaded: _Loaded | None = None

    @property
    def dimensions(self) -> int:
        return self._ready().dimensions

    @property
    def max_tokens(self) -> int:
        return self._ready().max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        with self._turn() as model:
            return model.count_tokens(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        counts = self.count_tokens(texts)
        for text, count in zip(texts, counts, strict=True):
            if count > self.max_tokens:
                raise ValueError(f"{count} tokens, {self.max_tokens} are read: {text[:40]!r}…")
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for batch in _batches(counts, self._ready().batch_tokens):
            with self._turn() as model:
                vectors[batch] = model.embed_passages([texts[i] for i in batch])
        return vectors

    def embed_question(self, text: str) -> Vector:
        with self._turn() as model:
            return model.embed_question(text)

    @contextmanager
    def _turn(self) -> Iterator["_Loaded"]:
        """The model, for this caller alone. Not even its tokenizer may be entered twice."""
        with self._turns.line_up() as place:
            place.reached(within=threading.TIMEOUT_MAX)
            if self._loaded is None:
                model = _load(self._source)
                self._loaded = _Loaded(model, self._prefixes)
            yield self._loaded

    def _ready(self) -> "_Loaded":
        """The model, to be asked what never changes: once it is there, without waiting."""
        if self._loaded is None:
            with self._turn() as model:
                return model
        return self._loaded


class _Loaded:
    """A model with what its users need to know of it; for one thread at a time."""

    def __init__(self, model: "SentenceTransformer", prefixes: Prefixes | None) -> None:
        self._model = model
        self._prefixes = prefixes or _own_prefixes(model)
        self._passage_prefix_tokens, question_prefix_tokens = self._lengths(
            # Without the last space: to most tokenizers it belongs to the word that follows.
            [self._prefixes.passage.rstrip(), self._prefixes.question.rstrip()]
        )
        self.dimensions = int(model.get_embedding_dimension() or 0)
        self.batch_tokens = _BATCH_TOKENS.get(model.device.type, _BATCH_TOKENS_ELSEWHERE)
        self.max_tokens = int(
            (model.max_seq_length or 0)
            - model.tokenizer.num_special_tokens_to_add()
            - max(self._passage_prefix_tokens, question_prefix_tokens)
        )

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        prefixed = [self._prefixes.passage + text for text in texts]
        return [length - self._passage_prefix_tokens for length in self._lengths(prefixed)]

    def embed_passages(self, texts: list[str]) -> Vectors:
        return _unit(
            self._model.encode_document(
                texts,
                prompt=self._prefixes.passage,
                batch_size=len(texts),
                show_progress_bar=False,
            )
        )

    def embed_question(self, text: str) -> Vector:
        prompt = self._prefixes.question
        rows = self._model.encode_query([text], prompt=prompt, show_progress_bar=False)
        question: Vector = _unit(rows)[0]
        return question

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        if not texts:
            return []
        # verbose: it would warn of every text that is too long; here that is the question.
        encoded = self._model.tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]


def _batches(counts: Sequence[int], most: int) -> Iterator[list[int]]:
    """Indices by length, in batches that hold at most so many tokens once they are padded."""
    batch: list[int] = []
    for i in sorted(range(len(counts)), key=counts.__getitem__):
        if batch and (len(batch) + 1) * counts[i] > most:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _unit(rows: Vectors) -> Vectors:
    """Rows of unit length, which those that were computed in bfloat16 are only to 0.3 %."""
    rows = np.asarray(rows, np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def _own_prefixes(model: "SentenceTransformer") -> Prefixes:
    """The prompts of the model's folder, under the names sentence-transformers looks for."""
    passage = [model.prompts.get(name) for name in ("document", "passage", "corpus")]
    return Prefixes(
        question=model.prompts.get("query") or "", passage=next(filter(None, passage), "")
    )


def _load(source: str) -> "SentenceTransformer":
    from transformers import PreTrainedTokenizerBase

    model = _from_here(source) if Path(source).is_dir() else _from_hub(source)
    if not isinstance(model.tokenizer, PreTrainedTokenizerBase):
        raise ModelError(
            f"The embedder {source} cannot count tokens as Kliping needs it.",
            remedy="Name one that is built on a transformer, or the embedded embedder.",
        )
    return model


def _from_here(folder: str) -> "SentenceTransformer":
    try:
        return _opened(folder, local=True)
    except Exception as error:  # what a foreign folder can make its library raise has no bounds
        raise ModelDamagedError(
            f"The embedder in {folder} cannot be loaded: {_reason(error)}.",
            remedy="Name a folder that sentence-transformers saved with safetensors.",
        ) from error


def _from_hub(name: str) -> "SentenceTransformer":
    # First what was fetched before: nobody need know when Kliping is used, and vectors that are
    # stored stay those of the revision that embeds the questions.
    with suppress(Exception):  # as above
        return _opened(name, local=True)
    try:
        return _opened(name, local=False)
    except Exception as error:  # as above
        raise ModelMissingError(
            f"The embedder {name} cannot be fetched: {_reason(error)}.",
            remedy="Check its name and the connection, or name a folder or the embedded embedder.",
        ) from error


def _opened(source: str, *, local: bool) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.util import get_device_name

    device = get_device_name()
    with _quiet():
        return SentenceTransformer(
            source,
            device=device,
            local_files_only=local,
            trust_remote_code=False,
            model_kwargs={"dtype": _precision(device), "use_safetensors": True},
        )


def _reason(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__


def _precision(device: str) -> "torch.dtype":
    """Bfloat16 where it is computed with and not only emulated."""
    import torch

    match device:
        case "cpu":
            able = torch.cpu.get_capabilities()
            good = able.get("avx512_bf16", False) or able.get("amx_bf16", False)
        case "cuda":
            good = torch.cuda.is_bf16_supported(including_emulation=False)
        case _:
            good = False
    return torch.bfloat16 if good else torch.float32


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing on stderr about weights that are being loaded; failures are raised anyway."""
    from transformers.utils import logging as transformers_logging

    loggers = [logging.getLogger(name) for name in ("sentence_transformers", "transformers")]
    levels = [logger.level for logger in loggers]
    had_bars = transformers_logging.is_progress_bar_enabled()
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if had_bars:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
