"""One SQLite file for many threads and processes: connections, transactions, errors in words."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.schema import migrate, transaction
from rag.errors import LibraryBusyError, LibraryError

_IDLE_CONNECTIONS = 8
"""Connections kept for the next caller; each caches up to two megabytes of the file."""

_SETTINGS = (
    # Five vectors of 384 dimensions fill 8192 bytes; two would leave a quarter of 4096 empty.
    "PRAGMA page_size = 8192",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    # FULL, so that what `add` reported as stored outlives a power cut, too.
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",  # macOS calls a write done that is still in the drive's cache.
)


class Database:
    """The file at ``path``, made and brought to the newest format when it is first used.

    Args:
        path: Where it lies; its folder is made if need be, for its owner only.
        patience: Seconds to wait while another thread or process writes.
    """

    def __init__(self, path: Path, *, patience: float) -> None:
        self._path = path
        self._patience = patience
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._migrated = False
        # SQLite lets writers wait, too, but each looks again now and then, and some starve.
        self._writer = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One snapshot: what others commit meanwhile is not seen."""
        with self._connection(self._patience) as connection, transaction(connection, "BEGIN"):
            yield connection

    @contextmanager
    def writing(self, *, patience: float | None = None) -> Iterator[sqlite3.Connection]:
        """One transaction: whole at the end of the block, or undone by an exception or a kill.

        Raises:
            LibraryBusyError: others wrote for longer than ``patience``, the database's own if None.
        """
        patience = self._patience if patience is None else patience
        with (
            self._turn(patience),
            self._connection(patience) as connection,
            transaction(connection, "BEGIN IMMEDIATE"),
        ):
            yield connection

    def rewrite(self) -> None:
        """Write the whole file anew, so that no byte of what was deleted is left in it.

        ``secure_delete`` overwrites rows that are deleted, but not the copies of rows that SQLite
        leaves in the free part of a page when it moves rows from page to page.
        """
        with self._turn(self._patience), self._connection(self._patience) as connection:
            connection.execute("VACUUM")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise LibraryBusyError(str(self._path))

    def close(self) -> None:
        """Close what is idle; what is in use is closed when it is given back."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._migrated = False
        for connection in idle:
            connection.close()

    @contextmanager
    def _turn(self, patience: float) -> Iterator[None]:
        if not self._writer.acquire(timeout=patience):
            raise LibraryBusyError(str(self._path))
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def _connection(self, patience: float) -> Iterator[sqlite3.Connection]:
        with _errors_in_words(self._path):
            connection = self._take()
            try:
                connection.execute(f"PRAGMA busy_timeout = {round(patience * 1000)}")
                yield connection
            finally:
                with self._lock:
                    keep = self._migrated and len(self._idle) < _IDLE_CONNECTIONS
                    if keep:
                        self._idle.append(connection)
                if not keep:
                    connection.close()

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            connection = self._open()
            self._migrated = True
        return connection

    def _open(self) -> sqlite3.Connection:
        if not self._migrated:
            _make_private(self._path)
        connection = sqlite3.connect(
            self._path, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        try:
            for setting in _SETTINGS:
                connection.execute(setting)
            if not self._migrated:
                migrate(connection, self._path)  # First: it leaves alone what is no library.
                self._turn_on_wal(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _turn_on_wal(self, connection: sqlite3.Connection) -> None:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                # SQLite does not wait here, though another process may be turning it on as well.
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return


def _make_private(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its -wal and -shm files the permissions of the database.
        with suppress(FileExistsError):
            path.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise LibraryError(
            f"{path} cannot be made: {error.strerror or error}.",
            remedy="Check that the folder is yours, or set KLIPING_HOME to another.",
        ) from error


@contextmanager
def _errors_in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        # Errors made by Python's own module have no code; they are bugs, as are all not listed.
        spoken = _in_words(getattr(error, "sqlite_errorcode", 0) & 0xFF, str(error), path)
        if spoken is None:
            raise
        raise spoken from error


def _in_words(code: int, said: str, path: Path) -> LibraryError | None:
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LibraryBusyError(str(path))
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return LibraryError(
                f"{path} is damaged ({said}).",
                remedy="Restore it from a backup, or move it away and add your articles again.",
            )
        case sqlite3.SQLITE_FULL:
            return LibraryError(
                f"There is no room left on the disk of {path}.",
                remedy="Free some space and try again; what was stored before is safe.",
            )
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return LibraryError(
                f"{path} cannot be opened for writing ({said}).",
                remedy="Check that the folder is yours, or set KLIPING_HOME to another.",
            )
        case sqlite3.SQLITE_IOERR:
            return LibraryError(
                f"{path} could not be read or written ({said}).",
                remedy="Check the disk, and that the library does not lie on a network drive.",
            )
    return None
