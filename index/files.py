"""Files and folders: which are opened, how much is read, and what is no text."""

import os
import stat
from collections.abc import Collection, Sized
from dataclasses import dataclass
from pathlib import Path

from index.kinds import kind
from rag.errors import NothingToReadError, ReadingError

_MAX_SIZE = 20_000_000  # More than the longest novels; an article has a thousandth of it.

_BEGINNING = 4096  # Bytes; enough to tell what a file is.


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that was seen in a folder and the folders in it, sorted.

    Attributes:
        readable: Files that have a reader.
        skipped: The others, and folders that were not entered, each with the reason in words.
    """

    readable: tuple[Path, ...]
    skipped: tuple[tuple[Path, str], ...]


def list_folder(folder: Path, suffixes: Collection[str]) -> Listing:
    """List a folder's files with one of these suffixes, and those of the folders in it.

    Raises:
        ReadingError: there is no such folder, or it may not be opened.
    """
    readable: list[Path] = []
    skipped: list[tuple[Path, str]] = []

    def refused(error: OSError) -> None:
        if Path(error.filename) == folder:
            raise _unopened(folder, error) from error
        skipped.append((Path(error.filename), "cannot be opened"))

    for here, folders, files in os.walk(folder, onerror=refused):
        for name in [*folders]:
            why = _why_not_entered(Path(here, name))
            if why:
                folders.remove(name)  # os.walk enters what this list still names.
                skipped.append((Path(here, name), why))
        for name in files:
            why = _why_not_read(Path(here, name), suffixes)
            if why:
                skipped.append((Path(here, name), why))
            else:
                readable.append(Path(here, name))
    return Listing(tuple(sorted(readable)), tuple(sorted(skipped)))


def _why_not_entered(folder: Path) -> str | None:
    if folder.name.startswith("."):
        return "hidden"
    if folder.is_symlink():
        return "a link to a folder"  # It may lead round in a circle.
    return None


def _why_not_read(path: Path, suffixes: Collection[str]) -> str | None:
    if path.name.startswith("."):
        return "hidden"
    if path.suffix.lower() not in suffixes:
        return "not a kind of file Kliping reads"
    # os.path.isfile, because Path.is_file of Python 3.11 raises in a folder that may be listed but
    # not entered.
    return None if os.path.isfile(path) else "not a file that can be opened"  # noqa: PTH113


def read_file(path: Path, suffixes: Collection[str]) -> bytes:
    """Read a file that may be text.

    Raises:
        NothingToReadError: it is empty.
        ReadingError: it is missing, locked away, no file, no text, of another suffix or too large.
    """
    try:
        # Before opening: a named pipe would keep us waiting for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            what = "a folder" if path.is_dir() else "a device or a pipe"
            raise ReadingError(
                f"{path} is {what}, not a file.", origin=str(path), remedy="Name a file."
            )
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
            _check_kind(path, beginning, suffixes)
            data = beginning + file.read(_MAX_SIZE + 1 - len(beginning))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path.
        raise _unopened(path, error) from error
    check_size(data, str(path))
    return data


def check_size(data: Sized, named: str) -> None:
    """Refuse more bytes or characters than any article has.

    Raises:
        ReadingError: it is larger than 20 MB.
    """
    if len(data) > _MAX_SIZE:
        raise ReadingError(
            f"{named} is larger than {_MAX_SIZE / 1e6:g} MB.",
            origin=named,
            remedy="Split it, or add only the part you need.",
        )


def _check_kind(path: Path, beginning: bytes, suffixes: Collection[str]) -> None:
    """Refuse what is no text, whatever its name says, and names Kliping knows no reader for."""
    if not beginning:
        raise NothingToReadError(
            f"{path} is empty.", origin=str(path), remedy="Check that it was saved or downloaded."
        )
    what = kind(beginning)
    if what is not None:
        raise ReadingError(
            f"{path} is {what}, which Kliping does not read.",
            origin=str(path),
            remedy="Save its text as .txt, .md or .html and add that.",
        )
    if path.suffix.lower() not in suffixes:
        raise ReadingError(
            f"{path} is of a kind Kliping does not read; it reads {', '.join(sorted(suffixes))}.",
            origin=str(path),
            remedy="If it is plain text, give it a name that ends in .txt.",
        )


def _unopened(path: Path, error: OSError | ValueError) -> ReadingError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ReadingError(
        f"{path} cannot be opened: {why}.",
        origin=str(path),
        remedy="Check the name, and that you may read it.",
    )
