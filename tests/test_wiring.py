"""How the settings become parts."""

import threading
from pathlib import Path

from ui.settings import Settings
from ui.wiring import Room


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
