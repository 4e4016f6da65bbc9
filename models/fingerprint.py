"""Tells one model's folder from another without reading all of it."""

import hashlib
from pathlib import Path

from rag.errors import ModelMissingError

# What a model is read from; beside it lie read-mes and the same weights for other runtimes.
_SUFFIXES = frozenset({".json", ".model", ".safetensors", ".txt"})
_PIECE = 65_536  # bytes
_PIECES = 64


def fingerprint(folder: Path) -> str:
    """Eight hex digits of what the folder holds, wherever it lies.

    Of every file the size counts, and what 64 pieces of 64 KiB at even distances hold: a file up
    to 4 MiB whole, of larger ones a sample, because `kliping ls` must not wait for gigabytes.
    Weights that were trained on differ in every tensor that was not frozen.

    Raises:
        ModelMissingError: a file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        files = {
            path.relative_to(folder).as_posix(): path
            for pattern in ("*", "*/*")  # sentence-transformers gives each module one folder
            for path in folder.glob(pattern)
            if path.suffix in _SUFFIXES and path.is_file()
        }
        for name, path in sorted(files.items()):
            size = path.stat().st_size
            digest.update(f"{name}\n{size}\n".encode())
            with path.open("rb") as file:
                for offset in range(0, size, max(_PIECE, size // _PIECES)):
                    file.seek(offset)
                    digest.update(file.read(_PIECE))
    except OSError as error:
        raise ModelMissingError(
            f"The embedder in {folder} cannot be read: {error.strerror or error}.",
            remedy="Let yourself read it, or name another embedder.",
        ) from error
    return digest.hexdigest()[:8]
