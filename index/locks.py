"""A lock that many may share for reading and one alone may hold for changing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SharedLock:
    """Whoever wants to change goes before those who come later to read, so changes do happen."""

    def __init__(self) -> None:
        self._state = threading.Condition()
        self._readers = 0
        self._changing = False
        self._waiting = 0

    @contextmanager
    def shared(self) -> Iterator[None]:
        with self._state:
            self._state.wait_for(lambda: not self._changing and not self._waiting)
            self._readers += 1
        try:
            yield
        finally:
            with self._state:
                self._readers -= 1
                self._state.notify_all()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        with self._state:
            self._waiting += 1
            try:
                self._state.wait_for(lambda: not self._changing and not self._readers)
            finally:
                self._waiting -= 1
            self._changing = True
        try:
            yield
        finally:
            with self._state:
                self._changing = False
                self._state.notify_all()
