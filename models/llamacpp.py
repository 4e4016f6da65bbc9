"""Loads a GGUF with llama.cpp. The only file that knows llama-cpp-python."""

import os
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from models.engine import Engine, Vocabulary
from models.machine import available_memory, physical_cores
from models.native import Native
from models.templates import Template
from rag.errors import ModelDamagedError, ModelError, ModelMissingError

USUAL_WINDOW = 4096  # tokens: a handful of passages, a question and its answer
SMALLEST_WINDOW = 1024  # tokens: less holds no passage beside the instructions

_complaints: deque[str] = deque(maxlen=8)


def load(path: Path, *, context_window: int | None, threads: int | None) -> Engine:
    """Load a model, onto the graphics card if llama.cpp was built for one.

    Args:
        path: Of a model in several files, the first one.
        context_window: At most so many tokens; None for a usual number.
        threads: None for one on each core.

    Raises:
        ModelMissingError: there is no such file, or no llama-cpp-python.
        ModelDamagedError: llama.cpp cannot run it.
        ModelError: it needs more memory than there is.
    """
    _require_gguf(path)
    library = _library()
    if library.llama_supports_gpu_offload():
        # Too large for the card looks the same as damaged; the processor will tell them apart.
        with suppress(ModelDamagedError):
            return _load(library, path, context_window, threads, offload=True)
    return _load(library, path, context_window, threads, offload=False)


def _load(
    library: Any, path: Path, asked: int | None, threads: int | None, *, offload: bool
) -> Engine:
    # Small blocks let a caller stop sooner; a graphics card is fast with large ones only.
    block = 512 if offload else 256
    free = None if offload else available_memory()
    native = Native()
    try:
        model = _load_model(library, native, path, offload=offload, free=free)
        window = _affordable(library, path, model, asked, free)
        context = _load_context(
            library, native, path, model, window=window, block=block, threads=threads
        )
        vocabulary = Vocabulary(library, native, model)
        template = _template(library, path, model, vocabulary)
    except ModelError:
        native.free()
        raise
    return Engine(
        library, native, context, vocabulary, window=window, block=block, template=template
    )


def chat_template(source: str, *, begin: str, end: str) -> Template:
    """Make a template of its source, as Hugging Face would run it.

    Args:
        source: Jinja, as GGUF metadata holds it.
        begin: How the token that begins every prompt is spelled.
        end: The same for the one that ends a text.

    Raises:
        ValueError: it is not Jinja.
    """
    from jinja2 import TemplateError
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    try:
        formatter = Jinja2ChatFormatter(source, bos_token=begin, eos_token=end)
    except TemplateError as error:
        raise ValueError(f"its chat template is broken: {error}") from error

    def template(messages: Sequence[Mapping[str, str]]) -> str:
        dialog: Any = messages
        try:
            # The room for a draft is counted for the answer; thinking could take all of it.
            return str(formatter(messages=dialog, enable_thinking=False).prompt)
        except Exception as error:  # A template is a program from elsewhere: it may raise anything.
            raise ValueError(str(error)) from error

    return template


def _require_gguf(path: Path) -> None:
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir() raises where a folder is locked
        raise ModelMissingError(f"{path} is a folder.", remedy="Name the .gguf file in it.")
    try:
        with path.open("rb") as file:
            beginning = file.read(4)
    except FileNotFoundError as error:
        raise ModelMissingError(
            f"There is no model at {path}.",
            remedy="Give the path of a GGUF file, or unset `generator` for the embedded model.",
        ) from error
    except OSError as error:
        raise ModelMissingError(
            f"{path} cannot be read: {error.strerror or error}.",
            remedy="Let yourself read it, or name another GGUF file.",
        ) from error
    if beginning != b"GGUF":
        raise ModelDamagedError(
            f"{path} is not a GGUF file.",
            remedy="Give a model that was converted to GGUF, or fetch it again.",
        )


def _load_model(
    library: Any, native: Native, path: Path, *, offload: bool, free: int | None
) -> Any:
    size = path.stat().st_size
    if free is not None and free < size:
        raise _too_big(path, size, free)
    params = library.llama_model_default_params()
    params.n_gpu_layers = -1 if offload else 0  # -1: every layer
    _complaints.clear()
    model = library.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        raise _damaged(path, _complaint())
    return native.own(model, library.llama_model_free)


def _affordable(library: Any, path: Path, model: Any, asked: int | None, free: int | None) -> int:
    """Tokens as asked, as the model was trained for, and as the free memory holds."""
    window: int = min(asked or USUAL_WINDOW, library.llama_model_n_ctx_train(model))
    if free is None:
        return window
    # A key and a value in every layer, two bytes a number. Half of the memory is left over, for
    # heads that are wider than their share of the embedding, and for evaluating.
    share = library.llama_model_n_head_kv(model) / max(library.llama_model_n_head(model), 1)
    token = 2 * 2 * library.llama_model_n_layer(model) * library.llama_model_n_embd(model) * share
    size = library.llama_model_size(model)
    smallest = min(window, SMALLEST_WINDOW)
    if token * smallest > (free - size) / 2:
        raise _too_big(path, size + 2 * token * smallest, free)
    return min(window, int((free - size) / 2 / token)) if token else window


def _load_context(
    library: Any,
    native: Native,
    path: Path,
    model: Any,
    *,
    window: int,
    block: int,
    threads: int | None,
) -> Any:
    params = library.llama_context_default_params()
    params.n_ctx = window
    params.n_batch = params.n_ubatch = block
    params.n_threads = params.n_threads_batch = threads or physical_cores()
    params.swa_full = True  # A cache of the last window alone could not go back to a beginning.
    params.no_perf = True
    _complaints.clear()
    context = library.llama_init_from_model(model, params)
    if not context:
        raise _damaged(path, _complaint())
    native.own(context, library.llama_free)
    if library.llama_model_has_encoder(model) or not library.llama_get_memory(context):
        raise ModelDamagedError(
            f"{path.name} was not made to continue text.", remedy="Choose a GGUF of a chat model."
        )
    return context


def _template(library: Any, path: Path, model: Any, vocabulary: Vocabulary) -> Template | None:
    """The chat template that the GGUF brings along, if it brings one."""
    source: bytes | None = library.llama_model_chat_template(model, None)
    if not source:
        return None
    try:
        return chat_template(source.decode(), begin=vocabulary.begin, end=vocabulary.end)
    except ValueError as error:
        raise _damaged(path, str(error)) from error


def _too_big(path: Path, needed: float, free: int) -> ModelError:
    return ModelError(
        f"{path.name} needs about {needed / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB are free.",
        remedy="Close other programs, or choose a smaller model.",
    )


def _damaged(path: Path, why: str) -> ModelDamagedError:
    return ModelDamagedError(
        f"llama.cpp cannot run {path.name}: {why}.",
        remedy="Fetch the file again; if it is of a newer kind, update llama-cpp-python.",
    )


def _complaint() -> str:
    """What llama.cpp complained of first; the rest of its log only follows from that."""
    first = _complaints[0] if _complaints else "it does not say why"
    return first.partition(": ")[2].removeprefix("error loading model: ") or first


@cache
def _library() -> Any:
    """The binding of llama.h, ready and silent.

    Raises:
        ModelMissingError: the package is not installed, or does not load here.
    """
    try:
        from llama_cpp import llama_cpp as library
    except (ImportError, OSError, RuntimeError) as error:  # what its loader raises
        raise ModelMissingError(
            f"llama-cpp-python cannot be loaded: {error}.",
            remedy="Install llama-cpp-python, or let a server write: "
            'generator = "http://127.0.0.1:8080/v1".',
        ) from error
    library.llama_log_set(_listener(library), None)
    library.llama_backend_init()
    return library


@cache  # llama.cpp calls it for as long as the process lives: it must not be collected.
def _listener(library: Any) -> Any:
    error_level = 4  # GGML_LOG_LEVEL_ERROR in ggml.h; the package's own logger has it as 3

    def listen(level: int, text: bytes, _: object) -> None:
        if level == error_level:
            _complaints.append(text.decode(errors="replace").strip())

    return library.llama_log_callback(listen)
