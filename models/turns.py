"""A fair queue: whoever came first is served first, and whoever leaves holds up nobody."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Lets callers use one thing one after the other, in the order in which they came."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: deque[Place] = deque()

    @contextmanager
    def line_up(self) -> Iterator["Place"]:
        """Stand in line inside the ``with``; leaving it, however, passes the turn on."""
        place = Place(self._line, self._changed)
        with self._changed:
            self._line.append(place)
        try:
            yield place
        finally:
            with self._changed:
                self._line.remove(place)
                self._changed.notify_all()


class Place:
    """One caller's place in the line."""

    def __init__(self, line: deque["Place"], changed: threading.Condition) -> None:
        self._line = line
        self._changed = changed

    @property
    def ahead(self) -> int:
        """How many callers are served before this one; 0 when it is its turn."""
        with self._changed:
            return self._line.index(self)

    def reached(self, *, within: float) -> bool:
        """Wait at most ``within`` seconds for the turn; tell whether it has come."""
        with self._changed:
            return self._changed.wait_for(lambda: self._line[0] is self, timeout=within)
