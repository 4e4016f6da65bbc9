"""A draft as it streams on a terminal, and the way to a reply written out."""

import os
import shutil
import sys
from collections.abc import Iterable
from textwrap import shorten

import click

from rag.answering import Event, Piece, Settled, Trace
from rag.ports import ChatPrompt, TextPrompt
from rag.values import Hit

_SHOWN_HITS = 10


def follow(events: Iterable[Event], *, stream: bool) -> Settled:
    """Follow a question to its end; on a terminal the draft is shown while it is written.

    The draft is taken off the screen again at the end: it may hold what the reply does not.
    """
    drawn = ""
    for event in events:
        match event:
            case Settled():
                if drawn:
                    _erase(drawn)
                return event
            case Piece(text=text) if stream and text:
                drawn += text
                sys.stdout.write(text if "NO_COLOR" in os.environ else click.style(text, dim=True))
                sys.stdout.flush()
            case _:
                pass
    raise RuntimeError("an answerer's last event is Settled")


def trace_text(trace: Trace) -> str:
    """Write out the way from question to reply."""
    lines = ["", f"searched for: {trace.searched}", ""]
    for name, hits in (
        ("by meaning (cosine)", trace.dense),
        ("by words (BM25)", trace.lexical),
        ("fused", trace.fused),
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


def _erase(drawn: str) -> None:
    """Go back to where the draft began and clear the screen from there."""
    width = shutil.get_terminal_size().columns
    rows = sum(max(1, -(-len(line) // width)) for line in drawn.split("\n"))
    up = f"\x1b[{rows - 1}A" if rows > 1 else ""
    sys.stdout.write(f"\r{up}\x1b[J")
    sys.stdout.flush()
