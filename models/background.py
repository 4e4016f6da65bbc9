"""Iterates what is asynchronous from code that is not, without ever waiting long."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from queue import Empty, SimpleQueue

HEARTBEAT = 0.1  # seconds between empty pieces, and until somebody who left is noticed


def pieces_of(source: Callable[[], AsyncIterator[str]]) -> Iterator[str]:
    """Yield what ``source()`` yields, and an empty piece whenever it is silent for a while.

    Closing the iterator cancels the source wherever it waits, so that it closes what it opened.
    The source has a thread and an event loop of its own: whoever iterates may have one running.

    Raises:
        Exception: what the source raises.
    """
    pieces: SimpleQueue[str | BaseException | None] = SimpleQueue()
    left = threading.Event()

    async def pass_on() -> None:
        async for piece in source():
            pieces.put(piece)

    async def watch() -> None:
        task = asyncio.create_task(pass_on())
        while not task.done():
            await asyncio.wait([task], timeout=HEARTBEAT)
            if left.is_set():
                task.cancel()
        pieces.put(None if task.cancelled() else task.exception())

    # A daemon: a server that does not answer must not keep the program from ending.
    thread = threading.Thread(target=lambda: asyncio.run(watch()), name="pieces", daemon=True)
    thread.start()
    try:
        while (piece := _next(pieces)) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        left.set()
        thread.join()


def _next(pieces: SimpleQueue[str | BaseException | None]) -> str | BaseException | None:
    try:
        return pieces.get(timeout=HEARTBEAT)
    except Empty:
        return ""
