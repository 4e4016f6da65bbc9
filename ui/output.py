"""How a command speaks: results on standard output, notes and errors beside them, an exit code."""

import json
import os
import re
import sys
from contextlib import suppress
from enum import IntEnum
from typing import Any

import click

from rag.errors import KlipingError

# All but line breaks and tabs; bidirectional overrides could show a text in another order, and
# half a character (how Python holds bytes of a name that are no text) cannot be written at all.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Exit(IntEnum):
    """What a command's exit code says."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    NOTHING_FOUND = 3  # nothing found, not in the library, or the library is empty
    SOME_FAILED = 4
    INTERRUPTED = 130


class OutputError(KlipingError):
    """Standard output cannot be written."""


class HungUpError(Exception):
    """Whoever read standard output has seen enough. No OSError: click would exit with 1 on it."""


def plain(text: str) -> str:
    """Replace what could steer a terminal; articles, models and file names stay text on it."""
    return _CONTROL.sub("\ufffd", text)


def write(text: str) -> None:
    """Write a line or more of a result, for a person.

    Raises:
        HungUpError: nobody reads it any more.
        OutputError: it cannot be written: the disk is full.
    """
    _write(plain(text))


def write_json(record: dict[str, Any]) -> None:
    """Write one record as one line. Raises as :func:`write` does."""
    line = json.dumps(record, ensure_ascii=False)
    _write(_CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", line))


def note(text: str) -> None:
    """Tell the person something that is not the result."""
    # A note that cannot be written cannot be complained about either.
    with suppress(OSError):
        click.echo(plain(text), err=True)


def say_error(error: KlipingError) -> None:
    """Tell what happened and what to do."""
    note(f"kliping: {error.what}\n         {error.remedy}")


def _write(text: str) -> None:
    try:
        click.echo(text)
    except BrokenPipeError as error:
        _let_go()
        raise HungUpError from error
    except OSError as error:
        _let_go()
        raise OutputError(
            f"The result cannot be written: {error.strerror}.",
            remedy="Make room, or send it elsewhere.",
        ) from error


def _let_go() -> None:
    """Drop what could not be written: Python would try again at its exit, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
