"""Writing, compared with llama-cpp-python used directly: `python -m benchmarks.generation`.

Both read the same prompts with the same weights, threads and greedy choice, in turns; medians are
compared. Goals: at most 5 % slower, and a follow-up that begins sooner than the first question.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import platformdirs

from models.llama import LlamaGenerator
from models.machine import physical_cores
from models.weights import embedded_generator
from rag.ports import TextPrompt

SAMPLES = Path(__file__).parent.parent / "ui" / "samples"
WINDOW = 4096  # tokens

Write = Callable[[str, int], Iterator[str]]
"""Continues a text by at most so many tokens."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds to the first piece of two questions, and tokens per second after it."""

    first: float
    follow_up: float
    speed: float


def main() -> None:
    """Measure and print a table."""
    options = _options()
    path = options.model or embedded_generator(platformdirs.user_cache_path("kliping"))
    ours = LlamaGenerator(path, context_window=WINDOW, threads=options.threads)
    direct = _direct(path, options.threads)
    writers: dict[str, Write] = {
        "kliping": lambda text, limit: ours.stream(TextPrompt(text, ()), max_tokens=limit),
        "llama-cpp-python": lambda text, limit: _pieces(direct, text, limit),
    }

    def count(text: str) -> int:
        return ours.count_tokens(TextPrompt(text, ()))

    results: dict[str, list[Measured]] = {name: [] for name in writers}
    for number in range(-1, options.repeat):
        # In turns, and each in turn the first, so that a busy machine is unfair to both alike.
        for name in sorted(writers, reverse=bool(number % 2)):
            measured = _measure(writers[name], number, options.tokens, count)
            if number >= 0:  # The first round warms up.
                results[name].append(measured)
    print(f"{path.name}, {options.threads} threads, medians of {options.repeat} rounds")
    print(f"prompt of {count(_prompt(0))} tokens, drafts of {options.tokens}\n")
    _print(results)
    ours.close()
    direct.close()


def _measure(write: Write, number: int, tokens: int, count: Callable[[str], int]) -> Measured:
    prompt = _prompt(number)
    first, speed, draft = _time(write, prompt, tokens, count)
    follow_up, _, _ = _time(
        write, f"{prompt}{draft}\n\nPertanyaan: Sejak kapan?\nJawaban:", tokens, count
    )
    return Measured(first, follow_up, speed)


def _time(
    write: Write, prompt: str, tokens: int, count: Callable[[str], int]
) -> tuple[float, float, str]:
    """Seconds to the first piece, tokens per second after it, and the draft."""
    began = time.perf_counter()
    first: float | None = None
    draft = ""
    for piece in write(prompt, tokens):
        if piece and first is None:
            first = time.perf_counter()
        draft += piece
    if first is None:
        raise SystemExit("The model wrote nothing; choose another one.")
    # Two tokens more than are timed: the one that begins every prompt, and the first piece.
    return first - began, (count(draft) - 2) / (time.perf_counter() - first), draft


def _prompt(number: int) -> str:
    """About a thousand tokens that share no beginning with those of another round."""
    articles = "\n\n".join(
        path.read_text(encoding="utf-8") for path in sorted(SAMPLES.glob("*.md"))[:3]
    )
    return f"Kliping {number}\n\n{articles}\n\nIkhtisar artikel di atas, kalimat demi kalimat:\n\n"


def _direct(path: Path, threads: int) -> Any:
    from llama_cpp import Llama

    return Llama(
        str(path),
        n_ctx=WINDOW,
        n_threads=threads,
        n_threads_batch=threads,
        n_gpu_layers=-1,
        flash_attn=True,  # what llama.cpp itself chooses where it can, and Kliping with it
        verbose=False,
    )


def _pieces(llama: Any, text: str, limit: int) -> Iterator[str]:
    for chunk in llama.create_completion(text, max_tokens=limit, temperature=0, stream=True):
        yield chunk["choices"][0]["text"]


def _print(results: dict[str, list[Measured]]) -> None:
    columns = ("first question", "follow-up", "tokens/s")
    print(f"{'':18}" + "".join(f"{column:>16}" for column in columns))
    table = {
        name: (
            median(m.first for m in rounds),
            median(m.follow_up for m in rounds),
            median(m.speed for m in rounds),
        )
        for name, rounds in results.items()
    }
    for name, (first, follow_up, speed) in table.items():
        print(f"{name:18}{first:14.3f} s{follow_up:14.3f} s{speed:16.1f}")
    ours, theirs = table["kliping"], table["llama-cpp-python"]
    slower = (ours[0] / theirs[0], ours[1] / theirs[1], theirs[2] / ours[2])
    print(f"{'slower by':18}" + "".join(f"{(ratio - 1) * 100:14.1f} %" for ratio in slower))
    print(f"\na follow-up begins after {ours[1] / ours[0]:.0%} of the first question's time")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a GGUF; the embedded one if not given")
    parser.add_argument("--repeat", type=int, default=7, help="rounds")
    parser.add_argument("--tokens", type=int, default=128, help="length of a draft")
    parser.add_argument("--threads", type=int, default=physical_cores())
    return parser.parse_args()


if __name__ == "__main__":
    main()
