"""A prepared folder is whole or not there, whatever happens while it is made."""

import json
import multiprocessing
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from models.preparing import is_prepared, prepare, sha256
from rag.errors import ModelMissingError

_SPAWN = multiprocessing.get_context("spawn")


def _write(folder: Path) -> None:
    (folder / "config").mkdir()
    (folder / "config" / "shape.json").write_text("{}")
    (folder / "weights").write_bytes(b"w" * 1000)


def _refuse(folder: Path) -> None:
    raise AssertionError(f"{folder} was to be used as it is")


def test_a_folder_is_made_with_everything_in_it(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "cache" / "model", made_from="1", make=_write)

    assert folder == tmp_path / "cache" / "model"
    assert (folder / "weights").read_bytes() == b"w" * 1000
    assert (folder / "config" / "shape.json").read_text() == "{}"
    assert is_prepared(folder, made_from="1", thorough=True)


def test_a_prepared_folder_is_not_made_again(tmp_path: Path) -> None:
    prepare(tmp_path / "model", made_from="1", make=_write)

    prepare(tmp_path / "model", made_from="1", make=_refuse)
    prepare(tmp_path / "model", made_from="1", make=_refuse, thorough=True)


@pytest.mark.skipif(os.name != "posix", reason="folders have no modes there")
def test_folders_on_the_way_are_made_for_the_owner_alone(tmp_path: Path) -> None:
    prepare(tmp_path / "home" / "cache" / "model", made_from="1", make=_write)

    made = [tmp_path / "home", tmp_path / "home" / "cache", tmp_path / "home" / "cache" / "model"]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o700] * 3


def _lose(folder: Path) -> None:
    (folder / "weights").unlink()


def _shorten(folder: Path) -> None:
    os.truncate(folder / "weights", 999)


def _lose_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _halve_manifest(folder: Path) -> None:
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text[: len(text) // 2])


def _empty_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("null")


@pytest.mark.parametrize(
    "damage", [_lose, _shorten, _lose_manifest, _halve_manifest, _empty_manifest]
)
def test_damage_that_shows_in_sizes_is_mended_at_once(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    folder = prepare(tmp_path / "model", made_from="1", make=_write)
    damage(folder)
    assert not is_prepared(folder, made_from="1")

    prepare(folder, made_from="1", make=_write)

    assert is_prepared(folder, made_from="1", thorough=True)


def test_a_changed_byte_is_seen_and_mended_when_every_byte_is_read(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "model", made_from="1", make=_write)
    (folder / "weights").write_bytes(b"w" * 999 + b"x")
    assert is_prepared(folder, made_from="1")
    assert not is_prepared(folder, made_from="1", thorough=True)

    prepare(folder, made_from="1", make=_write, thorough=True)

    assert (folder / "weights").read_bytes() == b"w" * 1000


def test_another_recipe_means_another_folder(tmp_path: Path) -> None:
    def write_otherwise(folder: Path) -> None:
        (folder / "all").touch()

    folder = prepare(tmp_path / "model", made_from="1", make=_write)

    prepare(folder, made_from="2", make=write_otherwise)

    assert sorted(path.name for path in folder.iterdir()) == ["all", "manifest.json"]


def test_the_manifest_holds_the_digest_of_every_file(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "model", made_from="1", make=_write)

    files = json.loads((folder / "manifest.json").read_text())["files"]

    assert files == {
        "config/shape.json": {"size": 2, "sha256": sha256(folder / "config" / "shape.json")},
        "weights": {"size": 1000, "sha256": sha256(folder / "weights")},
    }


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        _write(folder)
        raise ModelMissingError("No.", remedy="None.")

    with pytest.raises(ModelMissingError):
        prepare(tmp_path / "model", made_from="1", make=fail)

    assert not [path for path in tmp_path.rglob("*") if not path.name.endswith(".lock")]


def test_a_full_disk_is_said_with_a_remedy(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(ModelMissingError, match=r"model cannot be prepared in .*: No space left"):
        prepare(tmp_path / "model", made_from="1", make=fill)


def _die_half_way(folder: Path) -> None:
    (folder / "weights").write_bytes(b"w" * 10)
    os._exit(9)


def test_a_process_that_dies_half_way_leaves_no_folder_and_stops_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    process = _SPAWN.Process(
        target=prepare, args=(folder,), kwargs={"made_from": "1", "make": _die_half_way}
    )
    process.start()
    process.join()
    assert process.exitcode == 9
    assert not folder.exists()

    prepare(folder, made_from="1", make=_write)

    assert is_prepared(folder, made_from="1", thorough=True)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["model"]


def _write_and_tell(folder: Path) -> None:
    _write(folder)
    with (folder.parent / "makers").open("a") as makers:
        makers.write(f"{os.getpid()}\n")


def test_of_several_processes_at_once_one_makes_it_and_all_end_well(tmp_path: Path) -> None:
    processes = [
        _SPAWN.Process(
            target=prepare,
            args=(tmp_path / "model",),
            kwargs={"made_from": "1", "make": _write_and_tell},
        )
        for _ in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert len((tmp_path / "makers").read_text().splitlines()) == 1
    assert is_prepared(tmp_path / "model", made_from="1", thorough=True)


def test_of_several_threads_at_once_one_makes_it(tmp_path: Path) -> None:
    threads = [
        threading.Thread(
            target=prepare,
            args=(tmp_path / "model",),
            kwargs={"made_from": "1", "make": _write_and_tell},
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len((tmp_path / "makers").read_text().splitlines()) == 1
