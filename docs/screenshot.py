"""Makes docs/chat.png: the page with the sample articles and one question answered.

A temporary home is used; models are taken from where they are prepared, or prepared there. Other
models are chosen as everywhere, by ``KLIPING_GENERATOR`` and ``KLIPING_EMBEDDER``.
"""

import argparse
import os
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

from playwright.sync_api import sync_playwright

from rag.collecting import Failed
from ui.page import opened
from ui.settings import read_settings
from ui.wiring import Room

ROOT = Path(__file__).parent.parent
SWITCHES = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SETTLED = "#messages .answer, #messages .not-found, #messages .broken"
PATIENCE = 300_000
"""Milliseconds that a model on a slow machine may take."""


def main() -> None:
    """Start the page, ask, and take the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--question", default="Berapa karyawan yang diberhentikan Aruvolt?")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "chat.png")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument("--dark", action="store_true")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or sys.exit(
        "There is no chromium: apt-get install chromium"
    )
    with tempfile.TemporaryDirectory() as home:
        room = open_room(Path(home))
        add_samples(room)
        with opened(room, host="127.0.0.1", port=0) as address:
            shoot(address, chromium, options)
        room.close()


def open_room(home: Path) -> Room:
    """A room with a library of its own and the models of this machine."""
    cache = read_settings().cache
    cache.mkdir(parents=True, exist_ok=True)
    (home / "cache").symlink_to(cache, target_is_directory=True)
    os.environ["KLIPING_HOME"] = str(home)
    return Room(read_settings(), say=partial(print, file=sys.stderr))


def add_samples(room: Room) -> None:
    """Add the sample articles, all of them."""
    paths = room.reader.list_folder(ROOT / "ui" / "samples").readable
    reads = [partial(room.reader.read_path, path) for path in paths]
    for outcome in room.collector.collect(reads):
        if isinstance(outcome, Failed):
            raise outcome.error


def shoot(address: str, chromium: str, options: argparse.Namespace) -> None:
    """Ask the question on the page and wait for its reply to be settled."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        page = browser.new_page(
            viewport={"width": options.width, "height": options.height},
            color_scheme="dark" if options.dark else "light",
        )
        page.goto(address)
        page.wait_for_selector("#messages .welcome")
        page.fill("#question textarea", options.question)
        page.press("#question textarea", "Enter")
        page.wait_for_selector(SETTLED, timeout=PATIENCE)
        page.locator("#question textarea").blur()
        page.wait_for_timeout(500)  # Until Gradio has scrolled to the reply.
        page.screenshot(path=options.out)
        browser.close()


if __name__ == "__main__":
    main()
