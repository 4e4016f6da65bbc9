"""The only file that knows FAISS: nearest vectors, kept as a cache of what the library holds.

FAISS proposes, the library decides: candidates found here are scored once more by the vectors
that the library itself keeps, so that scores are exact whatever the index rounds.
"""

from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.locks import SharedLock
from index.sealed import Header, reading_sealed, remove_sealed, writing_sealed
from rag.values import Vector, Vectors

EXACT_UP_TO = 100_000
"""Passages up to which every vector is looked at; beyond it only those in the nearest cells."""

_OUTGROWN = 4
"""An index of cells is made anew when there are this many times more or fewer passages."""

_SAMPLE_PER_CELL = 50
"""Passages from which the place of one cell is learned; FAISS asks for 39 at least."""

_SMALLEST_CELL = 8

_PROBED = 1 / 4
"""Part of the cells that is looked into: benchmarks/search.py finds 0.96 of the ten nearest."""

_PROPOSED = 2
"""Candidates for each hit asked for: enough that a vector's rounding to bytes costs none."""

_ROUNDING = 1e-5
"""More than two sums of the same products can differ by."""

_BATCH = 10_000
"""Passages read from the library at once: 15 megabytes of 384 dimensions."""

_WORTH_SAVING = 1 / 20
"""Part of the index that must have changed since it was saved."""

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Version:
    """Which vectors there are: those that one change of the library left.

    ``token`` is unlike that of any other change of any library, also of the change with the same
    number in a library that was restored from a backup and went on differently.
    """

    embedder: str
    dimensions: int
    generation: int
    token: str


class Source(Protocol):
    """One state of the library, as it stays while it is searched."""

    def version(self) -> Version | None:
        """None when there is no passage."""
        ...

    def went_through(self, version: Version) -> bool:
        """Whether the library once was in that state."""
        ...

    def passage_ids(self) -> Ids:
        """Ascending; an id is never given to another vector."""
        ...

    def vectors(self, passage_ids: Ids) -> Vectors:
        """In the order of the ids, which ascend."""
        ...


class DenseIndex:
    """Nearest vectors of a library, exact up to 100,000 and approximate beyond.

    Missing, stale or damaged, it is brought up to date or made anew from the source it is asked
    about; nobody need know. Searches run side by side; changes are made alone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = SharedLock()
        self._held: _Held | None = None

    @property
    def is_worth_saving(self) -> bool:
        """Whether much has changed since the file was written."""
        held = self._held
        return held is not None and held.unsaved > len(held.ids) * _WORTH_SAVING

    def search(self, vector: Vector, limit: int, source: Source) -> list[tuple[int, float]]:
        """Ids and cosines, best first, of equal ones the lower id first."""
        version = source.version()
        if version is None:
            return []
        with self._lock.shared():
            if self._held and self._held.version == version:
                return self._held.search(vector, limit, source)
        with self._lock.exclusive():
            # Searched before the lock is given back, or another thread that sees another state
            # of the library could get in between, again and again.
            return self._up_to_date(version, source).search(vector, limit, source)

    def save(self, source: Source) -> None:
        """Write the file; the caller sees to it that no other process does so or removes."""
        version = source.version()
        if version is None:
            remove_sealed(self._path)
            return
        with self._lock.exclusive():
            self._up_to_date(version, source).save(self._path)

    def forget_deleted(self, source: Source) -> None:
        """See to it that no vector is on disk that ``source`` no longer has.

        A small index is deleted and soon made anew; a large one took minutes to make.
        """
        with reading_sealed(self._path) as saved:
            is_large = saved is not None and saved[0]["made_for"] > EXACT_UP_TO
        if is_large:
            self.save(source)
        else:
            remove_sealed(self._path)

    def _up_to_date(self, version: Version, source: Source) -> "_Held":
        held = self._held or _load(self._path, source)
        self._held = None  # An exception may leave it half changed.
        if held is None or not held.bring_to(version, source):
            held = _make(version, source)
        self._held = held
        return held


@dataclass(slots=True)
class _Held:
    """An index in memory. ``made_for`` is the number of passages it was laid out for."""

    index: Any  # faiss.Index, which mypy knows nothing of
    version: Version
    ids: Ids
    made_for: int
    unsaved: int

    def bring_to(self, version: Version, source: Source) -> bool:
        """Add and remove what differs; False if making it anew is better, or the only way."""
        if self.version == version:
            return True
        if (self.version.embedder, self.version.dimensions) != (
            version.embedder,
            version.dimensions,
        ):
            return False
        wanted = source.passage_ids()
        if not _suits(self.made_for, len(wanted)):
            return False
        new = np.setdiff1d(wanted, self.ids, assume_unique=True)
        gone = np.setdiff1d(self.ids, wanted, assume_unique=True)
        if len(gone):
            self.index.remove_ids(gone)
        _add(self.index, new, source)
        self.ids, self.version = wanted, version
        self.unsaved += len(new) + len(gone)
        return True

    def search(self, vector: Vector, limit: int, source: Source) -> list[tuple[int, float]]:
        question = np.ascontiguousarray(vector, np.float32)
        if question.shape != (self.version.dimensions,):
            raise ValueError(f"{self.version.dimensions} dimensions, not {question.shape}")
        candidates = self._candidates(question, min(limit, len(self.ids)))
        # Summed row by row: a matrix product sums a row differently where it lies differently,
        # and equal vectors must have equal scores.
        scores = (source.vectors(candidates) * question).sum(axis=1)
        best = np.lexsort((candidates, -scores))[:limit]
        return [(int(candidates[i]), float(scores[i])) for i in best]

    def _candidates(self, question: Vector, limit: int) -> Ids:
        """Ids among which the best are, ascending."""
        if self.made_for > EXACT_UP_TO:
            return self._from_cells(question, limit)
        asked = limit
        while True:
            asked = min(2 * asked, len(self.ids))
            scores, found = self.index.search(question[np.newaxis], asked)
            # Which of equally near ones FAISS leaves out is chance; so none of them may be last.
            if asked == len(self.ids) or scores[0, -1] < scores[0, limit - 1] - _ROUNDING:
                return np.sort(found[0])

    def _from_cells(self, question: Vector, limit: int) -> Ids:
        asked = limit * _PROPOSED
        _, found = self.index.search(question[np.newaxis], asked)
        if found[0, limit - 1] < 0:  # FAISS pads with -1 when the nearest cells hold fewer.
            all_cells = _faiss().SearchParametersIVF(nprobe=self.index.nlist)
            _, found = self.index.search(question[np.newaxis], asked, params=all_cells)
        return np.sort(found[0][found[0] >= 0])

    def save(self, path: Path) -> None:
        faiss = _faiss()
        header: Header = asdict(self.version) | {"made_for": self.made_for}
        self.unsaved = 0  # Also if it fails: a full disk is not to be tried at every search.
        with writing_sealed(path, header) as write:
            faiss.write_index(self.index, faiss.PyCallbackIOWriter(write))


def _suits(made_for: int, passages: int) -> bool:
    if passages <= EXACT_UP_TO or made_for <= EXACT_UP_TO:
        return passages <= EXACT_UP_TO and made_for <= EXACT_UP_TO
    return made_for / _OUTGROWN <= passages <= made_for * _OUTGROWN


def _make(version: Version, source: Source) -> _Held:
    faiss = _faiss()
    ids = source.passage_ids()
    if len(ids) <= EXACT_UP_TO:
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(version.dimensions))
    else:
        index = _trained(version.dimensions, ids, source)
    _add(index, ids, source)
    return _Held(index, version, ids, made_for=len(ids), unsaved=len(ids))


def _trained(dimensions: int, ids: Ids, source: Source) -> Any:
    """Cells around the places where vectors are dense, each vector in a byte a dimension.

    With 4√n cells, as FAISS's guidelines have it, making the index takes twice as long, and as
    large a part of them must be looked into to find as much.
    """
    faiss = _faiss()
    cells = int(2 * sqrt(len(ids)))
    drawn = np.random.default_rng(0).choice(
        len(ids), min(len(ids), cells * _SAMPLE_PER_CELL), replace=False
    )
    sample = source.vectors(ids[np.sort(drawn)])
    kmeans = faiss.Kmeans(dimensions, cells, niter=6, spherical=True, seed=0)
    kmeans.train(sample)
    _, nearest = kmeans.index.search(sample, 1)
    # The centre of a cell of one is that vector, and would outlive its removal.
    shared = np.bincount(nearest[:, 0], minlength=cells) >= _SMALLEST_CELL
    centres = faiss.IndexFlatIP(dimensions)
    centres.add(kmeans.centroids[shared])
    index = faiss.IndexIVFScalarQuantizer(
        centres,
        dimensions,
        centres.ntotal,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.train(sample)
    index.nprobe = round(centres.ntotal * _PROBED)
    return index


def _add(index: Any, ids: Ids, source: Source) -> None:
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        index.add_with_ids(source.vectors(batch), batch)


def _load(path: Path, source: Source) -> _Held | None:
    """Read the file if it belongs to this state of the library or an earlier one."""
    faiss = _faiss()
    with reading_sealed(path) as saved:
        if saved is None:
            return None
        header, read = saved
        made_for = header.pop("made_for")
        version = Version(**header)
        if not source.went_through(version):
            return None
        try:
            index = faiss.read_index(faiss.PyCallbackIOReader(read))
        except RuntimeError:  # The file is whole, so a FAISS of another version wrote it.
            return None
    return _Held(index, version, _ids(index), made_for, unsaved=0)


def _ids(index: Any) -> Ids:
    faiss = _faiss()
    if isinstance(index, faiss.IndexIDMap2):
        return np.sort(faiss.vector_to_array(index.id_map))
    lists = index.invlists
    cells = (
        faiss.rev_swig_ptr(lists.get_ids(cell), lists.list_size(cell)).copy()
        for cell in range(index.nlist)
        if lists.list_size(cell)
    )
    return np.sort(np.concatenate(list(cells)))


def _faiss() -> Any:
    """FAISS, loaded when vectors are first searched. Its type hints leave half of it out."""
    import faiss

    return faiss
