"""Memory that a C library allocated and that Python must give back."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from rag.errors import ModelError

T = TypeVar("T")

PATIENCE = 5.0  # seconds to wait at most for calls under way, when everything is to be freed


class Native:
    """Owns pointers of a C library; frees them once, and never under a call that uses them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._calls = 0
        self._freed = False
        self._owned = ExitStack()

    def own(self, pointer: T, free: Callable[[T], None]) -> T:
        """Take care of a pointer; what was owned last is freed first."""
        self._owned.callback(free, pointer)
        return pointer

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep everything from being freed inside the ``with``.

        Raises:
            ModelError: it has been freed already.
        """
        with self._changed:
            if self._freed:
                raise ModelError("The model was closed while it was in use.", remedy="Ask again.")
            self._calls += 1
        try:
            yield
        finally:
            with self._changed:
                self._calls -= 1
                self._changed.notify_all()

    def free(self) -> None:
        """Let no call begin any more, wait for those under way, and free everything."""
        with self._changed:
            self._freed = True
            # At exit a daemon thread may never come back: then the system frees, not a crash.
            if self._changed.wait_for(lambda: not self._calls, timeout=PATIENCE):
                self._owned.close()
