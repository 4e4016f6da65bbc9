"""What a person typed, or sent by standard input, as text. Its bytes need not be text."""

import os
import sys

import click


def question(given: str) -> str:
    """The question; ``-`` reads it from standard input.

    Raises:
        click.UsageError: there is none.
    """
    asked = (_from_standard_input() if given == "-" else text(given)).strip()
    if not asked:
        raise click.UsageError("The question is empty.")
    return asked


def text(argument: str) -> str:
    """The argument with U+FFFD in the place of what is no text."""
    return os.fsencode(argument).decode("utf-8", "replace")


def _from_standard_input() -> str:
    from index.texts import UndecodableError, decode  # Brings an encoding detector.

    try:
        return decode(sys.stdin.buffer.read())
    except UndecodableError as error:
        raise click.UsageError("Standard input holds no text.") from error
