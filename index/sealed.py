"""A file that is whole or counts for nothing: written beside its place, sealed, then moved there.

Layout: magic, bytes of the header (u32, little endian), header as JSON, content, and the SHA-256
of all that.
"""

import hashlib
import json
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

_MAGIC = b"KLIPVEC1"
_SEAL_BYTES = hashlib.sha256().digest_size
_CHUNK_BYTES = 1 << 20

Header: TypeAlias = dict[str, Any]
Write: TypeAlias = Callable[[bytes], None]
Read: TypeAlias = Callable[[int], bytes]


@contextmanager
def writing_sealed(path: Path, header: Header) -> Iterator[Write]:
    """Yield what takes the content piece by piece; at the end of the block, replace ``path``.

    A kill or an exception leaves the file that was there. Only one process may write at a time.
    """
    described = json.dumps(header).encode()
    seal = hashlib.sha256()
    beside = _beside(path)
    try:
        # For its owner only: vectors tell a good deal of the text they were made from.
        beside.touch(mode=0o600)
        with beside.open("wb") as file:

            def write(piece: bytes) -> None:
                seal.update(piece)
                file.write(piece)

            write(_MAGIC + struct.pack("<I", len(described)) + described)
            yield write
            file.write(seal.digest())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def reading_sealed(path: Path) -> Iterator[tuple[Header, Read] | None]:
    """Yield the header and what reads on in the content; None if no whole file is there."""
    if not path.exists():
        yield None
        return
    with path.open("rb") as file:
        yield (_header(file), file.read) if _is_whole(file) else None


def remove_sealed(path: Path) -> None:
    """Delete the file, and what a kill may have left of the one that was to replace it."""
    _beside(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    # Always the same name, so that what a kill left behind is overwritten by the next one.
    return path.with_name(path.name + ".new")


def _is_whole(file: BinaryIO) -> bool:
    left = file.seek(0, os.SEEK_END) - len(_MAGIC) - _SEAL_BYTES
    file.seek(0)
    if file.read(len(_MAGIC)) != _MAGIC:
        return False
    seal = hashlib.sha256(_MAGIC)
    while left > 0:
        piece = file.read(min(left, _CHUNK_BYTES))
        seal.update(piece)
        left -= len(piece)
    return file.read() == seal.digest()


def _header(file: BinaryIO) -> Header:
    file.seek(len(_MAGIC))
    (size,) = struct.unpack("<I", file.read(4))
    header: Header = json.loads(file.read(size))
    return header
