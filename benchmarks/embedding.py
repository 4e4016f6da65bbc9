"""Embedding, compared with sentence-transformers used directly: `python -m benchmarks.embedding`.

All read the same passages, cut from the sample articles at random lengths, with the same weights
and threads, in turns; medians are compared. The cosine is the lowest between a passage's vector
and the one that sentence-transformers computes in float32, which is what it does if not told
otherwise. Kliping chooses its precision by the processor.
"""

import argparse
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
import platformdirs

from models import catalog
from models.sentence import SentenceEmbedder
from models.weights import embedded_embedder
from rag.values import Vectors

SAMPLES = Path(__file__).parent.parent / "ui" / "samples"
QUESTION = "Berapa karyawan yang di-PHK Aruvolt?"

Embed = Callable[[Sequence[str]], Vectors]


def main() -> None:
    """Measure and print a table."""
    import torch

    options = _options()
    if options.threads:
        torch.set_num_threads(options.threads)
    folder = embedded_embedder(platformdirs.user_cache_path("kliping"))
    ours = SentenceEmbedder(folder, identity=catalog.embedder().identity)
    passages = _passages(options.passages, random.Random(options.seed))
    embedders: dict[str, tuple[Embed, Embed]] = {
        "float32": _directly(folder, "float32"),
        "bfloat16": _directly(folder, "bfloat16"),
        "kliping": (ours.embed_passages, lambda texts: ours.embed_question(texts[0])),
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in embedders}
    vectors: dict[str, Vectors] = {}
    for number in range(-1, options.repeat):
        # In turns, and each in turn the first, so that a busy machine is unfair to all alike.
        for name in sorted(embedders, reverse=bool(number % 2)):
            embed, ask = embedders[name]
            on_passages, vectors[name] = _timed(embed, passages)
            on_question, _ = _timed(ask, [QUESTION])
            if number >= 0:  # The first round warms up.
                seconds[name].append((on_passages, on_question))
    tokens = sum(ours.count_tokens(passages))
    print(f"{folder.name}, {torch.get_num_threads()} threads, medians of {options.repeat} rounds")
    print(f"{len(passages)} passages of {tokens / len(passages):.0f} tokens on average\n")
    print(f"{'':10}{'passages/s':>12}{'tokens/s':>12}{'question, ms':>14}{'cosine':>10}")
    for name, measured in seconds.items():
        took, answered = (median(column) for column in zip(*measured, strict=True))
        cosine = (vectors[name] * vectors["float32"]).sum(axis=1).min()
        speeds = f"{len(passages) / took:12.1f}{tokens / took:12.0f}"
        print(f"{name:10}{speeds}{answered * 1000:14.0f}{cosine:10.5f}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Embedding, against sentence-transformers alone.")
    parser.add_argument("--passages", type=int, default=200, help="how many to embed")
    parser.add_argument("--repeat", type=int, default=3, help="rounds that count")
    parser.add_argument("--threads", type=int, help="of torch; its own choice if not given")
    parser.add_argument("--seed", type=int, default=7, help="of the passages")
    return parser.parse_args()


def _passages(count: int, chance: random.Random) -> list[str]:
    """Runs of 10 to 250 words, which no tokenizer makes more than 512 tokens of."""
    words = [
        word for path in sorted(SAMPLES.glob("*.md")) for word in path.read_text("utf-8").split()
    ]
    starts = (chance.randrange(len(words) - 250) for _ in range(count))
    return [" ".join(words[start : start + chance.randint(10, 250)]) for start in starts]


def _directly(folder: Path, precision: str) -> tuple[Embed, Embed]:
    """The two ways into sentence-transformers, for passages and for questions."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(
        str(folder), local_files_only=True, model_kwargs={"dtype": precision}
    )

    def passages(texts: Sequence[str]) -> Vectors:
        vectors = np.asarray(model.encode_document(list(texts), show_progress_bar=False))
        # Unit length in bfloat16 is only nearly so, which would count as another direction.
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def questions(texts: Sequence[str]) -> Vectors:
        return np.asarray(model.encode_query(list(texts), show_progress_bar=False))

    return passages, questions


def _timed(embed: Embed, texts: Sequence[str]) -> tuple[float, Vectors]:
    start = time.perf_counter()
    vectors = embed(texts)
    return time.perf_counter() - start, vectors


if __name__ == "__main__":
    main()
