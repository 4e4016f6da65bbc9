"""What of a streamed draft is shown: whole characters, no thinking aloud, nothing after a stop."""

import codecs
from collections.abc import Sequence

THOUGHTS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel>", "<channel|>"),
    # Harmony: every draft names its channel; what comes before the final one is thinking.
    ("<|channel|>", "final<|message|>"),
)
"""How models open and close what they think before they answer."""

TIMES = 3
CIRCLE = 48  # tokens; a dotted line or the rule of a table is shorter


def runs_in_circles(tokens: Sequence[int]) -> bool:
    """Whether a draft only repeats itself, so that more of it would say nothing new.

    True when its tail says the same for the third time in a row and has done so for at least 48
    tokens. A greedy draft that has come so far does not find out by itself.
    """
    for period in range(1, len(tokens) // TIMES + 1):
        if tokens[-1] == tokens[-1 - period]:
            tail = tokens[-max(TIMES * period, CIRCLE) :]
            if len(tail) >= CIRCLE and tail[period:] == tail[:-period]:
                return True
    return False


class Stops:
    """Ends a text before the first stop string, of which no part is ever let through.

    The first is the one that is complete first; what is let through does not depend on how the
    text was cut into pieces.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        if not all(stops):
            raise ValueError("an empty stop would end every draft before it begins")
        self._stops = stops
        self._held = ""
        self.reached = False

    def add(self, text: str) -> str:
        """Take the next text; return what is certainly not part of a stop."""
        if self.reached:
            return ""
        self._held += text
        found = [(at + len(stop), at) for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.reached = True
            shown, self._held = self._held[: min(found)[1]], ""
            return shown
        certain = len(self._held) - self._possible()
        shown, self._held = self._held[:certain], self._held[certain:]
        return shown

    def rest(self) -> str:
        """Return what was held back and turned out to be no stop, once the text has ended."""
        shown, self._held = self._held, ""
        return shown

    def _possible(self) -> int:
        """Length of the longest end of the text with which a stop begins."""
        longest = max(map(len, self._stops), default=1) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stops):
                return length
        return 0


class Thinking:
    """Takes thinking blocks off a draft's beginning, whether or not they are ever closed.

    Args:
        prompt: The end of what the model was given: some templates open the block themselves.
    """

    def __init__(self, prompt: str = "") -> None:
        self._held = ""
        self._closing = next(
            (closing for opening, closing in THOUGHTS if prompt.rstrip().endswith(opening)), None
        )
        self.over = False

    def add(self, text: str) -> str:
        """Take the next text; return what belongs to the answer."""
        if self.over:
            return text
        self._held += text
        while not self.over and self._skip():
            pass
        return self.rest() if self.over else ""

    def rest(self) -> str:
        """Return what was held back and turned out to be no thinking, once the draft has ended."""
        shown, self._held = self._held, ""
        return shown if self._closing is None else ""

    def _skip(self) -> bool:
        """Take one step through the beginning; tell whether another may follow."""
        if self._closing is not None:
            _, closed, answer = self._held.partition(self._closing)
            if closed:
                self._held, self._closing = answer, None
            else:  # Only what may be the beginning of its end is worth keeping.
                self._held = self._held[-len(self._closing) :]
            return bool(closed)
        self._held = self._held.lstrip()
        for opening, closing in THOUGHTS:
            if self._held.startswith(opening):
                self._held, self._closing = self._held.removeprefix(opening), closing
                return True
        self.over = not any(opening.startswith(self._held) for opening, _ in THOUGHTS)
        return False


class Draft:
    """A draft on its way from a model's bytes to its reader."""

    def __init__(self, *, stop: Sequence[str] = (), thinking: Thinking | None = None) -> None:
        # A token may end inside a character; what is cut off at the draft's end is not shown.
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._thinking = thinking
        self._stops = Stops(stop)

    @property
    def opening(self) -> bool:
        """Whether what comes next may still be thinking."""
        return self._thinking is not None and not self._thinking.over

    @property
    def ended(self) -> bool:
        """Whether a stop was reached."""
        return self._stops.reached

    def add(self, piece: bytes) -> str:
        """Take the next bytes; return what can be shown now, which may be nothing."""
        text = self._decoder.decode(piece)
        if self._thinking is not None:
            text = self._thinking.add(text)
        return self._stops.add(text)

    def rest(self) -> str:
        """Return what is left to show once the model has ended the draft."""
        late = self._thinking.rest() if self._thinking is not None else ""
        return self._stops.add(late) + self._stops.rest()
