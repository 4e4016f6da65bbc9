"""A draft as it streams on a terminal, and the way to a reply written out."""

import os
import shutil
import sys
import unicodedata
from contextlib import closing
from textwrap import shorten

import click

from rag.answering import Events, Piece, Settled, Trace
from rag.ports import ChatPrompt, TextPrompt
from rag.values import Hit
from ui.output import plain

_SHOWN_HITS = 10


def follow(events: Events, *, stream: bool) -> Settled:
    """Follow a question to its end; on a terminal the draft is shown while it is written.

    The draft is taken off the screen again, however it ends: it may hold what the reply does not.
    """
    drawn = ""
    try:
        with closing(events):
            for event in events:
                match event:
                    case Settled():
                        return event
                    case Piece(text=text) if stream and text:
                        # A tab would move the cursor by nobody knows how much.
                        shown = plain(text).replace("\t", " ")
                        drawn += shown  # Before it is drawn: an interrupt may come between.
                        _draw(shown)
                    case _:
                        pass
    finally:
        if drawn:
            _erase(drawn)
    raise RuntimeError("an answerer's last event is Settled")


def trace_text(trace: Trace) -> str:
    """Write out the way from question to reply."""
    lines = ["", f"searched for: {trace.found.searched}", ""]
    for name, hits in (
        ("by meaning (cosine)", trace.found.dense),
        ("by words (BM25)", trace.found.lexical),
        ("fused", trace.found.fused),
    ):
        lines += [f"{name}: {len(hits)}", *_hit_lines(hits), ""]
    lines += [f"sources shown: {len(trace.sources)}; did not fit: {len(trace.left_out)}", ""]
    match trace.prompt:
        case TextPrompt(text=text):
            lines += ["prompt:", text]
        case ChatPrompt(messages=messages):
            lines += ["prompt:", *(f"<{m.role.value}>\n{m.text}" for m in messages)]
        case None:
            lines += ["The model was not asked: nothing found is about the question."]
    return "\n".join([*lines, "", "draft:", trace.draft.strip() or "(empty)"])


def _hit_lines(hits: tuple[Hit, ...]) -> list[str]:
    return [
        f"  {hit.score:9.4f}  {hit.card.id}:{hit.passage.start}  {shorten(hit.passage.text, 72)}"
        for hit in hits[:_SHOWN_HITS]
    ]


def _draw(text: str) -> None:
    # See no-color.org: set and not empty.
    sys.stdout.write(text if os.environ.get("NO_COLOR") else click.style(text, dim=True))
    sys.stdout.flush()


def _erase(drawn: str) -> None:
    """Go back to where the draft began and clear the screen from there."""
    columns = shutil.get_terminal_size().columns
    rows = sum(max(1, -(-_width(line) // columns)) for line in drawn.split("\n"))
    up = f"\x1b[{rows - 1}A" if rows > 1 else ""
    sys.stdout.write(f"\r{up}\x1b[J")
    sys.stdout.flush()


def _width(line: str) -> int:
    """Columns of a line: ideographs and most emoji take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)
