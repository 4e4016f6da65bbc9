"""How a command speaks: results on standard output, notes and errors beside them, an exit code."""

import json
from enum import IntEnum
from typing import Any

import click

from rag.errors import KlipingError


class Exit(IntEnum):
    """What a command's exit code says."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    NOTHING_FOUND = 3  # nothing found, not in the library, or the library is empty
    SOME_FAILED = 4
    INTERRUPTED = 130


def write_json(record: dict[str, Any]) -> None:
    """Write one record as one line."""
    click.echo(json.dumps(record, ensure_ascii=False))


def note(text: str) -> None:
    """Tell the person something that is not the result."""
    click.echo(text, err=True)


def say_error(error: KlipingError) -> None:
    """Tell what happened and what to do."""
    click.echo(f"kliping: {error.what}\n         {error.remedy}", err=True)
