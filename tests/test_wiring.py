"""How the settings become parts."""

import threading
from pathlib import Path

import pytest

from models.fingerprint import fingerprint
from rag.errors import SettingsError
from ui.settings import Settings
from ui.wiring import Room


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLIPING_HOME", str(tmp_path / "home"))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder that looks like a model from outside."""
    folder = tmp_path / "model"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "1_Pooling" / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(bytes(10_000_000))
    return folder


def identity(embedder: str | Path) -> str:
    return Room(Settings(embedder=str(embedder), generator="fake"), say=print).embedder.identity


def test_a_model_that_cannot_warm_up_is_said_and_stops_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    generator = str(tmp_path / "nowhere.gguf")
    room = Room(Settings(embedder="fake", generator=generator), say=said.append)
    room.warm_up()
    for thread in threading.enumerate():
        if thread.name == "warm-up":
            thread.join()
    (note,) = said
    assert "There is no model at" in note


def test_a_folder_is_one_embedder_however_it_is_written(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model.parent)
    monkeypatch.setenv("HOME", str(model.parent))
    assert identity("./model") == identity("~/model") == identity(model)
    assert identity(model) == f"model@{fingerprint(model)}"


@pytest.mark.parametrize("name", ["model.safetensors", "1_Pooling/config.json"])
def test_a_folder_that_was_filled_anew_is_another_embedder(model: Path, name: str) -> None:
    before = identity(model)
    content = (model / name).read_bytes()
    (model / name).write_bytes(b"x" * len(content))
    assert identity(model) != before


def test_prefixes_for_the_embedded_embedder_are_refused() -> None:
    room = Room(Settings(question_prefix="tanya: "), say=print)
    with pytest.raises(SettingsError, match="knows its own"):
        room.library  # noqa: B018
