"""Prepares a folder once: whole or not there, whatever happens meanwhile.

A prepared folder holds a manifest of its files, written last. Only what agrees with its manifest
is used; anything else is what a killed process, a full disk or a stray hand left, and is made anew.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock

from rag.errors import ModelMissingError

_MANIFEST = "manifest.json"


def is_prepared(folder: Path, *, made_from: str, thorough: bool = False) -> bool:
    """Whether the folder was made from that and is still as it was made.

    Args:
        folder: Need not exist.
        made_from: As it was given to ``prepare``.
        thorough: Read every byte, not only the sizes.
    """
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        return bool(manifest["made_from"] == made_from) and all(
            (folder / name).stat().st_size == noted["size"]
            and (not thorough or sha256(folder / name) == noted["sha256"])
            for name, noted in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):  # a file is missing, or half a manifest
        return False


def prepare(
    folder: Path, *, made_from: str, make: Callable[[Path], None], thorough: bool = False
) -> Path:
    """Return the folder, made if it is not prepared yet.

    Several processes may ask at once: one makes it, the others wait and use it.

    Args:
        folder: Where it is to be; beside it there must be room for a second one.
        made_from: Names the ingredients and the recipe; another text means another folder.
        make: Fills an empty folder.
        thorough: Make it anew if a single byte of it changed.

    Raises:
        ModelMissingError: it cannot be written.
    """
    if is_prepared(folder, made_from=made_from, thorough=thorough):
        return folder
    try:
        _make_private(folder.parent)
        with FileLock(folder.with_name(f".{folder.name}.lock")):
            # Asked again: another process may have made it while this one waited.
            if not is_prepared(folder, made_from=made_from, thorough=thorough):
                _make(folder, made_from, make)
    except OSError as error:
        raise ModelMissingError(
            f"{folder.name} cannot be prepared in {folder.parent}: {error.strerror or error}.",
            remedy="Make room for it there, or let KLIPING_HOME name another folder.",
        ) from error
    return folder


def sha256(path: Path) -> str:
    """Digest of a file in hex, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _make_private(folder: Path) -> None:
    # mkdir(mode, parents=True) would leave the parents to everybody, and the library may come to
    # lie in one of them.
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def _make(folder: Path, made_from: str, make: Callable[[Path], None]) -> None:
    # One name for all: whoever holds the lock is alone, so what lies there was left by the dead.
    workshop = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(mode=0o700)
    try:
        make(workshop)
        _note(workshop, made_from)
        _flush(workshop)
        if folder.exists():
            shutil.rmtree(folder)  # os.replace() takes no folder's place but an empty one's
        workshop.rename(folder)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _note(folder: Path, made_from: str) -> None:
    noted = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": sha256(path)}
        for path in _files(folder)
    }
    manifest = {"made_from": made_from, "files": noted}
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _flush(folder: Path) -> None:
    """Wait until everything lies on the disk, so that no later moment finds a name without it."""
    for path in _files(folder):
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    if os.name == "posix":  # Windows opens no folders
        for path in (*(p for p in folder.rglob("*") if p.is_dir()), folder):
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
