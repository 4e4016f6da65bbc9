"""From what a person names to articles in the library, saying what became of each."""

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import click

from rag.collecting import Collected, Failed, Read
from ui.output import Exit, note, say_error, write_json
from ui.records import outcome_record
from ui.wiring import Room


def reads(
    room: Room,
    sources: Iterable[str],
    *,
    title: str | None = None,
    allow_private_addresses: bool = False,
) -> Iterator[Read]:
    """Yield a read for each file, folder's file, address, or ``-`` for standard input.

    ``title`` is for standard input, which may have none of its own.
    """
    reader = room.reader_for(
        allow_private_addresses=allow_private_addresses or room.settings.allow_private_addresses
    )
    for source in sources:
        if source == "-":
            yield partial(reader.read_bytes, sys.stdin.buffer.read(), title=title)
        elif source.startswith(("http://", "https://")):
            yield partial(reader.read_address, source)
        elif Path(source).is_dir():
            listing = reader.list_folder(Path(source))
            for path, why in listing.skipped:
                room.say(f"skipped  {path}: {why}")
            yield from (partial(reader.read_path, path) for path in listing.readable)
        else:
            yield partial(reader.read_path, Path(source))


def collect(room: Room, sources: Iterable[Read], *, as_json: bool) -> Exit:
    """Add what can be read; one line or record for each, as soon as it is in the library."""
    kept = failed = 0
    for outcome in room.collector.collect(sources):
        match outcome:
            case Collected(card=card, standing=standing):
                kept += 1
                if not as_json:
                    click.echo(f"{standing.name.lower():9}  {card.id}  {card.title}")
            case Failed(error=error):
                failed += 1
                if not as_json:
                    say_error(error)
        if as_json:
            write_json(outcome_record(outcome))
    if failed:
        return Exit.SOME_FAILED if kept else Exit.FAILED
    if not kept:
        note("Nothing to read there.")
        return Exit.NOTHING_FOUND
    return Exit.DONE
