"""What the library in SQLite promises beyond the port: files, kills of others, old formats."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from index.library import SqliteLibrary
from index.schema import MIGRATIONS, migrate
from rag.errors import (
    EmbedderChangedError,
    LibraryBusyError,
    LibraryError,
    LibraryTooNewError,
)
from rag.ports import Entry, Size
from tests.libraries import DIMENSIONS, entry, entry_with, unit_rows, vector_of
from tests.making import article

posix_only = pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "kliping"


@pytest.fixture
def library(folder: Path) -> Iterator[SqliteLibrary]:
    with SqliteLibrary(folder, embedder="test") as opened:
        yield opened


def test_nothing_is_made_before_it_is_needed(folder: Path) -> None:
    SqliteLibrary(folder, embedder="test").close()

    assert not folder.exists()


@posix_only
def test_only_its_owner_can_read_the_library(library: SqliteLibrary, folder: Path) -> None:
    library.put([entry("isi", origin="/a")])
    library.dense(vector_of("isi"), limit=1)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes.keys() >= {"library.db", "library.db-wal", "vectors.faiss"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_closed_library_opens_again(library: SqliteLibrary, folder: Path) -> None:
    library.put([entry("isi", origin="/a")])
    library.close()

    assert library.size() == Size(articles=1, passages=1)
    with SqliteLibrary(folder, embedder="test") as other:
        assert other.cards() == library.cards()


def test_a_put_that_fails_leaves_no_mark(library: SqliteLibrary) -> None:
    library.put([entry("lama", origin="/a")])
    other_space = entry_with(unit_rows(np.ones((1, DIMENSIONS + 1))), origin="/c")

    with pytest.raises(ValueError, match="dimensions"):
        library.put([entry("baru", origin="/a"), entry("lain", origin="/b"), other_space])

    assert [hit.passage.text for hit in library.dense(vector_of("x"), limit=9)] == ["lama"]
    assert library.size() == Size(articles=1, passages=1)


def test_a_passage_must_be_a_slice_of_its_article(library: SqliteLibrary) -> None:
    one, other = entry("satu", origin="/a"), entry("dua!", origin="/b")

    with pytest.raises(ValueError, match="no passage of /a"):
        library.put([Entry(one.article, other.passages, other.vectors)])


@pytest.mark.parametrize("length", [0.5, np.nan])
def test_a_vector_must_be_of_unit_length(library: SqliteLibrary, length: float) -> None:
    one = entry("satu", origin="/a")

    with pytest.raises(ValueError, match="unit length"):
        library.put([Entry(one.article, one.passages, one.vectors * np.float32(length))])


def test_a_limit_must_be_positive(library: SqliteLibrary) -> None:
    library.put([entry("satu", origin="/a")])

    with pytest.raises(ValueError, match="limit"):
        library.dense(vector_of("satu"), limit=0)
    with pytest.raises(ValueError, match="limit"):
        library.lexical("satu", limit=-1)


# Another embedder


def test_another_embedder_neither_adds_nor_searches(library: SqliteLibrary, folder: Path) -> None:
    library.put([entry("isi", origin="/a")])

    with SqliteLibrary(folder, embedder="other") as other:
        with pytest.raises(EmbedderChangedError, match="embedded with test"):
            other.put([entry("lain", origin="/b")])
        with pytest.raises(EmbedderChangedError, match="name other"):
            other.dense(vector_of("isi"), limit=1)
        assert other.size() == Size(articles=1, passages=1)
        assert [hit.passage.text for hit in other.lexical("isi", limit=5)] == ["isi"]


def test_an_emptied_library_takes_any_embedder(library: SqliteLibrary, folder: Path) -> None:
    library.put([entry("isi", origin="/a")])
    library.dense(vector_of("isi"), limit=1)
    library.remove(library.cards()[0].id)

    vectors = unit_rows(np.eye(3))
    with SqliteLibrary(folder, embedder="other") as other:
        assert other.dense(vectors[0], limit=1) == []
        other.put([entry_with(vectors, origin="/b")])
        assert [hit.score for hit in other.dense(vectors[0], limit=3)] == [1, 0, 0]


def test_rebuild_puts_every_article_anew(library: SqliteLibrary, folder: Path) -> None:
    library.put([entry(f"isi {i}", origin=f"/{i}", passages=2) for i in range(5)])
    library.dense(vector_of("x"), limit=1)
    cards = library.cards()
    vectors = unit_rows(np.eye(5))

    with SqliteLibrary(folder, embedder="other") as other:
        other.rebuild(
            Entry(article, entry(article.text, origin=article.card.origin).passages, vectors[[i]])
            for i, article in enumerate(other.articles())
        )

        assert other.size() == Size(articles=5, passages=5)
        assert other.cards() == cards
        (first, *others) = other.dense(vectors[3], limit=5)
        assert (first.passage.text, first.score) == ("isi 3", 1)
        assert [hit.score for hit in others] == [0, 0, 0, 0]
        assert {hit.card for hit in other.lexical("isi", limit=99)} == set(cards)
    with pytest.raises(EmbedderChangedError):
        library.dense(vector_of("x"), limit=1)


def test_a_rebuild_keeps_copies(library: SqliteLibrary) -> None:
    one = entry("Kapal tiba.", origin="/a")
    copy = article(one.article.text, title="Judul", origin="/b")
    library.put([one])
    library.remember_copy(copy)
    library.rebuild([one])
    library.put([entry("Pabrik tutup.", origin="/a")])

    assert library.article(copy.card.id) == copy


def _all_but_the_last(library: SqliteLibrary) -> Iterable[Entry]:
    return [entry(a.text, origin=a.card.origin) for a in library.articles()][:-1]


def _one_too_many(library: SqliteLibrary) -> Iterable[Entry]:
    return [*_all_but_the_last(library), entry("baru", origin="/z")]


def _interrupted(library: SqliteLibrary) -> Iterator[Entry]:
    yield from _all_but_the_last(library)
    raise KeyboardInterrupt


@pytest.mark.parametrize("entries", [_all_but_the_last, _one_too_many, _interrupted])
def test_a_rebuild_is_whole_or_leaves_all_as_it_was(
    library: SqliteLibrary, folder: Path, entries: Callable[[SqliteLibrary], Iterable[Entry]]
) -> None:
    library.put([entry(f"isi {i}", origin=f"/{i}", passages=2) for i in range(5)])
    before = library.dense(vector_of("x"), limit=99), library.lexical("isi", limit=99)

    with (
        SqliteLibrary(folder, embedder="other") as other,
        pytest.raises((ValueError, KeyboardInterrupt)),
    ):
        other.rebuild(entries(other))

    assert (library.dense(vector_of("x"), limit=99), library.lexical("isi", limit=99)) == before


# Removing


def _bytes_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_no_byte_of_a_removed_article_stays_on_disk(library: SqliteLibrary, folder: Path) -> None:
    kept = [entry(f"kelapa sawit {i} " * 50, origin=f"/{i}", passages=9) for i in range(30)]
    secret = entry(
        "Kuda laut ungu " * 200 + "zirkonium.", origin="/surat/xylofon", title="Q8z", passages=40
    )
    library.put(kept[:20])
    library.put([secret, *kept[20:]])
    library.dense(secret.vectors[0], limit=3)
    traces = [b"zirkonium", b"ungu", b"xylofon", b"Q8z", secret.article.card.id.encode()]
    traces += [vector.tobytes() for vector in secret.vectors]
    assert all(trace in _bytes_on_disk(folder) for trace in traces)

    library.remove(secret.article.card.id)

    assert [trace for trace in traces if trace in _bytes_on_disk(folder)] == []
    library.dense(secret.vectors[0], limit=3)
    library.close()
    assert [trace for trace in traces if trace in _bytes_on_disk(folder)] == []


def test_no_byte_of_its_copies_stays_on_disk(library: SqliteLibrary, folder: Path) -> None:
    one = entry("Kuda laut ungu", origin="/a")
    copies = [
        article(one.article.text, title="Judul", origin=f"/xylofon/{i}", site=f"Zirkonium {i}")
        for i in range(30)
    ]
    library.put([one, entry("isi", origin="/b")])
    assert all(library.remember_copy(copy) for copy in copies)
    traces = [b"xylofon", b"Zirkonium", *(copy.card.id.encode() for copy in copies)]
    assert all(trace in _bytes_on_disk(folder) for trace in traces)

    library.remove(one.article.card.id)

    assert [trace for trace in traces if trace in _bytes_on_disk(folder)] == []


def test_a_text_that_its_copy_took_leaves_with_that(library: SqliteLibrary, folder: Path) -> None:
    one = entry("zirkonium " * 30, origin="/a", passages=3)
    copy = article(one.article.text, title="Judul", origin="/xylofon")
    library.put([one])
    library.dense(one.vectors[0], limit=1)
    library.remember_copy(copy)
    library.put([entry("isi", origin="/a")])
    library.remove(copy.card.id)

    traces = [b"zirkonium", b"xylofon", copy.card.id.encode()]
    traces += [vector.tobytes() for vector in one.vectors]
    assert [trace for trace in traces if trace in _bytes_on_disk(folder)] == []
    assert [hit.passage.text for hit in library.dense(one.vectors[0], limit=9)] == ["isi"]


def test_a_saved_index_holds_for_a_text_that_its_copy_took(
    library: SqliteLibrary, folder: Path
) -> None:
    one = entry("Kapal tiba. Muatan dibongkar.", origin="/a", passages=2)
    copy = article(one.article.text, title="Judul", origin="/b")
    library.put([one])
    library.dense(one.vectors[0], limit=1)  # saves it
    library.remember_copy(copy)
    library.put([entry("Pabrik tutup.", origin="/a")])

    with SqliteLibrary(folder, embedder="test") as other:
        dense = other.dense(one.vectors[1], limit=9)
    (folder / "vectors.faiss").unlink()
    with SqliteLibrary(folder, embedder="test") as other:
        assert other.dense(one.vectors[1], limit=9) == dense
        found = {hit.passage for hit in other.lexical("kapal dibongkar pabrik", limit=9)}
    assert {hit.passage for hit in dense} == found
    assert dense[0].card == copy.card


def test_replaced_texts_leave_with_their_article(library: SqliteLibrary, folder: Path) -> None:
    for word in ("zirkonium", "xylofon", "platina"):
        library.put([entry(f"{word} " * 30, origin="/a"), entry(f"isi {word[0]}", origin="/b")])
    library.remove(entry("x", origin="/a").article.card.id)

    on_disk = _bytes_on_disk(folder)
    assert [word for word in (b"zirkonium", b"xylofon", b"platina") if word in on_disk] == []


def test_no_row_that_sqlite_moved_stays_on_disk(library: SqliteLibrary, folder: Path) -> None:
    # With these sizes SQLite 3.40 moves a row, leaves a copy in the free part of its old page,
    # and does not overwrite that when the row is deleted.
    rng = np.random.default_rng(0)
    entries = [
        entry(f"rahasia{i:03} " * rng.integers(1, 400), origin=f"/{i}/{'x' * rng.integers(90)}")
        for i in range(120)
    ]
    for i in range(0, 120, 6):
        library.put(entries[i : i + 6])
    gone = rng.permutation(120)[:100]
    for i in gone:
        library.remove(entries[i].article.card.id)

    on_disk = _bytes_on_disk(folder)
    assert [i for i in gone if f"rahasia{i:03}".encode() in on_disk] == []


def test_traces_that_a_reader_kept_go_with_the_next_change(folder: Path) -> None:
    with (
        SqliteLibrary(folder, embedder="test", patience=0.05) as library,
        SqliteLibrary(folder, embedder="test") as other,
    ):
        library.put([entry("zirkonium", origin="/a"), entry("isi", origin="/b")])
        reading = sqlite3.connect(folder / "library.db", isolation_level=None)
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM articles").fetchone()

        with pytest.raises(LibraryError, match=r"Bytes of removed articles.*Close it"):
            library.remove(entry("x", origin="/a").article.card.id)
        assert library.size().articles == 1
        library.put([entry("baru", origin="/b")])
        assert b"zirkonium" in _bytes_on_disk(folder)
        reading.close()
        other.put([entry("lain", origin="/c")])

        assert b"zirkonium" not in _bytes_on_disk(folder)


def test_an_index_that_cannot_be_saved_is_no_obstacle(
    library: SqliteLibrary, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library.put([entry("isi", origin="/a")])
    (folder / "vectors.faiss.new").mkdir()  # where the index would be written

    assert library.dense(vector_of("isi"), limit=1)[0].passage.text == "isi"
    assert "not saved" in caplog.text


# Files that are not as they should be


def test_a_newer_library_is_left_alone(library: SqliteLibrary, folder: Path) -> None:
    library.put([entry("isi", origin="/a")])
    library.close()
    _set_format(folder, len(MIGRATIONS) + 1)

    with pytest.raises(LibraryTooNewError, match=f"format {len(MIGRATIONS) + 1}"):
        library.size()

    _set_format(folder, len(MIGRATIONS))
    assert library.size().articles == 1


def test_another_programs_database_is_left_alone(library: SqliteLibrary, folder: Path) -> None:
    folder.mkdir(parents=True)
    with sqlite3.connect(folder / "library.db") as theirs:
        theirs.execute("CREATE TABLE bookmarks (address)")
    theirs.close()
    before = (folder / "library.db").read_bytes()

    with pytest.raises(LibraryError, match="belongs to another program"):
        library.cards()
    assert (folder / "library.db").read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(library: SqliteLibrary, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "library.db").write_text("catatan belanja\n" * 999)

    with pytest.raises(LibraryError, match=r"is damaged .* backup"):
        library.put([entry("isi", origin="/a")])
    assert (folder / "library.db").read_text() == "catatan belanja\n" * 999


def test_a_damaged_library_is_named_and_left_alone(library: SqliteLibrary, folder: Path) -> None:
    library.put([entry(f"isi {i} " * 99, origin=f"/{i}") for i in range(99)])
    library.close()
    damaged = bytearray((folder / "library.db").read_bytes())
    damaged[8192:] = os.urandom(len(damaged) - 8192)
    (folder / "library.db").write_bytes(damaged)

    with pytest.raises(LibraryError, match=r"library\.db is damaged"):
        library.cards()
    assert (folder / "library.db").read_bytes() == damaged


def test_an_interrupted_start_is_no_obstacle(library: SqliteLibrary, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "library.db").touch()

    assert library.size() == Size(articles=0, passages=0)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    with pytest.raises(LibraryError, match=r"library\.db cannot be made"):
        SqliteLibrary(tmp_path / "data", embedder="test").cards()


# Formats


@pytest.fixture
def format_1(folder: Path) -> Path:
    """A library as the first Kliping wrote it: no step to come may need more than this."""
    folder.mkdir(parents=True)
    path = folder / "library.db"
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, path, MIGRATIONS[:1])
    connection.executescript(
        """
        INSERT INTO articles VALUES (1, '0123456789ab', '/a', 'f', 'Judul', 'id',
            '2026-03-03T12:00:00.000000+00:00', 10, '2026-03-02', 'Suara', NULL);
        INSERT INTO texts VALUES (1, 'Kapal tiba');
        INSERT INTO passages VALUES (7, 1, 0, 10, 0, 10);
        INSERT INTO vectors VALUES (7, x'0000803F00000000');
        INSERT INTO words (rowid, title, passage) VALUES (7, 'judul', 'kapal tiba');
        INSERT INTO generations VALUES (1, 'abc');
        UPDATE library SET embedder = 'test', dimensions = 2;
        """
    )
    connection.close()
    return path


def test_a_library_of_the_first_format_is_read(library: SqliteLibrary, format_1: Path) -> None:
    (card,) = library.cards()
    assert (card.title, card.published, card.site) == ("Judul", date(2026, 3, 2), "Suara")
    (hit,) = library.lexical("kapal", limit=5)
    assert hit.passage.text == "Kapal tiba"
    (hit,) = library.dense(unit_rows([[1, 1]])[0], limit=5)
    assert hit.score == pytest.approx(0.5**0.5)


def test_a_step_to_a_newer_format_keeps_what_is_there(format_1: Path) -> None:
    with closing(sqlite3.connect(format_1, isolation_level=None)) as connection:
        migrate(connection, format_1, (*MIGRATIONS, _add_read))
        migrate(connection, format_1, (*MIGRATIONS, _add_read))

        assert connection.execute("SELECT title, read FROM articles").fetchall() == [("Judul", 0)]
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)


def test_steps_are_all_taken_or_none(format_1: Path) -> None:
    with closing(sqlite3.connect(format_1, isolation_level=None)) as connection:
        with pytest.raises(KeyboardInterrupt):
            migrate(connection, format_1, (*MIGRATIONS, _add_read, _interrupt))

        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        with pytest.raises(sqlite3.OperationalError, match="no such column"):
            connection.execute("SELECT read FROM articles")


def _add_read(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE articles ADD COLUMN read INTEGER NOT NULL DEFAULT 0")


def _interrupt(connection: sqlite3.Connection) -> None:
    raise KeyboardInterrupt


def _set_format(folder: Path, number: int) -> None:
    with closing(sqlite3.connect(folder / "library.db", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version = {number}")


# Several at once


def test_a_running_library_sees_what_another_adds_and_removes(
    library: SqliteLibrary, folder: Path
) -> None:
    library.put([entry("satu", origin="/1")])
    library.dense(vector_of("dua"), limit=5)

    with SqliteLibrary(folder, embedder="test") as other:
        other.put([entry("dua", origin="/2")])
        assert library.dense(vector_of("dua"), limit=1)[0].passage.text == "dua"
        assert library.lexical("dua", limit=1)[0].passage.text == "dua"

        other.remove(library.lexical("dua", limit=1)[0].card.id)
        assert library.lexical("dua", limit=1) == []
        assert [h.passage.text for h in library.dense(vector_of("dua"), limit=5)] == ["satu"]


def test_two_processes_add_at_once(library: SqliteLibrary, folder: Path) -> None:
    adding = [
        subprocess.Popen([sys.executable, "-m", "tests.adding", folder, name, "30"])
        for name in ("pagi", "sore")
    ]
    assert [process.wait(60) for process in adding] == [0, 0]

    assert library.size() == Size(articles=60, passages=120)
    for name in ("pagi", "sore"):
        assert len(library.lexical(name, limit=999)) == 60


@pytest.mark.parametrize("attempt", range(10))
def test_several_that_make_the_library_at_once_make_one(folder: Path, attempt: int) -> None:
    together = Barrier(8)

    def make(number: int) -> None:
        with SqliteLibrary(folder, embedder="test") as own:
            together.wait()
            own.put([entry(f"isi {number}", origin=f"/{number}")])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(8)))
    with SqliteLibrary(folder, embedder="test") as library:
        assert {card.origin for card in library.cards()} == {f"/{i}" for i in range(8)}


def test_many_threads_add_remove_and_search_at_once(library: SqliteLibrary) -> None:
    def work(thread: int) -> None:
        for i in range(6):
            own = entry(f"topik{thread} nomor {thread}.{i}", origin=f"/{thread}/{i}", passages=2)
            library.put([own])
            assert library.dense(own.vectors[1], limit=1)[0].passage == own.passages[1]
            assert library.lexical(f"topik{thread}", limit=1)[0].card == own.article.card
            if i < 5:
                library.remove(own.article.card.id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    assert library.size() == Size(articles=8, passages=16)


def test_a_library_that_stays_busy_says_so(library: SqliteLibrary, folder: Path) -> None:
    library.put([entry("isi", origin="/a")])
    with (
        SqliteLibrary(folder, embedder="test", patience=0.05) as impatient,
        closing(sqlite3.connect(folder / "library.db", isolation_level=None)) as writing,
    ):
        writing.execute("BEGIN IMMEDIATE")
        with pytest.raises(LibraryBusyError, match="try again"):
            impatient.put([entry("lain", origin="/b")])
        assert impatient.dense(vector_of("isi"), limit=1)[0].passage.text == "isi"


def test_all_but_dense_search_leaves_faiss_alone(folder: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from index.library import SqliteLibrary
from tests.libraries import entry

with SqliteLibrary(Path({str(folder)!r}), embedder="test") as library:
    one = entry("isi", origin="/a")
    library.put([one])
    library.standing(one.article)
    library.article(library.cards()[0].id)
    library.lexical("isi", limit=1)
    library.rebuild([one])
    library.remove(one.article.card.id)
heavy = {{"faiss", "torch", "gradio"}} & sys.modules.keys()
sys.exit(f"loaded: {{heavy}}" if heavy else 0)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
