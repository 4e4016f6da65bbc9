"""Changes a library until it is killed, again and again, and checks what is left each time.

``python -m tests.killing FOLDER KILLS SEED`` loads everything once and forks, so that a kill costs
milliseconds. What a victim does follows from its plan; so when it has reported n steps, the
library must be as after step n or, whole, as after step n + 1.
"""

import os
import random
import signal
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import faiss  # noqa: F401, TID253 - loaded before the forks, and used in them alone

from index.library import SqliteLibrary
from rag.ports import Entry
from tests.libraries import entry, vector_of

KILLS_PER_LIBRARY = 5
ORIGINS = [f"/{letter}" for letter in "abcdefghijklmnopqrstuvwx"]
PASSAGES = 4
LONGEST_LIFE = 0.15  # seconds; a step takes some ten milliseconds

State: TypeAlias = dict[str, str]
"""Texts by origin."""


@dataclass
class Plan:
    """Steps one after the other, the same for equal seeds and first states."""

    state: State
    chance: random.Random

    def step(self) -> Callable[[SqliteLibrary], None]:
        """Change the state; return what does the same to a library."""
        kind = self.chance.random()
        if kind < 0.15 and self.state:
            origin = self.chance.choice(sorted(self.state))
            del self.state[origin]
            return lambda library: _remove(library, origin)
        if kind < 0.25:
            entries = [_entry(*item) for item in self.state.items()]
            return lambda library: library.rebuild(entries)
        changed = {
            origin: f"Kabar {self.chance.random()} dari {origin}. " * PASSAGES
            for origin in self.chance.sample(ORIGINS, 3)
        }
        self.state |= changed
        return lambda library: library.put([_entry(*item) for item in changed.items()])


def main() -> None:
    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    steps = 0
    for kill in range(kills):
        if kill % KILLS_PER_LIBRARY == 0:  # Some kills must hit the making of a library.
            home, state = folder / str(kill), State()
        seed_of_plan = chance.random()
        done = _kill(home, Plan(dict(state), random.Random(seed_of_plan)), chance)
        plan = Plan(dict(state), random.Random(seed_of_plan))
        for _ in range(done):
            plan.step()
        before = dict(plan.state)
        plan.step()
        state = _state_left(home, before, plan.state)
        steps += done
    sys.stdout.write(f"{kills} kills, {steps} steps before them\n")


def _kill(home: Path, plan: Plan, chance: random.Random) -> int:
    """Let a fork follow the plan for a random time; how many steps it reported to be done."""
    reading, writing = os.pipe()
    victim = _fork(lambda: _follow(plan, home, writing))
    os.close(writing)
    os.read(reading, 1)  # It is about to begin.
    time.sleep(chance.uniform(0, LONGEST_LIFE))
    os.kill(victim, signal.SIGKILL)
    _, status = os.waitpid(victim, 0)
    if not os.WIFSIGNALED(status):
        sys.exit("the victim failed by itself")
    with os.fdopen(reading, "rb") as reports:
        return len(reports.read())


def _follow(plan: Plan, home: Path, reports: int) -> None:
    os.write(reports, b"!")
    with SqliteLibrary(home, embedder="test") as library:
        while True:
            plan.step()(library)
            os.write(reports, b".")
            library.dense(vector_of("apa saja"), limit=3)


def _state_left(home: Path, before: State, after: State) -> State:
    """Check the library in a fork; which of the two states it is in."""
    checker = _fork(lambda: _check(home, before, after))
    _, status = os.waitpid(checker, 0)
    match os.waitstatus_to_exitcode(status):
        case 10:
            return before
        case 11:
            return after
    sys.exit("the library is not as it should be")


def _check(home: Path, before: State, after: State) -> None:
    with SqliteLibrary(home, embedder="test") as library:
        found = {article.card.origin: article.text for article in library.articles()}
        assert found in (before, after), (found, before, after)
        passages = {p for item in found.items() for p in _entry(*item).passages}
        for origin in found:
            by_words = {hit.passage for hit in library.lexical(_title(origin), limit=99)}
            assert by_words == {p for p in passages if p.article_id == _id(origin)}
        hits = library.dense(vector_of("apa saja"), limit=999)
        assert sorted(map(repr, passages)) == sorted(repr(hit.passage) for hit in hits)
        for hit in hits:
            assert abs(hit.score - vector_of(hit.passage.text) @ vector_of("apa saja")) < 1e-6
    with closing(sqlite3.connect(home / "library.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        for table in ("vectors", "words"):
            ids = connection.execute(f"SELECT rowid FROM {table} ORDER BY rowid").fetchall()
            assert ids == connection.execute("SELECT id FROM passages ORDER BY id").fetchall()
    os._exit(10 if found == before else 11)


def _fork(work: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:  # noqa: BLE001 - nothing of the parent may run on in the child
        traceback.print_exc()
    os._exit(1)


def _remove(library: SqliteLibrary, origin: str) -> None:
    library.remove(_id(origin))


def _id(origin: str) -> str:
    return _entry(origin, "sama").article.card.id


def _entry(origin: str, text: str) -> Entry:
    return entry(text, origin=origin, title=_title(origin), passages=PASSAGES)


def _title(origin: str) -> str:
    return f"zq{origin[1:]}zq"  # one word without an ending, and no other article's


if __name__ == "__main__":
    main()
