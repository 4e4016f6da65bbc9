"""The vector index against plain arithmetic, and as a cache that may go wrong in any way."""

import errno
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import dense
from index.dense import DenseIndex, Ids, Version
from index.library import SqliteLibrary
from index.sealed import writing_sealed
from rag.values import Vector, Vectors
from tests.libraries import entry, entry_with, unit_rows

# Few directions, so that equal vectors, equal cosines and opposite vectors are common.
directions = st.tuples(*[st.integers(-1, 1)] * 3).filter(any)


class Shelf:
    """A library's vectors and nothing else: what DenseIndex needs to know, in memory."""

    def __init__(self) -> None:
        self.rows: dict[int, Vector] = {}
        self.last_id = 0
        self.history = [Version("test", 3, 0, "0")]
        self.fetched = 0
        self.interrupted = False

    def put(self, rows: Vectors) -> None:
        for row in rows:
            self.last_id += 1
            self.rows[self.last_id] = row
        self._changed(rows.shape[1])

    def remove(self, ids: Ids) -> None:
        for number in ids:
            del self.rows[int(number)]
        self._changed(self.history[-1].dimensions)

    def _changed(self, dimensions: int) -> None:
        number = self.history[-1].generation + 1
        self.history.append(Version("test", dimensions, number, f"{id(self)}/{number}"))

    def version(self) -> Version | None:
        return self.history[-1] if self.rows else None

    def went_through(self, version: Version) -> bool:
        return version in self.history

    def passage_ids(self) -> Ids:
        return np.array(sorted(self.rows), np.int64)

    def vectors(self, passage_ids: Ids) -> Vectors:
        if self.interrupted:
            raise KeyboardInterrupt
        self.fetched += len(passage_ids)
        return np.stack([self.rows[int(number)] for number in passage_ids])

    def nearest(self, question: Vector, limit: int) -> tuple[list[int], list[float]]:
        """By plain arithmetic, of equal cosines the lower id first."""
        ids = self.passage_ids()
        rows = np.stack([self.rows[number] for number in ids.tolist()])
        scores = (rows * question).sum(axis=1)
        best = np.lexsort((ids, -scores))[:limit]
        return ids[best].tolist(), scores[best].tolist()


def _agrees(index: DenseIndex, shelf: Shelf, question: Vector, limit: int) -> bool:
    ids, scores = shelf.nearest(question, limit)
    found = index.search(question, limit, shelf)
    return [number for number, _ in found] == ids and [score for _, score in found] == scores


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vectors.faiss"


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.put(_scattered(300, seed=0))
    return shelf


@pytest.fixture
def saved(path: Path, shelf: Shelf) -> Path:
    DenseIndex(path).save(shelf)
    return path


def _scattered(count: int, *, seed: int, dimensions: int = 12) -> Vectors:
    return unit_rows(np.random.default_rng(seed).standard_normal((count, dimensions)))


QUESTION = _scattered(1, seed=99)[0]


# As arithmetic says


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.lists(directions, max_size=12),  # to put
            st.lists(st.integers(0, 40), max_size=6),  # places of those to remove
            st.sampled_from(["keep", "save", "reopen"]),
        ),
        min_size=1,
        max_size=6,
    ),
    question=directions,
    limit=st.integers(1, 20),
)
def test_found_ids_and_scores_are_those_of_arithmetic(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[list[tuple[int, ...]], list[int], str]],
    question: tuple[int, ...],
    limit: int,
) -> None:
    path = tmp_path_factory.mktemp("dense") / "vectors.faiss"
    shelf, index = Shelf(), DenseIndex(path)
    asked = unit_rows([question])[0]
    for put, removed, then in steps:
        if put:
            shelf.put(unit_rows(put))
        ids = shelf.passage_ids()
        shelf.remove(np.unique([ids[place] for place in removed if place < len(ids)]))
        if shelf.rows:
            assert _agrees(index, shelf, asked, limit)
        else:
            assert index.search(asked, limit, shelf) == []
        if then != "keep":
            index.save(shelf)
        if then == "reopen":
            index = DenseIndex(path)


def test_a_library_agrees_with_arithmetic_after_many_changes(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    live: dict[str, Vectors] = {}
    with SqliteLibrary(tmp_path, embedder="test") as library:
        for _ in range(40):
            origin = f"/{rng.integers(12)}"
            if origin in live and rng.random() < 0.4:
                library.remove(entry("x", origin=origin).article.card.id)
                del live[origin]
            else:
                live[origin] = _scattered(int(rng.integers(1, 9)), seed=int(rng.integers(1 << 30)))
                library.put([entry_with(live[origin], origin=origin)])
            expected = sorted(
                (-(row * QUESTION).sum(), origin, i)
                for origin, rows in live.items()
                for i, row in enumerate(rows)
            )[:10]
            hits = library.dense(QUESTION, limit=10)
            assert [(-h.score, h.card.origin, h.passage.start) for h in hits] == expected


def test_a_question_of_other_dimensions_is_refused(path: Path, shelf: Shelf) -> None:
    with pytest.raises(ValueError, match="12 dimensions"):
        DenseIndex(path).search(unit_rows([[1, 1]])[0], 5, shelf)


# As a cache


def test_a_saved_index_is_read_and_not_made_anew(saved: Path, shelf: Shelf) -> None:
    shelf.fetched = 0

    assert _agrees(DenseIndex(saved), shelf, QUESTION, 5)
    assert shelf.fetched <= 20


def test_what_was_added_and_removed_since_saving_is_caught_up(saved: Path, shelf: Shelf) -> None:
    shelf.put(_scattered(40, seed=1))
    shelf.remove(shelf.passage_ids()[::7])

    assert _agrees(DenseIndex(saved), shelf, QUESTION, 50)


def test_a_missing_file_is_made_anew(saved: Path, shelf: Shelf) -> None:
    saved.unlink()

    assert _agrees(DenseIndex(saved), shelf, QUESTION, 50)


@pytest.mark.parametrize("at", [0, 3, 9, 12, 40, 200, 1000, 5000, -40, -1])
def test_a_file_with_one_wrong_byte_is_made_anew(saved: Path, shelf: Shelf, at: int) -> None:
    content = bytearray(saved.read_bytes())
    content[at] ^= 0x10
    saved.write_bytes(content)

    assert _agrees(DenseIndex(saved), shelf, QUESTION, 50)


@pytest.mark.parametrize("kept", [0, 1, 8, 12, 100, 3000, -1])
def test_a_cut_file_is_made_anew(saved: Path, shelf: Shelf, kept: int) -> None:
    saved.write_bytes(saved.read_bytes()[:kept])

    assert _agrees(DenseIndex(saved), shelf, QUESTION, 50)


def test_a_file_of_another_faiss_is_made_anew(path: Path, shelf: Shelf) -> None:
    header = asdict(shelf.history[-1]) | {"made_for": 300}
    with writing_sealed(path, header) as write:
        write(b"an index as FAISS 9 writes it")

    assert _agrees(DenseIndex(path), shelf, QUESTION, 50)


def test_a_file_of_another_library_is_made_anew(saved: Path) -> None:
    other = Shelf()
    other.put(_scattered(300, seed=1))

    assert _agrees(DenseIndex(saved), other, QUESTION, 50)


def test_a_file_newer_than_a_restored_library_is_made_anew(path: Path, shelf: Shelf) -> None:
    backup = deepcopy(shelf)
    shelf.put(_scattered(9, seed=1))
    DenseIndex(path).save(shelf)

    # The library goes on from its backup and gives the same ids to other vectors.
    backup.put(_scattered(9, seed=2))
    backup.put(_scattered(9, seed=3))

    assert _agrees(DenseIndex(path), backup, QUESTION, 50)


def test_vectors_of_a_new_embedder_take_the_place_of_the_old(path: Path, shelf: Shelf) -> None:
    index = DenseIndex(path)
    index.save(shelf)
    shelf.remove(shelf.passage_ids())
    shelf.put(unit_rows(np.eye(5)))

    question = unit_rows([[1, 2, 3, 4, 5]])[0]
    assert _agrees(index, shelf, question, 5)
    assert _agrees(DenseIndex(path), shelf, question, 5)


def test_an_exception_while_changing_leaves_no_half_changed_index(path: Path, shelf: Shelf) -> None:
    index = DenseIndex(path)
    index.search(QUESTION, 1, shelf)
    shelf.remove(shelf.passage_ids()[:10])
    shelf.put(_scattered(10, seed=1))

    shelf.interrupted = True
    with pytest.raises(KeyboardInterrupt):
        index.search(QUESTION, 1, shelf)
    shelf.interrupted = False

    assert _agrees(index, shelf, QUESTION, 300)


def test_only_much_change_is_worth_saving(path: Path, shelf: Shelf) -> None:
    index = DenseIndex(path)

    def worth_saving() -> bool:
        index.search(QUESTION, 1, shelf)
        return index.is_worth_saving

    assert worth_saving()
    index.save(shelf)
    assert not worth_saving()
    shelf.put(_scattered(15, seed=1))
    assert not worth_saving()
    shelf.put(_scattered(2, seed=2))
    assert worth_saving()


def test_a_failed_save_leaves_the_old_file(
    saved: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()
    shelf.put(_scattered(40, seed=1))
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", _disk_full)
        with pytest.raises(OSError, match="No space"):
            DenseIndex(saved).save(shelf)

    assert [file.name for file in saved.parent.iterdir()] == [saved.name]
    assert saved.read_bytes() == before


def _disk_full(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_searches_and_changes_from_many_threads_agree_with_arithmetic(
    path: Path, shelf: Shelf
) -> None:
    index = DenseIndex(path)
    later = deepcopy(shelf)
    later.put(_scattered(50, seed=1))
    later.remove(later.passage_ids()[:90])

    # Two states of one library at once, as readers see it while another thread writes.
    with ThreadPoolExecutor(6) as pool:
        states = [shelf, later, later] * 40
        assert all(pool.map(lambda state: _agrees(index, state, QUESTION, 9), states))


# Beyond what is searched exactly


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setattr(dense, "EXACT_UP_TO", 5000)
    shelf = Shelf()
    shelf.put(_clustered(8000, seed=0))
    return shelf


def _clustered(count: int, *, seed: int) -> Vectors:
    """Around a few hundred topics, as texts are."""
    rng = np.random.default_rng(seed)
    topics = _scattered(300, seed=7, dimensions=24)
    return unit_rows(topics[rng.integers(300, size=count)] + rng.standard_normal((count, 24)) / 9)


def _recall(index: DenseIndex, shelf: Shelf) -> float:
    """Of the ten nearest by arithmetic, the part that is found; every score must be exact."""
    found = 0
    for question in _clustered(50, seed=5):
        exact = dict(zip(*shelf.nearest(question, len(shelf.rows)), strict=True))
        hits = index.search(question, 10, shelf)
        assert [score for _, score in hits] == [exact[number] for number, _ in hits]
        assert [score for _, score in hits] == sorted(exact[number] for number, _ in hits)[::-1]
        found += len({number for number, _ in hits} & set(list(exact)[:10]))
    return found / 500


def test_a_large_index_finds_nearly_all_with_exact_scores(path: Path, large: Shelf) -> None:
    assert _recall(DenseIndex(path), large) > 0.95


def test_a_large_index_is_read_and_caught_up(path: Path, large: Shelf) -> None:
    DenseIndex(path).save(large)
    large.remove(large.passage_ids()[::3])
    large.put(_clustered(2000, seed=1))
    large.fetched = 0

    assert _recall(DenseIndex(path), large) > 0.95
    assert large.fetched == 2000 + 50 * 20


def test_a_large_index_forgets_in_its_file(path: Path, large: Shelf) -> None:
    DenseIndex(path).save(large)
    size = path.stat().st_size
    large.remove(large.passage_ids()[:1000])

    DenseIndex(path).forget_deleted(large)

    assert path.stat().st_size == size - 1000 * (24 + 8)  # a byte a dimension, and the id
    large.fetched = 0
    assert _recall(DenseIndex(path), large) > 0.95
    assert large.fetched == 50 * 20


def test_a_large_index_fills_up_from_further_cells(path: Path, large: Shelf) -> None:
    index = DenseIndex(path)
    question = _clustered(1, seed=5)[0]
    index.search(question, 1, large)
    nearest, _ = large.nearest(question, 2900)
    large.remove(np.array(nearest))

    assert len(index.search(question, 2000, large)) == 2000


def test_an_outgrown_index_is_made_anew(path: Path, large: Shelf) -> None:
    index = DenseIndex(path)
    index.search(_clustered(1, seed=5)[0], 1, large)
    large.put(_clustered(25_000, seed=1))
    large.fetched = 0

    assert _recall(index, large) > 0.95
    assert large.fetched > 33_000


def test_an_index_that_shrank_is_exact_again(path: Path, large: Shelf) -> None:
    index = DenseIndex(path)
    index.save(large)
    large.remove(large.passage_ids()[:3000])

    assert _recall(index, large) == 1
    assert _recall(DenseIndex(path), large) == 1
