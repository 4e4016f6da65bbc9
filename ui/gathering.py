"""From what a person names to articles in the library, saying what became of each."""

import os.path
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

from rag.collecting import Collected, Failed, Read
from rag.errors import ReadingError
from rag.values import Article
from ui.output import Exit, say_error, write, write_json
from ui.records import outcome_record
from ui.wiring import Room

_COUNTED = 100
"""Sources between two counts: a larger folder takes minutes."""

_LONG = 200_000
"""Characters: a book, which is embedded for a while without a word."""


def reads(
    room: Room,
    sources: Iterable[str],
    *,
    title: str | None = None,
    allow_private_addresses: bool = False,
) -> Iterator[Read]:
    """Yield a read for each file, folder's file, address, or ``-`` for standard input.

    A folder that cannot be listed is a read that says so. ``title`` is for standard input, which
    may have none of its own.
    """
    reader = room.reader_for(
        allow_private_addresses=allow_private_addresses or room.settings.allow_private_addresses
    )
    for source in sources:
        if source == "-":
            yield partial(reader.read_bytes, sys.stdin.buffer.read(), title=title)
        elif source.lower().startswith(("http://", "https://")):
            yield partial(reader.read_address, source)
        elif os.path.isdir(source):  # noqa: PTH112 - Path.is_dir raises where one may not look
            try:
                listing = reader.list_folder(Path(source))
            except ReadingError as error:
                yield partial(_fail, error)
                continue
            for path, why in listing.skipped:
                room.say(f"skipped  {path}: {why}")
            yield from (partial(reader.read_path, path) for path in listing.readable)
        else:
            yield partial(reader.read_path, Path(source))


def collect(room: Room, sources: Iterable[Read], *, as_json: bool) -> Exit:
    """Add what can be read; one line or record for each, as soon as it is in the library."""
    waiting = [partial(_announced, room, read) for read in sources]
    kept = failed = 0
    for outcome in room.collector.collect(waiting):
        match outcome:
            case Collected(card=card, standing=standing):
                kept += 1
                if not as_json:
                    write(f"{standing.name.lower():9}  {card.id}  {card.title}")
            case Failed(error=error):
                failed += 1
                if not as_json:
                    say_error(error)
        if as_json:
            write_json(outcome_record(outcome))
        if (kept + failed) % _COUNTED == 0:
            room.say(f"{kept + failed} of {len(waiting)}")
    if failed:
        return Exit.SOME_FAILED if kept else Exit.FAILED
    if not kept:
        room.say("Nothing to read there.")
        return Exit.NOTHING_FOUND
    return Exit.DONE


def _announced(room: Room, read: Read) -> Article:
    article = read()
    if len(article.text) > _LONG:
        room.say(f"{article.card.title}: {len(article.text):,} characters, this takes a while …")
    return article


def _fail(error: ReadingError) -> NoReturn:
    raise error
